//! What the rows of started uploads do, in memory and on every server.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::types::AttributeValue::{self, N, S};
use broker_core::pace::PlaceKey;
use broker_core::ports::{DueUploads, NotedUploads as _, StartedUploads, TableError};
use broker_core::rule::RuleHash;
use broker_core::started_upload::{End, Noted, Progress, Start, StartedUpload, UploadKey};
use broker_core::upload::{FileId, Upload};
use broker_table::Table;
use test_support::MemoryUploads;

use crate::servers::{Server, take_faults};

const ADA: PlaceKey = PlaceKey([0xad; 16]);
const NOON_SECS: u64 = 1_800_000_000;

/// Runs a check on memory and on a table of each server.
macro_rules! on_all_rows {
    ($check:ident) => {
        $check(&MemoryUploads::default()).await;
        for server in Server::all() {
            println!("on {}", server.name);
            $check(&server.new_table().await).await;
        }
    };
}

fn at(secs_after_noon: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOON_SECS + secs_after_noon)
}

/// The upload of `file` that started that long after noon. Its URL expires five minutes later.
fn upload(file: &str, secs_after_noon: u64) -> StartedUpload {
    let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
    let case = "arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1";
    StartedUpload::new(Start {
        owner: ADA,
        upload: Upload {
            file_id: FileId::parse(file).expect("an id"),
            resource: case.parse().expect("an ARN"),
            user: format!("{instance}/agent/u-1").parse().expect("an ARN"),
            on_behalf_of: None,
            started_at: at(secs_after_noon),
        },
        instance: instance.parse().expect("an ARN"),
        stage: "default".into(),
        rule: RuleHash([7; 32]),
        size_bytes: 1_048_576,
        request_id: "JKJaXmPLvHcESHA=".into(),
        url_expires_at: at(secs_after_noon + 300),
        event_id: "00112233445566778899aabbccddeeff".into(),
    })
}

async fn listed(rows: &impl StartedUploads, secs_after_noon: u64) -> Vec<StartedUpload> {
    let page = rows.list(ADA, at(secs_after_noon), None).await.expect("a page");
    assert_eq!(page.next, None);
    page.uploads
}

async fn due<R: DueUploads>(rows: &R, secs_after_noon: u64) -> Vec<Box<str>> {
    let page = rows.due(at(secs_after_noon), None).await.expect("a page");
    assert_eq!(page.unreadable, 0);
    let ids = page
        .uploads
        .iter()
        .map(|upload| upload.start().upload.file_id.as_str());
    ids.map(Into::into).collect()
}

