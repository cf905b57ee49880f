//! The request record: docs/operations.md names its members, and no others.

use std::collections::BTreeSet;

use serde_json::Value;
use test_support::Bench;

use crate::event_files::{events, rules_for};

/// A well-formed `traceparent`.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The members of the log line that the function adds to the record.
const ADDED: [&str; 3] = ["aws.request_id", "rules_sha256", "xray_trace_id"];

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
        let rules = rules_for(&name);
        let event = event.with_handle(&rules).await.header("traceparent", TRACE);
        written.extend(members(&Bench::new(&rules).record(&event).await));
    }
    assert_eq!(written, named());
}
