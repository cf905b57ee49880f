//! The rows of started uploads: what a request writes, and what its caller sees in the list.

use std::time::Duration;

use broker_core::ports::StartedUploads as _;
use broker_core::rule::RuleHash;
use broker_core::started_upload::{Field, Progress, Start, StartedUpload};
use broker_core::upload::{FileId, Upload};
use serde_json::{Value, json};
use test_support::{Bench, CASES_DOMAIN, Event, Reply, Rules, upload_event};

fn keeping_rows() -> Bench {
    Bench::new(&Rules::accepting("token").keeping_rows())
}

fn list_event() -> Event {
    upload_event().body("").request("GET", "/uploads")
}

async fn list(bench: &Bench) -> Value {
    let reply = bench.respond(&list_event()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// The statuses in the list, newest first.
async fn statuses(bench: &Bench) -> Vec<Value> {
    let uploads = list(bench).await["uploads"].clone();
    let uploads = uploads.as_array().expect("a list").clone();
    uploads
        .into_iter()
        .map(|upload| upload["status"].clone())
        .collect()
}

fn rows(bench: &Bench) -> Vec<Progress> {
    bench.uploads.all().iter().map(StartedUpload::progress).collect()
}

async fn used(bench: &Bench, method: &str, path: &str) -> Reply {
    bench
        .respond(&upload_event().body("").request(method, path))
        .await
}

#[tokio::test]
async fn a_start_writes_one_row_before_its_answer() {
    let bench = keeping_rows();
    let started = bench.respond(&upload_event()).await;
    assert_eq!((started.status, bench.uploads.calls()), (201, 1));
    let [row] = &bench.uploads.all()[..] else {
        panic!("one row")
    };
    let fields: Vec<_> = row
        .fields()
        .into_iter()
        .map(|(name, field)| match field {
            Field::Text(text) => format!("{name} {text}"),
            Field::Number(number) => format!("{name} {number}"),
        })
        .filter(|field| !field.starts_with("rule "))
        .collect();
    let expected = [
        "resource arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1",
        "user arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-alice",
        "instance arn:aws:connect:eu-west-1:111122223333:instance/i-1",
        "stage default",
        "startedAt 1800000000",
        "size 1048576",
        "requestId Ou1wXjFZDoEEMrA=",
        "urlExpiresAt 1800000300000",
        "eventId 02020202020202020202020202020202",
        "expires 1800604800",
        "state started",
        "queue open",
        "due 1800000300000",
    ];
    assert_eq!(fields, expected);
    let grants = Rules::accepting("token").settings().grants;
    assert_eq!(row.start().rule, grants.entries()[0].hash);
}

#[tokio::test]
async fn no_row_is_written_that_nobody_asked_for() {
    let grant_without_complete = Rules::accepting("token").keeping_rows().with(
        "resources = { case_ids_claim",
        "actions = [\"start\", \"read\", \"delete\"]\nresources = { case_ids_claim",
    );
    for (what, rules, calls) in [
        ("no table", Rules::accepting("token"), 0),
        (
            "a table for the pace",
            Rules::accepting("token").variable("SHARED_TABLE", "upload-broker"),
            0,
        ),
        ("a grant without complete", grant_without_complete, 0),
        ("everything", Rules::accepting("token").keeping_rows(), 1),
    ] {
        let bench = Bench::new(&rules);
        assert_eq!(bench.respond(&upload_event()).await.status, 201, "{what}");
        assert_eq!(bench.uploads.calls(), calls, "{what}");
    }
    let bench = keeping_rows();
    let refused = upload_event().member("associatedResourceArn", format!("{CASES_DOMAIN}/case/c-2"));
    assert_eq!(bench.respond(&refused).await.status, 403);
    assert_eq!(bench.uploads.calls(), 0, "nothing was started");
}

#[tokio::test]
async fn an_upload_goes_on_without_the_table() {
    let bench = keeping_rows();
    bench.uploads.set_away(true);
    let started = bench.respond(&upload_event()).await;
    assert_eq!(started.status, 201);
    let path = format!("/uploads/{}", started.handle());
    assert_eq!(
        used(&bench, "POST", &format!("{path}/complete")).await.status,
        204
    );
    assert_eq!(used(&bench, "GET", &path).await.status, 200);
    assert_eq!(used(&bench, "DELETE", &path).await.status, 204);
    let listed = bench.respond(&list_event()).await;
    assert_eq!(
        (listed.status, listed.code()),
        (503, json!("upstream-unavailable"))
    );
}

#[tokio::test]
async fn what_a_caller_does_is_noted() {
    let bench = keeping_rows();
    let path = format!("/uploads/{}", bench.respond(&upload_event()).await.handle());
    assert_eq!(rows(&bench), [Progress::Started]);
    used(&bench, "POST", &format!("{path}/complete")).await;
    assert_eq!(rows(&bench), [Progress::Completed]);
    assert_eq!(statuses(&bench).await, ["PROCESSING"]);
    used(&bench, "DELETE", &path).await;
    assert_eq!(rows(&bench), [Progress::Deleted]);
    assert_eq!(statuses(&bench).await, ["DELETED"]);
}

#[tokio::test]
async fn an_end_that_a_poll_saw_is_noted_and_nothing_else() {
    for (case_id, expected) in [("c-1", "STARTED"), ("scanned", "APPROVED")] {
        let bench = keeping_rows();
        let event = upload_event()
            .claim("case_ids", vec![case_id])
            .starting_on(case_id);
        let path = format!("/uploads/{}", bench.respond(&event).await.handle());
        let status = bench.respond(&event.clone().body("").request("GET", &path)).await;
        let listed = bench.respond(&event.body("").request("GET", "/uploads")).await;
        let what = format!("{case_id}: {}", status.json());
        assert_eq!(listed.json()["uploads"][0]["status"], expected, "{what}");
    }
}

#[tokio::test]
async fn a_list_shows_what_its_caller_started_with_handles_that_open() {
    let bench = keeping_rows();
    let started = bench.respond(&upload_event()).await;
    let mut list = list(&bench).await;
    let upload = &mut list["uploads"][0];
    let location = upload["location"].take();
    let location = location.as_str().expect("a path");
    let expected = json!({
        "status": "STARTED",
        "associatedResourceArn": format!("{CASES_DOMAIN}/case/c-1"),
        "fileSizeInBytes": 1_048_576,
        "startedAt": "2027-01-15T08:00:00Z",
        "requestId": started.headers["x-request-id"],
        "location": null,
    });
    assert_eq!(*upload, expected);
    assert_eq!(list.get("next"), None);
    assert_eq!(used(&bench, "GET", location).await.status, 200);

    let mallory = list_event().claim("sub", "mallory");
    assert_eq!(bench.respond(&mallory).await.json(), json!({"uploads": []}));
}

#[tokio::test]
async fn a_list_goes_back_two_days_and_its_handles_one() {
    let bench = keeping_rows();
    bench.respond(&upload_event()).await;
    let token = |event: Event, secs: u64| {
        let now = 1_800_000_000 + secs;
        event.claim("iat", now - 60).claim("exp", now + 600)
    };
    let mut passed = 0;
    for (secs, count, has_handle) in [
        (24 * 60 * 60 - 1, 1, true),
        (24 * 60 * 60, 1, false),
        (48 * 60 * 60, 1, false),
        (48 * 60 * 60 + 1, 0, false),
    ] {
        bench.clock.advance(Duration::from_secs(secs - passed));
        passed = secs;
        let list = bench.respond(&token(list_event(), secs)).await.json();
        let uploads = list["uploads"].as_array().expect("a list");
        let handles = uploads.iter().filter(|upload| upload["location"].is_string());
        assert_eq!(
            (uploads.len(), handles.count() > 0),
            (count, has_handle),
            "after {secs} s"
        );
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let bench = keeping_rows();
    bench.respond(&upload_event()).await;
    let first = bench.uploads.all().remove(0).start().clone();
    for n in 1..=100 {
        let upload = Upload {
            file_id: FileId::parse(&format!("f-{n}-more")).expect("an id"),
            started_at: first.upload.started_at + Duration::from_secs(n),
            ..first.upload.clone()
        };
        let row = StartedUpload::new(Start {
            upload,
            ..first.clone()
        });
        bench.uploads.remember(&row).await.expect("a row");
    }
    let first = list(&bench).await;
    let next = first["next"].as_str().expect("a second page");
    let second = bench.respond(&list_event().query("next", next)).await.json();
    let times = |page: &Value| -> Vec<_> {
        let uploads = page["uploads"].as_array().expect("a list").iter();
        uploads
            .map(|upload| upload["startedAt"].as_str().expect("a time").to_owned())
            .collect()
    };
    let (newest, oldest) = (times(&first), times(&second));
    assert_eq!(
        (newest.len(), oldest),
        (100, vec!["2027-01-15T08:00:00Z".to_owned()])
    );
    assert!(newest.is_sorted_by(|one, other| one > other), "{newest:?}");
    assert_eq!(second.get("next"), None);
}

#[tokio::test]
async fn a_backend_lists_what_it_started_for_one_user() {
    let bench = Bench::new(&Rules::accepting("iam").keeping_rows());
    let text = include_str!("../../../../events/iam-backend-uploads-pdf-on-behalf-of-alice.json");
    let backend = Event::read(text);
    assert_eq!(bench.respond(&backend).await.status, 201);
    let list = backend.body("").request("GET", "/uploads");
    for (who, event, count) in [
        ("alice", list.clone().query("onBehalfOf", "alice"), 1),
        ("somebody else", list.clone().query("onBehalfOf", "bob"), 0),
        ("the backend itself", list.clone(), 0),
    ] {
        let listed = bench.respond(&event).await.json();
        let uploads = listed["uploads"].as_array().unwrap_or_else(|| panic!("{listed}"));
        assert_eq!(uploads.len(), count, "{who}");
        for upload in uploads {
            let location = upload["location"].as_str().expect("a path");
            let status = bench.respond(&list.clone().request("GET", location)).await;
            assert_eq!(status.status, 200, "{who}");
        }
    }
}

/// The hash of the first grant, with `old` replaced by `new`.
fn rule_hash(old: &str, new: &str) -> RuleHash {
    let grants = Rules::accepting("token").with(old, new).settings().grants;
    grants.entries()[0].hash
}

#[test]
fn a_grant_is_known_by_every_member_and_not_by_their_order() {
    let unchanged = rule_hash("[[grant]]", "[[grant]]");
    let size = "max_file_size_bytes = 2000000\n";
    for (what, old, new) in [
        (
            "a comment",
            size,
            "# Two megabytes.\nmax_file_size_bytes = 2_000_000\n",
        ),
        (
            "another order",
            "max_file_size_bytes = 2000000\nallowed_extensions = [\"pdf\", \"png\"]\n",
            "allowed_extensions = [ \"pdf\", 'png' ]\nmax_file_size_bytes = 2000000\n",
        ),
        ("another grant", "\"own-contacts\"", "\"any-contact\""),
    ] {
        assert_eq!(rule_hash(old, new), unchanged, "{what}");
    }
    for (what, old, new) in [
        (
            "the callers",
            "\" }\nresources = { case_ids_claim",
            "\", scope = \"uploads\" }\nresources = { case_ids_claim",
        ),
        ("a size", size, "max_file_size_bytes = 2000001\n"),
        ("no size", size, ""),
        ("an extension", "[\"pdf\", \"png\"]", "[\"pdf\"]"),
        (
            "the resources",
            "case_ids_claim = \"case_ids\"",
            "case_ids_claim = \"cases\"",
        ),
        (
            "the actions",
            size,
            "actions = [\"start\", \"complete\", \"read\"]\n",
        ),
        ("a tag", "[\"department\"]", "[\"department\", \"team\"]"),
    ] {
        assert_ne!(rule_hash(old, new), unchanged, "{what}");
    }
}

#[tokio::test]
async fn another_stage_with_the_same_table_and_key_is_not_listed() {
    let bench = keeping_rows();
    bench.respond(&upload_event()).await;
    let other = Bench::new(&Rules::accepting("token").keeping_rows().variable("STAGE", "test"));
    let row = bench.uploads.all().remove(0);
    other.uploads.remember(&row).await.expect("a row");
    assert_eq!(statuses(&other).await, Vec::<Value>::new());
}
