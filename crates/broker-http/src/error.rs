//! The errors of a request, and the problem that the caller sees for each.

use std::time::Duration;

use broker_core::file::FileName;
use broker_core::grants::{FileError, GrantError};
use broker_core::identity::IdentityError;
use broker_core::ports::{AttachmentQuota, TableError, UpstreamError};
use broker_core::ticket::ReplyError;
use broker_token::VerifyError;

use crate::clock_and_random::EntropyError;
use crate::fault::{MemberFault, pointer};
use crate::handle::HandleError;
use crate::inbound::body::{BodyError, MAX_BODY_BYTES};
use crate::inbound::evidence::EvidenceError;
use crate::inbound::idempotency::IdempotencyKeyError;
use crate::inbound::list_query::QueryError;
use crate::inbound::route::RouteError;
use crate::outbound::error_code::ErrorCode;
use crate::outbound::problem::{Challenge, Problem};

/// The wait that is suggested if upstream suggests none.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Why a request fails. Its text is for logs: it names rules and carries no secret.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The request matches no route.
    #[error("{0}")]
    Route(RouteError),
    /// The request has no usable evidence of its caller.
    #[error("{0}")]
    Evidence(#[from] EvidenceError),
    /// The token or its claims do not hold.
    #[error("{0}")]
    Token(#[from] VerifyError),
    /// The caller has no Connect user.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// The caller named no user and must, or named one that no grant lets it act for.
    #[error("no grant lets the caller act for that user")]
    OnBehalfOf,
    /// The directory has no user with the name in `onBehalfOf`.
    #[error("the directory has no user, or several users, of the name in onBehalfOf")]
    UnknownUser,
    /// The body cannot be read, or has faults.
    #[error("{0}")]
    Body(#[from] BodyError),
    /// The query has faults.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// The rows of uploads cannot be listed.
    #[error("{0}")]
    Table(#[from] TableError),
    /// The header `Idempotency-Key` is not a key.
    #[error("{0}")]
    Key(#[from] IdempotencyKeyError),
    /// The handle does not open for this caller.
    #[error("{0}")]
    Handle(#[from] HandleError),
    /// No grant allows the request.
    #[error("{0}")]
    Denied(#[from] GrantError),
    /// The call to Connect failed.
    #[error("Amazon Connect: {0}")]
    Upstream(#[from] UpstreamError),
    /// Connect cannot put the file's name into a header. Holds a name in ASCII that would do.
    #[error("Amazon Connect cannot put the file's name into a header")]
    UnsignableName(Option<FileName>),
    /// The source of randomness failed.
    #[error("{0}")]
    Entropy(#[from] EntropyError),
    /// The broker panicked.
    #[error("the broker panicked")]
    Panic,
}

impl BrokerError {
    /// The problem that the caller sees. `is_bearer` says whether tokens are accepted, because only then a 401 asks for one.
    #[must_use]
    pub fn into_problem(self, is_bearer: bool) -> Problem {
        let challenged = |code, challenge| Problem {
            challenge: is_bearer.then_some(challenge),
            ..Problem::of(code)
        };
        match self {
            Self::Route(RouteError::UnknownPath) | Self::Handle(HandleError) => {
                Problem::of(ErrorCode::NotFound)
            }
            Self::Route(RouteError::OtherMethod(allow)) => Problem {
                allow: Some(allow),
                ..Problem::of(ErrorCode::MethodNotAllowed)
            },
            Self::Evidence(
                EvidenceError::Absent
                | EvidenceError::Ambiguous
                | EvidenceError::OtherApi
                | EvidenceError::ClaimsOfLambda
                | EvidenceError::Principal(_),
            ) => challenged(ErrorCode::Unauthenticated, Challenge::Bearer),
            Self::Evidence(EvidenceError::MalformedToken) | Self::Token(VerifyError::Invalid(_)) => {
                challenged(ErrorCode::InvalidToken, Challenge::InvalidToken)
            }
            Self::Token(VerifyError::InsufficientScope { required }) => challenged(
                ErrorCode::InsufficientScope,
                Challenge::InsufficientScope(required),
            ),
            Self::Token(VerifyError::KeysUnavailable(_)) | Self::Table(TableError) => unavailable(),
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
            | Self::Denied(GrantError::Forbidden(_)) => Problem::of(ErrorCode::Forbidden),
            Self::Denied(GrantError::File(faults)) => file(&faults),
            Self::Body(error) => body(error),
            Self::Query(QueryError(faults)) => invalid(faults),
            Self::Key(error) => Problem::of(ErrorCode::MalformedRequest).saying(format!("{error}.")),
            Self::UnsignableName(suggestion) => {
                invalid(vec![refused("/fileName", "refused").suggesting(suggestion)])
            }
            Self::Upstream(error) => upstream(&error),
            Self::Entropy(EntropyError) | Self::Panic => Problem::of(ErrorCode::Internal),
        }
    }
}

fn unavailable() -> Problem {
    Problem {
        retry_after: Some(RETRY_AFTER),
        ..Problem::of(ErrorCode::UpstreamUnavailable)
    }
}

fn invalid(errors: Vec<MemberFault>) -> Problem {
    Problem {
        errors,
        ..Problem::of(ErrorCode::InvalidRequest)
    }
}

/// The fault of a member that Connect refused by a rule of its own.
fn refused(pointer: &str, code: &'static str) -> MemberFault {
    MemberFault::new(pointer, code, "was refused by Amazon Connect")
}

/// A look-up that failed is neither an allow nor a refusal.
fn look_up(error: &UpstreamError) -> Problem {
    match error {
        UpstreamError::Throttled(_) | UpstreamError::AccessDenied => upstream(error),
        _ => unavailable(),
    }
}

fn upstream(error: &UpstreamError) -> Problem {
    let refused_member = |code: ErrorCode, pointer, detail| Problem {
        errors: vec![refused(pointer, code.info().name)],
        ..Problem::of(code).saying(detail)
    };
    let quota = |detail| Problem::of(ErrorCode::AttachmentQuotaExceeded).saying(detail);
    match error {
        UpstreamError::InvalidFileSize => refused_member(
            ErrorCode::FileTooLarge,
            "/fileSizeInBytes",
            "Amazon Connect refused the file's size.",
        ),
        UpstreamError::InvalidFileType => refused_member(
            ErrorCode::FileTypeNotAllowed,
            "/fileName",
            "Amazon Connect refused the file's type.",
        ),
        UpstreamError::InvalidFileName => invalid(vec![refused("/fileName", "refused")]),
        UpstreamError::InvalidRequest => {
            Problem::of(ErrorCode::InvalidRequest).saying("Amazon Connect refused the request.")
        }
        UpstreamError::QuotaExceeded(AttachmentQuota::TotalFileSize) => {
            quota("This resource has reached the limit on the total size of its attached files.")
        }
        UpstreamError::QuotaExceeded(AttachmentQuota::TotalFileCount) => {
            quota("This resource has reached the limit on the number of its attached files.")
        }
        UpstreamError::QuotaExceeded(AttachmentQuota::Unnamed) => {
            Problem::of(ErrorCode::AttachmentQuotaExceeded)
        }
        UpstreamError::NotFound => Problem::of(ErrorCode::NotFound),
        UpstreamError::Conflict => Problem::of(ErrorCode::Conflict),
        UpstreamError::Incomplete(_) => Problem::of(ErrorCode::UploadIncomplete),
        UpstreamError::Throttled(wait) => Problem {
            retry_after: Some(wait.retry_after),
            position: Some(wait.position),
            ..Problem::of(ErrorCode::TooManyRequests)
        },
        UpstreamError::Unavailable => unavailable(),
        UpstreamError::TimedOut => Problem::of(ErrorCode::UpstreamTimeout),
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
        | UpstreamError::Unexpected => Problem::of(ErrorCode::UpstreamFailed),
    }
}

fn body(error: BodyError) -> Problem {
    let malformed = Problem::of(ErrorCode::MalformedRequest);
    match error {
        BodyError::UnsupportedMediaType => Problem::of(ErrorCode::UnsupportedMediaType),
        BodyError::TooLarge => Problem::of(ErrorCode::BodyTooLarge)
            .saying(format!("The body may be at most {MAX_BODY_BYTES} bytes.")),
        BodyError::NotBase64 => malformed.saying("The body cannot be decoded."),
        BodyError::Json(fault) => malformed.saying(format!("The body {fault}.")),
        BodyError::Members(faults) => invalid(faults),
    }
}

/// One fault gives its own code, several an invalid request. Both name the limits.
fn file(faults: &[FileError]) -> Problem {
    let mut problem = invalid(Vec::new());
    for fault in faults {
        let (code, detail, error) = match fault {
            FileError::TooLarge { max_file_size_bytes } => {
                problem.max_file_size_bytes = Some(*max_file_size_bytes);
                let code = ErrorCode::FileTooLarge.info();
                let detail = format!("may be at most {max_file_size_bytes} bytes");
                let error = MemberFault::new("/fileSizeInBytes", code.name, detail);
                (ErrorCode::FileTooLarge, code.detail, error)
            }
            FileError::TypeNotAllowed { allowed_extensions } => {
                let names = allowed_extensions
                    .iter()
                    .map(|extension| extension.as_str().to_owned());
                problem.allowed_extensions = Some(names.collect());
                let code = ErrorCode::FileTypeNotAllowed.info();
                let error = MemberFault::new("/fileName", code.name, "must have an allowed extension");
                (ErrorCode::FileTypeNotAllowed, code.detail, error)
            }
            FileError::TagNotAllowed { key } => {
                let error = MemberFault::new(
                    &pointer(&["tags", key]),
                    "not-allowed",
                    "is not a tag that you may set",
                );
                (ErrorCode::InvalidRequest, "Some tags are not allowed.", error)
            }
        };
        problem.errors.push(error);
        if faults.len() == 1 {
            (problem.code, problem.detail) = (code, detail.into());
        }
    }
    problem
}
