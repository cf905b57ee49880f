//! Every file in `events/`, through the real binary as Lambda invokes it, with the Connect stand-in behind it.
//!
//! The contract tests snapshot the answers to the same files over canned ports. An answer that does not depend on those
//! ports must have the same status here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use connect_emulator::{Channel, SeedCase, SeedContact, SeedUser, Seeds};
use end_to_end_tests::broker;
use local_stack::instances::{Instances, LogSink, Options};
use local_stack::settings::NO_QUOTA;
use serde_json::Value;
use tempfile::TempDir;
use test_support::{CASES_DOMAIN, Event, INSTANCE, NOW_SECS, TestKey};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Marks of events that need the canned ports: uploads with a fixed id, and resources that fail as their names say.
const CANNED: [&str; 3] = ["{handle", "/answers-", "/panics"];

/// Part of the names of events that need rows of uploads, which need a table.
const NEEDS_ROWS: &str = "-lists-uploads";

/// Names of claims that are times.
const TIMES: [&str; 4] = ["auth_time", "exp", "iat", "nbf"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names and texts of the event files, by the evidence that the name begins with.
fn event_files() -> BTreeMap<String, Vec<(String, String)>> {
    let folder = tests().join("../events");
    let paths = fs::read_dir(folder).expect("the events");
    let paths = paths.map(|entry| entry.expect("an entry").path());
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let kind = name.split('-').next().expect("a kind").to_owned();
        let text = fs::read_to_string(&path).expect("an event");
        files.entry(kind).or_default().push((name, text));
    }
    files
}

/// Status in the contract tests' snapshot.
fn status_over_canned_ports(name: &str) -> u64 {
    let snapshot = format!("../events/snapshots/{name}.snap");
    let text = fs::read_to_string(tests().join(snapshot)).expect("a snapshot");
    let (_, answer) = text.rsplit_once("\n---\n").expect("a snapshot's head");
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    answer["reply"]["status"].as_u64().expect("a status")
}

/// The event with its times moved by the difference between now and the contract tests' clock.
fn moved_to_now(mut event: Value) -> Value {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let later_secs = now - i64::try_from(NOW_SECS).expect("a time");
    move_times(&mut event, later_secs);
    event
}

fn move_times(value: &mut Value, later_secs: i64) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if TIMES.contains(&name.as_str()) {
                    *value = moved(value, later_secs);
                } else {
                    move_times(value, later_secs);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                move_times(element, later_secs);
            }
        }
        _ => {}
    }
}

/// A time in seconds, as a number or as HTTP APIs write it, or in the form of REST APIs.
fn moved(time: &Value, later_secs: i64) -> Value {
    let Some(text) = time.as_str() else {
        return (time.as_i64().expect("seconds") + later_secs).into();
    };
    if let Ok(seconds) = text.parse::<i64>() {
        return (seconds + later_secs).to_string().into();
    }
    let form = format_description!(
        "[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]"
    );
    let time = PrimitiveDateTime::parse(text, form).expect("a time");
    let time = time + time::Duration::seconds(later_secs);
    time.format(form).expect("a time").into()
}

/// Users, cases and contacts that the events name.
fn seeds() -> Seeds {
    let case = |id: &str, customer: &str| SeedCase {
        id: id.to_owned(),
        customer_id: Some(customer.to_owned()),
    };
    let contact = |id: &str, agent: &str| SeedContact {
        id: id.to_owned(),
        channel: Channel::Task,
        agent_id: Some(agent.to_owned()),
        ended: false,
    };
    let user = |username: &str, id: &str| SeedUser {
        username: username.to_owned(),
        id: id.to_owned(),
    };
    Seeds {
        users: vec![user("alice", "u-alice"), user("portal", "u-portal")],
        cases: vec![case("c-1", "profile-1"), case("another-customers", "profile-2")],
        contacts: vec![contact("k-1", "u-alice"), contact("another-agents", "u-portal")],
    }
}

async fn connect() -> connect_emulator::Running {
    connect_emulator::serve(connect_emulator::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        instance_id: "i-1".to_owned(),
        cases_domain_id: "d-1".to_owned(),
        quota: None,
        seeds: seeds(),
        ..connect_emulator::Options::default()
    })
    .await
    .expect("a stand-in")
}

/// The broker under the contract tests' rules for this kind of evidence.
async fn function(kind: &str, root: &TempDir, connect: &connect_emulator::Running) -> Instances {
    let rules = tests().join(format!("support/src/rules/{kind}.toml"));
    let rules = fs::read_to_string(rules).expect("rules");
    let store = connect_emulator::StoreOptions::default().endpoint;
    let rules = format!("upload_hosts = [\"{store}\"]\n{rules}\n{NO_QUOTA}");
    let file = root.path().join("broker.toml");
    fs::write(&file, rules).expect("the rules are written");
    let keys = TestKey::of_seed(1).jwks().to_string();
    fs::write(root.path().join("jwks.json"), keys).expect("the keys are written");
    let endpoint = format!("http://{}", connect.addr);
    let environment = [
        ("BROKER_CONFIG", file.to_str().expect("a path")),
        ("CONNECT_INSTANCE_ARN", INSTANCE),
        ("CASES_DOMAIN_ARN", CASES_DOMAIN),
        ("HANDLE_KEYS", &"0123456789abcdef".repeat(4)),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL_CONNECT", &endpoint),
        ("AWS_ENDPOINT_URL_CONNECTCASES", &endpoint),
    ];
    let options = Options {
        environment: environment
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        ..Options::new(broker())
    };
    Instances::start(options, LogSink::none())
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The real binary's answer.
async fn answer(function: &Instances, event: &str) -> Value {
    let event = moved_to_now(serde_json::from_str(event).expect("JSON"));
    let event = Event::read(&event.to_string()).text();
    let answer = function.invoke(event.into(), "Root=1-0-0").await;
    serde_json::from_slice(&answer.expect("an answer")).expect("JSON")
}

#[tokio::test]
async fn every_event_file_is_answered_by_the_real_binary_as_over_canned_ports() {
    let connect = connect().await;
    for (kind, files) in event_files() {
        let root = tempfile::tempdir().expect("a directory");
        let function = function(&kind, &root, &connect).await;
        let processes = function.process_ids();
        for (name, event) in files {
            let answer = answer(&function, &event).await;
            let status = answer["statusCode"].as_u64().expect("a status");
            assert!(matches!(status, 200..=499 | 502..=504), "{name}: {answer}");
            assert_eq!(answer["headers"]["cache-control"], "no-store", "{name}: {answer}");
            let needs_more = CANNED.iter().any(|canned| event.contains(canned)) || name.contains(NEEDS_ROWS);
            if !needs_more {
                assert_eq!(status, status_over_canned_ports(&name), "{name}: {answer}");
            }
        }
        assert_eq!(
            function.process_ids(),
            processes,
            "{kind}: one process to the end"
        );
        function.shutdown().await;
    }
    connect.shutdown().await;
}
