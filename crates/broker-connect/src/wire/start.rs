//! `StartAttachedFileUpload`: maps a grant to the input, and the output to the reply that `UploadTicket::check` validates.

use std::time::SystemTime;

use aws_sdk_connect::operation::start_attached_file_upload::builders::StartAttachedFileUploadInputBuilder;
use aws_sdk_connect::operation::start_attached_file_upload::{
    StartAttachedFileUploadInput, StartAttachedFileUploadOutput,
};
use aws_sdk_connect::types::{CreatedByInfo, FileUseCaseType};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use broker_core::arn::InstanceArn;
use broker_core::grants::UploadGrant;
use broker_core::ports::ClientToken;
use broker_core::request::Tags;
use broker_core::ticket::StartReply;

/// The input for exactly the upload that `grant` allows.
///
/// INVARIANT: `CreatedBy` is always present. Without it Connect permanently records the broker's own role.
pub(crate) fn start_input(
    grant: &UploadGrant,
    token: &ClientToken,
    instance: &InstanceArn,
) -> StartAttachedFileUploadInputBuilder {
    let request = grant.request();
    // INVARIANT: every `FileSize` fits into Connect's signed member.
    let size_bytes = i64::try_from(request.file_size.bytes()).unwrap_or(i64::MAX);
    let input = StartAttachedFileUploadInput::builder()
        .client_token(token.as_str())
        .instance_id(instance.id())
        .file_name(request.file_name.as_str())
        .file_size_in_bytes(size_bytes)
        .url_expiry_in_seconds(i32::from(request.url_expiry.secs()))
        .file_use_case_type(FileUseCaseType::Attachment)
        .associated_resource_arn(request.resource.as_str())
        .created_by(CreatedByInfo::ConnectUserArn(grant.user().as_str().into()));
    tagged(input, &request.tags)
}

/// Connect takes 1 to 50 tags, so the member is absent if there are none.
fn tagged(input: StartAttachedFileUploadInputBuilder, tags: &Tags) -> StartAttachedFileUploadInputBuilder {
    tags.iter()
        .fold(input, |input, (key, value)| input.tags(key, value))
}

/// The answer of Connect, not yet validated.
pub(crate) fn start_reply(output: StartAttachedFileUploadOutput) -> StartReply {
    let metadata = output.upload_url_metadata;
    let (url, headers, url_expiry) = metadata.map_or_else(Default::default, |metadata| {
        (metadata.url, metadata.headers_to_include, metadata.url_expiry)
    });
    StartReply {
        file_id: output.file_id,
        url,
        headers: headers.unwrap_or_default().into_iter().collect(),
        url_expiry: url_expiry.as_deref().and_then(moment),
    }
}

/// The moment in an ISO 8601 text, or `None` for any other text.
fn moment(text: &str) -> Option<SystemTime> {
    let moment = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
    moment.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_connect::types::UploadUrlMetadata;

    use super::*;
    use crate::testing::{USER, upload_grant, upload_grant_of, upload_request};

    fn input_of(grant: &UploadGrant) -> StartAttachedFileUploadInput {
        let instance = crate::testing::deployment().instance;
        let token = ClientToken::from_bytes(&[7; 32]);
        start_input(grant, &token, &instance).build().expect("complete")
    }

    #[tokio::test]
    async fn the_input_says_what_was_granted_and_for_whom() {
        let input = input_of(&upload_grant().await);
        assert_eq!(input.client_token(), Some("07".repeat(32).as_str()));
        assert_eq!(input.instance_id(), Some("i-1"));
        assert_eq!(input.file_name(), Some("report.pdf"));
        assert_eq!(input.file_size_in_bytes(), Some(1_048_576));
        assert_eq!(input.url_expiry_in_seconds(), Some(300));
        assert_eq!(input.file_use_case_type(), Some(&FileUseCaseType::Attachment));
        assert_eq!(input.associated_resource_arn(), Some(crate::testing::CASE));
        let created_by = input.created_by().map(CreatedByInfo::as_connect_user_arn);
        assert_eq!(created_by, Some(Ok(&USER.to_owned())));
        assert!(input.tags().is_none(), "no tags is no member");
    }

    #[tokio::test]
    async fn tags_are_sent_where_there_are_some() {
        let mut request = upload_request();
        request.tags.insert("department", "claims").expect("valid");
        let input = input_of(&upload_grant_of(request).await);
        let tags = input.tags().expect("there are some");
        assert_eq!(
            (tags.len(), tags.get("department").map(String::as_str)),
            (1, Some("claims"))
        );
    }

    #[test]
    fn a_reply_keeps_what_came_and_invents_nothing() {
        let empty = start_reply(StartAttachedFileUploadOutput::builder().build());
        assert!(empty.file_id.is_none() && empty.url.is_none());
        assert!(empty.headers.is_empty() && empty.url_expiry.is_none());

        let metadata = UploadUrlMetadata::builder()
            .url("https://bucket/key")
            .url_expiry("2026-11-22T10:20:00.000Z")
            .headers_to_include("Content-Type", "application/pdf")
            .build();
        let output = StartAttachedFileUploadOutput::builder()
            .file_id("f-1")
            .upload_url_metadata(metadata)
            .build();
        let reply = start_reply(output);
        assert_eq!(reply.file_id.as_deref(), Some("f-1"));
        assert_eq!(reply.url.as_deref(), Some("https://bucket/key"));
        assert_eq!(reply.headers, [("Content-Type".into(), "application/pdf".into())]);
        assert!(reply.url_expiry.is_some());
    }

    #[test]
    fn a_moment_is_iso_8601_or_nothing() {
        let at = |secs: u64, millis: u64| {
            Some(SystemTime::UNIX_EPOCH + Duration::from_millis(secs * 1_000 + millis))
        };
        for (text, expected) in [
            ("2019-11-08T02:41:28.172Z", at(1_573_180_888, 172)),
            ("2026-11-22T10:20:00Z", at(1_795_342_800, 0)),
            ("2026-11-22T11:20:00+01:00", at(1_795_342_800, 0)),
            ("", None),
            ("soon", None),
            ("1795342800", None),
            ("2026-13-22T10:20:00Z", None),
        ] {
            assert_eq!(moment(text), expected, "{text:?}");
        }
    }
}
