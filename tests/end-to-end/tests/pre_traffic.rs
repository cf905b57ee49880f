//! The hook that `CodeDeploy` runs before a new version gets traffic: boto3 in front of the real binary.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use bytes::Bytes;
use end_to_end_tests::broker;
use local_stack::instances::{Instances, LogSink, Options};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

/// Rules under which the broker starts, with `authentication` in `[authentication]`.
fn rules(authentication: &str) -> String {
    format!(
        r#"
[authentication]
{authentication}

[[grant]]
when      = {{ issuer = "aws-iam", subject = "arn:aws:iam::111122223333:role/portal" }}
resources = "any-contact"

[[identity]]
when = {{ issuer = "aws-iam" }}
user = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-1"
"#
    )
}

/// The new version, as Lambda would invoke it.
#[derive(Clone)]
enum Version {
    /// The broker under these rules.
    Broker(String),
    /// A function with one answer.
    Canned(Value),
    /// A version that the hook's role may not invoke.
    Denied,
}

/// Stand-in of Lambda's Invoke and `CodeDeploy`'s `PutLifecycleEventHookExecutionStatus`, with the requests to both.
struct Account {
    version: Version,
    rules: PathBuf,
    events: Mutex<Vec<Value>>,
    reports: Mutex<Vec<Value>>,
}

fn kept<T: Clone>(list: &Mutex<Vec<T>>) -> Vec<T> {
    list.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn keep<T>(list: &Mutex<Vec<T>>, value: T) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(value);
}

/// Options of a Runtime API with the broker, whose process has just started at each invocation.
fn options(rules: &Path) -> Options {
    let environment = [
        ("BROKER_CONFIG", rules.display().to_string()),
        (
            "CONNECT_INSTANCE_ARN",
            "arn:aws:connect:eu-west-1:111122223333:instance/i-1".to_owned(),
        ),
        (
            "HANDLE_KEYS",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".to_owned(),
        ),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        // Nothing listens there, because the hook must work without Connect.
        ("AWS_ENDPOINT_URL_CONNECT", "http://127.0.0.1:9".to_owned()),
    ];
    Options {
        environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
        ..Options::new(broker())
    }
}

async fn invoke(State(account): State<Arc<Account>>, event: Bytes) -> Response {
    keep(&account.events, serde_json::from_slice(&event).expect("JSON"));
    match &account.version {
        Version::Canned(answer) => Json(answer.clone()).into_response(),
        Version::Denied => StatusCode::FORBIDDEN.into_response(),
        Version::Broker(_) => match run(&account.rules, event).await {
            Ok(answer) => answer.into_response(),
            Err(error_type) => {
                let report = Json(json!({"errorType": error_type, "errorMessage": "it ended"}));
                ([("X-Amz-Function-Error", "Unhandled")], report).into_response()
            }
        },
    }
}

/// The answer, or Lambda's error type of a process that exited.
async fn run(rules: &Path, event: Bytes) -> Result<Bytes, &'static str> {
    let instances = Instances::start(options(rules), LogSink::none()).await;
    let instances = instances.map_err(|_| "Runtime.ExitError")?;
    let answer = instances.invoke(event, "Root=1-0-0").await;
    instances.shutdown().await;
    answer.map_err(|_| "Runtime.ExitError")
}

async fn report(State(account): State<Arc<Account>>, body: Bytes) -> Json<Value> {
    keep(&account.reports, serde_json::from_slice(&body).expect("JSON"));
    Json(json!({"lifecycleEventHookExecutionId": "hook-1"}))
}