async fn steps(rows: &(impl StartedUploads + DueUploads)) {
    let (approved, rejected) = (
        Noted::ended(End::Approved, at(50)),
        Noted::ended(End::Rejected, at(60)),
    );
    let (completed, missing) = (Noted::completed(at(40)), Noted::again(Progress::Missing, at(400)));
    let started = Noted::again(Progress::Started, at(330));
    for (n, (what, before, step, is_noted)) in [
        ("a start is completed", vec![], completed, true),
        ("it is due later", vec![], started, true),
        ("its bytes are missing", vec![], missing, true),
        ("its end is seen", vec![], approved, true),
        ("it is deleted", vec![], Noted::deleted(), true),
        ("missing bytes arrive", vec![missing], completed, true),
        ("bytes are missing still", vec![missing], missing, true),
        (
            "missing bytes do not become a start",
            vec![missing],
            started,
            false,
        ),
        ("it is completed again", vec![completed], completed, true),
        (
            "what was completed is not missing",
            vec![completed],
            missing,
            false,
        ),
        ("what was completed ends", vec![completed], rejected, true),
        ("what ended does not go back", vec![approved], completed, false),
        ("what ended does not end again", vec![approved], rejected, false),
        ("the same end is not noted twice", vec![approved], approved, false),
        ("what ended is deleted", vec![approved], Noted::deleted(), true),
        (
            "what was deleted does not end",
            vec![Noted::deleted()],
            approved,
            false,
        ),
        (
            "what was deleted is not completed",
            vec![Noted::deleted()],
            completed,
            false,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut expected = upload(&format!("f-{n}"), n as u64);
        rows.remember(&expected).await.expect("a row");
        for step in before {
            assert_eq!(rows.note(&expected.key(), step).await, Ok(true), "{what}");
            assert!(expected.note(step), "{what}");
        }
        assert_eq!(rows.note(&expected.key(), step).await, Ok(is_noted), "{what}");
        assert_eq!(expected.note(step), is_noted, "{what}");
        assert_eq!(listed(rows, n as u64).await, [expected], "{what}");
    }
}

#[tokio::test]
async fn an_upload_only_goes_forward() {
    on_all_rows!(steps);
}

async fn starts(rows: &(impl StartedUploads + DueUploads)) {
    let (first, again) = (upload("f-1", 0), upload("f-1", 7));
    rows.remember(&first).await.expect("a row");
    rows.remember(&again).await.expect("a row");
    assert_eq!(
        listed(rows, 0).await,
        std::slice::from_ref(&again),
        "one row a file"
    );
    let completed = Noted::completed(at(20));
    assert_eq!(rows.note(&again.key(), completed).await, Ok(true));
    rows.remember(&upload("f-1", 30)).await.expect("a row");
    let mut expected = again;
    expected.note(completed);
    assert_eq!(
        listed(rows, 0).await,
        [expected],
        "it was completed, and stays so"
    );
}

#[tokio::test]
async fn a_start_that_is_repeated_has_one_row_and_takes_nothing_back() {
    on_all_rows!(starts);
}

async fn unknown(rows: &(impl StartedUploads + DueUploads)) {
    let key = upload("f-1", 0).key();
    for step in [Noted::completed(at(1)), Noted::deleted()] {
        assert_eq!(rows.note(&key, step).await, Ok(false));
    }
    assert_eq!(rows.settle(&key).await, Ok(()));
    assert_eq!(listed(rows, 0).await, []);
}

#[tokio::test]
async fn an_upload_without_a_row_gets_none_by_a_step() {
    on_all_rows!(unknown);
}

#[tokio::test]
async fn a_step_or_a_report_of_an_unknown_upload_leaves_the_table_empty() {
    for server in Server::all() {
        let table = server.new_table().await;
        let key = upload("f-1", 0).key();
        assert_eq!(table.note(&key, Noted::deleted()).await, Ok(false));
        assert_eq!(table.settle(&key).await, Ok(()));
        assert_eq!(scan(&server, &table).await, [], "{}", server.name);
    }
}

async fn lists(rows: &(impl StartedUploads + DueUploads)) {
    for n in 0..103 {
        rows.remember(&upload(&format!("f-{n}"), n)).await.expect("a row");
    }
    let ids = |uploads: &[StartedUpload]| -> Vec<_> {
        let ids = uploads
            .iter()
            .map(|upload| upload.start().upload.file_id.as_str().to_owned());
        ids.collect()
    };
    let numbered =
        |range: std::ops::Range<u64>| -> Vec<_> { range.rev().map(|n| format!("f-{n}")).collect() };
    let first = rows.list(ADA, at(1), None).await.expect("a page");
    assert_eq!(ids(&first.uploads), numbered(3..103));
    let second = rows.list(ADA, at(1), first.next.as_ref()).await.expect("a page");
    assert_eq!((ids(&second.uploads), second.next), (numbered(1..3), None));
    let others = rows
        .list(PlaceKey([0xae; 16]), at(0), None)
        .await
        .expect("a page");
    assert_eq!(others.uploads, []);
}

#[tokio::test]
async fn a_list_is_the_callers_own_newest_first_in_pages_of_a_hundred() {
    on_all_rows!(lists);
}

async fn queue(rows: &(impl StartedUploads + DueUploads)) {
    for (file, secs) in [
        ("late", 20),
        ("early", 0),
        ("deleted", 5),
        ("completed", 6),
        ("ended", 7),
    ] {
        rows.remember(&upload(file, secs)).await.expect("a row");
    }
    for (file, step) in [
        ("deleted", Noted::deleted()),
        ("completed", Noted::completed(at(1_000))),
        ("ended", Noted::ended(End::Failed, at(310))),
    ] {
        assert_eq!(rows.note(&upload(file, 0).key(), step).await, Ok(true), "{file}");
    }
    for (secs, expected) in [
        (299, vec![]),
        (300, vec!["early"]),
        (320, vec!["early", "ended", "late"]),
        (1_029, vec!["early", "ended", "late"]),
        (1_030, vec!["early", "ended", "late", "completed"]),
    ] {
        assert_eq!(
            due(rows, secs).await,
            expected.into_iter().map(Box::from).collect::<Vec<_>>(),
            "{secs}"
        );
    }
    for (file, is_open) in [
        ("early", true),
        ("ended", true),
        ("deleted", false),
        ("unknown", false),
    ] {
        assert_eq!(rows.is_open(&upload(file, 0).key()).await, Ok(is_open), "{file}");
    }
    let ended = upload("ended", 0).key();
    rows.settle(&ended).await.expect("settled");
    assert_eq!(rows.is_open(&ended).await, Ok(false));
    assert_eq!(due(rows, 320).await, [Box::from("early"), Box::from("late")]);
    let ended = listed(rows, 7).await.pop().expect("it stays in the list");
    assert_eq!((ended.progress().status(), ended.due()), ("FAILED", None));
}

#[tokio::test]
async fn the_queue_gives_what_is_due_until_its_end_was_reported() {
    on_all_rows!(queue);
}

async fn leases(rows: &(impl StartedUploads + DueUploads)) {
    for (secs, holder, until, is_given) in [
        (0, "one", 60, true),
        (1, "two", 61, false),
        (1, "one", 61, false),
        (60, "two", 120, false),
        (61, "two", 121, true),
    ] {
        let given = rows.lease(holder, at(secs), at(until)).await;
        assert_eq!(given, Ok(is_given), "{holder} at {secs}");
    }
    for (holder, is_free) in [("one", false), ("two", true)] {
        rows.release(holder).await.expect("released");
        let given = rows.lease("three", at(62), at(122)).await;
        assert_eq!(given, Ok(is_free), "after {holder} gave it back");
    }
}

#[tokio::test]
async fn one_run_has_the_lease_until_it_lapses_or_is_given_back() {
    on_all_rows!(leases);
}

/// Puts the row of `file` into the table as the broker would, with these attributes changed.
async fn put(server: &Server, table: &Table, file: &str, changes: &[(&str, Option<AttributeValue>)]) {
    table.remember(&upload(file, 0)).await.expect("a row");
    let written = scan(server, table).await.into_iter();
    let mut row = written
        .into_iter()
        .find(|row| row["sk"] == S(file.into()))
        .expect("the row");
    for (name, value) in changes {
        match value {
            Some(value) => row.insert((*name).to_owned(), value.clone()),
            None => row.remove(*name),
        };
    }
    let request = server
        .client
        .put_item()
        .table_name(table.name())
        .set_item(Some(row));
    request.send().await.expect("a row");
}

async fn scan(server: &Server, table: &Table) -> Vec<std::collections::HashMap<String, AttributeValue>> {
    let scanned = server.client.scan().table_name(table.name()).send().await;
    scanned.expect("rows").items.unwrap_or_default()
}

#[tokio::test]
async fn a_row_holds_these_attributes_and_nothing_else() {
    for server in Server::all() {
        let table = server.new_table().await;
        let mut upload = upload("f-1", 0);
        upload.note(Noted::ended(End::Approved, at(50)));
        table.remember(&upload).await.expect("a row");
        let rows = scan(&server, &table).await;
        let mut shown: Vec<_> = rows[0]
            .iter()
            .map(|(name, value)| match value {
                N(number) => format!("{name} {number}"),
                other => format!("{name} {}", other.as_s().expect("a text or a number")),
            })
            .collect();
        shown.sort();
        let expected = [
            "due 1800000050000",
            "endedAt 1800000050000",
            "eventId 00112233445566778899aabbccddeeff",
            "expires 1800604800",
            "instance arn:aws:connect:eu-west-1:111122223333:instance/i-1",
            "pk upload#adadadadadadadadadadadadadadadad",
            "queue open",
            "requestId JKJaXmPLvHcESHA=",
            "resource arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1",
            "rule 0707070707070707070707070707070707070707070707070707070707070707",
            "size 1048576",
            "sk f-1",
            "stage default",
            "startedAt 1800000000",
            "state approved",
            "urlExpiresAt 1800000300000",
            "user arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-1",
        ];
        assert_eq!(shown, expected, "{}", server.name);
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_counted_and_left_alone() {
    for server in Server::all() {
        let text = |text: &str| Some(S(text.into()));
        for (name, value) in [
            ("resource", text("arn:aws:s3:::bucket")),
            ("user", None),
            ("instance", text("")),
            ("stage", Some(N("1".into()))),
            ("rule", text("0707")),
            ("size", Some(N("-1".into()))),
            ("requestId", None),
            ("urlExpiresAt", Some(N("1.5".into()))),
            ("eventId", text("")),
            ("state", text("finished")),
            ("state", text("approved")),
        ] {
            let table = server.new_table().await;
            put(&server, &table, "f-1", &[(name, value.clone())]).await;
            table.remember(&upload("f-2", 0)).await.expect("a row");
            let what = format!("{} {name} {value:?}", server.name);
            let page = table.due(at(300), None).await.expect("a page");
            assert_eq!(
                (page.uploads, page.unreadable),
                (vec![upload("f-2", 0)], 1),
                "{what}"
            );
            assert_eq!(listed(&table, 0).await, [upload("f-2", 0)], "{what}");
            assert_eq!(take_faults(), (0, 1), "{what}");
            assert_eq!(scan(&server, &table).await.len(), 2, "{what}");
        }
    }
}

#[tokio::test]
async fn what_is_due_comes_in_pages() {
    for server in Server::all() {
        let table = server.new_table().await;
        for n in 0..102 {
            table
                .remember(&upload(&format!("f-{n}"), n))
                .await
                .expect("a row");
        }
        let first = table.due(at(1_000), None).await.expect("a page");
        let second = table.due(at(1_000), first.next.as_ref()).await.expect("a page");
        let found: Vec<_> = first.uploads.into_iter().chain(second.uploads).collect();
        let expected: Vec<_> = (0..102).map(|n| upload(&format!("f-{n}"), n)).collect();
        assert_eq!(found, expected, "{}", server.name);
        assert!(second.next.is_none(), "{}", server.name);
    }
}

#[tokio::test]
async fn a_lease_that_no_finisher_wrote_does_not_hold() {
    for server in Server::all() {
        let late = N(((NOON_SECS + 3_601) * 1_000).to_string());
        let mut poisoned = vec![Some(late), None];
        if server.compares_types() {
            poisoned.push(Some(S("for ever".into())));
        }
        for until in poisoned {
            let table = server.new_table().await;
            let mut request = server.client.put_item().table_name(table.name());
            for (name, value) in [("pk", S("finisher".into())), ("sk", S("lease".into()))] {
                request = request.item(name, value);
            }
            if let Some(until) = &until {
                request = request.item("until", until.clone());
            }
            request.send().await.expect("a row");
            let given = table.lease("one", at(0), at(60)).await;
            assert_eq!(given, Ok(true), "{} {until:?}", server.name);
        }
    }
}

#[tokio::test]
async fn a_server_that_is_away_fails_every_call() {
    let table = Server::new("closed", "http://127.0.0.1:1").hasty_table("any");
    let upload = upload("f-1", 0);
    assert_eq!(table.remember(&upload).await, Err(TableError));
    assert_eq!(table.note(&upload.key(), Noted::deleted()).await, Err(TableError));
    assert_eq!(table.list(ADA, at(0), None).await, Err(TableError));
    assert_eq!(table.lease("one", at(0), at(60)).await, Err(TableError));
    assert!(table.due(at(0), None).await.is_err());
    assert_eq!(table.is_open(&upload.key()).await, Err(TableError));
    assert_eq!(table.settle(&UploadKey { ..upload.key() }).await, Err(TableError));
    assert_eq!(
        take_faults(),
        (0, 0),
        "the broker counts these, not the observer of the pace"
    );
}
