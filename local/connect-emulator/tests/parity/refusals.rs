//! Refused calls: constraints, totals, quotas and signatures.

use std::time::Duration;

use aws_sdk_connect::config::Credentials;
use aws_sdk_connect::operation::start_attached_file_upload::StartAttachedFileUploadError;
use aws_sdk_connect::operation::start_attached_file_upload::builders::StartAttachedFileUploadFluentBuilder;
use aws_sdk_connect::types::{CreatedByInfo, FileUseCaseType, InvalidRequestExceptionReason};
use connect_emulator::{Limits, Quota};
use serde_json::json;

use crate::support::{Stack, code};

type Change = fn(StartAttachedFileUploadFluentBuilder) -> StartAttachedFileUploadFluentBuilder;

/// The reason in an `InvalidRequestException`, if it has one.
fn reason(error: &StartAttachedFileUploadError) -> Option<String> {
    let StartAttachedFileUploadError::InvalidRequestException(error) = error else {
        return None;
    };
    match error.reason.as_ref()? {
        InvalidRequestExceptionReason::AttachedFileInvalidRequestExceptionReason(reason) => {
            Some(reason.as_str().to_owned())
        }
        other => Some(format!("{other:?}")),
    }
}

#[tokio::test]
async fn start_refuses_what_the_model_or_the_instance_does_not_allow() {
    let stack = Stack::start().await;
    let other_instance = "00000000-0000-4000-8000-000000000000";
    let rows: [(&str, Change, Option<&str>); 14] = [
        (
            "no bytes",
            |start| start.file_size_in_bytes(0),
            Some("INVALID_FILE_SIZE"),
        ),
        (
            "20 MB and a byte",
            |start| start.file_size_in_bytes(20_971_521),
            Some("INVALID_FILE_SIZE"),
        ),
        (
            "control character",
            |start| start.file_name("a\u{7}.pdf"),
            Some("INVALID_FILE_NAME"),
        ),
        (
            "long name",
            |start| start.file_name(format!("{}.pdf", "a".repeat(253))),
            Some("INVALID_FILE_NAME"),
        ),
        (
            "extension",
            |start| start.file_name("a.exe"),
            Some("INVALID_FILE_TYPE"),
        ),
        (
            "no extension",
            |start| start.file_name("pdf"),
            Some("INVALID_FILE_TYPE"),
        ),
        ("long expiry", |start| start.url_expiry_in_seconds(301), None),
        ("short expiry", |start| start.url_expiry_in_seconds(4), None),
        (
            "use case",
            |start| start.file_use_case_type(FileUseCaseType::EmailMessage),
            None,
        ),
        (
            "unknown use case",
            |start| start.file_use_case_type(FileUseCaseType::from("OTHER")),
            None,
        ),
        ("reserved tag", |start| start.tags("aws:x", "y"), None),
        ("no tags", |start| start.set_tags(Some([].into())), None),
        (
            "unknown case",
            |start| start.associated_resource_arn("arn:aws:cases:eu-west-1:1:domain/d/case/c"),
            None,
        ),
        (
            "unknown user",
            |start| start.created_by(CreatedByInfo::ConnectUserArn("arn:aws:x".to_owned())),
            None,
        ),
    ];
    for (what, change, expected) in rows {
        let error = change(stack.start_upload())
            .send()
            .await
            .expect_err(what)
            .into_service_error();
        assert_eq!(code(&error), "InvalidRequestException", "{what}");
        assert_eq!(reason(&error).as_deref(), expected, "{what}");
    }
    let error = stack
        .start_upload()
        .instance_id(other_instance)
        .send()
        .await
        .expect_err("another instance");
    assert_eq!(code(&error), "InvalidRequestException");
    let role = CreatedByInfo::AwsIdentityArn("arn:aws:iam::1:role/r".to_owned());
    let error = stack
        .start_upload()
        .created_by(role)
        .send()
        .await
        .expect_err("a role cannot be named");
    assert_eq!(code(&error), "InvalidRequestException");
    assert_eq!(
        stack.local("GET", "/_local/files", "").await.1,
        json!({ "files": [] })
    );
}

#[tokio::test]
async fn start_accepts_values_just_inside_the_limits() {
    let stack = Stack::start().await;
    let rows: [(&str, Change); 8] = [
        ("one byte", |start| start.file_size_in_bytes(1)),
        ("20 MB", |start| start.file_size_in_bytes(20_971_520)),
        ("long name", |start| {
            start.file_name(format!("{}.pdf", "a".repeat(252)))
        }),
        ("upper case", |start| start.file_name("SCAN.PDF")),
        ("beyond ASCII", |start| start.file_name("Übersicht 日本.pdf")),
        ("long expiry", |start| start.url_expiry_in_seconds(300)),
        ("short expiry", |start| start.url_expiry_in_seconds(5)),
        ("a space in a tag", |start| start.tags("cost centre", "")),
    ];
    for (what, change) in rows {
        let started = change(stack.start_upload()).send().await;
        assert!(started.is_ok(), "{what}: {:?}", started.err());
    }
}

