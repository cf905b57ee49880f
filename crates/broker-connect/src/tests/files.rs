use broker_core::grants::{Complete, Delete, Read};
use broker_core::limits::{FileLimits, Scope};
use broker_core::ports::{AttachedFiles, AttachmentLimits, UpstreamError};
use broker_core::upload::FileStatus;

use crate::testing::{Answer, Service, error, file_grant, json, soon};

const QUERY: &str = "?associatedResourceArn=\
                     arn%3Aaws%3Acases%3Aeu-west-1%3A111122223333%3Adomain%2Fd-1%2Fcase%2Fc-1";

fn file_in(status: &str) -> Answer {
    json(
        200,
        &format!(r#"{{"Files":[{{"FileId":"f-1","FileStatus":"{status}"}}],"Errors":[]}}"#),
    )
}

fn no_file(code: &str) -> Answer {
    json(
        200,
        &format!(r#"{{"Files":[],"Errors":[{{"FileId":"f-1","ErrorCode":"{code}"}}]}}"#),
    )
}

async fn complete(service: &Service) -> Result<(), UpstreamError> {
    service
        .connect()
        .complete_upload(file_grant::<Complete>().await, soon())
        .await
}

#[tokio::test]
async fn each_call_is_exactly_this_request() {
    let service = Service::answering([
        json(200, "{}"),
        file_in("APPROVED"),
        json(200, "{}"),
        json(200, "{}"),
    ]);
    let connect = service.connect();
    connect
        .complete_upload(file_grant::<Complete>().await, soon())
        .await
        .expect("completed");
    connect
        .file_status(file_grant::<Read>().await, &[], soon())
        .await
        .expect("read");
    connect
        .delete_file(file_grant::<Delete>().await, soon())
        .await
        .expect("deleted");
    connect.limits(Scope::Email, soon().deadline).await.expect("read");
    let sent = service.sent();
    let lines: Vec<_> = sent
        .iter()
        .map(|sent| format!("{} {} {}", sent.method, sent.target(), sent.body))
        .collect();
    let expected = [
        format!("POST /attached-files/i-1/f-1{QUERY} "),
        format!(r#"POST /attached-files/i-1{QUERY} {{"FileIds":["f-1"]}}"#),
        format!("DELETE /attached-files/i-1/f-1{QUERY} "),
        "GET /attached-files-configurations/i-1/EMAIL ".into(),
    ];
    assert_eq!(lines, expected);
}

fn incomplete(status: &str) -> Result<(), UpstreamError> {
    Err(UpstreamError::Incomplete(Some(FileStatus::named(status))))
}

#[tokio::test]
async fn what_was_completed_before_is_complete() {
    use UpstreamError::{AccessDenied, Incomplete, Unexpected};
    for code in [
        (400, "InvalidRequestException"),
        (404, "ResourceNotFoundException"),
        (409, "ResourceConflictException"),
    ] {
        for (status, expected) in [
            (file_in("PROCESSING"), Ok(())),
            (file_in("APPROVED"), Ok(())),
            (file_in("REJECTED"), Ok(())),
            (file_in("FAILED"), Ok(())),
            (file_in("DRAFTING"), incomplete("DRAFTING")),
            (file_in("PENDING_UPLOAD"), incomplete("PENDING_UPLOAD")),
            (file_in("UPLOAD_EXPIRED"), incomplete("UPLOAD_EXPIRED")),
            (file_in("DELETED"), incomplete("DELETED")),
            (no_file("ResourceNotFoundException"), Err(Incomplete(None))),
            (error(404, "ResourceNotFoundException"), Err(Incomplete(None))),
            (error(403, "AccessDeniedException"), Err(AccessDenied)),
            (no_file("SomethingNew"), Err(Unexpected)),
        ] {
            let service = Service::answering([error(code.0, code.1), status.clone()]);
            assert_eq!(complete(&service).await, expected, "{code:?} {status:?}");
            assert_eq!(
                service.sent().len(),
                2,
                "{code:?} {status:?}: the status is asked once"
            );
        }
    }
}

#[tokio::test]
async fn other_failures_to_complete_do_not_ask_for_the_status() {
    for (answer, expected) in [
        (json(200, ""), Ok(())),
        (
            error(403, "AccessDeniedException"),
            Err(UpstreamError::AccessDenied),
        ),
        (error(418, "Teapot"), Err(UpstreamError::Unexpected)),
    ] {
        let service = Service::answering([answer.clone()]);
        assert_eq!(complete(&service).await, expected, "{answer:?}");
        assert_eq!(service.sent().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_status_is_the_one_that_connect_names() {
    use UpstreamError::{InvalidRequest, NotFound, Unexpected, Unusable};
    let malformed = broker_core::ticket::ReplyError::Malformed;
    for (answer, expected) in [
        (file_in("APPROVED"), Ok("APPROVED")),
        (file_in("SOMETHING_NEW"), Ok("SOMETHING_NEW")),
        (no_file("ResourceNotFoundException"), Err(NotFound)),
        (
            json(200, r#"{"Files":[{"FileId":"f-2","FileStatus":"APPROVED"}]}"#),
            Err(Unexpected),
        ),
        (error(404, "ResourceNotFoundException"), Err(NotFound)),
        (error(400, "InvalidRequestException"), Err(InvalidRequest)),
        (json(200, "<html>"), Err(Unusable(malformed))),
    ] {
        let service = Service::answering([answer.clone()]);
        let status = service
            .connect()
            .file_status(file_grant::<Read>().await, &[], soon())
            .await;
        let status = status
            .as_ref()
            .map(|statuses| statuses.granted.as_str())
            .map_err(Clone::clone);
        assert_eq!(status, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_gone_is_deleted_but_a_foreign_404_says_nothing() {
    for (answer, expected) in [
        (json(200, "{}"), Ok(())),
        (error(404, "ResourceNotFoundException"), Ok(())),
        (
            error(404, "UnknownOperationException"),
            Err(UpstreamError::Unexpected),
        ),
        (json(404, "<html>"), Err(UpstreamError::Unexpected)),
        (
            error(403, "AccessDeniedException"),
            Err(UpstreamError::AccessDenied),
        ),
    ] {
        let service = Service::answering([answer.clone()]);
        let outcome = service
            .connect()
            .delete_file(file_grant::<Delete>().await, soon())
            .await;
        assert_eq!(outcome, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn limits_are_connects_own() {
    let body = r#"{"AttachedFilesConfiguration":{"InstanceId":"i-1","AttachmentScope":"TASK",
        "MaximumSizeLimitInBytes":1000,"ExtensionConfiguration":{"AllowedExtensions":[{"Extension":"pdf"}]}}}"#;
    let limits = Service::answering([json(200, body)])
        .connect()
        .limits(Scope::Task, soon().deadline)
        .await;
    let limits = limits.expect("read");
    assert_eq!(
        (limits.max_file_size_bytes, limits.allowed_extensions.len()),
        (1_000, 1)
    );
    let nothing = Service::answering([json(200, "{}")])
        .connect()
        .limits(Scope::Task, soon().deadline)
        .await;
    assert_eq!(nothing, Ok(FileLimits::default()));
}

#[tokio::test]
async fn limits_that_connect_does_not_have_are_its_defaults_and_a_failure_is_none() {
    for (answer, expected) in [
        (error(404, "ResourceNotFoundException"), Ok(FileLimits::default())),
        (
            error(404, "UnknownOperationException"),
            Err(UpstreamError::Unexpected),
        ),
        (
            error(400, "InvalidParameterException"),
            Err(UpstreamError::InvalidRequest),
        ),
        (
            error(403, "AccessDeniedException"),
            Err(UpstreamError::AccessDenied),
        ),
    ] {
        let service = Service::answering([answer.clone()]);
        let limits = service.connect().limits(Scope::Task, soon().deadline).await;
        assert_eq!(limits, expected, "{answer:?}");
    }
}
