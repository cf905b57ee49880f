//! Why AWS did not answer a call, in more detail than the broker tells its callers.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use broker_connect::CommonError;

use super::plain_http::chain;

/// Maximum length of an error code that is shown; AWS's are names.
const MAX_CODE_LEN: usize = 64;

/// Codes of services for what does not exist. Source: botocore's models of the services that the doctor asks.
const ABSENT: [&str; 8] = [
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ObjectLockConfigurationNotFoundError",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
];

/// Codes of services for a failure of their own.
const FAILURES: [&str; 5] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ServiceException",
    "ServiceUnavailable",
];

/// Whether `text` has the form of an error code and so can be shown.
pub(super) fn is_code(text: &str) -> bool {
    text.len() <= MAX_CODE_LEN && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// Why AWS did not answer a call. Of the service's text it holds only the error's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    /// AWS knows the caller, and the caller may not do this.
    #[error("access was denied ({code})")]
    AccessDenied {
        /// The service's code.
        code: String,
    },
    /// AWS does not accept the credentials or the signature, for any call.
    #[error("the credentials were not accepted ({code})")]
    Credentials {
        /// The service's code, or a note that the client has no credentials.
        code: String,
    },
    /// Too many requests by all callers of the account.
    #[error("throttled")]
    Throttled,
    /// The resource does not exist.
    #[error("nothing was found")]
    NotFound,
    /// No complete answer: name resolution, connection or TLS failed, or the connection broke.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// No complete answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The AWS CLI is not installed.
    #[error("`aws` was not found: the AWS CLI is not installed")]
    NoCli,
    /// Another error, by its code alone, because the AWS CLI does not say the status.
    #[error("code {code}")]
    Code {
        /// The service's code, or what the AWS CLI did.
        code: String,
    },
    /// Another answer.
    #[error("status {status}, code {code}")]
    Other {
        /// The answer's status.
        status: u16,
        /// The service's code.
        code: String,
    },
}

impl CallError {
    /// Whether the same call may succeed later without a change by the operator.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Throttled | Self::NoAnswer(_) | Self::TimedOut => true,
            Self::Other { status, .. } => *status >= 500,
            Self::Code { code } => FAILURES.contains(&&**code),
            Self::AccessDenied { .. } | Self::Credentials { .. } | Self::NotFound | Self::NoCli => false,
        }
    }

    /// The reason in `error`.
    pub(super) fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::TimedOut,
            SdkError::DispatchFailure(failure) => failure
                .as_connector_error()
                .map_or_else(|| Self::NoAnswer("the client gave up".into()), unsent),
            SdkError::ResponseError(cut) => Self::unreadable(cut.raw().status().as_u16()),
            SdkError::ServiceError(answer) => {
                Self::answered(answer.raw().status().as_u16(), answer.err().meta().code())
            }
            // The request could not be built, or a later SDK has a new kind of error.
            _ => Self::NoAnswer("the request could not be made".into()),
        }
    }

    /// The reason by the code alone, as the AWS CLI reports it.
    pub(super) fn coded(code: &str) -> Self {
        let code = if is_code(code) { code } else { "none" };
        match Self::common(code) {
            Some(common) => common,
            // SNS has its own code for a denial.
            None if code == "AuthorizationError" => Self::AccessDenied { code: code.into() },
            None if ABSENT.contains(&code) => Self::NotFound,
            None => Self::Code { code: code.into() },
        }
    }

    fn common(code: &str) -> Option<Self> {
        let owned = code.to_owned();
        match CommonError::named(code)? {
            CommonError::Throttled => Some(Self::Throttled),
            CommonError::AccessDenied => Some(Self::AccessDenied { code: owned }),
            CommonError::NotAuthenticated => Some(Self::Credentials { code: owned }),
        }
    }

    fn unreadable(status: u16) -> Self {
        Self::Other {
            status,
            code: "none, the answer is unreadable".into(),
        }
    }

    fn answered(status: u16, code: Option<&str>) -> Self {
        let code = code.filter(|code| is_code(code)).unwrap_or("none");
        if let Some(common) = Self::common(code) {
            return common;
        }
        let owned = code.to_owned();
        match (status, code) {
            (429, _) => Self::Throttled,
            (404, "ResourceNotFoundException") => Self::NotFound,
            (401 | 403, _) => Self::AccessDenied { code: owned },
            (200..=299, _) => Self::unreadable(status),
            _ => Self::Other { status, code: owned },
        }
    }
}

/// No answer came. Missing credentials end here too, because the SDK signs while it sends.
fn unsent(error: &ConnectorError) -> CallError {
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    let first = error.source();
    let mut causes = std::iter::successors(first, |&cause| cause.source());
    if causes.any(<dyn Error>::is::<CredentialsError>) {
        return CallError::Credentials {
            code: "none, there are no credentials".into(),
        };
    }
    CallError::NoAnswer(chain(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_who_must_act() {
        let denied = |code: &str| CallError::AccessDenied { code: code.into() };
        let credentials = |code: &str| CallError::Credentials { code: code.into() };
        let other = |status, code: &str| CallError::Other {
            status,
            code: code.into(),
        };
        for (status, code, expected) in [
            (
                403,
                Some("AccessDeniedException"),
                denied("AccessDeniedException"),
            ),
            (400, Some("AccessDenied"), denied("AccessDenied")),
            (
                403,
                Some("ExpiredTokenException"),
                credentials("ExpiredTokenException"),
            ),
            (
                403,
                Some("InvalidSignatureException"),
                credentials("InvalidSignatureException"),
            ),
            (403, Some("MadeUp"), denied("MadeUp")),
            (403, None, denied("none")),
            (404, Some("ResourceNotFoundException"), CallError::NotFound),
            (
                404,
                Some("UnknownOperationException"),
                other(404, "UnknownOperationException"),
            ),
            (429, Some("TooManyRequestsException"), CallError::Throttled),
            (400, Some("ThrottlingException"), CallError::Throttled),
            (429, None, CallError::Throttled),
            (200, None, other(200, "none, the answer is unreadable")),
            (
                500,
                Some("InternalServiceException"),
                other(500, "InternalServiceException"),
            ),
            (400, Some("secret and long"), other(400, "none")),
            (400, Some(&"x".repeat(65)), other(400, "none")),
        ] {
            assert_eq!(CallError::answered(status, code), expected, "{status} {code:?}");
        }
    }

    #[test]
    fn what_passes_by_itself_is_no_fault_of_the_account() {
        let other = |status| CallError::Other {
            status,
            code: String::new(),
        };
        for (refusal, expected) in [
            (CallError::Throttled, true),
            (CallError::TimedOut, true),
            (CallError::NoAnswer(String::new()), true),
            (other(503), true),
            (other(400), false),
            (CallError::NotFound, false),
            (CallError::AccessDenied { code: String::new() }, false),
            (CallError::Credentials { code: String::new() }, false),
            (CallError::NoCli, false),
            (CallError::coded("InternalError"), true),
            (CallError::coded("NoSuchEntity"), false),
            (CallError::coded("AuthFailure"), false),
        ] {
            assert_eq!(refusal.is_passing(), expected, "{refusal:?}");
        }
    }
}
