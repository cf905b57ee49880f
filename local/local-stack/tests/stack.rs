//! The stack as a whole, with the probe in the broker's place.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_stack::finisher;
use local_stack::stack::{Options, Ports, Stack, StartError, start};
use serde_json::Value;
use tempfile::TempDir;

/// The example `probe-function`, which cargo builds beside the tests.
fn probe() -> PathBuf {
    let test = std::env::current_exe().expect("path of this test");
    let profile = test.ancestors().nth(2).expect("directory of the profile");
    profile.join("examples/probe-function")
}

fn options() -> (TempDir, Options) {
    let root = tempfile::tempdir().expect("a directory");
    let options = Options::new(root.path(), probe());
    (root, options)
}

async fn get(url: String) -> (u16, Value) {
    let client: Client<_, Empty<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.get(url.parse().expect("a URL")).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&body).expect("JSON"))
}

async fn started(options: Options) -> Stack {
    start(options).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn everything_is_up_when_it_has_started_and_gone_when_it_has_ended() {
    let (_root, options) = options();
    let stack = started(options).await;
    let origins = stack.origins().clone();
    let (status, health) = get(format!("{}/healthz", origins.page)).await;
    assert_eq!(status, 200, "{health}");
    let processes = stack.instances().process_ids();
    assert_eq!(processes.len(), 1);
    stack.shutdown().await;
    assert!(!Path::new(&format!("/proc/{}", processes[0])).exists());
    for origin in [
        origins.api,
        origins.page,
        origins.connect,
        origins.store,
        origins.oidc,
        origins.events,
    ] {
        let addr = origin.strip_prefix("http://").expect("an origin");
        assert!(
            std::net::TcpStream::connect(addr).is_err(),
            "{origin} still listens"
        );
    }
}

#[tokio::test]
async fn seeds_name_the_origins_that_the_parts_have() {
    let (_root, options) = options();
    let stack = started(options).await;
    let (_, seeds) = get(format!("{}/seeds.json", stack.origins().page)).await;
    let expected = serde_json::to_value(stack.origins()).expect("JSON");
    assert_eq!(seeds["origins"], expected);
    assert_eq!(seeds["users"][0]["username"], "ada.agent");
    stack.shutdown().await;
}

#[tokio::test]
async fn the_broker_finds_its_settings_where_its_environment_says() {
    let (root, options) = options();
    let stack = started(options).await;
    let event = r#"{"do": "environment"}"#.into();
    let answer = stack
        .instances()
        .invoke(event, "Root=1")
        .await
        .expect("an answer");
    let environment: Value = serde_json::from_slice(&answer).expect("JSON");
    let file = environment["BROKER_CONFIG"].as_str().expect("a path");
    let settings: toml::Table = std::fs::read_to_string(file)
        .expect("a file")
        .parse()
        .expect("TOML");
    assert_eq!(
        settings["issuer"][0]["url"].as_str(),
        Some(stack.origins().oidc.as_str())
    );
    assert_eq!(
        settings["allowed_origins"][0].as_str(),
        Some(stack.origins().page.as_str())
    );
    assert_eq!(
        environment["AWS_ENDPOINT_URL_CONNECT"],
        stack.origins().connect.as_str()
    );
    assert_eq!(
        environment["CONNECT_INSTANCE_ARN"],
        stack.arns().instance.as_str()
    );
    assert_eq!(environment["HANDLE_KEYS"].as_str().map(str::len), Some(64));
    assert!(Path::new(file).starts_with(std::fs::canonicalize(root.path()).expect("a path")));
    stack.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    for (ports, part, variable) in [
        (
            Ports {
                api: port,
                ..Ports::default()
            },
            "API Gateway stand-in",
            "API_PORT",
        ),
        (
            Ports {
                page: port,
                ..Ports::default()
            },
            "demo page",
            "PAGE_PORT",
        ),
        (
            Ports {
                connect: port,
                ..Ports::default()
            },
            "Connect stand-in",
            "CONNECT_PORT",
        ),
        (
            Ports {
                store: port,
                ..Ports::default()
            },
            "object store",
            "STORE_PORT",
        ),
        (
            Ports {
                oidc: port,
                ..Ports::default()
            },
            "OIDC issuer",
            "OIDC_PORT",
        ),
        (
            Ports {
                events: port,
                ..Ports::default()
            },
            "EventBridge stand-in",
            "EVENTS_PORT",
        ),
    ] {
        let (_root, options) = options();
        let error = start(Options { ports, ..options })
            .await
            .err()
            .map(|error| error.to_string());
        let expected = format!("port {port} ({part}) is taken by another program; set {variable}");
        assert_eq!(error.as_deref(), Some(expected.as_str()));
    }
}

#[tokio::test]
async fn a_broker_that_cannot_start_is_shown_with_its_own_words() {
    let (_root, mut options) = options();
    options
        .broker_environment
        .push(("PROBE_INIT".to_owned(), "exit".to_owned()));
    let error = start(options).await.err().expect("no stack").to_string();
    assert!(
        error.ends_with("exit status: 3\nthe probe cannot start: PROBE_INIT says so"),
        "{error}"
    );
}

#[tokio::test]
async fn the_finisher_gets_a_scheduled_event_and_the_brokers_settings() {
    let (_root, mut options) = options();
    let mut finisher = finisher::Options::new(probe());
    finisher
        .environment
        .push(("EVENT_BUS".to_owned(), "uploads".to_owned()));
    options.finisher = Some(finisher);
    let stack = started(options).await;
    let finisher = stack.finisher().expect("a finisher");
    let answer: Value = serde_json::from_slice(&finisher.run().await.expect("a run")).expect("JSON");
    assert_eq!(answer["event"]["detail-type"], "Scheduled Event");

    let event = r#"{"do": "environment"}"#;
    let answer = finisher.instances().invoke(event.into(), "Root=1").await;
    let finisher: Value = serde_json::from_slice(&answer.expect("an answer")).expect("JSON");
    let answer = stack.instances().invoke(event.into(), "Root=1").await;
    let broker: Value = serde_json::from_slice(&answer.expect("an answer")).expect("JSON");
    assert_eq!(finisher["AWS_LAMBDA_FUNCTION_NAME"], "upload-finisher");
    assert_eq!(
        finisher["AWS_ENDPOINT_URL_EVENTBRIDGE"],
        stack.origins().events.as_str()
    );
    assert_eq!(finisher["EVENT_BUS"], "uploads");
    assert_eq!(finisher.get("HANDLE_KEYS"), None);
    for name in ["BROKER_CONFIG", "CONNECT_INSTANCE_ARN", "STAGE"] {
        assert_eq!(
            (&finisher[name], finisher[name].is_string()),
            (&broker[name], true),
            "{name}"
        );
    }
    stack.shutdown().await;
}

#[tokio::test]
async fn a_finisher_that_cannot_start_is_shown_with_its_own_words() {
    let (_root, mut options) = options();
    let mut finisher = finisher::Options::new(probe());
    finisher
        .environment
        .push(("PROBE_INIT".to_owned(), "exit".to_owned()));
    options.finisher = Some(finisher);
    let error = start(options).await.err().expect("no stack").to_string();
    assert!(
        error.starts_with("the finisher did not start") && error.ends_with("PROBE_INIT says so"),
        "{error}"
    );
}

#[tokio::test]
async fn a_function_that_was_not_built_is_named() {
    for change in [
        |options: &mut Options| options.broker = "/no/such/function".into(),
        |options: &mut Options| options.finisher = Some(finisher::Options::new("/no/such/function")),
    ] {
        let (_root, mut options) = options();
        change(&mut options);
        let error = start(options).await.err();
        let is_named = matches!(&error, Some(StartError::NoFunction { path }) if path.ends_with("function"));
        assert!(is_named, "{error:?}");
    }
}
