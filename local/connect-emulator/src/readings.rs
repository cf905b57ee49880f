//! Answers to the open questions about the live service.

use serde::Deserialize;

/// Answers to the open questions about the live service.
///
/// Each member is an open question, and its default is the likelier answer. A broker must work under every answer.
/// Read from JSON, such as `{"unknownResource": "access-denied"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Readings {
    /// What Start answers for a case or contact that does not exist.
    pub(crate) unknown_resource: UnknownResource,
    /// What Start answers to a known `ClientToken` with the same request.
    pub(crate) repeated_token: RepeatedToken,
    /// What Start answers to a known `ClientToken` with another request.
    pub(crate) changed_request: ChangedRequest,
    /// What `FileStatus` says between Start and Complete.
    pub(crate) pending_status: PendingStatus,
    /// What `FileStatus` says once the URL has expired without a Complete.
    pub(crate) expired_upload: ExpiredUpload,
    /// What Complete answers if nothing was uploaded.
    pub(crate) missing_object: MissingObject,
    /// What a second Complete of one file answers.
    pub(crate) second_complete: SecondComplete,
    /// Whether `SearchUsers` compares upper and lower case as equal.
    pub(crate) user_search: UserSearch,
    /// Whether `CreatedBy.ConnectUserArn` must be a user of the instance.
    pub(crate) connect_user_arn: ConnectUserArn,
    /// Whether the upload's `Content-Length` is part of the signature.
    pub(crate) content_length: ContentLength,
    /// How the upload's `Content-Disposition` writes a name beyond ASCII.
    pub(crate) file_name_header: FileNameHeader,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UnknownResource {
    /// `InvalidRequestException`.
    #[default]
    InvalidRequest,
    /// `AccessDeniedException`.
    AccessDenied,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RepeatedToken {
    /// The same `FileId` with a freshly signed URL.
    #[default]
    FreshUrl,
    /// The first answer again, with its URL.
    SameUrl,
    /// `ResourceConflictException`.
    Conflict,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ChangedRequest {
    /// `ResourceConflictException`.
    #[default]
    Conflict,
    /// The first request's file; the change is ignored.
    FirstFile,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PendingStatus {
    /// `DRAFTING`, the only modelled value that is neither a scan nor a verdict.
    #[default]
    Drafting,
    /// `PENDING_UPLOAD`, which AWS's workspace SDK names.
    PendingUpload,
    /// `PROCESSING`.
    Processing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExpiredUpload {
    /// The status before the URL expired.
    #[default]
    Unchanged,
    /// `UPLOAD_EXPIRED`, which AWS's workspace SDK names.
    UploadExpired,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MissingObject {
    /// `InvalidRequestException`.
    #[default]
    InvalidRequest,
    /// `ResourceNotFoundException`.
    NotFound,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SecondComplete {
    /// `InvalidRequestException`: the staged object has been moved away.
    #[default]
    InvalidRequest,
    /// Success without a change.
    Accepted,
    /// `ResourceNotFoundException`.
    NotFound,
    /// `ResourceConflictException`, which Complete's model lacks and the chat API has.
    Conflict,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UserSearch {
    /// `ALICE` finds `alice`.
    #[default]
    CaseInsensitive,
    /// `ALICE` does not find `alice`.
    CaseSensitive,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectUserArn {
    /// It must be a user of the instance, otherwise `InvalidRequestException`.
    #[default]
    Known,
    /// Any text is recorded.
    Unchecked,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ContentLength {
    /// It is in `X-Amz-SignedHeaders`: the store answers another length with 403.
    #[default]
    Signed,
    /// It is only among the headers to include.
    Unsigned,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileNameHeader {
    /// Percent-encoded UTF-8 inside the quotes, so that the value is ASCII.
    #[default]
    PercentEncoded,
    /// As `filename*=UTF-8''...` of RFC 5987.
    Rfc5987,
    /// Unencoded, which is known to break signatures.
    AsIs,
}
