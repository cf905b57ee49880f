//! Errors of the operations.

use std::borrow::Cow;

use thiserror::Error;

use crate::state::store::StoreError;

/// Why an operation refuses a call.
#[derive(Debug, Error)]
pub(crate) enum OperationError {
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    #[error("Invalid file size: the limit is {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    #[error("Invalid file size: {uploaded_bytes} bytes uploaded, {declared_bytes} declared")]
    OtherSize {
        uploaded_bytes: u64,
        declared_bytes: u64,
    },
    #[error("Invalid file type: the extension is not allowed")]
    FileType,
    #[error("The resource already has {limit} files")]
    TotalCount { limit: usize },
    #[error("The files of the resource may have {limit_bytes} bytes in total")]
    TotalSize { limit_bytes: u64 },
    #[error("{0}")]
    Denied(&'static str),
    #[error("{kind} {id} was not found")]
    NotFound { kind: &'static str, id: String },
    #[error("{0}")]
    Conflict(&'static str),
    #[error("{0}")]
    Duplicate(&'static str),
    #[error("The ClientToken was used with another request")]
    TokenReused,
    #[error("the service failed to process the request")]
    Store(#[from] StoreError),
}

impl OperationError {
    pub(crate) fn not_found(kind: &'static str, id: &str) -> Self {
        Self::NotFound {
            kind,
            id: id.to_owned(),
        }
    }
}
