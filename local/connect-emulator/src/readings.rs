use serde::Deserialize;

/// How the emulator reads what is not known of the live service.
///
/// Each member is an open question; the default is the likelier answer. A broker should be right under
/// every one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Readings {
    /// What Start answers for a case or contact that does not exist.
    pub unknown_resource: UnknownResource,
    /// What Start answers when a `ClientToken` comes again with the same request.
    pub repeated_token: RepeatedToken,
    /// What Start answers when a `ClientToken` comes again with another request.
    pub changed_request: ChangedRequest,
    /// What `FileStatus` says between Start and Complete.
    pub pending_status: PendingStatus,
    /// What `FileStatus` says when the URL expired and nothing was completed.
    pub expired_upload: ExpiredUpload,
    /// What Complete answers when nothing lies under the URL.
    pub missing_object: MissingObject,
    /// What a second Complete of one file answers.
    pub second_complete: SecondComplete,
    /// Whether the searches of `SearchUsers` tell cases apart.
    pub user_search: UserSearch,
    /// Whether `CreatedBy.ConnectUserArn` must be a user of the instance.
    pub connect_user_arn: ConnectUserArn,
    /// Whether the upload's `Content-Length` is part of the signature.
    pub content_length: ContentLength,
    /// How a name beyond ASCII stands in the upload's `Content-Disposition`.
    pub file_name_header: FileNameHeader,
}

/// Start's answer for a case or contact that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownResource {
    /// `InvalidRequestException`.
    #[default]
    InvalidRequest,
    /// `AccessDeniedException`.
    AccessDenied,
}

/// Start's answer for a known token with the same request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepeatedToken {
    /// The same `FileId` with a freshly signed URL.
    #[default]
    FreshUrl,
    /// The first answer again, its URL included.
    SameUrl,
    /// `ResourceConflictException`.
    Conflict,
}

/// Start's answer for a known token with another request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangedRequest {
    /// `ResourceConflictException`.
    #[default]
    Conflict,
    /// The first request's file, the change unseen.
    FirstFile,
}

/// The status between Start and Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PendingStatus {
    /// `DRAFTING`, the one modelled value that is neither a scan nor a verdict.
    #[default]
    Drafting,
    /// `PENDING_UPLOAD`, which AWS's workspace SDK names.
    PendingUpload,
    /// `PROCESSING`.
    Processing,
}

/// The status of an upload whose URL expired unused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpiredUpload {
    /// It stays what it was.
    #[default]
    Unchanged,
    /// `UPLOAD_EXPIRED`, which AWS's workspace SDK names.
    UploadExpired,
}

/// Complete's answer when nothing was uploaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingObject {
    /// `InvalidRequestException`.
    #[default]
    InvalidRequest,
    /// `ResourceNotFoundException`.
    NotFound,
}

/// The answer to a second Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondComplete {
    /// `InvalidRequestException`: the staged object has been moved away.
    #[default]
    InvalidRequest,
    /// Success, and nothing changes.
    Accepted,
    /// `ResourceNotFoundException`.
    NotFound,
    /// `ResourceConflictException`, which is not modelled for Complete; the chat sibling has it.
    Conflict,
}

/// How `SearchUsers` compares strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserSearch {
    /// `ALICE` finds `alice`.
    #[default]
    CaseInsensitive,
    /// `ALICE` does not find `alice`.
    CaseSensitive,
}

/// How Start treats `CreatedBy.ConnectUserArn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectUserArn {
    /// It must be a user of the instance, otherwise `InvalidRequestException`.
    #[default]
    Known,
    /// Anything is recorded.
    Unchecked,
}

/// Whether the upload's length is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentLength {
    /// In `X-Amz-SignedHeaders`: another length is a 403 of the store.
    #[default]
    Signed,
    /// Among the headers to include only.
    Unsigned,
}

/// How a file name beyond ASCII becomes a header value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileNameHeader {
    /// UTF-8, percent-encoded inside the quotes, so that the value is ASCII.
    #[default]
    PercentEncoded,
    /// As `filename*=UTF-8''...` of RFC 5987.
    Rfc5987,
    /// As it is, beyond ASCII: known to break signatures.
    AsIs,
}
