//! Long forms, against the figures that were wanted of the pace. A line for each run, and all that fell short at the end.

use std::time::Duration;

use end_to_end_tests::World;
use futures_util::future::join_all;
use serde_json::json;

use crate::client::{Burst, Journey, Outcome, wait_of};
use crate::figures::{Shares, quota_used};
use crate::paced::{Form, Paced};

/// Runs and what they lack.
#[derive(Default)]
struct Verdicts(Vec<String>);

impl Verdicts {
    fn want(&mut self, run: &str, what: &str, holds: bool) {
        if !holds {
            self.0.push(format!("{run}: {what}"));
        }
    }

    fn end(self) {
        assert!(self.0.is_empty(), "{:#?}", self.0);
    }
}

/// Instances, and the invocations that each takes at a time so that none is refused for want of one.
const INSTANCES: [(usize, usize); 3] = [(1, 60), (4, 15), (20, 3)];

#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn floods() {
    let (span, start) = (Duration::from_secs(30), Duration::from_secs(5));
    let mut verdicts = Verdicts::default();
    for (instances, concurrency) in INSTANCES {
        let stack = Paced::start(Form::new(8, instances, concurrency)).await;
        let outcomes = stack.flood(span, 40).await;
        let (whole, later) = (
            Shares::of(&outcomes, 8, Duration::ZERO),
            Shares::of(&outcomes, 8, start),
        );
        let (used, throttled) = (quota_used(outcomes.len(), span), stack.throttled().await);
        let run = format!("flood, {instances} instances");
        println!(
            "{run}: from the fifth second share {:.2}, Jain {:.3}, least {:.2} of an even share, {:?}; whole share {:.2}, \
             Jain {:.3}, quota used {used:.2}, throttled {throttled:.3}, PaceUnavailable {}",
            later.flood,
            later.jain,
            later.least,
            later.got,
            whole.flood,
            whole.jain,
            stack.table_faults()
        );
        verdicts.want(&run, "share from the fifth second", later.flood <= 0.20);
        verdicts.want(&run, "Jain from the fifth second", later.jain >= 0.97);
        verdicts.want(&run, "least of another", later.least >= 0.75);
        verdicts.want(&run, "whole share", whole.flood <= 0.30);
        verdicts.want(&run, "whole Jain", whole.jain >= 0.80);
        verdicts.want(&run, "quota used", used >= 0.93);
        verdicts.want(&run, "throttled", throttled < 0.01);
        stack.world.end().await;
    }
    verdicts.end();
}

/// A burst, and the most that it may take.
struct Wanted {
    name: &'static str,
    burst: Burst,
    times_the_floor: f64,
    billed_secs: f64,
}

#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn bursts() {
    let mut verdicts = Verdicts::default();
    let wanted = |name, callers, uploads_each, leaving_percent, times_the_floor, billed_secs| Wanted {
        name,
        burst: Burst {
            leaving_percent,
            ..Burst::new(callers, uploads_each)
        },
        times_the_floor,
        billed_secs,
    };
    for wanted in [
        wanted("8x5", 8, 5, 0, 1.10, 0.5),
        wanted("1x40", 1, 40, 0, 1.10, 0.5),
        wanted("60x3", 60, 3, 0, 1.05, 0.4),
        wanted("200x1", 200, 1, 0, 1.05, 0.4),
        wanted("200x1, 10 % leave", 200, 1, 10, 1.20, 0.4),
        wanted("200x1, 30 % leave", 200, 1, 30, 1.30, 0.4),
        wanted("200x1, 50 % leave", 200, 1, 50, 1.35, 0.4),
    ] {
        let uploads = wanted.burst.uploads();
        let stack = Paced::start(Form::new(wanted.burst.callers, 20, uploads.div_ceil(20) + 1)).await;
        let outcomes = stack.burst("burst", wanted.burst).await;
        let cost = stack.cost(&outcomes).await;
        println!(
            "burst {}, 20 instances: {} started, {:.2} of the floor, billed {:.2} s, 429s {:.1}, table {:.1} an upload, \
             throttled {:.3}, PaceUnavailable {}",
            wanted.name,
            cost.started,
            cost.times_the_floor,
            cost.billed_secs,
            cost.refusals,
            cost.table_calls,
            cost.throttled,
            stack.table_faults()
        );
        let only_honest = outcomes
            .iter()
            .flat_map(|outcome| &outcome.statuses)
            .all(|status| [201, 429].contains(status));
        verdicts.want(wanted.name, "answers", only_honest);
        verdicts.want(
            wanted.name,
            "time",
            cost.times_the_floor <= wanted.times_the_floor,
        );
        verdicts.want(wanted.name, "billed", cost.billed_secs <= wanted.billed_secs);
        verdicts.want(wanted.name, "429s", cost.refusals <= 8.0);
        verdicts.want(wanted.name, "table", cost.table_calls <= 20.0);
        verdicts.want(wanted.name, "throttled", cost.throttled < 0.01);
        stack.world.end().await;
    }
    verdicts.end();
}

