//! One request on its way through the broker.

use broker_core::ports::Deadline;

use crate::inbound::event::GatewayRequest;
use crate::record::RequestRecord;

/// The request, the time by which it must be answered, and what is recorded of it.
pub(super) struct Exchange<'a> {
    pub(super) request: &'a GatewayRequest,
    pub(super) deadline: Deadline,
    pub(super) record: RequestRecord,
}
