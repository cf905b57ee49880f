//! The Runtime API and its processes, driven with AWS's own runtime client.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use local_stack::instances::{Instances, InvokeError, LogSink, MAX_PAYLOAD_BYTES, Options, Readiness};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The example `probe-function`, which cargo builds beside the tests.
fn probe() -> PathBuf {
    let test = std::env::current_exe().expect("path of this test");
    let profile = test.ancestors().nth(2).expect("directory of the profile");
    profile.join("examples/probe-function")
}

fn options() -> Options {
    Options {
        max_instances: 4,
        ..Options::new(probe())
    }
}

fn with_init(how: &str) -> Options {
    Options {
        environment: vec![("PROBE_INIT".to_owned(), how.to_owned())],
        ..options()
    }
}

async fn started(options: Options) -> Arc<Instances> {
    Arc::new(
        Instances::start(options, LogSink::none())
            .await
            .expect("the probe starts"),
    )
}

async fn invoke(function: &Instances, event: &Value) -> Result<Value, InvokeError> {
    let answer = function
        .invoke(Bytes::from(event.to_string()), "Root=1-0-0")
        .await?;
    Ok(serde_json::from_slice(&answer).expect("JSON"))
}

fn runs(process_id: u32) -> bool {
    Path::new(&format!("/proc/{process_id}")).exists()
}

/// Returns when the other side has closed, which happens when its process ends.
async fn ended(mut connection: TcpStream) {
    // A killed process may leave a reset instead of an end.
    let _end = connection.read_to_end(&mut Vec::new()).await;
}

/// Invocations that stay in progress until their connections are dropped.
struct Held {
    at: TcpListener,
    address: String,
}

impl Held {
    async fn new() -> Self {
        let at = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = at.local_addr().expect("its address").to_string();
        Self { at, address }
    }

    fn invoke(&self, function: &Arc<Instances>) -> JoinHandle<Result<Value, InvokeError>> {
        let event = json!({"do": "hold", "at": self.address});
        let function = Arc::clone(function);
        tokio::spawn(async move { invoke(&function, &event).await })
    }

    /// Returns once one more invocation is being worked on.
    async fn arrival(&self) -> TcpStream {
        self.at.accept().await.expect("a connection").0
    }
}

#[tokio::test]
async fn an_event_reaches_the_function_with_its_context() {
    let function = started(options()).await;
    let answer = invoke(&function, &json!({"hello": "world"}))
        .await
        .expect("an answer");
    assert_eq!(answer["event"], json!({"hello": "world"}));
    assert_eq!(
        answer["functionArn"],
        "arn:aws:lambda:eu-west-1:111122223333:function:upload-broker"
    );
    assert_eq!(answer["traceId"], "Root=1-0-0");
    let now_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    let left_ms = u128::from(answer["deadline"].as_u64().expect("milliseconds")) - now_ms;
    assert!((20_000..=29_000).contains(&left_ms), "{left_ms} ms left");
    function.shutdown().await;
}

#[tokio::test]
async fn an_idle_instance_is_used_again() {
    let function = started(options()).await;
    let first = invoke(&function, &json!({})).await.expect("an answer");
    let second = invoke(&function, &json!({})).await.expect("an answer");
    assert_eq!(first["processId"], second["processId"]);
    assert_ne!(first["requestId"], second["requestId"]);
    function.shutdown().await;
}

#[tokio::test]
async fn overlapping_events_get_instances_of_their_own_up_to_the_limit() {
    let function = started(options()).await;
    let held = Held::new().await;
    let invocations: Vec<_> = (0..4).map(|_| held.invoke(&function)).collect();
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(held.arrival().await);
    }
    assert_eq!(
        invoke(&function, &json!({})).await,
        Err(InvokeError::Throttled { max_instances: 4 }),
        "a fifth is throttled"
    );
    drop(connections);
    let mut processes = HashSet::new();
    for invocation in invocations {
        let answer = invocation.await.expect("no panic").expect("an answer");
        processes.insert(answer["processId"].as_u64());
    }
    assert_eq!(processes.len(), 4);
    function.shutdown().await;
}

#[tokio::test]
async fn one_instance_takes_several_events_where_it_may() {
    let function = started(Options {
        max_instances: 1,
        concurrency: 3,
        ..options()
    })
    .await;
    let held = Held::new().await;
    let invocations: Vec<_> = (0..3).map(|_| held.invoke(&function)).collect();
    for _ in 0..3 {
        drop(held.arrival().await);
    }
    for invocation in invocations {
        invocation.await.expect("no panic").expect("an answer");
    }
    function.shutdown().await;
}

#[tokio::test]
async fn a_process_that_ends_fails_its_event_and_is_replaced() {
    let function = started(options()).await;
    let before = invoke(&function, &json!({})).await.expect("an answer");
    let exited = InvokeError::Exited {
        status: "exit status: 7".to_owned(),
    };
    assert_eq!(invoke(&function, &json!({"do": "exit"})).await, Err(exited));
    let after = invoke(&function, &json!({})).await.expect("an answer");
    assert_ne!(before["processId"], after["processId"]);
    function.shutdown().await;
}

#[tokio::test]
async fn an_error_that_the_function_reports_leaves_it_running() {
    let function = started(options()).await;
    let before = invoke(&function, &json!({})).await.expect("an answer");
    let failed = invoke(&function, &json!({"do": "fail"})).await;
    assert!(matches!(failed, Err(InvokeError::Reported { .. })), "{failed:?}");
    let after = invoke(&function, &json!({})).await.expect("an answer");
    assert_eq!(before["processId"], after["processId"]);
    function.shutdown().await;
}

