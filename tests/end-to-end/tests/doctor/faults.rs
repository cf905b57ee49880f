//! Tests of each fault: the check that must name it does, and no other verdict changes.

use std::time::{Duration, SystemTime};

use connect_emulator::Clock;
use end_to_end_tests::World;

use crate::issuer::ClosedPort;
use crate::patient::Patient;
use crate::table::{Fault, OF_ACCOUNT, OF_BUCKET, OF_ISSUERS, OF_SETTINGS, nothing_asked};
use crate::verdicts;

#[tokio::test]
async fn faults_of_the_settings_are_named() {
    each_is_named(OF_SETTINGS).await;
}

#[tokio::test]
async fn faults_of_the_account_are_named() {
    each_is_named(OF_ACCOUNT).await;
}

#[tokio::test]
async fn faults_of_the_bucket_are_named() {
    each_is_named(OF_BUCKET).await;
}

#[tokio::test]
async fn faults_of_the_issuers_are_named() {
    each_is_named(OF_ISSUERS).await;
}

async fn each_is_named(faults: &[Fault]) {
    let world = World::start(|_| {}).await;
    for fault in faults {
        let mut patient = Patient::sound(&world).await;
        (fault.arm)(&mut patient);
        is_named(&world, &patient, fault.what, fault.changes, fault.words).await;
    }
    world.end().await;
}

/// Asserts the verdicts of a sound stack with `changes`, and that the first changed check shows all `words`.
async fn is_named(world: &World, patient: &Patient, what: &str, changes: &[(&str, &str)], words: &[&str]) {
    let report = patient.examine(world, &[]).await;
    assert_eq!(report.verdicts, verdicts(changes), "{what}: {report:#?}");
    let is_wrong = changes.iter().any(|(_, verdict)| *verdict == "wrong");
    assert_eq!(report.status, if is_wrong { 1 } else { 2 }, "{what}");
    let found = report.found(changes[0].0);
    for words in words {
        assert!(found.contains(words), "{what}: {words} in {found}");
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_reached_is_named() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    let closed = ClosedPort::new();
    patient.issued_by(&closed.origin());
    let changes = [("issuers", "wrong")];
    let words = ["discovery document: there was no answer", "can be reached"];
    is_named(&world, &patient, "nobody listens", &changes, &words).await;
    world.end().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_reached_is_no_fault() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    let closed = ClosedPort::new();
    patient.set("AWS_ENDPOINT_URL_CONNECT", &closed.origin());
    let changes = nothing_asked![
        ("instance", "unknown"),
        ("credentials", "not-checked"),
        ("clock", "not-checked")
    ];
    let words = ["ListInstanceStorageConfigs: no answer", "can be reached"];
    is_named(&world, &patient, "nobody listens", changes, &words).await;
    world.end().await;
}

#[tokio::test]
async fn a_bucket_that_cannot_be_reached_is_no_fault() {
    let world = World::start(|_| {}).await;
    let mut patient = Patient::sound(&world).await;
    let store = world.origins().store.clone();
    let closed = ClosedPort::new();
    patient.replace(&store, &closed.origin());
    let words = ["no answer", "can be reached"];
    is_named(
        &world,
        &patient,
        "nobody listens",
        &[("bucket-cors", "unknown")],
        &words,
    )
    .await;
    world.end().await;
}

#[tokio::test]
async fn a_clock_that_is_off_is_named_in_place_of_the_credentials() {
    let (clock, _hand) = Clock::manual(SystemTime::now() + Duration::from_mins(10));
    let world = World::start(|options| options.clock = clock).await;
    let patient = Patient::sound(&world).await;
    let changes = nothing_asked![
        ("clock", "wrong"),
        ("credentials", "not-checked"),
        ("instance", "not-checked")
    ];
    let words = ["this machine's clock is ", "behind AWS's; signatures", "NTP"];
    is_named(&world, &patient, "ten minutes", changes, &words).await;
    world.end().await;
}
