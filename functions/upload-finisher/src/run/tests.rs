//! Runs over Connect, rows and a bus in memory.

use std::collections::HashMap;
use std::time::Duration;

use broker_core::grants::{Action, Grants};
use broker_core::ports::{DueUploads as _, NotedUploads as _, UpstreamError};
use broker_core::started_upload::{End, Noted, Progress, StartedUpload};

use super::{Outcome, RunClock as _, Tally};
use crate::testing::{Call, File, World, after, at, grants, started, throttled};

/// The grant that allows everything.
fn all() -> Grants {
    grants(&Action::ALL)
}

/// A world at `secs`, with these files and the rows of their uploads.
async fn world(secs: u64, uploads: &[(File, StartedUpload)]) -> World {
    let files: Vec<_> = uploads
        .iter()
        .map(|(file, upload)| (upload.start().upload.file_id.as_str(), file.clone()))
        .collect();
    let world = World::with(&files);
    for (_, upload) in uploads {
        world.remember(upload).await;
    }
    world.set_now(at(secs));
    world
}

async fn ran(world: &World, grants: &Grants) -> Tally {
    let (tally, outcome) = world.run(grants).await.expect("no end before its time");
    assert_eq!(outcome, Outcome::Done);
    tally
}

/// Runs once a minute, until every end is reported.
async fn run_until_all_is_reported(world: &World, grants: &Grants) {
    for _ in 0..10 {
        world.run(grants).await.expect("no end before its time");
        if world.rows().all().iter().all(|upload| upload.due().is_none()) {
            return;
        }
        world.set_now(world.now() + Duration::from_secs(61));
    }
    panic!("still open: {:?}", world.rows().all());
}

fn end(file: &str, status: &str) -> (String, String) {
    (file.to_owned(), status.to_owned())
}

fn names(world: &World) -> Vec<&'static str> {
    world.calls().iter().map(|call| call.name).collect()
}

#[tokio::test]
async fn every_upload_ends_with_one_event() {
    let completed = Noted::completed(at(10));
    for (what, file, upload, expected, calls) in [
        (
            "sent, and its tab is gone",
            File::SENT,
            started("a-1"),
            "APPROVED",
            vec!["complete", "status"],
        ),
        (
            "rejected, and its tab is gone",
            File {
                verdict: "REJECTED",
                ..File::SENT
            },
            started("a-1"),
            "REJECTED",
            vec!["complete", "status"],
        ),
        (
            "completed by its caller",
            File::completed("APPROVED"),
            after("a-1", &[completed]),
            "APPROVED",
            vec!["status"],
        ),
        (
            "failed",
            File::completed("FAILED"),
            after("a-1", &[completed]),
            "FAILED",
            vec!["status"],
        ),
        (
            "never sent",
            File::NEVER_SENT,
            started("a-1"),
            "ABANDONED",
            vec!["complete", "complete", "delete"],
        ),
        (
            "never sent, as Connect may say too",
            File {
                pending: "UPLOAD_EXPIRED",
                ..File::NEVER_SENT
            },
            started("a-1"),
            "ABANDONED",
            vec!["complete", "complete", "delete"],
        ),
        (
            "seen to end by a poll",
            File::completed("APPROVED"),
            after("a-1", &[completed, Noted::ended(End::Approved, at(12))]),
            "APPROVED",
            vec![],
        ),
    ] {
        let world = world(400, &[(file, upload)]).await;
        run_until_all_is_reported(&world, &all()).await;
        assert_eq!(world.ends(), [end("a-1", expected)], "{what}");
        assert_eq!(names(&world), calls, "{what}");
    }
}

#[tokio::test]
async fn what_connect_does_not_know_was_never_sent() {
    let world = World::with(&[]);
    world.remember(&started("a-1")).await;
    world.set_now(at(301));
    run_until_all_is_reported(&world, &all()).await;
    assert_eq!(world.ends(), [end("a-1", "ABANDONED")]);
}

#[tokio::test]
async fn nothing_is_done_before_it_is_due() {
    let world = world(299, &[(File::SENT, started("a-1"))]).await;
    assert_eq!(ran(&world, &all()).await, Tally::default());
    assert_eq!((world.ends(), world.calls()), (vec![], vec![]));
}

