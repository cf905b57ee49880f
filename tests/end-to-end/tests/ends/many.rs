//! Many uploads, of which a third lose their tab at a random step, while calls fail and the finisher is killed.
//!
//! `UPLOADS` is their number, 60 by default. `SEED` repeats a run, which prints its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use end_to_end_tests::{Answer, Caller, World, ask};
use fastrand::Rng;
use futures_util::future::join_all;
use local_stack::events::{Fault, Faults};
use local_stack::seeds::PEOPLE;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::world;

/// Number of concurrent clients.
const CLIENTS: usize = 8;
/// How long all ends may take after the last client has left: three looks a minute apart, and leases that lapse.
const PATIENCE: Duration = Duration::from_mins(8);

/// The last step of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    AfterStart,
    AfterPut,
    AfterComplete,
    Never,
}

#[expect(clippy::disallowed_methods, reason = "the environment chooses a run")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// A third of the uploads lose their tab.
fn leaves(rng: &mut Rng) -> Leaves {
    match rng.u8(..9) {
        0 => Leaves::AfterStart,
        1 => Leaves::AfterPut,
        2 => Leaves::AfterComplete,
        _ => Leaves::Never,
    }
}

/// A tenth of the calls that the uploads and the finisher make fail.
fn faults(uploads: usize, rng: &mut Rng) -> Vec<Value> {
    let operations = [
        "StartAttachedFileUpload",
        "CompleteAttachedFileUpload",
        "BatchGetAttachedFileMetadata",
        "DeleteAttachedFile",
    ];
    let mut faults = Vec::new();
    for call in 1..=uploads * 3 {
        for operation in operations
            .iter()
            .filter(|_| rng.u8(..10) == 0)
            .collect::<Vec<_>>()
        {
            let mut fault = match rng.u8(..7) {
                0 => json!({"kind": "error", "status": 500, "code": "InternalServiceException"}),
                1 => json!({"kind": "error", "status": 429, "code": "ThrottlingException"}),
                2 => json!({"kind": "error", "status": 403, "code": "AccessDeniedException"}),
                3 => json!({"kind": "reset-before"}),
                4 => json!({"kind": "reset-after"}),
                5 => json!({"kind": "truncate"}),
                _ => json!({"kind": "garbage"}),
            };
            fault["operation"] = json!(operation);
            fault["call"] = json!(call);
            faults.push(fault);
        }
    }
    faults
}

/// The answer with that status, however often it takes.
async fn insist(expected: u16, request: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..30 {
        let answer = request().await;
        if answer.status == expected {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no {expected}");
}

/// One upload, up to the step after which its client leaves. Its URL expires while the test goes on.
async fn upload(caller: &Caller, name: &str, resource: &str, leaves: Leaves) {
    let mut body = ask(name, 5, resource);
    body["urlExpiryInSeconds"] = json!(10);
    let key = [("idempotency-key", name)];
    let created = insist(201, async || caller.start_with(&body, &key).await).await;
    let ticket = caller.ticket(&created);
    if leaves == Leaves::AfterStart {
        return;
    }
    assert_eq!(caller.put(&ticket, &b"hello"[..]).await.status, 200);
    if leaves == Leaves::AfterPut {
        return;
    }
    insist(204, async || caller.complete(&ticket).await).await;
    if leaves == Leaves::AfterComplete {
        return;
    }
    let status = insist(200, async || caller.status(&ticket).await).await;
    assert_eq!(status.json()["status"], "APPROVED");
}

/// Kills the finisher at random times, until all uploads but these have ended. How often it did.
async fn kill_at_random(world: &World, uploads: usize, mut rng: Rng) -> usize {
    let mut kills = 0;
    while ends(world).len() < uploads / 2 {
        tokio::time::sleep(Duration::from_millis(rng.u64(500..4_000))).await;
        kills += usize::from(world.kill_finisher());
    }
    kills
}

/// How each file ended: every status that an event gave it.
fn ends(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let mut ends = BTreeMap::<_, BTreeSet<_>>::new();
    for event in world.stack().events().events() {
        let text = |name: &str| event.detail[name].as_str().expect("a text").to_owned();
        ends.entry(text("fileId")).or_default().insert(text("status"));
    }
    ends
}

#[tokio::test(flavor = "multi_thread")]
async fn no_end_is_lost_and_doubles_come_from_kills_only() {
    let uploads = usize::try_from(number("UPLOADS").unwrap_or(60)).expect("a number of uploads");
    let seed = number("SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("SEED={seed} UPLOADS={uploads}");
    let mut rng = Rng::with_seed(seed);
    let world = world(Some(Duration::from_secs(1))).await;
    let contacts = local_stack::stack::ready_document(world.stack());
    let task = contacts["seeds"]["contacts"][1]["arn"]
        .as_str()
        .expect("a task")
        .to_owned();
    let ada = world.caller(PEOPLE[0].username).await;
    world.arm(&faults(uploads, &mut rng)).await;
    world.stack().events().arm(Faults {
        kind: Fault::FailEntries,
        share: 0.1,
    });

    let plan: Vec<_> = (0..uploads).map(|_| leaves(&mut rng)).collect();
    let lost = plan.iter().filter(|leaves| **leaves != Leaves::Never).count();
    let never_sent = plan
        .iter()
        .filter(|leaves| **leaves == Leaves::AfterStart)
        .count();
    let clients = (0..CLIENTS).map(|client| {
        let (ada, task, plan) = (&ada, &task, &plan);
        async move {
            for (n, leaves) in plan.iter().enumerate().skip(client).step_by(CLIENTS) {
                upload(ada, &format!("file-{n}.pdf"), task, *leaves).await;
            }
        }
    });
    let (_, kills) = tokio::join!(join_all(clients), kill_at_random(&world, uploads, rng.fork()));
    let files_of = |events: &[local_stack::events::Event]| {
        let ids = events
            .iter()
            .map(|event| event.detail["fileId"].as_str().unwrap_or_default().to_owned());
        ids.collect::<BTreeSet<_>>().len()
    };
    let all = world
        .stack()
        .events()
        .events_when(|events| files_of(events) == uploads);
    let all = timeout(PATIENCE, all).await;
    let events = all.unwrap_or_else(|_| panic!("{} of {uploads} ended", ends(&world).len()));

    let ends = ends(&world);
    let doubles = events.len() - ends.len();
    println!("{lost} lost their tab, {kills} kills, {doubles} events sent twice");
    assert!(
        doubles <= 10 * kills,
        "a run that is killed repeats one batch at most"
    );
    let ids: BTreeSet<_> = events
        .iter()
        .map(|event| event.detail["eventId"].to_string())
        .collect();
    assert_eq!(ids.len(), uploads, "one event id for each upload");
    let mut abandoned = 0;
    let records = world.files().await;
    for (file_id, statuses) in &ends {
        let record = records.iter().find(|record| record["FileId"] == **file_id);
        if let Some(record) = record {
            let status = record["FileStatus"].as_str().expect("a status");
            assert!(statuses.contains(status), "{record}");
        } else {
            assert!(statuses.contains("ABANDONED"), "{file_id}: {statuses:?}");
            abandoned += 1;
        }
        assert_eq!(statuses.len(), 1, "{file_id}: {statuses:?}");
    }
    assert_eq!(abandoned, never_sent, "every file that was sent is in the case");
    world.end().await;
}
