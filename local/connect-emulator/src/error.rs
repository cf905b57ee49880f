//! Why a call is refused, and AWS's own words for it.

use http::StatusCode;
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::model::{InputError, Operation, Service, Violation};
use crate::reply::Reply;
use crate::sigv4::SignatureError;
use crate::store::StoreError;

/// Why a call is refused.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("Rate exceeded")]
    Throttled,
    #[error("{0}")]
    Unreadable(String),
    #[error("{}", describe(.0))]
    Violations(Vec<Violation>),
    #[error("{0}")]
    Invalid(String),
    #[error("{message}")]
    FileRefused { reason: &'static str, message: String },
    #[error("{message}")]
    QuotaExceeded { reason: &'static str, message: String },
    #[error("{0}")]
    Denied(String),
    #[error("{kind} {id} was not found")]
    NotFound { kind: &'static str, id: String },
    #[error("{0}")]
    Conflict(String),
    #[error("the service failed to process the request")]
    Store(#[from] StoreError),
}

impl From<InputError> for Refusal {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Violations(violations) => Self::Violations(violations),
            InputError::NotAnObject | InputError::WrongType(_) => Self::Unreadable(error.to_string()),
        }
    }
}

impl Refusal {
    /// Reason of a file whose name Connect does not take.
    pub(crate) const INVALID_FILE_NAME: &str = "INVALID_FILE_NAME";
    /// Reason of a file whose size Connect does not take.
    pub(crate) const INVALID_FILE_SIZE: &str = "INVALID_FILE_SIZE";
    /// Reason of a file whose extension Connect does not take.
    pub(crate) const INVALID_FILE_TYPE: &str = "INVALID_FILE_TYPE";

    /// AWS's name for this refusal, of those that the operation may answer.
    fn code(&self, operation: &Operation) -> &'static str {
        match self {
            Self::Signature(error) => error.code(),
            Self::Throttled => "ThrottlingException",
            Self::Unreadable(_) => "SerializationException",
            Self::QuotaExceeded { .. } => "ServiceQuotaExceededException",
            Self::Denied(_) => "AccessDeniedException",
            Self::NotFound { .. } if operation.answers("ResourceNotFoundException") => {
                "ResourceNotFoundException"
            }
            Self::Violations(_) | Self::Invalid(_) | Self::FileRefused { .. } | Self::NotFound { .. } => {
                invalid_code(operation)
            }
            Self::Conflict(_) => "ResourceConflictException",
            Self::Store(_) if operation.answers("InternalServerException") => "InternalServerException",
            Self::Store(_) => "InternalServiceException",
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::FileRefused { reason, .. } | Self::QuotaExceeded { reason, .. } => Some(reason),
            Self::Violations(violations) => violations.iter().find_map(|one| match one.path.as_str() {
                "FileName" => Some(Self::INVALID_FILE_NAME),
                "FileSizeInBytes" => Some(Self::INVALID_FILE_SIZE),
                _ => None,
            }),
            _ => None,
        }
    }

    /// This refusal as the operation's answer.
    pub(crate) fn render(&self, service: &Service, operation: &Operation) -> Reply {
        let mut error = AwsError::new(self.code(operation), self.to_string());
        error.reason = self.reason().map(str::to_owned);
        if let Self::NotFound { kind, id } = self {
            error.resource = Some((kind, id.clone()));
        }
        error.render(service)
    }
}

/// The code for what is wrong with a request: which of three depends on what the operation lists.
fn invalid_code(operation: &Operation) -> &'static str {
    [
        "InvalidParameterException",
        "InvalidRequestException",
        "ValidationException",
    ]
    .into_iter()
    .find(|code| operation.answers(code))
    .unwrap_or("ValidationException")
}

fn describe(violations: &[Violation]) -> String {
    let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let errors = if list.len() == 1 { "error" } else { "errors" };
    format!("{} validation {errors} detected: {}", list.len(), list.join("; "))
}

/// An error answer of AWS, by its code; also what an armed fault answers with.
#[derive(Debug)]
pub(crate) struct AwsError {
    code: String,
    message: String,
    /// Overrides the status that the model gives the code.
    pub(crate) status: Option<StatusCode>,
    pub(crate) reason: Option<String>,
    resource: Option<(&'static str, String)>,
}

impl AwsError {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: None,
            reason: None,
            resource: None,
        }
    }

    /// The answer in the shape that the service's model gives the code.
    pub(crate) fn render(self, service: &Service) -> Reply {
        let shape = service.error(&self.code);
        let modelled = shape
            .as_ref()
            .and_then(|shape| StatusCode::from_u16(shape.status).ok());
        let status = self
            .status
            .or(modelled)
            .unwrap_or_else(|| unmodelled_status(&self.code));
        let message_member = shape.as_ref().map_or("message", |shape| shape.message_member());
        let mut body = Map::new();
        body.insert(message_member.to_owned(), Value::String(self.message));
        let reason_member = shape.as_ref().and_then(|shape| shape.reason_member());
        if let (Some(member), Some(reason)) = (reason_member, self.reason) {
            body.insert("Reason".to_owned(), json!({ member: reason }));
        }
        if let (Some((kind, id)), "message") = (self.resource, message_member) {
            body.insert("resourceId".to_owned(), Value::String(id));
            body.insert("resourceType".to_owned(), Value::String(kind.to_owned()));
        }
        Reply::error(status, &self.code, &Value::Object(body))
    }
}