#[tokio::test]
async fn bytes_that_come_late_are_completed_still() {
    let missing = Noted::again(Progress::Missing, at(360));
    let world = world(361, &[(File::SENT, after("a-1", &[missing]))]).await;
    run_until_all_is_reported(&world, &all()).await;
    assert_eq!(world.ends(), [end("a-1", "APPROVED")]);
}

#[tokio::test]
async fn a_file_is_deleted_only_after_a_second_look_and_where_its_grant_allows_it() {
    let keeps = grants(&[Action::Start, Action::Complete, Action::Read]);
    for (grants, is_deleted) in [(all(), true), (keeps, false)] {
        let world = world(301, &[(File::NEVER_SENT, started("a-1"))]).await;
        ran(&world, &grants).await;
        assert!(world.file("a-1").is_some(), "after one look");
        assert_eq!(world.ends(), [], "after one look");
        run_until_all_is_reported(&world, &grants).await;
        assert_eq!(world.file("a-1").is_none(), is_deleted);
        assert_eq!(world.ends(), [end("a-1", "ABANDONED")]);
    }
}

#[tokio::test]
async fn nothing_is_deleted_after_an_error_or_an_unknown_status() {
    use UpstreamError::{AccessDenied, Incomplete, TimedOut, Unavailable, Unexpected};
    let unknown = broker_core::upload::FileStatus::named("SOMETHING_NEW");
    let missing = Noted::again(Progress::Missing, at(360));
    for error in [
        AccessDenied,
        TimedOut,
        Unavailable,
        Unexpected,
        Incomplete(Some(unknown)),
    ] {
        let world = world(361, &[(File::NEVER_SENT, after("a-1", &[missing]))]).await;
        world.fail("complete", std::slice::from_ref(&error));
        assert_eq!(ran(&world, &all()).await.failed, 1, "{error:?}");
        assert!(world.file("a-1").is_some(), "{error:?}");
        assert_eq!(world.rows().all()[0].progress(), Progress::Missing, "{error:?}");
        assert_eq!(world.ends(), [], "{error:?}");
    }
}

#[tokio::test]
async fn a_file_that_connect_refuses_to_complete_is_asked_about() {
    use UpstreamError::{InvalidFileSize, InvalidFileType};
    for error in [InvalidFileSize, InvalidFileType] {
        let world = world(301, &[(File::SENT, started("a-1"))]).await;
        world.fail("complete", &[error.clone(), error]);
        run_until_all_is_reported(&world, &all()).await;
        assert_eq!(world.ends(), [end("a-1", "ABANDONED")]);
        assert_eq!(
            names(&world),
            ["complete", "status", "complete", "status", "delete"]
        );
    }
}

#[tokio::test]
async fn a_withdrawn_grant_ends_an_upload_that_stays_as_it_is() {
    let without_complete = grants(&[Action::Start, Action::Read, Action::Delete]);
    let other_rule = Grants::new(all().deployment().clone(), all().entries()[..1].to_vec());
    for grants in [without_complete, other_rule] {
        for (file, upload) in [
            (File::SENT, started("a-1")),
            (
                File::completed("APPROVED"),
                after("a-1", &[Noted::completed(at(10))]),
            ),
        ] {
            let world = world(301, &[(file.clone(), upload)]).await;
            ran(&world, &grants).await;
            assert_eq!(world.ends(), [end("a-1", "ABANDONED")]);
            assert_eq!((world.calls(), world.file("a-1")), (vec![], Some(file)));
        }
    }
}

#[tokio::test]
async fn rows_of_another_deployment_are_counted_and_left_alone() {
    let mut of_another = crate::testing::start("a-1");
    of_another.stage = "staging".into();
    let ended = Noted::ended(End::Approved, at(10));
    for steps in [vec![], vec![ended]] {
        let mut upload = StartedUpload::new(of_another.clone());
        for step in steps {
            assert!(upload.note(step));
        }
        let world = world(400, &[(File::SENT, upload.clone())]).await;
        assert_eq!(ran(&world, &all()).await.unreadable, 1);
        assert_eq!((world.ends(), world.calls()), (vec![], vec![]));
        assert_eq!(world.rows().all(), [upload]);
    }
}

