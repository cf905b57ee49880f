//! Bursts of uploads under Connect's real quota, by clients that follow `Retry-After`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use end_to_end_tests::{Caller, World, ask};
use futures_util::future::join_all;
use local_stack::seeds::{AGENTS, CASE_IDS, PEOPLE, Person};
use serde_json::Value;

/// Connect's quota: calls at once, and calls a second.
const BURST: f64 = 5.0;
const PER_SECOND: f64 = 2.0;

/// Largest allowed duration, as a multiple of the time that the quota needs.
const MOST_TIMES_THE_FLOOR: f64 = 1.3;

/// Longest wait after an answer without `Retry-After`, which the gateway's own refusals are.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

const HEAD: &str =
    "| instances x concurrency | uploads | floor | took | times | waits p50 / p95 | 429 | 503 | calls |";

/// Size of a burst.
#[derive(Clone, Copy, Debug)]
struct Size {
    uploads: usize,
    callers: usize,
    instances: usize,
    concurrency: usize,
}

/// One client's answers until its upload was started.
#[derive(Debug)]
struct Outcome {
    /// Every status, in order.
    statuses: Vec<u16>,
    ended: Duration,
}

impl Size {
    /// Seconds that the quota needs for the uploads.
    #[expect(clippy::cast_precision_loss, reason = "uploads are few")]
    fn floor_secs(&self) -> f64 {
        (self.uploads as f64 - BURST).max(0.0) / PER_SECOND
    }

    async fn world(&self) -> World {
        let Self {
            instances,
            concurrency,
            ..
        } = *self;
        World::start(|options| {
            options.quota = true;
            options.max_instances = instances;
            options.concurrency = concurrency;
            options.timeout = Duration::from_secs(25);
        })
        .await
    }
}

/// `count` callers: the agents that Connect knows, in turn, each with a token of its own.
async fn callers(world: &World, count: usize) -> Vec<Caller> {
    let is_known_agent = |person: &&Person| person.group == AGENTS && person.connect_user_id.is_some();
    let agents = PEOPLE.iter().filter(is_known_agent).cycle();
    let signing_in = agents.take(count).map(|person| world.caller(person.username));
    join_all(signing_in).await
}

/// Starts one upload, and repeats it with the same key while the answer is 429 or 503.
async fn start_patiently(world: &World, caller: &Caller, number: usize) -> (Vec<u16>, Instant) {
    let key = format!("upload-{number}");
    let case = world.arns().case(CASE_IDS[number % CASE_IDS.len()]);
    let body = ask(&format!("{key}.pdf"), 100, &case);
    let mut statuses = Vec::new();
    loop {
        let answer = caller.start_with(&body, &[("idempotency-key", &key)]).await;
        statuses.push(answer.status);
        if !matches!(answer.status, 429 | 503) {
            return (statuses, Instant::now());
        }
        let retry_after = answer.header("retry-after");
        let retry_after = retry_after.map(|secs| Duration::from_secs(secs.parse().expect("seconds")));
        tokio::time::sleep(retry_after.unwrap_or_else(|| LONGEST_WAIT.mul_f64(fastrand::f64()))).await;
    }
}

/// Starts all uploads at once, and gives the outcome of each.
async fn burst(world: &World, size: Size) -> Vec<Outcome> {
    let callers = callers(world, size.callers).await;
    let began = Instant::now();
    let uploads = (0..size.uploads).map(|number| {
        let starting = start_patiently(world, &callers[number % size.callers], number);
        async move {
            let (statuses, ended) = starting.await;
            let ended = ended - began;
            Outcome { statuses, ended }
        }
    });
    join_all(uploads).await
}

/// Checks that every upload was started exactly once.
async fn all_are_there_once(world: &World, size: Size, outcomes: &[Outcome]) {
    let refused: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.statuses.last() != Some(&201))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    let mut names: Vec<_> = world.files().await.iter().map(name_of).collect();
    names.sort();
    let mut expected: Vec<_> = (0..size.uploads).map(|n| format!("upload-{n}.pdf")).collect();
    expected.sort();
    assert_eq!(names, expected);
}

fn name_of(file: &Value) -> String {
    file["FileName"].as_str().expect("a name").to_owned()
}

