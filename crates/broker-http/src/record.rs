//! The request record: the caller, the user, the resource, the rules that decided and the outcome of one request.
//!
//! The function writes it as one log line, for audit and for metrics.

use std::time::Duration;

use broker_core::arn::{ConnectUserArn, ResourceArn};
use broker_core::request::Username;
use broker_core::upload::{FileId, Upload};
use serde::{Serialize, Serializer};
use tracing::Span;

use crate::caller_hash::CallerHash;
use crate::inbound::event::GatewayRequest;
use crate::inbound::traceparent::TraceId;
use crate::name_digest::NameDigest;
use crate::outbound::problem::Code;
use crate::settings::EvidenceKind;

/// What is known of a request by the time it is answered.
///
/// INVARIANT: no token, URL, handle, file name, tag or user name has a place here.
#[derive(Default, Serialize)]
pub struct RequestRecord {
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<TraceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    status: u16,
    #[serde(rename = "outcome", serialize_with = "outcome")]
    refusal: Option<Code>,
    #[serde(rename = "duration_ms", serialize_with = "millis")]
    took: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<CallerRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_rule: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<UserRecord>,
    on_behalf_of: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceRecord>,
    #[serde(skip_serializing_if = "FileRecord::is_empty")]
    file: FileRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip)]
    key_set_age: Option<Duration>,
    #[serde(skip)]
    issuers_without_keys: usize,
}

#[derive(Serialize)]
struct CallerRecord {
    kind: &'static str,
    hash: CallerHash,
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
    /// What the request itself says.
    #[must_use]
    pub fn of(request: &GatewayRequest) -> Self {
        Self {
            request_id: request.request_id.clone(),
            trace_id: TraceId::of(request),
            ..Self::default()
        }
    }

    /// Whether the answer says that something failed, and not that the request was refused.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.status >= 500
    }

    /// Why the request was refused or failed; none where it succeeded.
    #[must_use]
    pub const fn refusal(&self) -> Option<Code> {
        self.refusal
    }

    /// Name of the route, where there is one.
    #[must_use]
    pub const fn route_name(&self) -> Option<&'static str> {
        self.route
    }

    /// How long the answer took.
    #[must_use]
    pub const fn took(&self) -> Duration {
        self.took
    }

    /// Age of the oldest signing keys that were fetched, of all issuers, when a token was looked at.
    #[must_use]
    pub const fn key_set_age(&self) -> Option<Duration> {
        self.key_set_age
    }

    /// How many issuers had no signing key when a token was looked at; 0 where none was.
    #[must_use]
    pub const fn issuers_without_keys(&self) -> usize {
        self.issuers_without_keys
    }

    pub(crate) const fn route(&mut self, name: &'static str) {
        self.route = Some(name);
    }

    /// The caller, by its hash.
    pub(crate) fn caller(&mut self, kind: EvidenceKind, hash: CallerHash) {
        let kind = kind.name();
        self.caller = Some(CallerRecord { kind, hash });
    }

    pub(crate) const fn looked_at_with_keys_aged(&mut self, age: Option<Duration>) {
        self.key_set_age = age;
    }

    pub(crate) const fn issuers_lack_keys(&mut self, count: usize) {
        self.issuers_without_keys = count;
    }

    /// The identity rule about the caller, by position.
    pub(crate) const fn identity_rule(&mut self, rule: Option<usize>) {
        self.identity_rule = rule;
    }

    /// The user that Connect records, and whether a backend named it.
    pub(crate) fn user(&mut self, user: &ConnectUserArn, on_behalf_of: Option<&Username>) {
        self.connect = Some(UserRecord {
            user_id: user.id().to_owned(),
        });
        self.on_behalf_of = on_behalf_of.is_some();
    }

    /// What the file is attached to.
    pub(crate) fn resource(&mut self, resource: &ResourceArn) {
        let kind = match resource {
            ResourceArn::Case(_) => "case",
            ResourceArn::Contact(_) => "contact",
        };
        let id = resource.id().to_owned();
        self.resource = Some(ResourceRecord { kind, id });
    }

    /// The size that was announced, and the name, as a digest.
    pub(crate) fn announced(&mut self, size_bytes: u64, name: NameDigest) {
        self.size_bytes = Some(size_bytes);
        self.file.name_digest = Some(name);
    }

    pub(crate) fn file(&mut self, file_id: &FileId) {
        self.file.id = Some(file_id.as_str().to_owned());
    }

    /// The upload that a handle opened to.
    pub(crate) fn upload(&mut self, upload: &Upload) {
        self.user(&upload.user, upload.on_behalf_of.as_ref());
        self.resource(&upload.resource);
        self.file(&upload.file_id);
    }

    /// The grant that allowed it, by position.
    pub(crate) const fn grant(&mut self, rule: usize) {
        self.grant = Some(rule);
    }

    /// What the caller is told of a failure, and which rule that was.
    pub(crate) fn refused(&mut self, code: Code, fault: String) {
        self.refusal = Some(code);
        self.fault = Some(fault);
    }

    pub(crate) const fn answered(&mut self, status: u16, took: Duration) {
        self.status = status;
        self.took = took;
    }
}

/// The span in which a request is answered: its other lines name the request.
#[must_use]
pub fn span(request_id: &str) -> Span {
    tracing::info_span!("request", request_id)
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the member"
)]
fn outcome<S: Serializer>(refusal: &Option<Code>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(refusal.map_or("ok", Code::name))
}

fn millis<S: Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}
