//! Readings: the answers under each.

use std::time::Duration;

use aws_sdk_connect::types::CreatedByInfo;
use serde_json::{Value, json};

use crate::support::{Stack, code};

async fn reading(readings: Value) -> Stack {
    let readings = serde_json::from_value(readings).expect("readings");
    Stack::start_with(|options| options.readings = readings).await
}

#[tokio::test]
async fn a_client_token_gives_one_file_under_every_reading() {
    for (repeated_token, same_url, refused) in [
        ("fresh-url", Some(false), None),
        ("same-url", Some(true), None),
        ("conflict", None, Some("ResourceConflictException")),
    ] {
        let stack = reading(json!({ "repeatedToken": repeated_token })).await;
        let send = || stack.start_upload().client_token("t-1").send();
        let first = send().await.expect("started");
        stack.clock.advance(Duration::from_secs(2));
        match send().await {
            Ok(second) => {
                assert_eq!(second.file_id, first.file_id, "{repeated_token:?}");
                assert_eq!(second.creation_time, first.creation_time, "{repeated_token:?}");
                let url = |one: &aws_sdk_connect::types::UploadUrlMetadata| one.url.clone();
                let equal = second.upload_url_metadata.as_ref().map(url)
                    == first.upload_url_metadata.as_ref().map(url);
                assert_eq!(Some(equal), same_url, "{repeated_token:?}");
            }
            Err(error) => assert_eq!(Some(code(&error).as_str()), refused, "{repeated_token:?}"),
        }
        let (_, files) = stack.local("GET", "/_local/files", "").await;
        assert_eq!(
            files["files"].as_array().map(Vec::len),
            Some(1),
            "{repeated_token:?}"
        );
    }
}

#[tokio::test]
async fn a_client_token_with_another_request_is_a_conflict_or_the_first_file() {
    for (changed_request, expected) in [
        ("conflict", Err("ResourceConflictException".to_owned())),
        ("first-file", Ok(true)),
    ] {
        let stack = reading(json!({ "changedRequest": changed_request })).await;
        let first = stack
            .start_upload()
            .client_token("t-1")
            .send()
            .await
            .expect("started");
        let second = stack
            .start_upload()
            .client_token("t-1")
            .file_size_in_bytes(6)
            .send()
            .await;
        let same = second
            .map(|second| second.file_id == first.file_id)
            .map_err(|error| code(&error));
        assert_eq!(same, expected, "{changed_request:?}");
    }
}

#[tokio::test]
async fn an_unknown_case_is_an_invalid_request_or_denied() {
    for (unknown_resource, expected) in [
        ("invalid-request", "InvalidRequestException"),
        ("access-denied", "AccessDeniedException"),
    ] {
        let stack = reading(json!({ "unknownResource": unknown_resource })).await;
        let start = stack
            .start_upload()
            .associated_resource_arn("arn:aws:cases:eu-west-1:1:domain/d/case/c");
        assert_eq!(code(&start.send().await.expect_err("unknown")), expected);
    }
}

#[tokio::test]
async fn the_status_of_an_uncompleted_upload_follows_its_readings() {
    for (pending_status, expired_upload, before, after) in [
        ("drafting", "unchanged", "DRAFTING", "DRAFTING"),
        ("pending-upload", "unchanged", "PENDING_UPLOAD", "PENDING_UPLOAD"),
        ("processing", "upload-expired", "PROCESSING", "UPLOAD_EXPIRED"),
    ] {
        let stack =
            reading(json!({ "pendingStatus": pending_status, "expiredUpload": expired_upload })).await;
        let started = stack
            .start_upload()
            .url_expiry_in_seconds(5)
            .send()
            .await
            .expect("started");
        let file_id = started.file_id.expect("a file id");
        assert_eq!(stack.status(&file_id).await.as_deref(), Ok(before));
        stack.clock.advance(Duration::from_secs(6));
        assert_eq!(stack.status(&file_id).await.as_deref(), Ok(after));
    }
}

