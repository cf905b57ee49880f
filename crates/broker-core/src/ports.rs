//! The services that the broker calls, as traits. `broker-connect` implements them.

mod started_uploads;

use std::time::{Instant, SystemTime};

pub use self::started_uploads::{
    DuePage, DueUploads, ListPage, Listed, NotedUploads, StartedUploads, TableError,
};
use crate::arn::{CaseArn, ConnectUserArn, ContactArn};
use crate::grants::{Complete, Delete, FileGrant, Read, UploadGrant};
use crate::limits::{FileLimits, Scope};
use crate::pace::{Place, Wait};
use crate::request::Username;
use crate::ticket::{ReplyError, UploadTicket};
use crate::upload::{FileId, FileStatus};

/// A total of attached files that is used up. Source: `ServiceQuotaExceededException`, `Reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentQuota {
    /// `TOTAL_FILE_SIZE_EXCEEDED`.
    TotalFileSize,
    /// `TOTAL_FILE_COUNT_EXCEEDED`.
    TotalFileCount,
    /// No reason, or an unknown one.
    Unnamed,
}

/// Why an upstream call failed. Carries nothing of the service's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// `INVALID_FILE_SIZE`.
    #[error("the file's size was refused")]
    InvalidFileSize,
    /// `INVALID_FILE_TYPE`.
    #[error("the file's type was refused")]
    InvalidFileType,
    /// `INVALID_FILE_NAME`.
    #[error("the file's name was refused")]
    InvalidFileName,
    /// An invalid request without a reason.
    #[error("the request was refused as invalid")]
    InvalidRequest,
    /// A total of the resource is used up.
    #[error("a total of attached files is used up")]
    QuotaExceeded(AttachmentQuota),
    /// The broker's role lacks a permission, or the request was not signed as it must be.
    #[error("access was denied")]
    AccessDenied,
    /// The resource or file does not exist.
    #[error("nothing was found")]
    NotFound,
    /// Another request is changing the same resource.
    #[error("another request is changing the resource")]
    Conflict,
    /// The file cannot be completed, usually because it was not uploaded.
    #[error("the upload is not complete")]
    Incomplete(
        /// The file's status. `None` if Connect does not know the file.
        Option<FileStatus>,
    ),
    /// It is not the caller's turn.
    #[error("throttled, try again in {} ms", .0.retry_after.as_millis())]
    Throttled(Wait),
    /// No answer: the connection failed, or the service failed on every attempt.
    #[error("unavailable")]
    Unavailable,
    /// No answer within the deadline.
    #[error("timed out")]
    TimedOut,
    /// An answer that cannot be used.
    #[error("the reply cannot be used: {0}")]
    Unusable(ReplyError),
    /// An error that the model does not know.
    #[error("failed with an error that is not in the service's model")]
    Unexpected,
}

/// The latest time for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub Instant);

/// The place in line of the caller that a call is made for, and when its answer must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallContext {
    /// How the call comes by its slot.
    pub place: Place,
    /// When its answer must be there.
    pub deadline: Deadline,
}

/// What one call says of a file, and of others of its resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statuses {
    /// The status of the file that was granted.
    pub granted: FileStatus,
    /// Statuses of others.
    pub others: Vec<(FileId, FileStatus)>,
}

/// Upstream idempotency token of one upload; its retries share it. Sent as `ClientToken`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken(Box<str>);