#[tokio::test]
async fn an_event_that_overruns_its_time_takes_its_process_with_it() {
    let function = started(Options {
        timeout: Duration::from_millis(300),
        ..options()
    })
    .await;
    let held = Held::new().await;
    let invocation = held.invoke(&function);
    let connection = held.arrival().await;
    let in_progress = function.process_ids();
    assert_eq!(
        invocation.await.expect("no panic"),
        Err(InvokeError::TimedOut { timeout_secs: 0 })
    );
    ended(connection).await;
    let answer = invoke(&function, &json!({}))
        .await
        .expect("a fresh instance answers");
    assert!(
        !in_progress.contains(&u32::try_from(answer["processId"].as_u64().expect("an id")).expect("32 bits"))
    );
    function.shutdown().await;
}

#[tokio::test]
async fn a_function_that_cannot_start_says_why() {
    let overdue = Options {
        init_timeout: Duration::from_millis(200),
        ..with_init("hang")
    };
    let missing = Options::new("/no/such/binary");
    for (options, expected) in [
        (
            with_init("exit"),
            "exit status: 3\nthe probe cannot start: PROBE_INIT says so",
        ),
        (with_init("report"), "Probe.NoConfig: no settings"),
        (overdue, "did not ask for work in time"),
        (missing, "`/no/such/binary` could not be started"),
    ] {
        let error = Instances::start(options, LogSink::none())
            .await
            .err()
            .map(|error| error.to_string());
        assert!(
            error.as_ref().is_some_and(|error| error.contains(expected)),
            "{error:?}, expected {expected}"
        );
    }
}

#[tokio::test]
async fn a_replacement_that_cannot_start_fails_the_event_that_needed_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let binary = directory.path().join("bootstrap");
    std::os::unix::fs::symlink(probe(), &binary).expect("a link");
    let function = started(Options {
        binary: binary.clone(),
        ..options()
    })
    .await;
    let held = Held::new().await;
    let busy = held.invoke(&function);
    let connection = held.arrival().await;
    std::fs::remove_file(&binary).expect("the link goes");
    let failed = invoke(&function, &json!({})).await;
    assert!(
        matches!(failed, Err(InvokeError::InitFailed { .. })),
        "{failed:?}"
    );
    assert!(matches!(&*function.readiness().borrow(), Readiness::Failed(_)));
    drop(connection);
    busy.await
        .expect("no panic")
        .expect("the first instance is unharmed");
    function.shutdown().await;
}

#[tokio::test]
async fn payloads_over_six_megabytes_are_refused_both_ways() {
    let function = started(options()).await;
    let event = json!("x".repeat(MAX_PAYLOAD_BYTES));
    let size_bytes = MAX_PAYLOAD_BYTES + 2;
    assert_eq!(
        invoke(&function, &event).await,
        Err(InvokeError::EventTooLarge { size_bytes })
    );
    assert_eq!(
        invoke(&function, &json!({"do": "grow"})).await,
        Err(InvokeError::AnswerTooLarge)
    );
    function.shutdown().await;
}

#[tokio::test]
async fn a_process_sees_lambdas_environment_and_nothing_of_ours() {
    let mut options = options();
    options.environment.push(("STAGE".to_owned(), "local".to_owned()));
    let function = started(options).await;
    let environment = invoke(&function, &json!({"do": "environment"}))
        .await
        .expect("an answer");
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "upload-broker"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_REGION", "eu-west-1"),
        ("_HANDLER", "bootstrap"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("STAGE", "local"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    for name in std::env::vars()
        .map(|(name, _)| name)
        .filter(|name| name != "PATH" && name != "LANG" && name != "TZ")
    {
        let is_lambdas = name.starts_with("AWS_REGION") || name.starts_with("AWS_DEFAULT_REGION");
        assert!(is_lambdas || environment.get(&name).is_none(), "{name} leaked in");
    }
    function.shutdown().await;
}

#[tokio::test]
async fn lines_of_the_processes_arrive_with_their_number() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let log = LogSink::new(move |line| {
        kept.lock()
            .expect("no panic")
            .push((line.instance, line.text.clone()));
    });
    let failed = Instances::start(with_init("exit"), log).await;
    assert!(failed.is_err());
    let expected = vec![(1, "the probe cannot start: PROBE_INIT says so".to_owned())];
    assert_eq!(*lines.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn nothing_is_left_running_after_shutdown() {
    let function = started(options()).await;
    let held = Held::new().await;
    let invocations = [held.invoke(&function), held.invoke(&function)];
    let _connections = [held.arrival().await, held.arrival().await];
    let processes = function.process_ids();
    assert_eq!(processes.len(), 2);
    assert!(processes.iter().all(|id| runs(*id)));
    function.shutdown().await;
    assert!(processes.iter().all(|id| !runs(*id)));
    assert_eq!(function.process_ids(), Vec::<u32>::new());
    for invocation in invocations {
        assert_eq!(invocation.await.expect("no panic"), Err(InvokeError::Stopped));
    }
    assert_eq!(invoke(&function, &json!({})).await, Err(InvokeError::Stopped));
}

#[tokio::test]
async fn a_function_that_is_dropped_ends_its_processes() {
    let function = started(options()).await;
    let held = Held::new().await;
    let invocation = held.invoke(&function);
    let connection = held.arrival().await;
    invocation.abort();
    let _aborted = invocation.await;
    drop(function);
    ended(connection).await;
}
