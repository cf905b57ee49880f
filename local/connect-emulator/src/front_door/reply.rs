//! Answers to requests, and faults on the connection.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

/// An answer before it is put on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// AWS's name for the error, sent as `x-amzn-ErrorType`.
    pub(crate) error_type: Option<String>,
    pub(crate) body: Bytes,
}

impl Reply {
    /// A success with that JSON body.
    pub(crate) fn ok(body: &Value) -> Self {
        Self {
            status: StatusCode::OK,
            error_type: None,
            body: body.to_string().into(),
        }
    }

    /// A success without a body.
    pub(crate) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            error_type: None,
            body: Bytes::new(),
        }
    }

    /// An error with that name.
    pub(crate) fn error(status: StatusCode, error_type: &str, body: &Value) -> Self {
        Self {
            status,
            error_type: Some(error_type.to_owned()),
            body: body.to_string().into(),
        }
    }
}

/// How a request ends on its connection.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The answer is sent.
    Answer(Reply),
    /// The answer is sent with its whole `Content-Length`, but ends in the middle of the body.
    Truncated(Reply),
    /// The connection is reset without an answer.
    Reset,
}

impl Outcome {
    /// Status that the caller sees, 0 if there is no answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Answer(reply) | Self::Truncated(reply) => reply.status.as_u16(),
            Self::Reset => 0,
        }
    }
}