#[tokio::test]
async fn start_counts_the_files_and_bytes_of_a_resource() {
    let stack = Stack::start_with(|options| {
        options.limits = Limits {
            files_per_case: 2,
            bytes_per_case: 100,
            bytes_per_email: 50,
        };
    })
    .await;
    let send = async |start: StartAttachedFileUploadFluentBuilder| {
        start.send().await.map(drop).map_err(|error| {
            let StartAttachedFileUploadError::ServiceQuotaExceededException(error) =
                error.into_service_error()
            else {
                panic!("another error");
            };
            format!("{:?}", error.reason.expect("a reason"))
        })
    };
    let exceeded = |which: &str| {
        Err(format!(
            "AttachedFileServiceQuotaExceededExceptionReason({which})"
        ))
    };
    let email = stack.email_arn();
    let of_email = || {
        stack
            .start_upload()
            .associated_resource_arn(&email)
            .file_size_in_bytes(30)
    };
    assert_eq!(
        send(
            stack
                .start_upload()
                .file_size_in_bytes(60)
                .url_expiry_in_seconds(5)
        )
        .await,
        Ok(())
    );
    assert_eq!(
        send(stack.start_upload().file_size_in_bytes(41)).await,
        exceeded("TotalFileSizeExceeded")
    );
    assert_eq!(
        send(
            stack
                .start_upload()
                .file_size_in_bytes(40)
                .url_expiry_in_seconds(5)
        )
        .await,
        Ok(())
    );
    assert_eq!(
        send(stack.start_upload()).await,
        exceeded("TotalFileCountExceeded")
    );
    assert_eq!(send(of_email()).await, Ok(()));
    assert_eq!(send(of_email()).await, exceeded("TotalFileSizeExceeded"));
    stack.clock.advance(Duration::from_secs(6));
    assert_eq!(
        send(stack.start_upload().file_size_in_bytes(41)).await,
        Ok(()),
        "expired ones no longer count"
    );
}

#[tokio::test]
async fn an_operation_is_throttled_beyond_its_own_quota() {
    let stack = Stack::start_with(|options| options.quota = Some(Quota::default())).await;
    let search = || {
        stack
            .connect
            .search_users()
            .instance_id(&stack.options.instance_id)
            .send()
    };
    for _ in 0..5 {
        search().await.expect("within the burst");
    }
    assert_eq!(
        code(&search().await.expect_err("beyond the burst")),
        "ThrottlingException"
    );
    stack
        .start_upload()
        .send()
        .await
        .expect("another operation's quota");
    stack.clock.advance(Duration::from_millis(500));
    search().await.expect("a token came back");
    assert_eq!(
        code(&search().await.expect_err("one only")),
        "ThrottlingException"
    );
    let (_, calls) = stack.local("GET", "/_local/calls", "").await;
    let statuses: Vec<i64> = calls
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|call| call["status"].as_i64())
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 200, 200, 429]);
}

#[tokio::test]
async fn a_call_must_be_signed_by_the_known_caller() {
    let stack = Stack::start().await;
    for (credentials, expected) in [
        (
            Credentials::new("test", "wrong", None, None, "tests"),
            "InvalidSignatureException",
        ),
        (
            Credentials::new("other", "test", None, None, "tests"),
            "UnrecognizedClientException",
        ),
        (
            Credentials::new("test", "test", Some("t".to_owned()), None, "tests"),
            "UnrecognizedClientException",
        ),
    ] {
        let search = stack
            .connect_as(credentials)
            .search_users()
            .instance_id(&stack.options.instance_id);
        let error = search.send().await.expect_err("not the known caller");
        assert_eq!(
            error.raw_response().map(|raw| raw.status().as_u16()),
            Some(403),
            "{expected}"
        );
        assert_eq!(code(&error), expected);
    }
    let (status, body) = stack.local("POST", "/search-users", "{}").await;
    assert_eq!(
        (status.as_u16(), body),
        (403, json!({ "message": "Missing Authentication Token" }))
    );
    let (status, _) = stack.local("POST", "/no-such-operation", "{}").await;
    assert_eq!(status, 404);
    let (status, _) = stack
        .local("POST", "/search-users", &"x".repeat(1024 * 1024 + 1))
        .await;
    assert_eq!(status, 413);
}
