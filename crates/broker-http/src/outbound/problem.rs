//! Errors as callers see them: problem details (RFC 9457), each with a stable code.

use std::time::Duration;

use http::StatusCode;
use http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use super::response::Answer;
use crate::fault::MemberFault;

/// Media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Protection space in challenges.
const REALM: &str = "upload-broker";

/// What went wrong, in the vocabulary of docs/contract.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Not JSON, or a header that cannot be read.
    MalformedRequest,
    /// No credentials of an accepted kind.
    Unauthenticated,
    /// A token that does not hold.
    InvalidToken,
    /// The caller may not do this.
    Forbidden,
    /// The token lacks a scope.
    InsufficientScope,
    /// Nothing here.
    NotFound,
    /// Another method.
    MethodNotAllowed,
    /// Another request is changing the resource.
    Conflict,
    /// The file was not uploaded.
    UploadIncomplete,
    /// A total of attached files is used up.
    AttachmentQuotaExceeded,
    /// The file is too large.
    FileTooLarge,
    /// The body is too large.
    BodyTooLarge,
    /// Not JSON in UTF-8.
    UnsupportedMediaType,
    /// Members at fault.
    InvalidRequest,
    /// The file's type is not allowed.
    FileTypeNotAllowed,
    /// Throttled past the deadline.
    TooManyRequests,
    /// A fault of the broker.
    Internal,
    /// Connect answered what cannot be used.
    UpstreamFailed,
    /// Connect, or a provider of keys, did not answer.
    UpstreamUnavailable,
    /// Connect did not answer in time.
    UpstreamTimeout,
}

/// What is fixed for an error code.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The `code` member, and the end of `type`.
    pub name: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// The `title` member.
    pub title: &'static str,
    /// Whether the same request may succeed later.
    pub is_retryable: bool,
}

impl Code {
    /// Everything that is fixed for the code. This is the one table of the error codes.
    #[must_use]
    pub const fn info(self) -> CodeInfo {
        use StatusCode as S;
        let (name, status, title, is_retryable) = match self {
            Self::MalformedRequest => ("malformed-request", S::BAD_REQUEST, "Malformed request", false),
            Self::Unauthenticated => (
                "unauthenticated",
                S::UNAUTHORIZED,
                "Authentication required",
                false,
            ),
            Self::InvalidToken => ("invalid-token", S::UNAUTHORIZED, "Invalid token", false),
            Self::Forbidden => ("forbidden", S::FORBIDDEN, "Forbidden", false),
            Self::InsufficientScope => ("insufficient-scope", S::FORBIDDEN, "Insufficient scope", false),
            Self::NotFound => ("not-found", S::NOT_FOUND, "Not found", false),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                S::METHOD_NOT_ALLOWED,
                "Method not allowed",
                false,
            ),
            Self::Conflict => ("conflict", S::CONFLICT, "Conflict", true),
            Self::UploadIncomplete => ("upload-incomplete", S::CONFLICT, "Upload incomplete", false),
            Self::AttachmentQuotaExceeded => (
                "attachment-quota-exceeded",
                S::CONFLICT,
                "Attachment quota exceeded",
                false,
            ),
            Self::FileTooLarge => ("file-too-large", S::PAYLOAD_TOO_LARGE, "File too large", false),
            Self::BodyTooLarge => ("body-too-large", S::PAYLOAD_TOO_LARGE, "Body too large", false),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
                false,
            ),
            Self::InvalidRequest => (
                "invalid-request",
                S::UNPROCESSABLE_ENTITY,
                "Invalid request",
                false,
            ),
            Self::FileTypeNotAllowed => (
                "file-type-not-allowed",
                S::UNPROCESSABLE_ENTITY,
                "File type not allowed",
                false,
            ),
            Self::TooManyRequests => (
                "too-many-requests",
                S::TOO_MANY_REQUESTS,
                "Too many requests",
                true,
            ),
            Self::Internal => ("internal", S::INTERNAL_SERVER_ERROR, "Internal error", true),
            Self::UpstreamFailed => ("upstream-failed", S::BAD_GATEWAY, "Upstream failed", false),
            Self::UpstreamUnavailable => (
                "upstream-unavailable",
                S::SERVICE_UNAVAILABLE,
                "Upstream unavailable",
                true,
            ),
            Self::UpstreamTimeout => ("upstream-timeout", S::GATEWAY_TIMEOUT, "Upstream timeout", true),
        };
        CodeInfo {
            name,
            status,
            title,
            is_retryable,
        }
    }

    /// The code's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.info().name
    }
}

/// What a 401 or an insufficient scope tells the client to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Bring a token.
    Bearer,
    /// Bring another token.
    InvalidToken,
    /// Bring a token with these scopes.
    InsufficientScope(Vec<String>),
}

impl Challenge {
    /// Source: RFC 6750, section 3.
    fn header(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Bearer => format!("Bearer realm=\"{REALM}\""),
            Self::InvalidToken => format!("Bearer realm=\"{REALM}\", error=\"invalid_token\""),
            Self::InsufficientScope(scopes) => {
                let scopes = scopes.join(" ");
                format!("Bearer realm=\"{REALM}\", error=\"insufficient_scope\", scope=\"{scopes}\"")
            }
        };
        HeaderValue::try_from(text).ok()
    }
}

/// An error, as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong.
    pub code: Code,
    /// The same for people, without anything that the caller did not say.
    pub detail: String,
    /// Every fault of the body's members.
    pub errors: Vec<MemberFault>,
    /// Largest allowed size in bytes, where the size is a fault.
    pub max_file_size_bytes: Option<u64>,
    /// Allowed extensions, where the type is a fault.
    pub allowed_extensions: Option<Vec<String>>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// How to authenticate.
    pub challenge: Option<Challenge>,
    /// Methods of the resource.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A problem with nothing but a code and a text.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            max_file_size_bytes: None,
            allowed_extensions: None,
            retry_after: None,
            challenge: None,
            allow: None,
        }
    }

    /// The answer that says so.
    #[must_use]
    pub fn into_answer(self, request_id: &str) -> Answer {
        let info = self.code.info();
        let body = Body {
            r#type: format!("urn:upload-broker:{}", info.name),
            title: info.title,
            status: info.status.as_u16(),
            detail: &self.detail,
            code: info.name,
            retryable: info.is_retryable,
            request_id,
            errors: &self.errors,
            max_file_size_in_bytes: self.max_file_size_bytes,
            allowed_extensions: self.allowed_extensions.as_deref(),
        };
        let mut answer = Answer::json(info.status, PROBLEM_JSON, &body);
        if let Some(wait) = self.retry_after {
            answer
                .headers
                .insert(RETRY_AFTER, HeaderValue::from(whole_secs(wait)));
        }
        if let Some(challenge) = self.challenge.as_ref().and_then(Challenge::header) {
            answer.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(allow) = self.allow {
            answer.headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        answer
    }
}

/// `wait` in whole seconds, rounded up, at least 1.
#[must_use]
pub fn whole_secs(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    retryable: bool,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [MemberFault],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_file_size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_extensions: Option<&'a [String]>,
}
