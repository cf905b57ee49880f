//! Readings: the answers under each.

use std::time::Duration;

use aws_sdk_connect::types::CreatedByInfo;
use connect_emulator::{
    ChangedRequest, ConnectUserArn, ContentLength, ExpiredUpload, FileNameHeader, MissingObject,
    PendingStatus, Readings, RepeatedToken, SecondComplete, UnknownResource, UserSearch,
};

use crate::support::{Stack, code};

async fn reading(readings: Readings) -> Stack {
    Stack::start_with(|options| options.readings = readings).await
}

#[tokio::test]
async fn a_client_token_gives_one_file_under_every_reading() {
    for (repeated_token, same_url, refused) in [
        (RepeatedToken::FreshUrl, Some(false), None),
        (RepeatedToken::SameUrl, Some(true), None),
        (RepeatedToken::Conflict, None, Some("ResourceConflictException")),
    ] {
        let stack = reading(Readings {
            repeated_token,
            ..Readings::default()
        })
        .await;
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
        (
            ChangedRequest::Conflict,
            Err("ResourceConflictException".to_owned()),
        ),
        (ChangedRequest::FirstFile, Ok(true)),
    ] {
        let stack = reading(Readings {
            changed_request,
            ..Readings::default()
        })
        .await;
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
        (UnknownResource::InvalidRequest, "InvalidRequestException"),
        (UnknownResource::AccessDenied, "AccessDeniedException"),
    ] {
        let stack = reading(Readings {
            unknown_resource,
            ..Readings::default()
        })
        .await;
        let start = stack
            .start_upload()
            .associated_resource_arn("arn:aws:cases:eu-west-1:1:domain/d/case/c");
        assert_eq!(code(&start.send().await.expect_err("unknown")), expected);
    }
}

#[tokio::test]
async fn the_status_of_an_uncompleted_upload_follows_its_readings() {
    use {ExpiredUpload::Unchanged, ExpiredUpload::UploadExpired};
    for (pending_status, expired_upload, before, after) in [
        (PendingStatus::Drafting, Unchanged, "DRAFTING", "DRAFTING"),
        (
            PendingStatus::PendingUpload,
            Unchanged,
            "PENDING_UPLOAD",
            "PENDING_UPLOAD",
        ),
        (
            PendingStatus::Processing,
            UploadExpired,
            "PROCESSING",
            "UPLOAD_EXPIRED",
        ),
    ] {
        let stack = reading(Readings {
            pending_status,
            expired_upload,
            ..Readings::default()
        })
        .await;
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
            MissingObject::InvalidRequest,
            SecondComplete::InvalidRequest,
            "InvalidRequestException",
            Some("InvalidRequestException"),
        ),
        (
            MissingObject::NotFound,
            SecondComplete::NotFound,
            "ResourceNotFoundException",
            Some("ResourceNotFoundException"),
        ),
        (
            MissingObject::InvalidRequest,
            SecondComplete::Conflict,
            "InvalidRequestException",
            Some("ResourceConflictException"),
        ),
        (
            MissingObject::InvalidRequest,
            SecondComplete::Accepted,
            "InvalidRequestException",
            None,
        ),
    ] {
        let stack = reading(Readings {
            missing_object,
            second_complete,
            ..Readings::default()
        })
        .await;
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
    let stack = reading(Readings {
        connect_user_arn: ConnectUserArn::Unchecked,
        ..Readings::default()
    })
    .await;
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
    for (user_search, expected) in [(UserSearch::CaseInsensitive, 1), (UserSearch::CaseSensitive, 0)] {
        let stack = reading(Readings {
            user_search,
            ..Readings::default()
        })
        .await;
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
    for (content_length, signed) in [(ContentLength::Signed, true), (ContentLength::Unsigned, false)] {
        let stack = reading(Readings {
            content_length,
            ..Readings::default()
        })
        .await;
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
        (
            FileNameHeader::PercentEncoded,
            "attachment; filename=\"%C3%9C.pdf\"",
        ),
        (FileNameHeader::Rfc5987, "attachment; filename*=UTF-8''%C3%9C.pdf"),
        (FileNameHeader::AsIs, "attachment; filename=\"Ü.pdf\""),
    ] {
        let stack = reading(Readings {
            file_name_header,
            ..Readings::default()
        })
        .await;
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