/// The status of the errors that every AWS service shares and no model lists.
fn unmodelled_status(code: &str) -> StatusCode {
    match code {
        "SerializationException" => StatusCode::BAD_REQUEST,
        "RequestEntityTooLargeException" => StatusCode::PAYLOAD_TOO_LARGE,
        "UnknownOperationException" => StatusCode::NOT_FOUND,
        code if SignatureError::CODES.contains(&code) => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::services;

    fn rendered(service: usize, operation: &str, refusal: &Refusal) -> (u16, String, Value) {
        let service = &services()[service];
        let reply = refusal.render(service, &service.operations[operation]);
        let body = serde_json::from_slice(&reply.body).expect("JSON");
        (reply.status.as_u16(), reply.error_type.expect("an error"), body)
    }

    fn not_found() -> Refusal {
        Refusal::NotFound {
            kind: "Case",
            id: "c".to_owned(),
        }
    }

    fn invalid() -> Refusal {
        Refusal::Invalid("m".to_owned())
    }

    #[test]
    fn answers_with_a_code_that_the_operation_models() {
        for (operation, refusal, status, code) in [
            (
                "StartAttachedFileUpload",
                invalid(),
                400,
                "InvalidRequestException",
            ),
            (
                "StartAttachedFileUpload",
                not_found(),
                400,
                "InvalidRequestException",
            ),
            ("GetAttachedFile", not_found(), 404, "ResourceNotFoundException"),
            ("SearchUsers", invalid(), 400, "InvalidParameterException"),
            ("SearchUsers", Refusal::Throttled, 429, "ThrottlingException"),
            (
                "DeleteAttachedFile",
                Refusal::Denied("m".to_owned()),
                403,
                "AccessDeniedException",
            ),
            (
                "StartAttachedFileUpload",
                Refusal::Conflict("m".to_owned()),
                409,
                "ResourceConflictException",
            ),
            (
                "GetAttachedFile",
                SignatureError::Missing.into(),
                403,
                "MissingAuthenticationTokenException",
            ),
            (
                "GetAttachedFile",
                SignatureError::Skewed.into(),
                403,
                "InvalidSignatureException",
            ),
            (
                "GetAttachedFile",
                Refusal::Unreadable("m".to_owned()),
                400,
                "SerializationException",
            ),
        ] {
            let (got_status, got_code, _) = rendered(0, operation, &refusal);
            assert_eq!(
                (got_status, got_code.as_str()),
                (status, code),
                "{operation}: {refusal:?}"
            );
        }
        assert_eq!(rendered(1, "GetCase", &invalid()).1, "ValidationException");
    }

    #[test]
    fn gives_the_members_that_the_model_gives_the_error() {
        let file_type = Refusal::FileRefused {
            reason: Refusal::INVALID_FILE_TYPE,
            message: "m".to_owned(),
        };
        let count = Refusal::QuotaExceeded {
            reason: "TOTAL_FILE_COUNT_EXCEEDED",
            message: "m".to_owned(),
        };
        let (connect, cases) = (0, 1);
        for (service, operation, refusal, body) in [
            (connect, "SearchUsers", invalid(), json!({ "Message": "m" })),
            (
                connect,
                "GetAttachedFile",
                not_found(),
                json!({ "Message": "Case c was not found" }),
            ),
            (
                connect,
                "GetAttachedFile",
                Refusal::Unreadable("m".to_owned()),
                json!({ "message": "m" }),
            ),
            (
                connect,
                "StartAttachedFileUpload",
                file_type,
                json!({
                    "Message": "m",
                    "Reason": { "AttachedFileInvalidRequestExceptionReason": "INVALID_FILE_TYPE" },
                }),
            ),
            (
                connect,
                "StartAttachedFileUpload",
                count,
                json!({
                    "Message": "m",
                    "Reason": { "AttachedFileServiceQuotaExceededExceptionReason": "TOTAL_FILE_COUNT_EXCEEDED" },
                }),
            ),
            (cases, "GetCase", invalid(), json!({ "message": "m" })),
            (
                cases,
                "GetCase",
                not_found(),
                json!({ "message": "Case c was not found", "resourceId": "c", "resourceType": "Case" }),
            ),
        ] {
            assert_eq!(
                rendered(service, operation, &refusal).2,
                body,
                "{operation}: {refusal:?}"
            );
        }
    }
}
