//! Sends every file in `events/` through the broker. A case is a file, and its name is a sentence.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use broker_http::inbound::event::{GatewayRequest, PayloadFormat};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use serde_json::Value;
use test_support::{Bench, Event};

use crate::event_files::{events, rules_for};

async fn snapshot(name: &str, event: &Event) -> Value {
    let rules = rules_for(name);
    let bench = Bench::new(&rules);
    let event = event.clone().with_handle(&rules).await;
    let mut snapshot = bench.snapshot(&bench.respond(&event).await);
    if let Some(location) = snapshot.pointer_mut("/reply/headers/location") {
        redact_handle(location);
    }
    snapshot
}

/// Hides the handle, whose form `handles.rs` pins.
fn redact_handle(location: &mut Value) {
    let path = location.as_str().and_then(|location| location.rsplit_once('/'));
    let (path, _) = path.expect("a path that ends in the handle");
    *location = format!("{path}/[handle]").into();
}

#[tokio::test]
async fn every_event_has_the_answer_of_its_snapshot() {
    for (name, event) in events() {
        let snapshot = snapshot(&name, &event).await;
        insta::with_settings!({snapshot_path => "../../../../events/snapshots", prepend_module_to_snapshot => false, description => name.replace('-', " "), omit_expression => true}, {
            insta::assert_json_snapshot!(name, snapshot);
        });
    }
}

#[test]
fn every_snapshot_has_its_event() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/snapshots");
    let files = std::fs::read_dir(directory).expect("snapshots");
    let snapshots: BTreeSet<String> = files
        .map(|file| file.expect("an entry").path())
        .filter(|path| path.extension() == Some(OsStr::new("snap")))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let events: BTreeSet<String> = events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(snapshots, events);
}

#[test]
fn every_event_is_one_of_api_gateway() {
    for (name, event) in events() {
        let text = event.text();
        let parsed = GatewayRequest::parse(&text).expect(&name);
        match parsed.format {
            PayloadFormat::V1 => drop(serde_json::from_str::<ApiGatewayProxyRequest>(&text).expect(&name)),
            PayloadFormat::V2 => drop(serde_json::from_str::<ApiGatewayV2httpRequest>(&text).expect(&name)),
        }
        let conversion = lambda_http::request::from_str(&text).expect(&name);
        assert_eq!(conversion.method(), parsed.method.as_str(), "{name}");
    }
}