/// The Python that has boto3.
async fn python(project: &Path) -> PathBuf {
    let output = Command::new(project.join("tools/venv")).arg("aws").output().await;
    let output = output.expect("tools/venv runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("python")
}

/// What the hook did: the events that it sent, its reports to `CodeDeploy`, and its log.
struct Seen {
    events: Vec<Value>,
    reports: Vec<Value>,
    log: String,
}

async fn hook(version: Version, payload_format_version: &str) -> Seen {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the clone");
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("broker.toml");
    match &version {
        Version::Broker(text) => std::fs::write(&rules, text).expect("the rules are written"),
        Version::Canned(_) | Version::Denied => std::fs::write(&rules, "").expect("the rules are written"),
    }
    let account = Arc::new(Account {
        version,
        rules: rules.clone(),
        events: Mutex::default(),
        reports: Mutex::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let routes = Router::new()
        .route("/2015-03-31/functions/{version}/invocations", post(invoke))
        .route("/", post(report))
        .with_state(Arc::clone(&account));
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });
    let call = "import pre_traffic; pre_traffic.handler({'DeploymentId': 'd-1', 'LifecycleEventHookExecutionId': 'hook-1'}, None)";
    let output = Command::new(python(project).await)
        .args(["-B", "-c", call])
        .current_dir(project.join("infra/hook"))
        .env_clear()
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env(
            "NEW_VERSION",
            "arn:aws:lambda:eu-west-1:111122223333:function:upload-broker:7",
        )
        .env("PAYLOAD_FORMAT_VERSION", payload_format_version)
        .env("RULES", rules)
        .output()
        .await
        .expect("the hook runs");
    server.abort();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Seen {
        events: kept(&account.events),
        reports: kept(&account.reports),
        log: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}

fn outcome(status: &str) -> Vec<Value> {
    vec![json!({"deploymentId": "d-1", "lifecycleEventHookExecutionId": "hook-1", "status": status})]
}

#[tokio::test]
async fn a_version_that_starts_gets_traffic_behind_either_api() {
    for (format, authentication, api_id) in [
        ("2.0", r#"accept = ["iam"]"#, "pre-traffic"),
        ("1.0", r#"accept = ["iam"]"#, "pre-traffic"),
        (
            "2.0",
            "accept = [\"iam\"]\napi_ids = [\"a1b2c3\", \"d4e5f6\"]",
            "a1b2c3",
        ),
        ("1.0", "accept = [\"iam\"]\napi_ids = [\"a1b2c3\"]", "a1b2c3"),
    ] {
        let seen = hook(Version::Broker(rules(authentication)), format).await;
        assert_eq!(seen.reports, outcome("Succeeded"), "{format} {authentication}");
        let [event] = seen.events.as_slice() else {
            panic!("{:?}", seen.events);
        };
        let found = event
            .get("version")
            .map_or("1.0", |version| version.as_str().expect("text"));
        assert_eq!(
            (found, &event["requestContext"]["apiId"]),
            (format, &json!(api_id)),
            "{authentication}"
        );
    }
}

#[tokio::test]
async fn a_version_with_rules_that_the_broker_refuses_gets_none() {
    const NO_ANSWER: &str = "the version does not answer: Runtime.ExitError";
    let sound = rules(r#"accept = ["iam"]"#);
    for (what, rules, reason) in [
        (
            "a misspelt resource",
            sound.replace("any-contact", "any-contacts"),
            NO_ANSWER,
        ),
        (
            "an unknown member",
            sound.replace("[[grant]]", "surprise = 1\n[[grant]]"),
            NO_ANSWER,
        ),
        (
            "no grant",
            sound.split("[[grant]]").next().expect("a part").to_owned(),
            NO_ANSWER,
        ),
        ("no TOML", "[[".to_owned(), "TOMLDecodeError"),
    ] {
        let seen = hook(Version::Broker(rules), "2.0").await;
        assert_eq!(seen.reports, outcome("Failed"), "{what}");
        assert!(seen.log.contains(reason), "{what}: {}", seen.log);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_brokers_own_refusal_is_a_failure() {
    let problem = |code: &str| json!({"code": code}).to_string();
    for (what, version) in [
        (
            "every caller is let in",
            Version::Canned(json!({"statusCode": 200, "body": "{}"})),
        ),
        (
            "another refusal",
            Version::Canned(json!({"statusCode": 401, "body": problem("invalid-token")})),
        ),
        (
            "another status",
            Version::Canned(json!({"statusCode": 403, "body": problem("unauthenticated")})),
        ),
        (
            "a gateway's refusal",
            Version::Canned(json!({"statusCode": 401, "body": "{\"message\": \"Unauthorized\"}"})),
        ),
        (
            "no JSON",
            Version::Canned(json!({"statusCode": 401, "body": "no"})),
        ),
        ("no answer of a function for an API", Version::Canned(json!(null))),
        ("a role that may not invoke it", Version::Denied),
    ] {
        let seen = hook(version, "2.0").await;
        assert_eq!(seen.reports, outcome("Failed"), "{what}");
    }
    let right = Version::Canned(json!({"statusCode": 401, "body": problem("unauthenticated")}));
    assert_eq!(hook(right, "2.0").await.reports, outcome("Succeeded"));
}
