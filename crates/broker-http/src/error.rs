//! Every way in which a request fails, and what the caller is told: one match, no wildcard.

use std::time::Duration;

use broker_core::file::FileName;
use broker_core::grants::{FileError, GrantError};
use broker_core::identity::IdentityError;
use broker_core::ports::{AttachmentQuota, UpstreamError};
use broker_core::ticket::ReplyError;
use broker_token::VerifyError;

use crate::clock_and_random::EntropyError;
use crate::fault::{MemberFault, pointer};
use crate::handle::HandleError;
use crate::inbound::body::{BodyError, MAX_BODY_BYTES};
use crate::inbound::evidence::EvidenceError;
use crate::inbound::idempotency::IdempotencyKeyError;
use crate::inbound::route::RouteError;
use crate::outbound::problem::{Challenge, Code, Problem};

/// Wait that is suggested where nothing better is known.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Why a request fails. Its text is for logs: it names rules and carries no secret.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// No such route.
    #[error("{0}")]
    Route(RouteError),
    /// Nothing proves who calls.
    #[error("{0}")]
    Evidence(#[from] EvidenceError),
    /// What should prove it does not.
    #[error("{0}")]
    Token(#[from] VerifyError),
    /// The caller is nobody in Connect.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// The caller must name a user, and may not, or may not name this one.
    #[error("no grant lets the caller ask for that user")]
    OnBehalfOf,
    /// The directory has no user of the name in `onBehalfOf`.
    #[error("the directory has no user, or several users, of the name in onBehalfOf")]
    UnknownUser,
    /// The body.
    #[error("{0}")]
    Body(#[from] BodyError),
    /// The idempotency key.
    #[error("{0}")]
    Key(#[from] IdempotencyKeyError),
    /// The handle.
    #[error("{0}")]
    Handle(#[from] HandleError),
    /// No permission.
    #[error("{0}")]
    Denied(#[from] GrantError),
    /// Connect.
    #[error("Amazon Connect: {0}")]
    Upstream(#[from] UpstreamError),
    /// Connect could not make a header of the file's name; with a name in ASCII to use instead.
    #[error("Amazon Connect cannot put the file's name into a header")]
    UnsignableName(Option<FileName>),
    /// No randomness.
    #[error("{0}")]
    Entropy(#[from] EntropyError),
    /// A panic of ours.
    #[error("the broker panicked")]
    Panic,
}

impl BrokerError {
    /// What the caller is told. `is_bearer` says whether tokens are accepted, and so whether a 401 asks for one.
    #[must_use]
    pub fn into_problem(self, is_bearer: bool) -> Problem {
        match self {
            Self::Route(RouteError::UnknownPath) | Self::Handle(HandleError) => {
                Problem::new(Code::NotFound, "There is no such resource, or it is not yours.")
            }
            Self::Route(RouteError::OtherMethod(allow)) => Problem {
                allow: Some(allow),
                ..Problem::new(
                    Code::MethodNotAllowed,
                    "This resource does not support that method.",
                )
            },
            Self::Evidence(
                EvidenceError::Absent
                | EvidenceError::Ambiguous
                | EvidenceError::OtherApi
                | EvidenceError::ClaimsOfLambda
                | EvidenceError::Principal(_),
            ) => Problem {
                challenge: is_bearer.then_some(Challenge::Bearer),
                ..Problem::new(
                    Code::Unauthenticated,
                    "Credentials of exactly one accepted kind are required.",
                )
            },
            Self::Evidence(EvidenceError::MalformedToken) | Self::Token(VerifyError::Invalid(_)) => Problem {
                challenge: is_bearer.then_some(Challenge::InvalidToken),
                ..Problem::new(
                    Code::InvalidToken,
                    "The token is malformed, expired or not meant for this service.",
                )
            },
            Self::Token(VerifyError::InsufficientScope { required }) => Problem {
                challenge: is_bearer.then_some(Challenge::InsufficientScope(required)),
                ..Problem::new(Code::InsufficientScope, "The token lacks a required scope.")
            },
            Self::Token(VerifyError::KeysUnavailable(_)) => unavailable(),
            Self::Identity(IdentityError::LookUp { source, .. })
            | Self::Denied(GrantError::LookUp(source)) => look_up(&source),
            Self::Identity(
                IdentityError::NoRule(_)
                | IdentityError::UnusableClaim { .. }
                | IdentityError::ForeignUser { .. }
                | IdentityError::UnknownUser { .. },
            )
            | Self::OnBehalfOf
            | Self::UnknownUser
            | Self::Denied(GrantError::Forbidden(_)) => Problem::new(
                Code::Forbidden,
                "You may not use this resource, or it does not exist.",
            ),
            Self::Denied(GrantError::File(faults)) => file(&faults),
            Self::Body(error) => body(error),
            Self::Key(error) => Problem::new(Code::MalformedRequest, format!("{error}.")),
            Self::UnsignableName(suggestion) => invalid(vec![refused_name().suggesting(suggestion)]),
            Self::Upstream(error) => upstream(&error),
            Self::Entropy(EntropyError) | Self::Panic => {
                Problem::new(Code::Internal, "The broker failed; the request may be repeated.")
            }
        }
    }
}

fn unavailable() -> Problem {
    Problem {
        retry_after: Some(RETRY_AFTER),
        ..Problem::new(
            Code::UpstreamUnavailable,
            "A service that the broker depends on does not answer.",
        )
    }
}

/// The name is at fault, by a rule that only Connect knows.
fn refused_name() -> MemberFault {
    MemberFault::new("/fileName", "refused", "was refused by Amazon Connect")
}

/// A look-up that failed is neither an allow nor a refusal.
fn look_up(error: &UpstreamError) -> Problem {
    match error {
        UpstreamError::Throttled { .. } | UpstreamError::AccessDenied => upstream(error),
        _ => unavailable(),
    }
}

fn upstream(error: &UpstreamError) -> Problem {
    let quota = |which: &str| format!("This resource has reached {which}.");
    match error {
        UpstreamError::InvalidFileSize => Problem {
            errors: vec![MemberFault::new(
                "/fileSizeInBytes",
                "file-too-large",
                "was refused by Amazon Connect",
            )],
            ..Problem::new(Code::FileTooLarge, "Amazon Connect refused the file's size.")
        },
        UpstreamError::InvalidFileType => Problem {
            errors: vec![MemberFault::new(
                "/fileName",
                "file-type-not-allowed",
                "was refused by Amazon Connect",
            )],
            ..Problem::new(
                Code::FileTypeNotAllowed,
                "Amazon Connect refused the file's type.",
            )
        },
        UpstreamError::InvalidFileName => invalid(vec![refused_name()]),
        UpstreamError::InvalidRequest => {
            Problem::new(Code::InvalidRequest, "Amazon Connect refused the request.")
        }
        UpstreamError::QuotaExceeded(AttachmentQuota::TotalFileSize) => Problem::new(
            Code::AttachmentQuotaExceeded,
            quota("the limit on the total size of its attached files"),
        ),
        UpstreamError::QuotaExceeded(AttachmentQuota::TotalFileCount) => Problem::new(
            Code::AttachmentQuotaExceeded,
            quota("the limit on the number of its attached files"),
        ),
        UpstreamError::QuotaExceeded(AttachmentQuota::Unnamed) => Problem::new(
            Code::AttachmentQuotaExceeded,
            quota("a limit on its attached files"),
        ),
        UpstreamError::NotFound => {
            Problem::new(Code::NotFound, "There is no such resource, or it is not yours.")
        }
        UpstreamError::Conflict => {
            Problem::new(Code::Conflict, "Another request is changing the same resource.")
        }
        UpstreamError::Incomplete => Problem::new(
            Code::UploadIncomplete,
            "The file has not arrived completely; send it, then complete the upload.",
        ),
        UpstreamError::Throttled { retry_after } => Problem {
            retry_after: Some(*retry_after),
            ..Problem::new(
                Code::TooManyRequests,
                "Amazon Connect's quota is used up for now.",
            )
        },
        UpstreamError::Unavailable => unavailable(),
        UpstreamError::TimedOut => {
            Problem::new(Code::UpstreamTimeout, "Amazon Connect did not answer in time.")
        }
        UpstreamError::AccessDenied
        | UpstreamError::Unusable(
            ReplyError::Malformed
            | ReplyError::NoFileId
            | ReplyError::NoUrl
            | ReplyError::ForeignUrl
            | ReplyError::HeaderName
            | ReplyError::HeaderValue
            | ReplyError::HeaderNotAscii,
        )
        | UpstreamError::Unexpected => Problem::new(
            Code::UpstreamFailed,
            "Amazon Connect did not give a usable answer.",
        ),
    }
}

fn body(error: BodyError) -> Problem {
    match error {
        BodyError::UnsupportedMediaType => Problem::new(
            Code::UnsupportedMediaType,
            "The body must be application/json in UTF-8, without a Content-Encoding.",
        ),
        BodyError::TooLarge => Problem::new(
            Code::BodyTooLarge,
            format!("The body may be at most {MAX_BODY_BYTES} bytes."),
        ),
        BodyError::NotBase64 => Problem::new(Code::MalformedRequest, "The body cannot be decoded."),
        BodyError::Json(fault) => Problem::new(Code::MalformedRequest, format!("The body {fault}.")),
        BodyError::Members(faults) => invalid(faults),
    }
}

fn invalid(errors: Vec<MemberFault>) -> Problem {
    Problem {
        errors,
        ..Problem::new(
            Code::InvalidRequest,
            "Some members are missing, unknown or out of range.",
        )
    }
}

/// One fault has its own code, several are an invalid request; the limits are named in both.
fn file(faults: &[FileError]) -> Problem {
    let mut problem = invalid(Vec::new());
    for fault in faults {
        let (code, detail, error) = match fault {
            FileError::TooLarge { max_file_size_bytes } => {
                problem.max_file_size_bytes = Some(*max_file_size_bytes);
                let detail = format!("may be at most {max_file_size_bytes} bytes");
                let error = MemberFault::new("/fileSizeInBytes", Code::FileTooLarge.name(), detail);
                (Code::FileTooLarge, "The file is larger than allowed.", error)
            }
            FileError::TypeNotAllowed { allowed_extensions } => {
                let names = allowed_extensions
                    .iter()
                    .map(|extension| extension.as_str().to_owned());
                problem.allowed_extensions = Some(names.collect());
                let code = Code::FileTypeNotAllowed;
                let error = MemberFault::new("/fileName", code.name(), "must have an allowed extension");
                (code, "Files of this type are not allowed.", error)
            }
            FileError::TagNotAllowed { key } => {
                let error = MemberFault::new(
                    &pointer(&["tags", key]),
                    "not-allowed",
                    "is not a tag that you may set",
                );
                (Code::InvalidRequest, "Some tags are not allowed.", error)
            }
        };
        problem.errors.push(error);
        if faults.len() == 1 {
            (problem.code, problem.detail) = (code, detail.to_owned());
        }
    }
    problem
}
