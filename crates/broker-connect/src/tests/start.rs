use broker_core::ports::{AttachedFiles, AttachmentQuota, CallContext, ClientToken, Deadline, UpstreamError};
use broker_core::ticket::ReplyError;
use serde_json::json as value;

use crate::testing::{
    Answer, CASE, Service, USER, error, json, soon, upload_grant, upload_grant_of, upload_request,
};

const URL: &str = "https://bucket.s3.eu-west-1.amazonaws.com/connect/f-1?X-Amz-Signature=5ecre7";

fn started() -> String {
    value!({
        "FileArn": "arn:aws:connect:eu-west-1:111122223333:instance/i-1/file/f-1",
        "FileId": "f-1",
        "CreationTime": "2026-11-22T10:15:00.000Z",
        "FileStatus": "PENDING_UPLOAD",
        "CreatedBy": {"ConnectUserArn": USER},
        "UploadUrlMetadata": {
            "Url": URL,
            "UrlExpiry": "2026-11-22T10:20:00.000Z",
            "HeadersToInclude": {"Content-Type": "application/pdf", "x-amz-acl": "bucket-owner-full-control"},
        },
        "SomethingNew": {"a": [1, 2, 3]},
    })
    .to_string()
}

fn token() -> ClientToken {
    ClientToken::from_bytes(&[7; 32])
}

/// Golden: what reaches Amazon Connect for one upload.
#[tokio::test]
async fn one_upload_is_exactly_this_request() {
    let service = Service::answering([json(200, &started())]);
    let mut request = upload_request();
    request.tags.insert("department", "claims & more").expect("valid");
    let grant = upload_grant_of(request).await;
    service
        .connect()
        .start_upload(grant, token(), soon())
        .await
        .expect("started");

    let sent = service.sent();
    let [sent] = sent.as_slice() else {
        panic!("{} requests", sent.len());
    };
    assert_eq!(sent.method, "PUT");
    assert_eq!(
        sent.uri,
        "https://connect.eu-west-1.amazonaws.com/attached-files/i-1?associatedResourceArn=\
         arn%3Aaws%3Acases%3Aeu-west-1%3A111122223333%3Adomain%2Fd-1%2Fcase%2Fc-1"
    );
    assert_eq!(
        sent.body,
        format!(
            "{{\"ClientToken\":\"{}\",\"CreatedBy\":{{\"ConnectUserArn\":\"{USER}\"}},\"FileName\":\"report.pdf\",\
             \"FileSizeInBytes\":1048576,\"FileUseCaseType\":\"ATTACHMENT\",\
             \"Tags\":{{\"department\":\"claims & more\"}},\"UrlExpiryInSeconds\":300}}",
            "07".repeat(32)
        )
    );
    assert_eq!(
        sent.header_names,
        [
            "authorization",
            "content-length",
            "content-type",
            "user-agent",
            "x-amz-date"
        ]
    );
    let (scope, signature) = sent.authorization.split_once(", Signature=").expect("signed");
    assert!(scope.starts_with("AWS4-HMAC-SHA256 Credential=test/"), "{scope}");
    assert!(
        scope.ends_with(
            "/eu-west-1/connect/aws4_request, \
             SignedHeaders=content-length;content-type;host;x-amz-date"
        ),
        "{scope}"
    );
    assert_eq!(signature.len(), 64);
}

#[tokio::test]
async fn the_ticket_is_what_connect_answered() {
    let ticket = Service::answering([json(200, &started())])
        .connect()
        .start()
        .await
        .expect("started");
    assert_eq!((ticket.file_id.as_str(), ticket.url.expose()), ("f-1", URL));
    let headers: Vec<_> = ticket.headers.iter().collect();
    let expected = [
        ("Content-Type", "application/pdf"),
        ("x-amz-acl", "bucket-owner-full-control"),
    ];
    assert_eq!(headers, expected);
    assert!(ticket.expires_at.is_some());
}

