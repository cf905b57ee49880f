//! The gateway's own responses: `{"message": ...}` with the status and wording of an HTTP or a REST API.

use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse;
use connect_emulator::SignatureError;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::answer::AnswerError;
use super::kind::Kind;
use crate::instances::InvokeError;

/// Name of an error in a REST API's response.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Why the gateway answered without the function's answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GatewayError {
    #[error("authorizer got no identity, or said `Unauthorized`")]
    Unauthorized,
    #[error("authorizer did not let the request pass")]
    Denied { explicitly: bool },
    #[error("authorizer failed: {0}")]
    Authorizer(String),
    #[error("signature is refused: {error}")]
    Signature { error: SignatureError, message: String },
    #[error("path is not below the deployed stage")]
    WrongStage,
    #[error("no route matches")]
    NotFound,
    #[error("more requests than the stage's rate and burst allow")]
    Throttled,
    #[error("body is over 10 MB")]
    BodyTooLarge,
    #[error("body was cut off")]
    BodyBroken,
    #[error("function did not answer within the integration timeout")]
    IntegrationTimeout,
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    #[error("function's answer is malformed: {0}")]
    Malformed(#[from] AnswerError),
}

impl GatewayError {
    /// The gateway's own response.
    pub(super) fn response(&self, kind: Kind) -> Response<Body> {
        let (status, message) = match kind {
            Kind::Http => self.http_api(),
            Kind::Rest => self.rest_api(),
        };
        let body = match (kind, self) {
            (Kind::Rest, Self::Denied { .. }) => json!({"Message": message}),
            (Kind::Rest, Self::Authorizer(_)) => json!({"message": null}),
            _ => json!({"message": message}),
        };
        let mut response = (status, Json(body)).into_response();
        if let Some(error_type) = self.error_type().filter(|_| kind == Kind::Rest) {
            response
                .headers_mut()
                .insert(ERROR_TYPE, HeaderValue::from_static(error_type));
        }
        response
    }

    /// `x-amzn-ErrorType` of a REST API's authorizer.
    fn error_type(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized => Some("UnauthorizedException"),
            Self::Denied { .. } => Some("AccessDeniedException"),
            Self::Authorizer(_) => Some("AuthorizerConfigurationException"),
            Self::Signature { error, .. } => Some(error.code()),
            _ => None,
        }
    }

    /// Response of an HTTP API. Sources: API Gateway developer guide, "Troubleshooting issues with HTTP API Lambda integrations"
    /// (500 for every failure of the function) and quotas (30 s, 10 MB); AWS re:Post, "HTTP 503 Service Unavailable"
    /// (integration timeout, throttled function).
    fn http_api(&self) -> (StatusCode, &str) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Denied { .. } | Self::Signature { .. } => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::WrongStage | Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::BodyTooLarge | Self::Invoke(InvokeError::EventTooLarge { .. }) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            Self::BodyBroken => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::IntegrationTimeout | Self::Invoke(InvokeError::Throttled { .. } | InvokeError::Stopped) => {
                (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Self::Authorizer(_)
            | Self::Malformed(_)
            | Self::Invoke(
                InvokeError::AnswerTooLarge
                | InvokeError::Reported { .. }
                | InvokeError::Exited { .. }
                | InvokeError::InitFailed { .. }
                | InvokeError::TimedOut { .. },
            ) => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }

    /// Response of a REST API. Sources: API Gateway developer guide, "Gateway response types" (`INTEGRATION_TIMEOUT` 504,
    /// `THROTTLED` 429, `REQUEST_TOO_LARGE` 413, `MISSING_AUTHENTICATION_TOKEN` 403 also for unknown resources) and
    /// "Handle Lambda errors" (502 for a failed or malformed proxy answer, 500 for a throttled function); AWS re:Post, "How do
    /// I troubleshoot HTTP 403 errors from API Gateway?" (a policy's refusal).
    fn rest_api(&self) -> (StatusCode, &str) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Denied { explicitly: false } => (
                StatusCode::FORBIDDEN,
                "User is not authorized to access this resource",
            ),
            Self::Denied { explicitly: true } => (
                StatusCode::FORBIDDEN,
                "User is not authorized to access this resource with an explicit deny",
            ),
            // Its message is null.
            Self::Authorizer(_) => (StatusCode::INTERNAL_SERVER_ERROR, ""),
            Self::Signature { message, .. } => (StatusCode::FORBIDDEN, message),
            Self::WrongStage => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound => (StatusCode::FORBIDDEN, "Missing Authentication Token"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "HTTP content length exceeded 10485760 bytes.",
            ),
            Self::Invoke(InvokeError::EventTooLarge { .. }) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long")
            }
            Self::BodyBroken => (StatusCode::BAD_REQUEST, "Bad Request Exception"),
            Self::IntegrationTimeout => (StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Self::Invoke(InvokeError::Throttled { .. } | InvokeError::Stopped) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
            }
            Self::Malformed(_)
            | Self::Invoke(
                InvokeError::AnswerTooLarge
                | InvokeError::Reported { .. }
                | InvokeError::Exited { .. }
                | InvokeError::InitFailed { .. }
                | InvokeError::TimedOut { .. },
            ) => (StatusCode::BAD_GATEWAY, "Internal server error"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_status_and_words() {
        let timed_out = || GatewayError::Invoke(InvokeError::TimedOut { timeout_secs: 29 });
        let busy = || GatewayError::Invoke(InvokeError::Throttled { max_instances: 1 });
        for (error, http, rest) in [
            (GatewayError::WrongStage, (404, "Not Found"), (403, "Forbidden")),
            (
                GatewayError::NotFound,
                (404, "Not Found"),
                (403, "Missing Authentication Token"),
            ),
            (
                GatewayError::Throttled,
                (429, "Too Many Requests"),
                (429, "Too Many Requests"),
            ),
            (
                GatewayError::BodyTooLarge,
                (413, "Request Entity Too Large"),
                (413, "HTTP content length exceeded 10485760 bytes."),
            ),
            (
                GatewayError::IntegrationTimeout,
                (503, "Service Unavailable"),
                (504, "Endpoint request timed out"),
            ),
            (
                timed_out(),
                (500, "Internal Server Error"),
                (502, "Internal server error"),
            ),
            (
                busy(),
                (503, "Service Unavailable"),
                (500, "Internal server error"),
            ),
        ] {
            let (status, message) = error.http_api();
            assert_eq!((status.as_u16(), message), http, "HTTP API: {error}");
            let (status, message) = error.rest_api();
            assert_eq!((status.as_u16(), message), rest, "REST API: {error}");
        }
    }
}
