//! API Gateway events: their route, evidence and body.

use std::collections::BTreeSet;

use broker_http::inbound::body::{self, ActsFor};
use broker_http::inbound::event::GatewayRequest;
use broker_http::inbound::evidence::{Evidence, evidence};
use broker_http::inbound::idempotency::IdempotencyKey;
use broker_http::inbound::route::route;
use broker_http::settings::{Ceilings, EvidenceKind};
use test_support::{rest_upload_event, upload_event};

const KINDS: [EvidenceKind; 4] = [
    EvidenceKind::Token,
    EvidenceKind::Jwt,
    EvidenceKind::Lambda,
    EvidenceKind::Iam,
];

/// Valid events with a token, one of each payload format.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    vec![upload_event().text().into(), rest_upload_event().text().into()]
}

/// Reads `bytes` as an event, and everything that can be read from the event alone.
///
/// # Panics
/// If the evidence is a bearer token that no `Authorization` header ends with.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(request) = GatewayRequest::parse(text) else {
        return;
    };
    for base_path in ["", "/base", "/base/path"] {
        let _ = route(&request, base_path, true);
    }
    let _ = IdempotencyKey::of(&request);
    for acts_for in [ActsFor::Itself, ActsFor::ItselfOrOthers, ActsFor::Others] {
        let _ = body::upload_request(&request, Ceilings::default(), acts_for);
    }
    for kind in KINDS {
        if let Ok(Evidence::Token(token)) = evidence(&request, &BTreeSet::from([kind]), &BTreeSet::new()) {
            let mut sent = request.header_values("authorization");
            assert!(sent.any(|value| value.trim_end().ends_with(token.0)), "{text:?}");
        }
    }
}
