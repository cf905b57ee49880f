//! Many uploads while a tenth of the calls to Connect fail: Connect's records match what every client saw.
//!
//! `UPLOADS` is their number, 500 by default. `SEED` repeats the faults of a run, which prints its own.

mod client;
mod faults;

use std::collections::BTreeMap;

use client::{Client, Target, Upload};
use end_to_end_tests::{World, shared_table};
use fastrand::Rng;
use futures_util::future::join_all;
use local_stack::seeds::{CASE_IDS, PEOPLE};
use local_stack::stack::ready_document;
use serde_json::Value;

/// Number of concurrent clients.
const CLIENTS: usize = 8;

#[expect(clippy::disallowed_methods, reason = "the environment chooses a run")]
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} must be a number")),
    )
}

/// Resources for the uploads: cases, which take 50 files each, and equally often a task, which takes any number.
fn targets(world: &World) -> Vec<Target> {
    let cases = CASE_IDS.map(|id| Target {
        arn: world.arns().case(id),
        is_limited: true,
    });
    let contacts = &ready_document(world.stack())["seeds"]["contacts"];
    let task = Target {
        arn: contacts[1]["arn"].as_str().expect("the task").to_owned(),
        is_limited: false,
    };
    let tasks = std::iter::repeat_n(task, cases.len());
    cases.iter().cloned().chain(tasks).collect()
}

/// Connect's records by file name, each of which must be unique.
async fn records(world: &World) -> BTreeMap<String, Value> {
    let mut records = BTreeMap::new();
    for file in world.files().await {
        let name = file["FileName"].as_str().expect("a name").to_owned();
        let twice = records.insert(name, file);
        assert_eq!(twice, None, "two files of one upload");
    }
    records
}

fn agrees(upload: &Upload, record: &Value, stored: Option<&Vec<u8>>, user: &str) {
    assert_eq!(record["AssociatedResourceArn"], upload.resource_arn, "{record}");
    assert_eq!(record["FileSizeInBytes"], upload.bytes.len(), "{record}");
    assert_eq!(record["FileStatus"], "APPROVED", "{record}");
    assert_eq!(record["CreatedBy"]["ConnectUserArn"], user, "{record}");
    assert_eq!(stored, Some(&upload.bytes), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_client_saw_is_what_connect_recorded() {
    let uploads = usize::try_from(number("UPLOADS").unwrap_or(500)).expect("a number of uploads");
    let seed = number("SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("SEED={seed} UPLOADS={uploads}");
    let mut rng = Rng::with_seed(seed);
    let world = World::start(|options| {
        options.max_instances = CLIENTS;
        options.shared_table = Some(shared_table());
    })
    .await;
    world.arm(&faults::plan(uploads, &mut rng)).await;
    let ada = world.caller(PEOPLE[0].username).await;
    let clients = (0..CLIENTS).map(|at| {
        let share = uploads / CLIENTS + usize::from(at < uploads % CLIENTS);
        Client::new(at, ada.clone(), targets(&world), rng.fork()).work(share)
    });
    let mut kept = BTreeMap::new();
    let mut refusals = BTreeMap::<_, usize>::new();
    for seen in join_all(clients).await {
        let by_name = seen.kept.into_iter();
        kept.extend(by_name.map(|upload| (upload.file_name.clone(), upload)));
        for (refusal, count) in seen.refusals {
            *refusals.entry(refusal).or_default() += count;
        }
    }
    println!("{} kept; refusals that were repeated: {refusals:?}", kept.len());
    let records = records(&world).await;
    let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(names(records.keys().collect()), names(kept.keys().collect()));
    let (ada, store) = (PEOPLE[0].connect_user_id.expect("a user"), world.store());
    for (name, upload) in &kept {
        let record = &records[name];
        let stored = store.get(record["FileId"].as_str().expect("an id"));
        agrees(upload, record, stored, &world.arns().user(ada));
    }
    assert_eq!(store.len(), kept.len(), "bytes of deleted files are gone");
    assert!(!refusals.is_empty(), "no client met a fault");
    world.end().await;
}
