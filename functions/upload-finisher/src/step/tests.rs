//! What follows from each answer.

use super::*;
use crate::testing::{STAGE, after, at, grants, started};
use broker_core::grants::Action;
use broker_core::started_upload::Start;

fn status(name: &str) -> Answer {
    Answer::Status(Some(FileStatus::named(name)))
}

#[test]
fn what_follows_depends_on_the_answer_and_on_what_was_known() {
    let now = at(400);
    let missing = Noted::again(Progress::Missing, at(360));
    let completed = Noted::completed(at(10));
    let note = |noted| Next::Note(noted);
    let ended = |end| Next::Note(Noted::ended(end, now));
    let look_again = note(Noted::again(Progress::Completed, at(500)));
    let (is_started, is_missing, is_completed) =
        (started("a"), after("a", &[missing]), after("a", &[completed]));
    for (answer, from_started, from_missing, from_completed) in [
        (
            Answer::Completed,
            note(Noted::completed(now)),
            note(Noted::completed(now)),
            note(Noted::completed(now)),
        ),
        (
            status("APPROVED"),
            ended(End::Approved),
            ended(End::Approved),
            ended(End::Approved),
        ),
        (
            status("REJECTED"),
            ended(End::Rejected),
            ended(End::Rejected),
            ended(End::Rejected),
        ),
        (
            status("FAILED"),
            ended(End::Failed),
            ended(End::Failed),
            ended(End::Failed),
        ),
        (
            status("PROCESSING"),
            note(Noted::completed(now)),
            note(Noted::completed(now)),
            look_again,
        ),
        (
            status("PENDING_UPLOAD"),
            note(Noted::again(Progress::Missing, at(460))),
            Next::Delete,
            look_again,
        ),
        (
            status("DRAFTING"),
            note(Noted::again(Progress::Missing, at(460))),
            Next::Delete,
            look_again,
        ),
        (
            status("UPLOAD_EXPIRED"),
            note(Noted::again(Progress::Missing, at(460))),
            Next::Delete,
            look_again,
        ),
        (
            status("DELETED"),
            note(Noted::again(Progress::Missing, at(460))),
            Next::Delete,
            look_again,
        ),
        (
            Answer::Status(None),
            note(Noted::again(Progress::Missing, at(460))),
            Next::Delete,
            look_again,
        ),
        (status("SOMETHING_NEW"), Next::Leave, Next::Leave, look_again),
        (status("approved"), Next::Leave, Next::Leave, look_again),
    ] {
        for (upload, expected) in [
            (&is_started, from_started),
            (&is_missing, from_missing),
            (&is_completed, from_completed),
        ] {
            assert_eq!(
                Next::after(upload, &answer, now),
                expected,
                "{answer:?} from {:?}",
                upload.progress()
            );
        }
    }
}

#[test]
fn a_completed_file_that_is_gone_has_failed_after_an_hour() {
    let upload = after("a", &[Noted::completed(at(10))]);
    let hour = 300 + 3_600;
    for (answer, secs, has_failed) in [
        (Answer::Status(None), hour, false),
        (Answer::Status(None), hour + 1, true),
        (status("DELETED"), hour + 1, true),
        (status("PROCESSING"), hour + 1, false),
        (status("SOMETHING_NEW"), hour + 1, false),
    ] {
        let next = Next::after(&upload, &answer, at(secs));
        let failed = Next::Note(Noted::ended(End::Failed, at(secs)));
        assert_eq!(next == failed, has_failed, "{answer:?} after {secs} s: {next:?}");
    }
}

#[test]
fn looks_come_later_and_later() {
    let upload = after("a", &[Noted::completed(at(10))]);
    for (secs, wait) in [(40, 30), (120, 30), (200, 50), (2_400, 600), (9_600, 600)] {
        assert_eq!(
            until_next_look(&upload, at(secs)),
            Duration::from_secs(wait),
            "{secs}"
        );
    }
}

#[test]
fn a_task_needs_the_very_grant_of_the_start() {
    let steps = [
        vec![],
        vec![Noted::again(Progress::Missing, at(360))],
        vec![Noted::completed(at(10))],
        vec![Noted::ended(End::Rejected, at(10))],
        vec![Noted::deleted()],
    ];
    let report = Task::Report(End::Rejected, at(10));
    let all = grants(&Action::ALL);
    let gone = Grants::new(all.deployment().clone(), vec![]);
    let no_delete = grants(&[Action::Start, Action::Complete, Action::Read]);
    let no_complete = grants(&[Action::Start, Action::Read, Action::Delete]);
    for (what, grants, stage, expected) in [
        (
            "all",
            &all,
            STAGE,
            [Task::Complete, Task::Complete, Task::Ask, report, Task::Nothing],
        ),
        (
            "no delete",
            &no_delete,
            STAGE,
            [Task::Complete, Task::Complete, Task::Ask, report, Task::Nothing],
        ),
        (
            "no complete",
            &no_complete,
            STAGE,
            [Task::GiveUp, Task::GiveUp, Task::GiveUp, report, Task::Nothing],
        ),
        (
            "withdrawn",
            &gone,
            STAGE,
            [Task::GiveUp, Task::GiveUp, Task::GiveUp, report, Task::Nothing],
        ),
        (
            "another stage",
            &all,
            "staging",
            [
                Task::Foreign,
                Task::Foreign,
                Task::Foreign,
                Task::Foreign,
                Task::Nothing,
            ],
        ),
    ] {
        for (steps, expected) in steps.iter().zip(expected) {
            let upload = after("a", steps);
            assert_eq!(
                Task::of(&upload, grants, stage),
                expected,
                "{what}: {:?}",
                upload.progress()
            );
        }
    }
}

#[test]
fn an_upload_is_overdue_after_ten_minutes_or_when_it_is_open_for_an_hour() {
    let again = |secs| after("a", &[Noted::again(Progress::Completed, at(secs))]);
    for (upload, secs, expected) in [
        (started("a"), 900, false),
        (started("a"), 901, true),
        (again(3_800), 3_900, false),
        (again(3_800), 3_901, true),
        (again(800), 1_401, true),
    ] {
        assert_eq!(is_overdue(&upload, at(secs)), expected, "{secs}");
    }
}

#[test]
fn a_file_that_may_be_under_way_on_a_slow_line_is_not_given_up() {
    for (size_bytes, looked_at, again_at) in [
        (1_000, 300, 360),
        (1_000, 900, 960),
        (20_000_000, 300, 460),
        (100_000_000, 300, 1_100),
        (100_000_000, 1_090, 1_150),
    ] {
        let start = Start {
            size_bytes,
            ..started("a").start().clone()
        };
        let next = Next::after(&StartedUpload::new(start), &Answer::Status(None), at(looked_at));
        let expected = Next::Note(Noted::again(Progress::Missing, at(again_at)));
        assert_eq!(
            next, expected,
            "{size_bytes} bytes, looked at after {looked_at} s"
        );
    }
}
