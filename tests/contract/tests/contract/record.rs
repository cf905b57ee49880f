//! The request record: which members it has, and that docs/operations.md names them and no others.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use test_support::{Bench, Event};

use crate::event_files::{events, rules_for};

/// A well-formed `traceparent`.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The members of the log line that the function adds to the record.
const ADDED: [&str; 3] = ["aws.request_id", "rules_sha256", "xray_trace_id"];

/// Events that are answered at different stages: without a route, without a grant, with a file, with a handle.
const EXAMPLES: [&str; 4] = [
    "token-agent-asks-for-an-unknown-path",
    "token-agent-asks-for-a-case-without-grant",
    "iam-backend-uploads-pdf-on-behalf-of-alice",
    "token-agent-reads-final-status",
];

/// The members that the page's table about the audit names.
fn named() -> BTreeSet<String> {
    let page = include_str!("../../../../docs/operations.md");
    let (_, audit) = page.split_once("\n## Audit\n").expect("a section");
    let lines = audit.lines().take_while(|line| !line.starts_with("## "));
    let rows = lines.filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let names = rows.flat_map(|(names, _)| names.split('`').step_by(2));
    names.map(str::to_owned).collect()
}

/// The names of the members of `record`, those of objects behind a dot.
fn members(record: &Value) -> impl Iterator<Item = String> {
    let members = record.as_object().into_iter().flatten();
    members.flat_map(|(name, value)| match value.as_object() {
        Some(object) => object.keys().map(|inner| format!("{name}.{inner}")).collect(),
        None => vec![name.clone()],
    })
}

#[tokio::test]
async fn the_page_names_every_member_of_the_record_and_no_other() {
    let mut written: BTreeSet<String> = ADDED.map(str::to_owned).into();
    for (name, event) in events() {
        written.extend(members(&record(&name, event).await));
    }
    assert_eq!(written, named());
}

#[tokio::test]
async fn the_record_has_what_was_known_when_the_request_was_answered() {
    let mut records = Map::new();
    for (name, event) in events() {
        if EXAMPLES.contains(&name.as_str()) {
            let record = record(&name, event).await;
            records.insert(name, record);
        }
    }
    assert_eq!(records.len(), EXAMPLES.len());
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_json_snapshot!("records", records);
    });
}

async fn record(name: &str, event: Event) -> Value {
    let rules = rules_for(name);
    let event = event.with_handle(&rules).await.header("traceparent", TRACE);
    Bench::new(&rules).record(&event).await
}
