//! The process before its first invocation.

use std::process::Command;

/// Lines that the finisher writes to standard error when it starts with these variables, and whether it fails.
fn started(variables: &[(&str, &str)]) -> (Vec<String>, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_upload-finisher"))
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("the finisher runs");
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    (
        errors.lines().map(str::to_owned).collect(),
        !output.status.success(),
    )
}

#[test]
fn every_fault_of_the_deployment_ends_the_process_with_a_line() {
    let (lines, has_failed) = started(&[("BROKER_CONFIG", "/no/such/file"), ("EVENT_BUS", "a bus")]);
    assert!(has_failed);
    let expected = [
        "CONNECT_INSTANCE_ARN: is required",
        "SHARED_TABLE: is required",
        "EVENT_BUS: must be the name or ARN of an event bus",
        "BROKER_CONFIG: must name a readable file: entity not found",
    ];
    assert_eq!(lines, expected);
}
