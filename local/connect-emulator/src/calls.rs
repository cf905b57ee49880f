use std::time::SystemTime;

use serde_json::{Value, json};

use crate::clock::iso8601;

/// A call that reached an operation, and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    /// What the service answered, 0 where a fault kept it from answering.
    pub(crate) status: u16,
    /// When it arrived.
    pub(crate) time: SystemTime,
    pub(crate) request_id: String,
}

impl Call {
    /// The call as `GET /_local/calls` lists it.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "operation": self.operation,
            "status": self.status,
            "time": iso8601(self.time),
            "requestId": self.request_id,
        })
    }
}
