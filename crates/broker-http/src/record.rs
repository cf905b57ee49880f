//! The request record: what is known of a request once it is answered. The function writes it as one log line.

use std::time::Duration;

use broker_core::arn::{ConnectUserArn, ResourceArn};
use broker_core::request::{UploadRequest, Username};
use broker_core::upload::{FileId, Upload};
use serde::{Serialize, Serializer};

use crate::caller_hash::CallerHash;
use crate::inbound::event::GatewayRequest;
use crate::inbound::route::RouteName;
use crate::inbound::traceparent::TraceId;
use crate::name_digest::NameDigest;
use crate::outbound::error_code::ErrorCode;

/// The members of the log line that tell of the request. A field that is known is set where it becomes known.
///
/// INVARIANT: no token, URL, handle, file name, tag or user name has a place here.
#[derive(Default, Serialize)]
pub struct RequestRecord {
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<TraceId>,
    /// The route that the request matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteName>,
    pub(crate) status: u16,
    /// Why the request was refused or failed; none if it succeeded.
    #[serde(rename = "outcome", serialize_with = "outcome")]
    pub refusal: Option<ErrorCode>,
    /// How long the answer took.
    pub duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<CallerRecord>,
    /// Position of the identity rule that matches the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity_rule: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<UserRecord>,
    on_behalf_of: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceRecord>,
    #[serde(skip_serializing_if = "FileRecord::is_empty")]
    file: FileRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    /// Position of the grant that allowed the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grant: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// Age of the oldest signing keys that were fetched, of all issuers, when a token was verified.
    #[serde(skip)]
    pub key_set_age: Option<Duration>,
    /// How many writes to the rows of uploads failed.
    #[serde(skip)]
    pub uploads_not_recorded: u64,
    /// How many issuers had no signing key when a token was verified.
    #[serde(skip)]
    pub issuers_without_keys: usize,
}

/// The caller, by the kind of its evidence and by its hash.
#[derive(Serialize)]
pub(crate) struct CallerRecord {
    pub(crate) kind: &'static str,
    pub(crate) hash: CallerHash,
}

#[derive(Serialize)]
struct UserRecord {
    user_id: String,
}

#[derive(Serialize)]
struct ResourceRecord {
    kind: &'static str,
    id: String,
}

#[derive(Default, Serialize)]
struct FileRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_digest: Option<NameDigest>,
}

impl FileRecord {
    const fn is_empty(&self) -> bool {
        self.id.is_none() && self.name_digest.is_none()
    }
}

impl RequestRecord {
    /// The record of a request that is not answered yet.
    #[must_use]
    pub fn of(request: &GatewayRequest) -> Self {
        Self {
            request_id: request.request_id.clone(),
            trace_id: TraceId::of(request),
            ..Self::default()
        }
    }

    /// Whether the broker or upstream failed. A refused request does not count as a failure.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.status >= 500
    }

    /// Notes the upload that is asked for, and its user.
    pub(crate) fn upload_request(
        &mut self,
        user: &ConnectUserArn,
        asked: &UploadRequest,
        name_digest: NameDigest,
    ) {
        self.user(user, asked.on_behalf_of.as_ref());
        self.resource(&asked.resource);
        self.size_bytes = Some(asked.file_size.bytes());
        self.file.name_digest = Some(name_digest);
    }

    /// Notes the upload that a handle names.
    pub(crate) fn upload(&mut self, upload: &Upload) {
        self.user(&upload.user, upload.on_behalf_of.as_ref());
        self.resource(&upload.resource);
        self.file(&upload.file_id);
    }

    /// Notes the id that Connect gave the file.
    pub(crate) fn file(&mut self, file_id: &FileId) {
        self.file.id = Some(file_id.as_str().to_owned());
    }

    /// Notes why the request fails. `fault` is the error's text, which names the rule.
    pub(crate) fn refused(&mut self, code: ErrorCode, fault: String) {
        self.refusal = Some(code);
        self.fault = Some(fault);
    }

    fn user(&mut self, user: &ConnectUserArn, on_behalf_of: Option<&Username>) {
        let user_id = user.id().to_owned();
        self.connect = Some(UserRecord { user_id });
        self.on_behalf_of = on_behalf_of.is_some();
    }

    fn resource(&mut self, resource: &ResourceArn) {
        let kind = match resource {
            ResourceArn::Case(_) => "case",
            ResourceArn::Contact(_) => "contact",
        };
        let id = resource.id().to_owned();
        self.resource = Some(ResourceRecord { kind, id });
    }
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference to the member"
)]
fn outcome<S: Serializer>(refusal: &Option<ErrorCode>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(refusal.map_or("ok", |code| code.info().name))
}
