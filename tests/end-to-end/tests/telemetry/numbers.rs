//! Known requests, and the numbers that they must count.

use std::collections::BTreeSet;

use end_to_end_tests::{Caller, World, ask, requests};
use futures_util::future::join_all;
use local_stack::seeds::{CASE_IDS, PEOPLE};
use serde_json::{Value, json};

use crate::embedded::Embedded;

/// Metrics of a request that are not 0.
type Counts = &'static [(&'static str, u64)];

const COUNTED: [&str; 7] = [
    "Starts",
    "Completes",
    "Refusals",
    "Failures",
    "Throttles",
    "Retries",
    "UpstreamAccessDenied",
];

fn start_fault(times: u32, status: u16, code: &str) -> Value {
    json!({"operation": "StartAttachedFileUpload", "times": times, "kind": "error", "status": status, "code": code})
}

fn assert_counts(what: &str, line: &Value, expected: Counts) {
    let embedded = Embedded::read(line);
    for name in COUNTED {
        let expected = expected.iter().find(|(counted, _)| *counted == name);
        assert_eq!(
            embedded.count(name),
            expected.map_or(0, |(_, count)| *count),
            "{what}: {name} of {line}"
        );
    }
}

#[tokio::test]
async fn a_request_counts_what_it_did_and_what_it_met() {
    let world = World::start(|_| ()).await;
    let ada = world.caller(PEOPLE[0].username).await;
    let case = world.arns().case(CASE_IDS[0]);
    let start = |name| ask(name, 5, &case);
    let ticket = ada.ticket(&ada.start(&start("a.pdf")).await);
    assert_eq!(ada.put(&ticket, "bytes").await.status, 200);
    assert_eq!(ada.complete(&ticket).await.status, 204);
    // Once: two pauses may be longer than a throttled call is held.
    world.arm(&[start_fault(1, 429, "ThrottlingException")]).await;
    assert_eq!(ada.start(&start("b.pdf")).await.status, 201);
    world
        .arm(&[start_fault(1, 500, "InternalServiceException")])
        .await;
    assert_eq!(ada.start(&start("c.pdf")).await.status, 201);
    world.arm(&[start_fault(1, 403, "AccessDeniedException")]).await;
    assert_eq!(ada.start(&start("d.pdf")).await.status, 502);
    world.arm(&[]).await;
    assert_eq!(ada.start(&start("e.exe")).await.status, 422);
    assert_eq!(ada.status(&ticket).await.status, 200);
    let lines = requests(&world.end().await);

    let expected: [(&str, Counts, Value); 7] = [
        ("a start", &[("Starts", 1)], Value::Null),
        ("a complete", &[("Completes", 1)], Value::Null),
        (
            "throttled once",
            &[("Starts", 1), ("Throttles", 1), ("Retries", 1)],
            Value::Null,
        ),
        ("a fault", &[("Starts", 1), ("Retries", 1)], Value::Null),
        (
            "denied",
            &[("Refusals", 1), ("Failures", 1), ("UpstreamAccessDenied", 1)],
            json!("upstream-failed"),
        ),
        ("refused", &[("Refusals", 1)], json!("file-type-not-allowed")),
        ("a status", &[], Value::Null),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, (what, counts, code)) in lines.iter().zip(expected) {
        assert_counts(what, line, counts);
        assert_eq!(line["Code"], code, "{what}");
        assert_eq!(line["FunctionName"], "upload-broker", "{what}");
    }
    let throttled = Embedded::read(&lines[2]);
    assert_eq!(throttled.values["UpstreamLatency"].len(), 2, "{throttled:?}");
    assert_eq!(lines[0]["Completes"], 0, "a missing number raises no alarm");
    for line in &lines {
        assert_eq!(line["RequestLatency"], line["duration_ms"], "{line}");
    }
}

#[tokio::test]
async fn the_first_request_of_a_process_is_its_cold_start() {
    let world = World::start(|options| options.max_instances = 1).await;
    let nobody = Caller::with_token(&world, "none");
    for _ in 0..3 {
        assert_eq!(nobody.start(&json!({})).await.status, 401);
    }
    let lines = requests(&world.end().await);
    let colds: Vec<_> = lines
        .iter()
        .map(|line| Embedded::read(line).count("ColdStart"))
        .collect();
    assert_eq!(colds, [1, 0, 0]);
}

#[tokio::test]
async fn every_request_with_a_token_counts_the_age_of_the_keys() {
    let world = World::start(|_| ()).await;
    let token = world.token(PEOPLE[0].username, None).await;
    let (signed, _) = token.rsplit_once('.').expect("a signature");
    for token in [&token, &format!("{signed}.AAAA"), "none"] {
        Caller::with_token(&world, token).start(&json!({})).await;
    }
    let url = format!("{}/elsewhere", world.origins().api);
    assert_eq!(world.http.send("GET", &url, &[], "").await.status, 404);
    let lines = requests(&world.end().await);
    let counted: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["status"].clone(),
                Embedded::read(line).values.contains_key("KeySetAge"),
            )
        })
        .collect();
    let expected = [(422, true), (401, true), (401, true), (404, false)];
    assert_eq!(
        counted,
        expected.map(|(status, is_counted)| (json!(status), is_counted))
    );
    assert!(
        lines[0]["KeySetAge"].as_u64().is_some_and(|secs| secs < 600),
        "{}",
        lines[0]
    );
}

#[tokio::test]
async fn requests_that_one_process_answers_at_once_have_numbers_of_their_own() {
    // The burst: a further one would wait in line.
    const UPLOADS: usize = 5;
    let world = World::start(|options| {
        options.max_instances = 1;
        options.concurrency = UPLOADS;
    })
    .await;
    let ada = world.caller(PEOPLE[0].username).await;
    let case = world.arns().case(CASE_IDS[0]);
    world.arm(&[start_fault(3, 429, "ThrottlingException")]).await;
    let starts = (0..UPLOADS).map(|number| {
        let (ada, body) = (&ada, ask(&format!("{number}.pdf"), 5, &case));
        async move { ada.start(&body).await.status }
    });
    assert_eq!(join_all(starts).await, [201; UPLOADS]);
    let lines = requests(&world.end().await);

    let (mut throttles, mut aws_ids) = (0, BTreeSet::new());
    for line in &lines {
        let embedded = Embedded::read(line);
        let own = embedded.count("Throttles");
        assert_eq!(
            own,
            embedded.count("Retries"),
            "each of its throttles was tried again: {line}"
        );
        throttles += own;
        aws_ids.insert(line["aws"]["request_id"].to_string());
    }
    assert_eq!((throttles, aws_ids.len(), lines.len()), (3, UPLOADS, UPLOADS));
}
