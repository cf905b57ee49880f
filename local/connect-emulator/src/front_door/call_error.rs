//! Refusals of a call, and AWS's own form for them.

use http::StatusCode;
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::front_door::reply::Reply;
use crate::front_door::sigv4::SignatureError;
use crate::model::{InputError, Operation, Service};
use crate::state::error::OperationError;

/// Why a call is refused.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("Rate exceeded")]
    Throttled,
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl CallError {
    /// This refusal as the operation's answer.
    pub(crate) fn render(&self, service: &Service, operation: &Operation) -> Reply {
        let mut error = AwsError::new(self.code(operation), self.to_string());
        error.reason = self.reason().map(str::to_owned);
        if let Self::Operation(OperationError::NotFound { kind, id }) = self {
            error.resource = Some((kind, id.clone()));
        }
        error.render(service)
    }

    /// AWS's name for this refusal, among the errors that the operation may answer.
    fn code(&self, operation: &Operation) -> &'static str {
        match self {
            Self::Signature(error) => error.code(),
            Self::Throttled => "ThrottlingException",
            Self::Input(InputError::Violations(_)) => invalid_code(operation),
            Self::Input(InputError::NotAnObject | InputError::WrongType(_)) => "SerializationException",
            Self::Operation(error) => operation_code(error, operation),
        }
    }

    /// AWS's reason inside the error, if it has one.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Input(InputError::Violations(violations)) => {
                violations.iter().find_map(|one| match one.path.as_str() {
                    "FileName" => Some("INVALID_FILE_NAME"),
                    "FileSizeInBytes" => Some("INVALID_FILE_SIZE"),
                    _ => None,
                })
            }
            Self::Operation(OperationError::TooLarge { .. } | OperationError::OtherSize { .. }) => {
                Some("INVALID_FILE_SIZE")
            }
            Self::Operation(OperationError::FileType) => Some("INVALID_FILE_TYPE"),
            Self::Operation(OperationError::TotalCount { .. }) => Some("TOTAL_FILE_COUNT_EXCEEDED"),
            Self::Operation(OperationError::TotalSize { .. }) => Some("TOTAL_FILE_SIZE_EXCEEDED"),
            _ => None,
        }
    }
}

fn operation_code(error: &OperationError, operation: &Operation) -> &'static str {
    match error {
        OperationError::Unreadable(_) => "SerializationException",
        OperationError::NotFound { .. } if operation.answers("ResourceNotFoundException") => {
            "ResourceNotFoundException"
        }
        OperationError::Invalid(_)
        | OperationError::TooLarge { .. }
        | OperationError::OtherSize { .. }
        | OperationError::FileType
        | OperationError::NotFound { .. } => invalid_code(operation),
        OperationError::TotalCount { .. } | OperationError::TotalSize { .. } => {
            "ServiceQuotaExceededException"
        }
        OperationError::Denied(_) => "AccessDeniedException",
        OperationError::Conflict(_) => "ResourceConflictException",
        OperationError::Duplicate(_) => "DuplicateResourceException",
        OperationError::TokenReused => ["IdempotencyException", "ConflictException"]
            .into_iter()
            .find(|code| operation.answers(code))
            .unwrap_or_else(|| invalid_code(operation)),
        OperationError::Store(_) if operation.answers("InternalServerException") => "InternalServerException",
        OperationError::Store(_) => "InternalServiceException",
    }
}

/// The code of a bad request: the first of three that the operation lists.
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

/// AWS's answer with an error, of a refusal or of an armed fault.
#[derive(Debug)]
pub(crate) struct AwsError {
    code: String,
    message: String,
    /// Status instead of the one that the model gives the code.
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

/// Status of an error that every AWS service shares and no model lists.
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

    fn rendered(service: usize, operation: &str, refusal: &CallError) -> (u16, String, Value) {
        let service = &services()[service];
        let reply = refusal.render(service, &service.operations[operation]);
        let body = serde_json::from_slice(&reply.body).expect("JSON");
        (reply.status.as_u16(), reply.error_type.expect("an error"), body)
    }

    fn not_found() -> CallError {
        OperationError::not_found("Case", "c").into()
    }

    fn unreadable() -> CallError {
        OperationError::Unreadable("m".to_owned()).into()
    }

    fn invalid() -> CallError {
        OperationError::Invalid("m".into()).into()
    }

    #[test]
    fn answers_with_a_code_that_the_operation_models() {
        const START: &str = "StartAttachedFileUpload";
        const GET: &str = "GetAttachedFile";
        let conflict = || OperationError::Conflict("m").into();
        let denied = || OperationError::Denied("m").into();
        let unsigned = || SignatureError::Missing.into();
        let skewed = || SignatureError::Skewed.into();
        for (operation, refusal, status, code) in [
            (START, invalid(), 400, "InvalidRequestException"),
            (START, not_found(), 400, "InvalidRequestException"),
            (START, conflict(), 409, "ResourceConflictException"),
            (GET, not_found(), 404, "ResourceNotFoundException"),
            (GET, denied(), 403, "AccessDeniedException"),
            (GET, unsigned(), 403, "MissingAuthenticationTokenException"),
            (GET, skewed(), 403, "InvalidSignatureException"),
            (GET, unreadable(), 400, "SerializationException"),
            ("SearchUsers", invalid(), 400, "InvalidParameterException"),
            ("SearchUsers", CallError::Throttled, 429, "ThrottlingException"),
        ] {
            let (got_status, got_code, _) = rendered(0, operation, &refusal);
            let got = (got_status, got_code.as_str());
            assert_eq!(got, (status, code), "{operation}: {refusal:?}");
        }
        assert_eq!(rendered(1, "GetCase", &invalid()).1, "ValidationException");
    }

    #[test]
    fn gives_the_members_that_the_model_gives_the_error() {
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
                unreadable(),
                json!({ "message": "m" }),
            ),
            (
                connect,
                "StartAttachedFileUpload",
                OperationError::FileType.into(),
                json!({
                    "Message": "Invalid file type: the extension is not allowed",
                    "Reason": { "AttachedFileInvalidRequestExceptionReason": "INVALID_FILE_TYPE" },
                }),
            ),
            (
                connect,
                "StartAttachedFileUpload",
                OperationError::TotalCount { limit: 50 }.into(),
                json!({
                    "Message": "The resource already has 50 files",
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