impl ClientToken {
    /// The token with these 32 bytes, in 64 hex digits.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hex::encode(bytes).into())
    }

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Amazon Connect's attached files. Every call about a file spends a grant.
///
/// With a grant a call compiles:
///
/// ```
/// use broker_core::grants::UploadGrant;
/// use broker_core::ports::{AttachedFiles, CallContext, ClientToken};
///
/// async fn call(files: &impl AttachedFiles, grant: UploadGrant, token: ClientToken, context: CallContext) {
///     let _ = files.start_upload(grant, token, context).await;
/// }
/// ```
///
/// Without a grant it does not compile, nor with a grant for another action, a grant used twice, or a grant made by
/// hand:
///
/// ```compile_fail,E0061
/// use broker_core::ports::{AttachedFiles, CallContext, ClientToken};
///
/// async fn call(files: &impl AttachedFiles, token: ClientToken, context: CallContext) {
///     let _ = files.start_upload(token, context).await;
/// }
/// ```
///
/// ```compile_fail,E0308
/// use broker_core::grants::{FileGrant, Read};
/// use broker_core::ports::{AttachedFiles, CallContext};
///
/// async fn call(files: &impl AttachedFiles, grant: FileGrant<Read>, context: CallContext) {
///     let _ = files.delete_file(grant, context).await;
/// }
/// ```
///
/// ```compile_fail,E0382
/// use broker_core::grants::{Delete, FileGrant};
/// use broker_core::ports::{AttachedFiles, CallContext};
///
/// async fn call(files: &impl AttachedFiles, grant: FileGrant<Delete>, context: CallContext) {
///     let _ = files.delete_file(grant, context).await;
///     let _ = files.delete_file(grant, context).await;
/// }
/// ```
///
/// ```compile_fail,E0451
/// use broker_core::arn::ConnectUserArn;
/// use broker_core::grants::UploadGrant;
/// use broker_core::request::UploadRequest;
///
/// fn by_hand(user: ConnectUserArn, request: UploadRequest) -> UploadGrant {
///     UploadGrant { rule: 0, user, request }
/// }
/// ```
pub trait AttachedFiles: Send + Sync {
    /// Starts the upload that was granted.
    fn start_upload(
        &self,
        grant: UploadGrant,
        token: ClientToken,
        context: CallContext,
    ) -> impl Future<Output = Result<UploadTicket, UpstreamError>> + Send;

    /// Completes the upload. Also `Ok` if it was completed before.
    fn complete_upload(
        &self,
        grant: FileGrant<Complete>,
        context: CallContext,
    ) -> impl Future<Output = Result<(), UpstreamError>> + Send;

    /// The status of the granted file, and in the same call those of `others` of its resource, as far as they are known.
    ///
    /// INVARIANT: nobody learns the status of one of `others` without a grant for that file.
    fn file_status(
        &self,
        grant: FileGrant<Read>,
        others: &[FileId],
        context: CallContext,
    ) -> impl Future<Output = Result<Statuses, UpstreamError>> + Send;

    /// Deletes the file. Also `Ok` if it does not exist any more.
    fn delete_file(
        &self,
        grant: FileGrant<Delete>,
        context: CallContext,
    ) -> impl Future<Output = Result<(), UpstreamError>> + Send;
}

/// Amazon Connect's limits on attached files. Reading them spends no grant.
pub trait AttachmentLimits: Send + Sync {
    /// The effective limits of `scope`.
    fn limits(
        &self,
        scope: Scope,
        deadline: Deadline,
    ) -> impl Future<Output = Result<FileLimits, UpstreamError>> + Send;
}

/// The users of the Connect instance.
pub trait UserDirectory: Send + Sync {
    /// The user whose username is exactly `username`. `None` if there is no such user, or several.
    fn user_named(
        &self,
        username: &Username,
        context: CallContext,
    ) -> impl Future<Output = Result<Option<ConnectUserArn>, UpstreamError>> + Send;
}

/// Values that all instances of a deployment share for some minutes, if they have a shared table.
pub trait SharedValues: Send + Sync {
    /// The value under `key`, if the table has one and answers.
    fn shared_value(&self, key: [u8; 16]) -> impl Future<Output = Option<Vec<u8>>> + Send;

    /// Shares `value` under `key`, to be deleted some time after `until`. Nothing may depend on its success.
    fn share_value(
        &self,
        key: [u8; 16],
        value: Vec<u8>,
        until: SystemTime,
    ) -> impl Future<Output = ()> + Send;
}

/// The cases of the Cases domain.
pub trait CaseRecords: Send + Sync {
    /// ARN of the customer profile in the case's field `customer_id`. `None` if the field is absent, empty or
    /// unreadable.
    fn customer_of(
        &self,
        case: &CaseArn,
        context: CallContext,
    ) -> impl Future<Output = Result<Option<Box<str>>, UpstreamError>> + Send;
}

/// The contacts of the Connect instance.
pub trait ContactRecords: Send + Sync {
    /// Id of the agent who accepted the contact. `None` if no agent did, or the contact is over.
    fn agent_of(
        &self,
        contact: &ContactArn,
        context: CallContext,
    ) -> impl Future<Output = Result<Option<Box<str>>, UpstreamError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_token_is_64_hex_digits() {
        let mut bytes = [0; 32];
        bytes[0] = 0x1f;
        bytes[31] = 0xa0;
        let token = ClientToken::from_bytes(&bytes);
        assert!(token.as_str().starts_with("1f00") && token.as_str().ends_with("00a0"));
        assert_eq!(token.as_str().len(), 64);
    }
}
