//! One line a request: who, what, which rule, how it ended. Allow-listed fields only.

use std::time::Duration;

use aws_lc_rs::digest;
use broker_core::arn::{ConnectUserArn, ResourceArn};
use broker_core::caller::Caller;
use broker_core::request::{Username, push};
use broker_core::upload::{FileId, Upload};
use tracing::Span;

use crate::settings::EvidenceKind;

/// What is known of a request by the time it is answered.
///
/// INVARIANT: no token, URL, handle, file name, tag or user name has a place here.
#[derive(Default)]
pub struct Trail {
    route: Option<&'static str>,
    caller_kind: Option<&'static str>,
    caller: Option<String>,
    user_id: Option<String>,
    is_on_behalf_of: bool,
    resource_kind: Option<&'static str>,
    resource_id: Option<String>,
    file_id: Option<String>,
    size_bytes: Option<u64>,
    grant: Option<u64>,
    fault: Option<String>,
}

impl Trail {
    /// The route.
    pub const fn route(&mut self, name: &'static str) {
        self.route = Some(name);
    }

    /// The caller, by a hash that is the same for each of its requests.
    pub fn caller(&mut self, kind: EvidenceKind, caller: &Caller) {
        self.caller_kind = Some(kind.name());
        self.caller = Some(hash_of(caller));
    }

    /// The user that Connect records, and whether a backend named it.
    pub fn user(&mut self, user: &ConnectUserArn, on_behalf_of: Option<&Username>) {
        self.user_id = Some(user.id().to_owned());
        self.is_on_behalf_of = on_behalf_of.is_some();
    }

    /// What the file is attached to.
    pub fn resource(&mut self, resource: &ResourceArn) {
        self.resource_kind = Some(match resource {
            ResourceArn::Case(_) => "case",
            ResourceArn::Contact(_) => "contact",
        });
        self.resource_id = Some(resource.id().to_owned());
    }

    /// The size that was announced.
    pub const fn size_bytes(&mut self, size_bytes: u64) {
        self.size_bytes = Some(size_bytes);
    }

    /// The file.
    pub fn file(&mut self, file_id: &FileId) {
        self.file_id = Some(file_id.as_str().to_owned());
    }

    /// The upload that a handle opened to.
    pub fn upload(&mut self, upload: &Upload) {
        self.user(&upload.user, upload.on_behalf_of.as_ref());
        self.resource(&upload.resource);
        self.file(&upload.file_id);
    }

    /// The grant that allowed it, by position.
    pub const fn grant(&mut self, rule: usize) {
        self.grant = Some(rule as u64);
    }

    /// Which rule refused it.
    pub fn fault(&mut self, fault: String) {
        self.fault = Some(fault);
    }

    /// Writes the line.
    pub fn write(self, status: u16, outcome: &'static str, took: Duration) {
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    route = self.route,
                    status,
                    outcome,
                    duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    caller.kind = self.caller_kind,
                    caller.hash = self.caller,
                    connect.user_id = self.user_id,
                    on_behalf_of = self.is_on_behalf_of,
                    resource.kind = self.resource_kind,
                    resource.id = self.resource_id,
                    file.id = self.file_id,
                    size_bytes = self.size_bytes,
                    grant = self.grant,
                    fault = self.fault,
                    "request"
                )
            };
        }
        if status >= 500 { line!(error) } else { line!(info) }
    }
}

/// The span in which a request is answered; the ports record the id of their AWS request in it.
#[must_use]
pub fn span(request_id: &str) -> Span {
    tracing::info_span!("request", request_id, aws.request_id = tracing::field::Empty)
}

/// First 8 bytes, in hex, of the SHA-256 over length-prefixed issuer and subject.
fn hash_of(caller: &Caller) -> String {
    let mut form = Vec::with_capacity(128);
    push(&mut form, caller.issuer.as_bytes());
    push(&mut form, caller.subject.as_bytes());
    let digest = digest::digest(&digest::SHA256, &form);
    hex::encode(&digest.as_ref()[..8])
}
