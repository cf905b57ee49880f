//! Pure functions that map broker-core's types to the SDKs' types, and back.
//!
//! INVARIANT: nothing here formats an SDK type. `UploadUrlMetadata` derives `Debug` and would show the
//! presigned URL; errors carry the service's text, with roles and ARNs in it.

mod common_error;
mod error;
mod limits;
mod start;
mod status;

pub use common_error::CommonError;
pub(crate) use error::{failure, start_failure};
pub use limits::{attachment_scope, file_limits};
pub(crate) use start::{start_input, start_reply};
pub(crate) use status::file_statuses;
