//! Problem details (RFC 9457): an error as the caller sees it.

use std::time::Duration;

use std::borrow::Cow;

use http::header::{ALLOW, HeaderValue, WWW_AUTHENTICATE};
use serde::Serialize;

use super::error_code::ErrorCode;
use super::response::Answer;
use crate::fault::MemberFault;

/// Media type of problem details.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// The protection space that challenges name.
const REALM: &str = "upload-broker";

/// How the client should authenticate, for `WWW-Authenticate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// With a token.
    Bearer,
    /// With another token.
    InvalidToken,
    /// With a token that has these scopes.
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
    pub code: ErrorCode,
    /// What went wrong, for people. It repeats nothing but what the caller said.
    pub detail: Cow<'static, str>,
    /// Every fault of a member of the body.
    pub errors: Vec<MemberFault>,
    /// The largest allowed size in bytes, if the file is too large.
    pub max_file_size_bytes: Option<u64>,
    /// The allowed extensions, if the file's type is not allowed.
    pub allowed_extensions: Option<Vec<String>>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// How many slots come before the caller's own, if it is in line.
    pub position: Option<u64>,
    /// How to authenticate.
    pub challenge: Option<Challenge>,
    /// The methods of the resource, if it does not have the request's.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A problem with the sentence of its code, and nothing else.
    #[must_use]
    pub fn of(code: ErrorCode) -> Self {
        Self {
            code,
            detail: code.info().detail.into(),
            errors: Vec::new(),
            max_file_size_bytes: None,
            allowed_extensions: None,
            retry_after: None,
            position: None,
            challenge: None,
            allow: None,
        }
    }

    /// The problem with a sentence that says more than its code's.
    #[must_use]
    pub(crate) fn saying(self, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self { detail, ..self }
    }

    /// The problem as an answer to the request with this id.
    #[must_use]
    pub(crate) fn into_answer(self, request_id: &str) -> Answer {
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
            // Exact, because whole seconds are too coarse where a quota was raised.
            retry_after_seconds: self.position.and(self.retry_after).map(|wait| wait.as_secs_f64()),
            position: self.position,
        };
        let mut answer = Answer::json(info.status, PROBLEM_JSON, &body);
        if let Some(wait) = self.retry_after {
            answer.retry_after(wait);
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
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
}
