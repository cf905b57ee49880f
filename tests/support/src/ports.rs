//! Ports that answer from a table and record their calls.
//!
//! The id of the resource decides how a call ends: an id in [`ANSWERS`] fails as the table says, [`PANICS`] panics, and
//! every other id succeeds.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::arn::{CaseArn, ConnectUserArn, ContactArn};
use broker_core::grants::{Complete, Delete, FileGrant, Read, UploadGrant};
use broker_core::limits::{FileLimits, Scope};
use broker_core::pace::Wait;
use broker_core::ports::{
    AttachedFiles, AttachmentLimits, AttachmentQuota, CallContext, CaseRecords, ClientToken, ContactRecords,
    Deadline, SharedValues, Statuses, UpstreamError, UserDirectory,
};
use broker_core::request::Username;
use broker_core::ticket::{ReplyError, StartReply, UploadTicket};
use broker_core::upload::{FileId, FileStatus, Upload};
use broker_core::upload_hosts::UploadHosts;
use serde_json::{Value, json};

use crate::rules::INSTANCE;

/// Ids of resources whose calls fail, each with its error.
pub const ANSWERS: &[(&str, UpstreamError)] = &[
    ("answers-invalid-file-size", UpstreamError::InvalidFileSize),
    ("answers-invalid-file-type", UpstreamError::InvalidFileType),
    ("answers-invalid-file-name", UpstreamError::InvalidFileName),
    ("answers-invalid-request", UpstreamError::InvalidRequest),
    (
        "answers-total-size",
        UpstreamError::QuotaExceeded(AttachmentQuota::TotalFileSize),
    ),
    (
        "answers-total-count",
        UpstreamError::QuotaExceeded(AttachmentQuota::TotalFileCount),
    ),
    (
        "answers-quota",
        UpstreamError::QuotaExceeded(AttachmentQuota::Unnamed),
    ),
    ("answers-access-denied", UpstreamError::AccessDenied),
    ("answers-not-found", UpstreamError::NotFound),
    ("answers-conflict", UpstreamError::Conflict),
    ("answers-incomplete", UpstreamError::Incomplete(None)),
    (
        "answers-throttled",
        UpstreamError::Throttled(Wait {
            retry_after: Duration::from_millis(2_500),
            position: 4,
        }),
    ),
    ("answers-unavailable", UpstreamError::Unavailable),
    ("answers-timed-out", UpstreamError::TimedOut),
    (
        "answers-foreign-url",
        UpstreamError::Unusable(ReplyError::ForeignUrl),
    ),
    (
        "answers-unsignable-name",
        UpstreamError::Unusable(ReplyError::HeaderNotAscii),
    ),
    ("answers-unexpected", UpstreamError::Unexpected),
];

/// Id of the resource whose calls panic.
pub const PANICS: &str = "panics";

/// The `customer_id` of every case but `another-customers`.
const CUSTOMER: &str = "profile-1";

/// One call to a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The port's method.
    pub operation: &'static str,
    /// The resource's ARN, the user's name or the scope.
    pub about: String,
    /// Its other arguments.
    pub given: Value,
}

impl Call {
    /// Whether it needs a grant, because it changes or shows an attached file.
    #[must_use]
    pub fn needs_grant(&self) -> bool {
        matches!(self.operation, "start" | "complete" | "status" | "delete")
    }

    /// All of it, for snapshots.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"operation": self.operation, "about": self.about, "given": self.given})
    }
}

/// The canned ports; clones share one record.
#[derive(Clone, Default)]
pub struct CannedPorts {
    calls: Arc<Mutex<Vec<Call>>>,
    always_succeed: bool,
    max_file_size_bytes: Option<u64>,
}

impl CannedPorts {
    /// Ports with this largest file size for every scope, in place of Connect's default.
    #[must_use]
    pub fn that_allow(max_file_size_bytes: u64) -> Self {
        Self {
            max_file_size_bytes: Some(max_file_size_bytes),
            ..Self::default()
        }
    }

    /// Ports that succeed for every id.
    #[must_use]
    pub fn that_always_succeed() -> Self {
        Self {
            always_succeed: true,
            ..Self::default()
        }
    }