#[tokio::test]
async fn nothing_of_a_hostile_reply_is_handed_out() {
    use ReplyError::{ForeignUrl, HeaderName, HeaderNotAscii, HeaderValue, Malformed, NoFileId, NoUrl};
    let with = |from: &str, to: &str| {
        let body = started();
        assert!(body.contains(from), "{from}");
        body.replace(from, to)
    };
    for (body, expected) in [
        (String::new(), NoFileId),
        ("{}".into(), NoFileId),
        (with(r#""FileId":"f-1""#, r#""FileId":"""#), NoFileId),
        (with(r#""FileId":"f-1""#, r#""FileId":null"#), NoFileId),
        (with(r#""FileId":"f-1""#, r#""FileId":"..""#), NoFileId),
        (with(r#""FileId":"f-1""#, r#""FileId":".""#), NoFileId),
        (with(r#""Url":"#, r#""NoUrl":"#), NoUrl),
        (with(r#""UploadUrlMetadata":"#, r#""Other":"#), NoUrl),
        (
            with("bucket.s3.eu-west-1.amazonaws.com", "evil.example"),
            ForeignUrl,
        ),
        (with("https://bucket", "http://bucket"), ForeignUrl),
        (with("x-amz-acl", "x amz acl"), HeaderName),
        (with("x-amz-acl", "content-type"), HeaderName),
        (with("application/pdf", "a\\r\\nhost: evil"), HeaderValue),
        (with("application/pdf", "caf\u{e9}"), HeaderNotAscii),
        (
            with(r#""HeadersToInclude":{"#, r#""HeadersToInclude":[{"#),
            Malformed,
        ),
        (with(r#""FileId":"f-1""#, r#""FileId":7"#), Malformed),
        (started()[..started().len() / 2].into(), Malformed),
        (format!("{} ", &started()) + "{}", Malformed),
        ("<html>hello</html>".into(), Malformed),
        ("[]".into(), Malformed),
        ("\u{0}\u{1}".into(), Malformed),
        ("[".repeat(100_000), Malformed),
    ] {
        let service = Service::answering([json(200, &body)]);
        let outcome = service.connect().start().await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(outcome, Err(UpstreamError::Unusable(expected)), "{shown}");
        assert_eq!(service.sent().len(), 1, "asked again for {shown}");
    }
}

#[tokio::test]
async fn an_expiry_that_cannot_be_read_is_no_reason_to_refuse() {
    let body = started().replace("2026-11-22T10:20:00.000Z", "soon");
    let ticket = Service::answering([json(200, &body)])
        .connect()
        .start()
        .await
        .expect("started");
    assert_eq!(ticket.expires_at, None);
}

#[tokio::test]
async fn each_refusal_has_its_own_error() {
    use UpstreamError::{
        AccessDenied, Conflict, InvalidFileName, InvalidFileSize, InvalidFileType, InvalidRequest,
        QuotaExceeded, Unexpected,
    };
    let invalid = |reason: &str| {
        let member = "AttachedFileInvalidRequestExceptionReason";
        json(
            400,
            &format!(r#"{{"__type":"InvalidRequestException","Reason":{{"{member}":"{reason}"}}}}"#),
        )
    };
    let exceeded = |reason: &str| {
        let member = "AttachedFileServiceQuotaExceededExceptionReason";
        json(
            402,
            &format!(r#"{{"__type":"ServiceQuotaExceededException","Reason":{{"{member}":"{reason}"}}}}"#),
        )
    };
    for (answer, expected) in [
        (invalid("INVALID_FILE_SIZE"), InvalidFileSize),
        (invalid("INVALID_FILE_TYPE"), InvalidFileType),
        (invalid("INVALID_FILE_NAME"), InvalidFileName),
        (invalid("SOMETHING_NEW"), InvalidRequest),
        (error(400, "InvalidRequestException"), InvalidRequest),
        (
            exceeded("TOTAL_FILE_SIZE_EXCEEDED"),
            QuotaExceeded(AttachmentQuota::TotalFileSize),
        ),
        (
            exceeded("TOTAL_FILE_COUNT_EXCEEDED"),
            QuotaExceeded(AttachmentQuota::TotalFileCount),
        ),
        (exceeded("SOMETHING_NEW"), QuotaExceeded(AttachmentQuota::Unnamed)),
        (
            error(402, "ServiceQuotaExceededException"),
            QuotaExceeded(AttachmentQuota::Unnamed),
        ),
        (error(403, "AccessDeniedException"), AccessDenied),
        (error(403, "InvalidSignatureException"), AccessDenied),
        (error(403, "ExpiredTokenException"), AccessDenied),
        (error(409, "ResourceConflictException"), Conflict),
        (error(418, "Teapot"), Unexpected),
        (json(400, "<html>"), InvalidRequest),
    ] {
        let service = Service::answering([answer.clone()]);
        assert_eq!(service.connect().start().await, Err(expected), "{answer:?}");
        assert_eq!(service.sent().len(), 1, "asked again after {answer:?}");
    }
}

#[tokio::test]
async fn all_attempts_are_one_request_with_one_client_token() {
    let ok = json(200, &started());
    for (what, failure) in [
        ("throttled", error(429, "ThrottlingException")),
        ("a fault", error(500, "InternalServiceException")),
        ("a fault in garbage", json(503, "<html>")),
        ("a lost answer", Answer::Reset),
    ] {
        let service = Service::answering([failure.clone(), failure, ok.clone()]);
        service.connect().start().await.expect(what);
        let sent = service.sent();
        let [first, rest @ ..] = sent.as_slice() else {
            panic!("{what}: nothing was sent");
        };
        assert_eq!(rest.len(), 2, "{what}");
        assert_eq!(first.json()["ClientToken"], "07".repeat(32), "{what}");
        assert!(
            rest.iter()
                .all(|sent| (&sent.uri, &sent.body) == (&first.uri, &first.body)),
            "{what}"
        );
    }
}

#[tokio::test]
async fn after_the_deadline_nothing_is_sent() {
    let service = Service::answering([json(200, &started())]);
    let past = CallContext {
        deadline: Deadline(std::time::Instant::now()),
        ..soon()
    };
    let outcome = service
        .connect()
        .start_upload(upload_grant().await, token(), past)
        .await;
    assert_eq!((outcome, service.sent().len()), (Err(UpstreamError::TimedOut), 0));
}

#[tokio::test]
async fn what_comes_back_shows_neither_url_nor_upstream_text() {
    let ticket = Service::answering([json(200, &started())])
        .connect()
        .start()
        .await;
    let refusal = Service::answering([error(403, "AccessDeniedException")])
        .connect()
        .start()
        .await;
    let shown = format!(
        "{ticket:?} {refusal:?} {}",
        refusal.as_ref().expect_err("refused")
    );
    for secret in ["X-Amz-Signature", "amazonaws.com", "role/broker", CASE] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
