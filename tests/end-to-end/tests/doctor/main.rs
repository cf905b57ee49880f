//! `brokerctl doctor` on the local stack: sound, and with each fault in turn.

mod api;
mod deep;
mod faults;
mod issuer;
mod patient;
mod table;
mod token;

use end_to_end_tests::World;
use patient::Patient;

/// Every check, in the order of the report, and whether it runs without --stack, --api, --token-file and --deep.
const CHECKS: [(&str, bool); 30] = [
    ("settings", true),
    ("stack", false),
    ("region", true),
    ("credentials", true),
    ("clock", true),
    ("instance", true),
    ("storage", true),
    ("upload-hosts", true),
    ("bucket-cors", true),
    ("bucket-policy", false),
    ("object-lock", false),
    ("bucket-keys", false),
    ("scanner", false),
    ("cases-domain", true),
    ("limits", true),
    ("users", true),
    ("cases", true),
    ("contacts", true),
    ("issuers", true),
    ("role", false),
    ("table", false),
    ("finisher", false),
    ("concurrency", false),
    ("quotas", false),
    ("alarms", false),
    ("api", false),
    ("api-cors", false),
    ("live-rules", false),
    ("token", false),
    ("upload", false),
];

/// The verdicts of a sound stack, where `changes` says nothing else.
pub(crate) fn verdicts(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let verdict = |(check, runs): (&str, bool)| {
        let other = changes.iter().find(|(name, _)| *name == check);
        let sound = if runs { "ok" } else { "skipped" };
        (
            check.to_owned(),
            other.map_or(sound, |(_, verdict)| verdict).to_owned(),
        )
    };
    CHECKS.map(verdict).into()
}

#[tokio::test]
async fn a_sound_stack_is_found_sound() {
    let world = World::start(|_| {}).await;
    let patient = Patient::sound(&world).await;
    let output = patient.run(&world, &[]).await;
    assert_eq!(output.status, 0, "{output:?}");
    assert!(
        output.stdout.ends_with("\nThe deployment is sound.\n"),
        "{output:?}"
    );
    let report = patient.examine(&world, &[]).await;
    assert_eq!(report.verdicts, verdicts(&[]), "{report:?}");
    world.end().await;
}

#[tokio::test]
async fn each_operation_that_the_rules_need_is_called_once() {
    let world = World::start(|_| {}).await;
    let patient = Patient::sound(&world).await;
    world.forget_calls().await;
    patient.examine(&world, &[]).await;
    let limits = "DescribeAttachedFilesConfiguration";
    let expected = [
        "ListInstanceStorageConfigs",
        limits,
        limits,
        limits,
        "DescribeUser",
        "ListIntegrationAssociations",
        "SearchUsers",
        "GetCase",
        "DescribeContact",
    ];
    assert_eq!(world.calls().await, expected, "limits once for each scope");
    world.end().await;
}

#[tokio::test]
async fn a_throttled_call_is_made_once_more() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    let once = serde_json::json!({
        "operation": "SearchUsers", "kind": "error", "status": 429, "code": "TooManyRequestsException",
    });
    patient.faults.push(once);
    let report = patient.examine(&world, &[]).await;
    assert_eq!(report.status, 0, "{report:?}");
    world.end().await;
}

#[tokio::test]
async fn every_check_is_told_even_where_the_settings_are_at_fault() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    patient.rules = "not toml".to_owned();
    let report = patient.examine(&world, &[]).await;
    let names: Vec<_> = report.verdicts.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(names, CHECKS.map(|(check, _)| check));
    world.end().await;
}
