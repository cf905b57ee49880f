use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::request::Username;
use crate::upload::FileStatus;

fn at(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
}

fn started() -> StartedUpload {
    let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i";
    StartedUpload::new(Start {
        owner: PlaceKey([1; 16]),
        upload: Upload {
            file_id: FileId::parse("f").expect("valid"),
            resource: format!("{instance}/contact/c").parse().expect("valid"),
            user: format!("{instance}/agent/u").parse().expect("valid"),
            on_behalf_of: Username::parse("ada"),
            started_at: at(1_000),
        },
        instance: instance.parse().expect("valid"),
        stage: "prod".into(),
        rule: RuleHash([2; 32]),
        size_bytes: 100,
        request_id: "r".into(),
        url_expires_at: at(1_300),
        event_id: "e".into(),
    })
}

/// Every progress that an upload can have.
fn every_progress() -> Vec<Progress> {
    let ended = End::ALL.map(|end| Progress::Ended { end, at: at(2_000) });
    let others = [
        Progress::Started,
        Progress::Missing,
        Progress::Completed,
        Progress::Deleted,
    ];
    others.into_iter().chain(ended).collect()
}

fn parse(fields: &BTreeMap<&str, Field>) -> Result<StartedUpload, UnreadableRowError> {
    StartedUpload::parse(started().key(), |name| fields.get(name).cloned())
}

#[test]
fn a_start_is_due_when_its_url_expires_and_names_nobody() {
    let started = started();
    assert_eq!(
        (started.progress(), started.due()),
        (Progress::Started, Some(at(1_300)))
    );
    assert_eq!(started.start().upload.on_behalf_of, None);
    assert!(
        started
            .fields()
            .iter()
            .all(|(_, field)| *field != Field::Text("ada".into()))
    );
}

#[test]
fn what_is_written_is_read() {
    for progress in every_progress() {
        for due in [None, Some(at(3_000))] {
            let mut written = started();
            (written.progress, written.due) = (progress, due);
            let read = parse(&written.fields().into_iter().collect());
            assert_eq!(read, Ok(written));
        }
    }
}

#[test]
fn a_row_is_sound_in_every_attribute_or_is_not_read() {
    let sound: BTreeMap<_, _> = started().fields().into_iter().collect();
    let text = |text: &str| Some(Field::Text(text.into()));
    for (name, value) in [
        ("resource", text("arn:aws:s3:::b")),
        ("resource", None),
        ("user", text("ada")),
        ("instance", text("i")),
        ("stage", Some(Field::Number(1))),
        ("rule", text("02")),
        ("rule", text(&"0g".repeat(32))),
        ("startedAt", text("1000")),
        ("startedAt", Some(Field::Number(u64::MAX))),
        ("size", None),
        ("requestId", None),
        ("urlExpiresAt", None),
        ("eventId", text("")),
        ("state", text("ended")),
        ("state", text("Started")),
        ("state", text("approved")),
        ("queue", text("closed")),
        ("due", None),
    ] {
        let mut row = sound.clone();
        match value.clone() {
            Some(value) => row.insert(name, value),
            None => row.remove(name),
        };
        assert_eq!(parse(&row), Err(UnreadableRowError(name)), "{name} {value:?}");
    }
}

#[test]
fn an_end_is_one_of_a_file_that_was_completed() {
    for (status, end) in [
        ("APPROVED", Some(End::Approved)),
        ("REJECTED", Some(End::Rejected)),
        ("FAILED", Some(End::Failed)),
        ("PROCESSING", None),
        ("UPLOAD_EXPIRED", None),
        ("DELETED", None),
        ("ABANDONED", None),
        ("approved", None),
    ] {
        assert_eq!(End::of(&FileStatus::named(status)), end, "{status}");
    }
}

#[test]
fn nothing_follows_an_end_but_a_deletion_by_the_caller() {
    for before in every_progress() {
        for after in every_progress() {
            let has_ended = matches!(before, Progress::Ended { .. } | Progress::Deleted);
            if has_ended {
                assert_eq!(
                    after.may_follow(before),
                    after == Progress::Deleted,
                    "{before:?} {after:?}"
                );
            }
        }
    }
}

#[test]
fn a_step_that_is_not_allowed_changes_nothing() {
    let mut upload = started();
    assert!(upload.note(Noted::ended(End::Rejected, at(2_000))));
    let ended = upload.clone();
    assert!(!upload.note(Noted::completed(at(2_001))));
    assert!(!upload.note(Noted::ended(End::Approved, at(2_002))));
    assert_eq!(upload, ended);
    upload.settle();
    assert_eq!((upload.progress(), upload.due()), (ended.progress(), None));
}

#[test]
fn every_progress_has_a_status_for_its_caller() {
    let statuses: Vec<_> = every_progress().into_iter().map(Progress::status).collect();
    let expected = [
        "STARTED",
        "STARTED",
        "PROCESSING",
        "DELETED",
        "APPROVED",
        "REJECTED",
        "FAILED",
        "ABANDONED",
    ];
    assert_eq!(statuses, expected);
}