#[tokio::test]
async fn files_of_one_resource_share_a_status_call() {
    let completed = |file| after(file, &[Noted::completed(at(10))]);
    let world = world(
        60,
        &[
            (File::completed("APPROVED"), completed("a-1")),
            (File::completed("REJECTED"), completed("a-2")),
            (File::completed("FAILED"), completed("b-1")),
        ],
    )
    .await;
    ran(&world, &all()).await;
    let mut asked: Vec<_> = world.calls().into_iter().map(|call| call.files).collect();
    asked.sort();
    assert_eq!(asked, [vec!["a-1".into(), "a-2".into()], vec![Box::from("b-1")]]);
    let mut ends = world.ends();
    ends.sort();
    assert_eq!(
        ends,
        [
            end("a-1", "APPROVED"),
            end("a-2", "REJECTED"),
            end("b-1", "FAILED")
        ]
    );
}

#[tokio::test]
async fn a_file_that_is_gone_does_not_hide_the_others_of_its_resource() {
    let completed = |file| after(file, &[Noted::completed(at(10))]);
    let world = World::with(&[("a-2", File::completed("APPROVED"))]);
    world.remember(&completed("a-1")).await;
    world.remember(&completed("a-2")).await;
    world.set_now(at(60));
    ran(&world, &all()).await;
    assert_eq!(world.ends(), [end("a-2", "APPROVED")]);
    world.set_now(at(300 + 3_601));
    ran(&world, &all()).await;
    assert_eq!(world.ends()[1..], [end("a-1", "FAILED")]);
}

#[tokio::test]
async fn a_run_waits_for_a_free_slot_and_stops_when_its_time_is_over() {
    for (waits, completed, outcome) in [
        (vec![500, 500], 1, Outcome::Done),
        // The run has a minute, and takes nothing in the last ten seconds.
        (vec![49_000], 1, Outcome::Done),
        (vec![49_000, 2_000], 0, Outcome::Done),
    ] {
        let world = world(301, &[(File::SENT, started("a-1"))]).await;
        let errors: Vec<_> = waits.iter().map(|millis| throttled(*millis)).collect();
        world.fail("complete", &errors);
        let (tally, ended) = world.run(&all()).await.expect("no end before its time");
        assert_eq!((tally.completed, ended), (completed, outcome), "{waits:?}");
    }
}

#[tokio::test]
async fn an_overdue_upload_takes_a_place_in_line() {
    for (secs, is_in_line) in [(301, false), (900, false), (901, true)] {
        let world = world(secs, &[(File::SENT, started("a-1"))]).await;
        let tally = ran(&world, &all()).await;
        let expected = Call {
            name: "complete",
            files: vec!["a-1".into()],
            is_in_line,
        };
        assert_eq!(world.calls(), [expected], "{secs}");
        assert_eq!(tally.overdue, u64::from(is_in_line), "{secs}");
    }
}

/// Ten events are sent at once, as soon as there are ten, so a run that is killed has reported what it could.
#[tokio::test]
async fn events_are_sent_while_the_run_goes_on() {
    let uploads: Vec<_> = (0..25)
        .map(|n| {
            (
                File::completed("APPROVED"),
                after(&format!("{n}-1"), &[Noted::completed(at(10))]),
            )
        })
        .collect();
    let world = world(60, &uploads).await;
    ran(&world, &all()).await;
    assert_eq!(world.puts(), [(10, 10), (20, 10), (25, 5)]);
}

#[tokio::test]
async fn an_event_that_the_bus_did_not_take_is_sent_again() {
    let ended = |file| after(file, &[Noted::ended(End::Approved, at(10))]);
    let world = world(
        60,
        &[
            (File::completed("APPROVED"), ended("a-1")),
            (File::completed("APPROVED"), ended("a-2")),
        ],
    )
    .await;
    world.bus_takes(&[&[false, true]]);
    let tally = ran(&world, &all()).await;
    assert_eq!((tally.finished, tally.events_failed), (1, 1));
    ran(&world, &all()).await;
    assert_eq!(world.ends(), [end("a-2", "APPROVED"), end("a-1", "APPROVED")]);
}