/// Seconds until the last upload was started. Prints them as a row of a table.
async fn report(world: &World, size: Size, outcomes: &[Outcome]) -> f64 {
    let mut ended: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.ended.as_secs_f64())
        .collect();
    ended.sort_by(f64::total_cmp);
    let at = |percent: usize| ended[(ended.len() - 1) * percent / 100];
    let answers = |status| {
        let all = outcomes.iter().flat_map(|outcome| &outcome.statuses);
        all.filter(|met| **met == status).count()
    };
    let calls = world.calls().await;
    let calls = calls
        .iter()
        .filter(|call| *call == "StartAttachedFileUpload")
        .count();
    let (took, floor) = (at(100), size.floor_secs());
    println!(
        "| {} x {} | {} by {} | {floor:.1} s | {took:.1} s | {:.2} | {:.1} / {:.1} s | {} | {} | {calls} |",
        size.instances,
        size.concurrency,
        size.uploads,
        size.callers,
        took / floor,
        at(50),
        at(95),
        answers(429),
        answers(503),
    );
    took
}

#[tokio::test]
async fn a_burst_over_the_quota_ends_with_every_upload_once() {
    let size = Size {
        uploads: 12,
        callers: 3,
        instances: 2,
        concurrency: 1,
    };
    let world = size.world().await;
    let outcomes = burst(&world, size).await;
    all_are_there_once(&world, size, &outcomes).await;
    report(&world, size, &outcomes).await;
    world.end().await;
}

#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn a_burst_takes_little_more_than_the_quota_needs() {
    let mut slow = Vec::new();
    println!("{HEAD}");
    for (uploads, instances, concurrency) in [
        (40, 1, 1),
        (40, 4, 1),
        (40, 16, 1),
        (40, 1, 40),
        (40, 4, 10),
        (120, 4, 30),
    ] {
        let size = Size {
            uploads,
            callers: 8,
            instances,
            concurrency,
        };
        let world = size.world().await;
        let outcomes = burst(&world, size).await;
        all_are_there_once(&world, size, &outcomes).await;
        let took = report(&world, size, &outcomes).await;
        if took > MOST_TIMES_THE_FLOOR * size.floor_secs() {
            slow.push((size, took));
        }
        world.end().await;
    }
    assert!(slow.is_empty(), "{slow:?}");
}

/// Uploads of each caller in `span`. The first keeps `in_flight` uploads going, the others one each.
async fn flood(world: &World, span: Duration, in_flight: usize, count: usize) -> Vec<usize> {
    let callers = callers(world, count).await;
    let next = AtomicUsize::new(0);
    let got: Vec<_> = callers.iter().map(|_| AtomicUsize::new(0)).collect();
    let upload_forever = async |caller: usize| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let (statuses, _) = start_patiently(world, &callers[caller], number).await;
            assert_eq!(statuses.last(), Some(&201));
            got[caller].fetch_add(1, Ordering::Relaxed);
        }
    };
    let flooding = join_all((0..in_flight).map(|_| upload_forever(0)));
    let others = join_all((1..count).map(upload_forever));
    tokio::select! {
        _ = flooding => unreachable!("it never ends"),
        _ = others => unreachable!("it never ends"),
        () = tokio::time::sleep(span) => {}
    }
    got.into_iter().map(AtomicUsize::into_inner).collect()
}

#[tokio::test]
#[ignore = "minutes: `make soak` runs it"]
async fn a_caller_that_floods_takes_more_than_its_share() {
    println!(
        "| instances x concurrency | the flooding caller got | an even share | each of the others got |"
    );
    for (instances, concurrency) in [(1, 1), (4, 1), (16, 1)] {
        let size = Size {
            uploads: 0,
            callers: 8,
            instances,
            concurrency,
        };
        let world = size.world().await;
        let got = flood(&world, Duration::from_secs(30), 40, size.callers).await;
        let share = 100 * got[0] / got.iter().sum::<usize>();
        let (even, others) = (100 / size.callers, &got[1..]);
        assert!(share > even, "{share} % of {got:?}");
        println!("| {instances} x {concurrency} | {share} % | {even} % | {others:?} |");
        world.end().await;
    }
}
