//! Between broker-core's types and the SDKs': pure functions, both ways.
//!
//! INVARIANT: nothing here formats an SDK type. `UploadUrlMetadata` derives `Debug` and would show the
//! presigned URL; errors carry the service's text, with roles and ARNs in it.

mod error;
mod limits;
mod start;
mod status;

pub(crate) use error::{ACCESS_DENIED, NOT_ACCEPTED, THROTTLING, failure, start_failure};
pub(crate) use limits::{attachment_scope, file_limits};
pub(crate) use start::{start_input, start_reply};
pub(crate) use status::file_status;
