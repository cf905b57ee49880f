//! Short forms, which `make test` runs: counts and shares, no times.

use std::time::Duration;

use end_to_end_tests::{Answer, World};
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Mutex;

use crate::client::{Burst, Outcome, wait_of};
use crate::figures::Shares;
use crate::paced::{Form, Paced};

/// Most operations on the table for an upload.
const TABLE_CALLS: f64 = 20.0;

/// Checks that every upload was started exactly once, and that no answer was other than 201 and 429.
async fn all_are_there_once(world: &World, outcomes: &[Outcome]) {
    for outcome in outcomes {
        let refusals = outcome.statuses.iter().filter(|status| **status == 429).count();
        assert!(
            outcome.is_started() && refusals + 1 == outcome.statuses.len(),
            "{outcome:?}"
        );
    }
    let mut names: Vec<_> = world
        .files()
        .await
        .iter()
        .map(|file| file["FileName"].to_string())
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), outcomes.len());
    assert_eq!(world.files().await.len(), outcomes.len(), "files of one upload");
}

/// The stacks run one after another, because on a busy machine the table does not answer in time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Runs until `objection` has none, or has one to a run in which the table answered every call.
///
/// On a busy machine the stand-in for DynamoDB takes over 250 ms. Then callers share within an instance only, so the run
/// shows nothing.
async fn with_the_table<T>(
    form: Form,
    run: impl AsyncFn(&Paced) -> T,
    objection: impl AsyncFn(&Paced, &T) -> Option<String>,
) -> (Paced, T) {
    let mut objections = Vec::new();
    for _ in 0..4 {
        let stack = Paced::start(form).await;
        let result = run(&stack).await;
        let Some(objection) = objection(&stack, &result).await else {
            return (stack, result);
        };
        let faults = stack.table_faults();
        objections.push(format!(
            "{objection}; calls to the table without an answer: {faults}"
        ));
        if faults == 0 {
            break;
        }
        stack.world.end().await;
    }
    panic!("{objections:#?}");
}

/// `what`, unless it is as it should be.
fn unless(is_right: bool, what: impl FnOnce() -> String) -> Option<String> {
    (!is_right).then(what)
}

#[tokio::test]
async fn a_flooding_caller_leaves_every_other_a_share() {
    let _only = ONE_AT_A_TIME.lock().await;
    let flood = async |stack: &Paced| stack.flood(Duration::from_secs(17), 40).await;
    let is_unfair = async |stack: &Paced, outcomes: &Vec<Outcome>| {
        let shares = Shares::of(outcomes, 8, Duration::from_secs(5));
        let throttled = stack.throttled().await;
        println!("{shares:?}, throttled {throttled:.3}");
        let is_fair = shares.flood <= 0.30 && shares.got.iter().all(|got| *got >= 1) && throttled < 0.05;
        unless(is_fair, || format!("{shares:?}, throttled {throttled:.3}"))
    };
    let (stack, outcomes) = with_the_table(Form::new(8, 4, 12), flood, is_unfair).await;
    for outcome in &outcomes {
        assert!(outcome.is_started(), "{outcome:?}");
    }
    stack.world.end().await;
}

#[tokio::test]
async fn a_burst_ends_with_every_upload_once() {
    let _only = ONE_AT_A_TIME.lock().await;
    let burst = async |stack: &Paced| stack.burst("burst", Burst::new(3, 5)).await;
    let is_expensive = async |stack: &Paced, outcomes: &Vec<Outcome>| {
        let cost = stack.cost(outcomes).await;
        println!("{cost:?}");
        let is_cheap = cost.table_calls <= TABLE_CALLS && cost.throttled < 0.05;
        unless(is_cheap, || format!("{cost:?}"))
    };
    let (stack, outcomes) = with_the_table(Form::new(3, 4, 4), burst, is_expensive).await;
    all_are_there_once(&stack.world, &outcomes).await;
    stack.world.end().await;
}

#[tokio::test]
async fn a_burst_without_the_table_ends_with_every_upload_once() {
    let _only = ONE_AT_A_TIME.lock().await;
    let form = Form {
        has_table: false,
        ..Form::new(3, 4, 4)
    };
    let stack = Paced::start(form).await;
    let outcomes = stack.burst("burst", Burst::new(3, 5)).await;
    all_are_there_once(&stack.world, &outcomes).await;
    stack.world.end().await;
}

#[tokio::test]
async fn parallel_requests_of_one_caller_get_the_burst_and_one_place_in_line() {
    let _only = ONE_AT_A_TIME.lock().await;
    let run = async |stack: &Paced| {
        let [busy, other] = [&stack.callers[0], &stack.callers[1]];
        let starts = (0..40).map(async |number| busy.start(&stack.body(&format!("busy-{number}"))).await);
        (join_all(starts).await, other.start(&stack.body("other")).await)
    };
    let made_a_line = async |_: &Paced, (answers, next): &(Vec<Answer>, Answer)| {
        let started = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.status != 201).chain([next]);
        let longest = refused.map(position).max().unwrap_or_default();
        // The line grew by one place, not by 35.
        let is_right = (5..=7).contains(&started) && longest <= 3;
        unless(is_right, || {
            format!("{started} at once, the last position {longest}")
        })
    };
    let (stack, (answers, _)) = with_the_table(Form::new(2, 4, 10), run, made_a_line).await;
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        wait_of(answer);
    }
    stack.world.end().await;
}

/// Slots before the caller's own; 0 where it had not to wait.
fn position(answer: &Answer) -> u64 {
    answer.json()["position"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn denied_look_ups_use_up_their_own_caller_s_share_only() {
    let _only = ONE_AT_A_TIME.lock().await;
    let stack = Paced::start(Form {
        resources: "own-contacts",
        ..Form::new(4, 4, 12)
    })
    .await;
    let (span, body) = (Duration::from_secs(8), stack.body("denied"));
    let denied = async || {
        let deadline = tokio::time::Instant::now() + span;
        while tokio::time::Instant::now() < deadline {
            let answer = stack.intruder.start(&body).await;
            if answer.status == 429 {
                tokio::time::sleep(wait_of(&answer)).await;
            } else {
                assert_eq!(answer.status, 403, "{answer:?}");
            }
        }
    };
    let (outcomes, _) = tokio::join!(stack.flood(span, 1), join_all((0..40).map(|_| denied())));
    // The quota gives 21.
    assert!(outcomes.len() >= 14, "{} uploads", outcomes.len());
    assert!(outcomes.iter().all(Outcome::is_started), "{outcomes:?}");
    stack.world.end().await;
}

#[tokio::test]
async fn no_upload_is_lost_while_the_table_is_away() {
    let _only = ONE_AT_A_TIME.lock().await;
    let stack = Paced::start(Form::new(4, 4, 4)).await;
    let mut outcomes = Vec::new();
    for (name, fault) in [
        ("refuse", json!({"mode": "refuse"})),
        ("reset", json!({"mode": "reset"})),
        ("hang", json!({"mode": "hang"})),
        ("slow", json!({"slowMs": 300, "slowShare": 1})),
    ] {
        let before = stack.table_faults();
        let in_the_middle = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            stack.world.fail_table(&fault).await;
        };
        let (met, ()) = tokio::join!(stack.burst(name, Burst::new(4, 2)), in_the_middle);
        outcomes.extend(met);
        assert!(stack.table_faults() > before, "{name}: the metric counts them");
        stack.world.fail_table(&json!({"mode": "answer"})).await;
    }
    all_are_there_once(&stack.world, &outcomes).await;
    stack.world.end().await;
}
