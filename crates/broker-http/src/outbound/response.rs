//! The answers, and the response that API Gateway takes.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use broker_core::arn::ResourceArn;
use broker_core::limits::{FileLimits, Scope};
use broker_core::ticket::UploadTicket;
use broker_core::upload::FileStatus;
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER,
};
use http::{HeaderMap, StatusCode};
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An upload in the list of its caller's uploads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedUpload {
    /// The status last known.
    pub status: &'static str,
    /// The case or contact that the file is attached to.
    #[serde(rename = "associatedResourceArn", serialize_with = "as_arn")]
    pub resource: ResourceArn,
    /// The file's size.
    #[serde(rename = "fileSizeInBytes")]
    pub size_bytes: u64,
    /// When it started.
    #[serde(serialize_with = "as_rfc3339")]
    pub started_at: SystemTime,
    /// The request that started it, which is `X-Request-Id` of its answer.
    pub request_id: Box<str>,
    /// Path of the upload with a handle; none where that is too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

fn as_arn<S: Serializer>(resource: &ResourceArn, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(resource.as_str())
}

/// The time in RFC 3339.
fn as_rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = OffsetDateTime::from(*time).format(&Rfc3339);
    text.map_err(S::Error::custom)?.serialize(serializer)
}

/// An HTTP response. Its `Debug` shows no body, because that may hold a presigned URL.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: StatusCode, content_type: &'static str, body: &impl Serialize) -> Self {
        let mut answer = Self::empty(status);
        answer
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        // A ticket fits, so the text is not copied while it grows.
        let mut text = Vec::with_capacity(2048);
        let written = serde_json::to_writer(&mut text, body);
        answer.body = written.ok().and_then(|()| String::from_utf8(text).ok());
        answer
    }

    /// `201` with the ticket to send the file with, and the handle in `Location`.
    #[must_use]
    pub fn created(ticket: &UploadTicket, base_path: &str, handle: &str) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            url: &'a str,
            headers: BTreeMap<&'a str, &'a str>,
        }
        let body = Body {
            url: ticket.url.expose(),
            headers: ticket.headers.iter().collect(),
        };
        let mut answer = Self::json(StatusCode::CREATED, "application/json", &body);
        if let Ok(location) = HeaderValue::try_from(format!("{base_path}/uploads/{handle}")) {
            answer.headers.insert(LOCATION, location);
        }
        if let Some(Ok(expires)) = ticket.expires_at.and_then(http_date) {
            answer
                .headers
                .insert(HeaderName::from_static("upload-expires"), expires);
        }
        answer
    }

    /// `200` with the file's status, and the time after which to ask again.
    #[must_use]
    pub fn status(status: &FileStatus, ask_again: Option<Duration>) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            status: &'a str,
        }
        let mut answer = Self::json(
            StatusCode::OK,
            "application/json",
            &Body {
                status: status.as_str(),
            },
        );
        if let Some(ask_again) = ask_again {
            answer.retry_after(ask_again);
        }
        answer
    }

    /// `200` with the caller's uploads, and where the next page begins.
    #[must_use]
    pub fn list(uploads: &[ListedUpload], next: Option<String>) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            uploads: &'a [ListedUpload],
            #[serde(skip_serializing_if = "Option::is_none")]
            next: Option<String>,
        }
        Self::json(StatusCode::OK, "application/json", &Body { uploads, next })
    }

    /// `200` with the limits of each scope.
    #[must_use]
    pub fn limits(limits: &[(Scope, FileLimits)]) -> Self {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Limits {
            max_file_size_in_bytes: u64,
            allowed_extensions: Vec<String>,
        }
        let of = |limits: &'_ FileLimits| Limits {
            max_file_size_in_bytes: limits.max_file_size_bytes,
            allowed_extensions: limits
                .allowed_extensions
                .iter()
                .map(|e| e.as_str().to_owned())
                .collect(),
        };
        let body: BTreeMap<_, _> = limits
            .iter()
            .map(|(scope, limits)| (scope.name(), of(limits)))
            .collect();
        Self::json(StatusCode::OK, "application/json", &body)
    }

    /// Adds `Retry-After`: `wait` in whole seconds, rounded up, at least 1.
    pub(super) fn retry_after(&mut self, wait: Duration) {
        let secs = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
        self.headers.insert(RETRY_AFTER, HeaderValue::from(secs));
    }

    /// The answer with the headers that every answer has.
    #[must_use]
    pub(crate) fn with_common_headers(mut self, request_id: &str) -> Self {
        let headers = &mut self.headers;
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        self
    }

    /// The answer as a proxy integration's response. It has only members that both payload formats know.
    #[must_use]
    pub(crate) fn into_gateway_response(self) -> ApiGatewayProxyResponse {
        let mut response = ApiGatewayProxyResponse::default();
        response.status_code = self.status.as_u16().into();
        response.headers = self.headers;
        response.body = self.body.map(Into::into);
        response
    }
}

fn http_date(time: SystemTime) -> Option<Result<HeaderValue, http::header::InvalidHeaderValue>> {
    // httpdate panics beyond the year 9999.
    let last = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(253_402_300_799))?;
    (time >= SystemTime::UNIX_EPOCH && time <= last)
        .then(|| HeaderValue::try_from(httpdate::fmt_http_date(time)))
}