#[tokio::test]
async fn an_index_that_lags_behind_reports_no_end_twice() {
    for steps in [
        vec![],
        vec![Noted::completed(at(10))],
        vec![Noted::ended(End::Approved, at(10))],
    ] {
        let world = world(301, &[(File::completed("APPROVED"), after("a-1", &steps))]).await;
        world.freeze_index();
        let key = world.rows().all()[0].key();
        let ended = Noted::ended(End::Approved, at(10));
        world.rows().note(&key, ended).await.expect("noted or not");
        world.rows().settle(&key).await.expect("settled");
        for _ in 0..2 {
            ran(&world, &all()).await;
        }
        assert_eq!(world.ends(), [], "{steps:?}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_deleted_is_tried_again() {
    let missing = Noted::again(Progress::Missing, at(360));
    let world = world(361, &[(File::NEVER_SENT, after("a-1", &[missing]))]).await;
    world.fail("delete", &[UpstreamError::AccessDenied]);
    assert_eq!(ran(&world, &all()).await.failed, 1);
    assert_eq!((world.ends(), world.file("a-1").is_some()), (vec![], true));
    ran(&world, &all()).await;
    assert_eq!(
        (world.ends(), world.file("a-1")),
        (vec![end("a-1", "ABANDONED")], None)
    );
}

#[tokio::test]
async fn one_run_at_a_time_has_the_lease() {
    let world = world(301, &[(File::SENT, started("a-1"))]).await;
    // Ended at its second call, so the lease is not given back.
    world.end_at(2, false);
    assert!(world.run(&all()).await.is_none());
    let (tally, outcome) = world.run(&all()).await.expect("no end before its time");
    assert_eq!((tally, outcome), (Tally::default(), Outcome::Held));
    world.set_now(at(301 + 62));
    assert_eq!(ran(&world, &all()).await.completed, 1);
}

#[tokio::test]
async fn a_run_without_the_table_fails() {
    let world = world(301, &[(File::SENT, started("a-1"))]).await;
    world.rows().set_away(true);
    let (tally, outcome) = world.run(&all()).await.expect("no end before its time");
    assert_eq!((tally, outcome), (Tally::default(), Outcome::NoTable));
}

/// Uploads in every state, and how each must end.
async fn uploads_of_every_kind() -> (World, HashMap<String, &'static str>) {
    let completed = Noted::completed(at(10));
    let rejected = File {
        verdict: "REJECTED",
        ..File::SENT
    };
    let uploads = [
        (File::SENT, started("a-1"), "APPROVED"),
        (rejected, started("a-2"), "REJECTED"),
        (File::NEVER_SENT, started("b-1"), "ABANDONED"),
        (
            File::completed("APPROVED"),
            after("b-2", &[completed]),
            "APPROVED",
        ),
        (File::completed("FAILED"), after("b-3", &[completed]), "FAILED"),
        (
            File::completed("APPROVED"),
            after("c-1", &[completed, Noted::ended(End::Approved, at(12))]),
            "APPROVED",
        ),
    ];
    let ends = uploads
        .iter()
        .map(|(_, upload, end)| (upload.start().upload.file_id.as_str().to_owned(), *end));
    let ends = ends.collect();
    let uploads = uploads.map(|(file, upload, _)| (file, upload));
    (world(301, &uploads).await, ends)
}

/// A run that is killed at any call, before or after its effect, loses no end. An event is sent twice only where the run
/// was killed after the bus had taken it and before it was marked.
#[tokio::test]
async fn a_run_may_be_killed_at_any_call() {
    for killed_run in 0..3 {
        for is_after in [false, true] {
            for call in 1.. {
                let (world, expected) = uploads_of_every_kind().await;
                for _ in 0..killed_run {
                    world.run(&all()).await.expect("no end before its time");
                    world.set_now(world.now() + Duration::from_secs(62));
                }
                world.end_at(call, is_after);
                world.run(&all()).await;
                let Some(killed_at) = world.ended_at() else { break };
                world.set_now(world.now() + Duration::from_secs(62));
                run_until_all_is_reported(&world, &all()).await;

                let what = format!("run {killed_run} killed at call {call}, {killed_at}, after: {is_after}");
                let ends: HashMap<_, _> = world.ends().into_iter().collect();
                let expected: HashMap<_, _> = expected
                    .into_iter()
                    .map(|(file, end)| (file, end.to_owned()))
                    .collect();
                assert_eq!(ends, expected, "{what}");
                let doubles = world.ends().len() - ends.len();
                let may_be_double = killed_at == "settle" || (killed_at == "put" && is_after);
                assert!(doubles == 0 || may_be_double, "{what}: {:?}", world.ends());
            }
        }
    }
}
