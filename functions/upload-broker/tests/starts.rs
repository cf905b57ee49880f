//! Starts the process as Lambda does, up to the end of its init phase.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A text that every faulty value contains, and that no fault may show.
const MARKER: &str = "marker";

/// Rules with a fault in every member.
const FAULTY_RULES: &str = r#"
allowed_origins = ["http://marker.example.com/"]
surprise        = "marker"

[[issuer]]
url       = "http://marker.example.com"
profile   = "marker"
audiences = []

[[grant]]
when      = { issuer = "https://marker.example.com" }
resources = "marker"
"#;

fn start(rules: &Path, environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_upload-broker"))
        .env_clear()
        .env("AWS_REGION", "eu-west-1")
        .env("BROKER_CONFIG", rules)
        .envs(environment.iter().copied())
        .output()
        .expect("the binary runs")
}

/// The names in the lines of standard error: the part before the first colon.
fn named(output: &Output) -> BTreeSet<String> {
    let complaints = String::from_utf8_lossy(&output.stderr);
    complaints
        .lines()
        .map(|line| line.split_once(": ").expect("a name and a rule").0.to_owned())
        .collect()
}

#[test]
fn settings_with_faults_end_the_process_with_one_line_a_fault_by_name_without_values() {
    let rules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faulty.toml");
    fs::write(&rules, FAULTY_RULES).expect("the rules are written");
    let output = start(
        &rules,
        &[
            ("CONNECT_INSTANCE_ARN", MARKER),
            ("HANDLE_KEYS", MARKER),
            ("BASE_PATH", MARKER),
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let expected = [
        "BASE_PATH",
        "CONNECT_INSTANCE_ARN",
        "HANDLE_KEYS[0]",
        "allowed_origins[0]",
        "grant[0].resources",
        "grant[0].when.issuer",
        "identity",
        "issuer[0].audiences",
        "issuer[0].profile",
        "issuer[0].url",
        "surprise",
    ];
    assert_eq!(Vec::from_iter(&named(&output)), expected);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(!complaints.contains(MARKER), "{complaints}");
}

#[test]
fn rules_that_are_not_there_are_named() {
    let output = start(Path::new("/no/such/broker.toml"), &[]);
    assert_eq!(output.status.code(), Some(1));
    let expected = ["BROKER_CONFIG", "CONNECT_INSTANCE_ARN", "HANDLE_KEYS"];
    assert_eq!(Vec::from_iter(&named(&output)), expected);
}