#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn denied_look_ups() {
    let span = Duration::from_secs(30);
    let stack = Paced::start(Form {
        resources: "own-contacts",
        ..Form::new(7, 4, 15)
    })
    .await;
    let body = stack.body("denied");
    let denied = async || {
        let deadline = tokio::time::Instant::now() + span;
        let mut count = 0;
        while tokio::time::Instant::now() < deadline {
            let answer = stack.intruder.start(&body).await;
            if answer.status == 429 {
                tokio::time::sleep(wait_of(&answer)).await;
            } else {
                assert_eq!(answer.status, 403, "{answer:?}");
                count += 1;
            }
        }
        count
    };
    let (outcomes, denied) = tokio::join!(stack.flood(span, 1), join_all((0..40).map(|_| denied())));
    let used = quota_used(outcomes.len(), span);
    println!(
        "denied look-ups, 40 in flight beside 7: {} denied, the others used {used:.2} of the quota",
        denied.iter().sum::<u32>()
    );
    assert!(used >= 0.85, "{used}");
    stack.world.end().await;
}

#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn whole_uploads() {
    let stack = Paced::start(Form {
        resources: "own-contacts",
        scan: Duration::from_secs(6),
        ..Form::new(20, 20, 4)
    })
    .await;
    let journeys = join_all((0..60).map(|number| stack.journey(number))).await;
    let last = |step: fn(&Journey) -> Duration| journeys.iter().map(step).max().expect("60").as_secs_f64();
    let calls = async |operation| stack.world.statuses_of(operation).await.len();
    println!(
        "whole uploads, 20x3, a scan of 6 s, 20 instances: last start {:.1} s (the quota needs 27.5), last complete {:.1} s, \
         last status {:.1} s; BatchGet calls {}, DescribeContact calls {}",
        last(|journey| journey.started),
        last(|journey| journey.completed),
        last(|journey| journey.seen),
        calls("BatchGetAttachedFileMetadata").await,
        calls("DescribeContact").await,
    );
    stack.world.end().await;
}

/// A burst during which the table is away for 30 s; the burst goes on for longer.
#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn outages() {
    let mut verdicts = Verdicts::default();
    for (name, fault) in [
        ("refuse", json!({"mode": "refuse"})),
        ("reset", json!({"mode": "reset"})),
        ("hang", json!({"mode": "hang"})),
        ("slow", json!({"slowMs": 300, "slowShare": 1})),
        ("1 % slow", json!({"slowMs": 300, "slowShare": 0.01})),
    ] {
        let stack = Paced::start(Form::new(60, 20, 9)).await;
        let (outcomes, ()) = tokio::join!(
            stack.burst("outage", Burst::new(60, 2)),
            away(&stack.world, &fault)
        );
        let (cost, faults) = (stack.cost(&outcomes).await, stack.table_faults());
        println!(
            "table away for 30 s ({name}), 60x2, 20 instances: {} started, {:.2} of the floor, billed {:.2} s, 429s {:.1} an \
             upload, throttled {:.3}, PaceUnavailable {faults}",
            cost.started, cost.times_the_floor, cost.billed_secs, cost.refusals, cost.throttled
        );
        verdicts.want(name, "lost uploads", outcomes.iter().all(Outcome::is_started));
        verdicts.want(name, "the metric", faults > 0);
        stack.world.end().await;
    }
    verdicts.end();
}

async fn away(world: &World, fault: &serde_json::Value) {
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.fail_table(fault).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    world.fail_table(&json!({"mode": "answer"})).await;
}
