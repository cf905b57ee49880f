//! Maps errors of the SDKs to [`AttemptError`].

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_connect::operation::start_attached_file_upload::StartAttachedFileUploadError;
use aws_sdk_connect::types::error::{InvalidRequestException, ServiceQuotaExceededException};
use aws_sdk_connect::types::{
    AttachedFileInvalidRequestExceptionReason as InvalidReason,
    AttachedFileServiceQuotaExceededExceptionReason as QuotaReason,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use broker_core::ports::{AttachmentQuota, UpstreamError};
use broker_core::ticket::ReplyError;

use super::common_error::CommonError;
use crate::attempt_error::AttemptError;

/// The error of an attempt: how far the call came decides first, then the code, then the status.
pub(crate) fn failure<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> AttemptError {
    match error {
        SdkError::TimeoutError(_) => AttemptError::Fault(UpstreamError::TimedOut),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .map_or(AttemptError::Fault(UpstreamError::Unavailable), unsent),
        SdkError::ResponseError(cut) => cut_off(cut.raw().status().as_u16()),
        SdkError::ServiceError(answer) => {
            answered(answer.raw().status().as_u16(), answer.err().meta().code())
        }
        // The request could not be built, or a later SDK has a new kind of error.
        _ => AttemptError::Final(UpstreamError::Unexpected),
    }
}

/// [`failure`], with the reasons that `StartAttachedFileUpload` gives.
pub(crate) fn start_failure(error: &SdkError<StartAttachedFileUploadError, HttpResponse>) -> AttemptError {
    match error.as_service_error() {
        Some(StartAttachedFileUploadError::InvalidRequestException(invalid)) => {
            AttemptError::Final(invalid_request(invalid))
        }
        Some(StartAttachedFileUploadError::ServiceQuotaExceededException(exceeded)) => {
            AttemptError::Final(UpstreamError::QuotaExceeded(quota(exceeded)))
        }
        _ => failure(error),
    }
}

fn invalid_request(invalid: &InvalidRequestException) -> UpstreamError {
    let reason = invalid
        .reason()
        .and_then(|reason| reason.as_attached_file_invalid_request_exception_reason().ok());
    match reason {
        Some(InvalidReason::InvalidFileSize) => UpstreamError::InvalidFileSize,
        Some(InvalidReason::InvalidFileType) => UpstreamError::InvalidFileType,
        Some(InvalidReason::InvalidFileName) => UpstreamError::InvalidFileName,
        _ => UpstreamError::InvalidRequest,
    }
}

fn quota(exceeded: &ServiceQuotaExceededException) -> AttachmentQuota {
    let reason = exceeded.reason().and_then(|reason| {
        reason
            .as_attached_file_service_quota_exceeded_exception_reason()
            .ok()
    });
    match reason {
        Some(QuotaReason::TotalFileSizeExceeded) => AttachmentQuota::TotalFileSize,
        Some(QuotaReason::TotalFileCountExceeded) => AttachmentQuota::TotalFileCount,
        _ => AttachmentQuota::Unnamed,
    }
}

/// No answer came. Missing credentials end here too, because the SDK signs while it sends.
fn unsent(error: &ConnectorError) -> AttemptError {
    if error.is_timeout() {
        return AttemptError::Fault(UpstreamError::TimedOut);
    }
    if error.is_user() {
        return AttemptError::Final(UpstreamError::Unexpected);
    }
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    if causes.into_iter().any(<dyn Error>::is::<CredentialsError>) {
        return AttemptError::Final(UpstreamError::AccessDenied);
    }
    AttemptError::Fault(UpstreamError::Unavailable)
}

/// The connection broke within the answer. All calls here may be repeated.
fn cut_off(status: u16) -> AttemptError {
    match answered(status, None) {
        AttemptError::Final(UpstreamError::Unusable(reply)) => {
            AttemptError::Fault(UpstreamError::Unusable(reply))
        }
        failure => failure,
    }
}

/// A complete answer: an error, or a success that the SDK cannot parse.
fn answered(status: u16, code: Option<&str>) -> AttemptError {
    let code = code.unwrap_or_default();
    match CommonError::named(code) {
        Some(CommonError::Throttled) => return AttemptError::Throttled,
        Some(CommonError::AccessDenied | CommonError::NotAuthenticated) => {
            return AttemptError::Final(UpstreamError::AccessDenied);
        }
        None => {}
    }
    match status {
        200..=299 => AttemptError::Final(UpstreamError::Unusable(ReplyError::Malformed)),
        400 => AttemptError::Final(UpstreamError::InvalidRequest),
        401 | 403 => AttemptError::Final(UpstreamError::AccessDenied),
        402 => AttemptError::Final(UpstreamError::QuotaExceeded(AttachmentQuota::Unnamed)),
        // Any other 404 comes from something between us and the service, and says nothing about a file.
        404 if code == "ResourceNotFoundException" => AttemptError::Final(UpstreamError::NotFound),
        408 => AttemptError::Fault(UpstreamError::TimedOut),
        409 => AttemptError::Final(UpstreamError::Conflict),
        429 => AttemptError::Throttled,
        500..=599 => AttemptError::Fault(UpstreamError::Unavailable),
        _ => AttemptError::Final(UpstreamError::Unexpected),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::operation::describe_contact::DescribeContactError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    type Described = SdkError<DescribeContactError, HttpResponse>;

    fn reply(status: u16) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::empty())
    }

    #[test]
    fn an_answer_is_known_by_code_then_by_status() {
        use AttemptError::{Fault, Final, Throttled};
        use UpstreamError::{
            AccessDenied, Conflict, InvalidRequest, NotFound, QuotaExceeded, TimedOut, Unavailable,
            Unexpected, Unusable,
        };
        for (status, code, expected) in [
            (200, None, Final(Unusable(ReplyError::Malformed))),
            (302, None, Final(Unexpected)),
            (400, Some("InvalidRequestException"), Final(InvalidRequest)),
            (400, Some("InvalidParameterException"), Final(InvalidRequest)),
            (400, Some("ValidationException"), Final(InvalidRequest)),
            (400, Some("ThrottlingException"), Throttled),
            (400, Some("Throttling"), Throttled),
            (400, Some("UnrecognizedClientException"), Final(AccessDenied)),
            (401, None, Final(AccessDenied)),
            (402, None, Final(QuotaExceeded(AttachmentQuota::Unnamed))),
            (403, Some("AccessDeniedException"), Final(AccessDenied)),
            (403, Some("InvalidSignatureException"), Final(AccessDenied)),
            (403, Some("ExpiredTokenException"), Final(AccessDenied)),
            (403, Some("SomethingNew"), Final(AccessDenied)),
            (403, None, Final(AccessDenied)),
            (404, Some("ResourceNotFoundException"), Final(NotFound)),
            (404, Some("UnknownOperationException"), Final(Unexpected)),
            (404, None, Final(Unexpected)),
            (408, None, Fault(TimedOut)),
            (409, Some("ResourceConflictException"), Final(Conflict)),
            (418, None, Final(Unexpected)),
            (429, Some("ThrottlingException"), Throttled),
            (429, Some("TooManyRequestsException"), Throttled),
            (429, None, Throttled),
            (500, Some("InternalServiceException"), Fault(Unavailable)),
            (502, None, Fault(Unavailable)),
            (503, Some("SlowDown"), Throttled),
            (503, None, Fault(Unavailable)),
        ] {
            assert_eq!(answered(status, code), expected, "{status} {code:?}");
        }
    }

    #[test]
    fn a_call_without_a_whole_answer_is_known_by_how_far_it_came() {
        use AttemptError::{Fault, Final};
        use UpstreamError::{AccessDenied, TimedOut, Unavailable, Unexpected, Unusable};
        let sent = |error: fn(Box<dyn Error + Send + Sync>) -> ConnectorError| {
            Described::dispatch_failure(error("no matter".into()))
        };
        let unsigned = ConnectorError::other(CredentialsError::not_loaded("none").into(), None);
        for (what, error, expected) in [
            (
                "not built",
                Described::construction_failure("x"),
                Final(Unexpected),
            ),
            ("timed out", Described::timeout_error("x"), Fault(TimedOut)),
            ("slow connection", sent(ConnectorError::timeout), Fault(TimedOut)),
            ("broken connection", sent(ConnectorError::io), Fault(Unavailable)),
            ("no request", sent(ConnectorError::user), Final(Unexpected)),
            (
                "closed without an answer",
                sent(|cause| ConnectorError::other(cause, None)),
                Fault(Unavailable),
            ),
            (
                "no credentials",
                Described::dispatch_failure(unsigned),
                Final(AccessDenied),
            ),
            (
                "a good answer cut off",
                Described::response_error("x", reply(200)),
                Fault(Unusable(ReplyError::Malformed)),
            ),
            (
                "a fault cut off",
                Described::response_error("x", reply(500)),
                Fault(Unavailable),
            ),
            (
                "a refusal cut off",
                Described::response_error("x", reply(403)),
                Final(AccessDenied),
            ),
        ] {
            assert_eq!(failure(&error), expected, "{what}");
        }
    }
}