    /// The calls, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn record(&self, operation: &'static str, about: &str, given: Value) -> Result<(), UpstreamError> {
        let call = Call {
            operation,
            about: about.to_owned(),
            given,
        };
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
        let id = about.rsplit('/').next().unwrap_or_default();
        assert!(self.always_succeed || id != PANICS, "a port panics");
        let failure = ANSWERS
            .iter()
            .find(|(known, _)| *known == id && !self.always_succeed);
        failure.map_or(Ok(()), |(_, error)| Err(error.clone()))
    }

    fn record_use(&self, operation: &'static str, upload: &Upload) -> Result<(), UpstreamError> {
        let given = json!({"fileId": upload.file_id.as_str(), "user": upload.user.as_str()});
        self.record(operation, upload.resource.as_str(), given)
    }
}

impl AttachedFiles for CannedPorts {
    async fn start_upload(
        &self,
        grant: UploadGrant,
        token: ClientToken,
        _: CallContext,
    ) -> Result<UploadTicket, UpstreamError> {
        let asked = grant.request();
        let given = json!({
            "user": grant.user().as_str(), "fileName": asked.file_name.as_str(),
            "fileSizeInBytes": asked.file_size.bytes(), "urlExpiryInSeconds": asked.url_expiry.secs(),
            "tags": asked.tags.iter().collect::<std::collections::BTreeMap<_, _>>(),
            "clientToken": token.as_str(),
        });
        self.record("start", asked.resource.as_str(), given)?;
        let reply = StartReply {
            file_id: Some("f-1".into()),
            url: Some(
                "https://bucket.s3.eu-west-1.amazonaws.com/f-1?X-Amz-Date=20270115T080000Z&X-Amz-Expires=300"
                    .into(),
            ),
            headers: vec![
                ("Content-Type".into(), "application/pdf".into()),
                ("Content-Length".into(), "1048576".into()),
            ],
            url_expiry: None,
        };
        UploadTicket::check(reply, &UploadHosts::default()).map_err(UpstreamError::Unusable)
    }

    async fn complete_upload(&self, grant: FileGrant<Complete>, _: CallContext) -> Result<(), UpstreamError> {
        self.record_use("complete", grant.upload())
    }

    async fn file_status(
        &self,
        grant: FileGrant<Read>,
        _: &[FileId],
        _: CallContext,
    ) -> Result<Statuses, UpstreamError> {
        self.record_use("status", grant.upload())?;
        let is_scanned = grant.upload().resource.as_str().ends_with("/scanned");
        Ok(Statuses {
            granted: FileStatus::named(if is_scanned { "APPROVED" } else { "PROCESSING" }),
            others: Vec::new(),
        })
    }

    async fn delete_file(&self, grant: FileGrant<Delete>, _: CallContext) -> Result<(), UpstreamError> {
        self.record_use("delete", grant.upload())
    }
}

impl AttachmentLimits for CannedPorts {
    async fn limits(&self, scope: Scope, _: Deadline) -> Result<FileLimits, UpstreamError> {
        self.record("limits", scope.name(), Value::Null)?;
        let default = FileLimits::default();
        Ok(FileLimits {
            max_file_size_bytes: self.max_file_size_bytes.unwrap_or(default.max_file_size_bytes),
            ..default
        })
    }
}

impl UserDirectory for CannedPorts {
    /// Every user exists but `stranger`; `foreigner` belongs to another instance. Ids have no `@`.
    async fn user_named(
        &self,
        username: &Username,
        _: CallContext,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let name = username.as_str();
        self.record("user-named", name, Value::Null)?;
        let instance = match name {
            "stranger" => return Ok(None),
            "foreigner" => format!("{INSTANCE}-of-another"),
            _ => INSTANCE.to_owned(),
        };
        Ok(format!("{instance}/agent/u-{}", name.replace('@', ""))
            .parse()
            .ok())
    }
}

/// There is no shared table.
impl SharedValues for CannedPorts {
    async fn shared_value(&self, _: [u8; 16]) -> Option<Vec<u8>> {
        None
    }

    async fn share_value(&self, _: [u8; 16], _: Vec<u8>, _: SystemTime) {}
}

impl CaseRecords for CannedPorts {
    /// Every case belongs to `profile-1` but `another-customers`.
    async fn customer_of(&self, case: &CaseArn, _: CallContext) -> Result<Option<Box<str>>, UpstreamError> {
        self.record("customer-of", case.as_str(), Value::Null)?;
        Ok((case.id() != "another-customers").then(|| CUSTOMER.into()))
    }
}

impl ContactRecords for CannedPorts {
    /// Every contact belongs to alice but `another-agents`.
    async fn agent_of(
        &self,
        contact: &ContactArn,
        _: CallContext,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        self.record("agent-of", contact.as_str(), Value::Null)?;
        Ok((contact.id() != "another-agents").then(|| "u-alice".into()))
    }
}