#[tokio::test]
async fn complete_answers_as_its_readings_say() {
    for (missing_object, second_complete, nothing_there, again) in [
        (
            "invalid-request",
            "invalid-request",
            "InvalidRequestException",
            Some("InvalidRequestException"),
        ),
        (
            "not-found",
            "not-found",
            "ResourceNotFoundException",
            Some("ResourceNotFoundException"),
        ),
        (
            "invalid-request",
            "conflict",
            "InvalidRequestException",
            Some("ResourceConflictException"),
        ),
        ("invalid-request", "accepted", "InvalidRequestException", None),
    ] {
        let stack =
            reading(json!({ "missingObject": missing_object, "secondComplete": second_complete })).await;
        let started = stack.start_upload().send().await.expect("started");
        let file_id = started.file_id().expect("a file id");
        assert_eq!(stack.complete(file_id).await, Err(nothing_there.to_owned()));
        assert_eq!(stack.put(&started, b"hello").await, 200);
        assert_eq!(stack.complete(file_id).await, Ok(()));
        assert_eq!(
            stack.complete(file_id).await.err().as_deref(),
            again,
            "{second_complete:?}"
        );
    }
}

#[tokio::test]
async fn any_user_is_recorded_if_users_are_not_checked() {
    let stack = reading(json!({ "connectUserArn": "unchecked" })).await;
    let stranger = CreatedByInfo::ConnectUserArn("arn:aws:connect:::instance/i/agent/x".to_owned());
    let started = stack
        .start_upload()
        .created_by(stranger.clone())
        .send()
        .await
        .expect("started");
    assert_eq!(started.created_by, Some(stranger));
}

#[tokio::test]
async fn user_searches_are_case_sensitive_if_the_reading_says_so() {
    for (user_search, expected) in [("case-insensitive", 1), ("case-sensitive", 0)] {
        let stack = reading(json!({ "userSearch": user_search })).await;
        let condition = aws_sdk_connect::types::StringCondition::builder()
            .field_name("Username")
            .comparison_type(aws_sdk_connect::types::StringComparisonType::Exact)
            .value("ALICE")
            .build();
        let criteria = aws_sdk_connect::types::UserSearchCriteria::builder()
            .string_condition(condition)
            .build();
        let search = stack
            .connect
            .search_users()
            .instance_id(&stack.options.instance_id)
            .search_criteria(criteria);
        assert_eq!(
            search.send().await.expect("searched").users().len(),
            expected,
            "{user_search:?}"
        );
    }
}

#[tokio::test]
async fn the_length_is_signed_or_only_listed() {
    for (content_length, signed) in [("signed", true), ("unsigned", false)] {
        let stack = reading(json!({ "contentLength": content_length })).await;
        let metadata = stack
            .start_upload()
            .send()
            .await
            .expect("started")
            .upload_url_metadata;
        let metadata = metadata.expect("where to upload");
        assert_eq!(
            metadata.url().expect("a URL").contains("content-length"),
            signed,
            "{content_length:?}"
        );
        assert!(
            metadata
                .headers_to_include()
                .expect("headers")
                .contains_key("Content-Length")
        );
    }
}

#[tokio::test]
async fn the_header_writes_a_name_beyond_ascii_as_the_reading_says() {
    for (file_name_header, expected) in [
        ("percent-encoded", "attachment; filename=\"%C3%9C.pdf\""),
        ("rfc5987", "attachment; filename*=UTF-8''%C3%9C.pdf"),
        ("as-is", "attachment; filename=\"Ü.pdf\""),
    ] {
        let stack = reading(json!({ "fileNameHeader": file_name_header })).await;
        let started = stack
            .start_upload()
            .file_name("Ü.pdf")
            .send()
            .await
            .expect("started");
        let headers = started
            .upload_url_metadata
            .and_then(|one| one.headers_to_include)
            .expect("headers");
        assert_eq!(headers["Content-Disposition"], expected);
    }
}
