//! The whole stack around the real broker, and what its parts recorded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use local_stack::dynamodb::Server;
use local_stack::finisher;
use local_stack::instances::LogSink;
use local_stack::seeds::Arns;
use local_stack::stack::{Options, Origins, Stack, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::caller::Caller;
use crate::secrets::Secrets;
use crate::wire::Http;

/// The broker's executable, which cargo builds for the integration tests of its package.
///
/// INVARIANT: functions/upload-broker has an integration test; without one, cargo would leave an old executable here.
#[must_use]
pub fn broker() -> PathBuf {
    executable("upload-broker")
}

/// The executable called `name`, of a package with an integration test.
#[must_use]
pub fn executable(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("path of this test");
    let profile = test.ancestors().nth(2).expect("directory of the profile");
    profile.join(name)
}

/// The finisher, which runs when a test says so.
#[must_use]
pub fn finisher() -> finisher::Options {
    finisher::Options::new(executable("upload-finisher"))
}

/// The DynamoDB stand-in for a stack whose brokers share a table. Installs it where it is missing.
#[must_use]
pub fn shared_table() -> Server {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let installed = Command::new(project.join("tools/dynalite"))
        .output()
        .expect("a shell");
    assert!(installed.status.success(), "{installed:?}");
    Server {
        node: String::from_utf8_lossy(&installed.stdout).trim().into(),
        folder: project.join("local/dynamodb"),
    }
}

/// Stack for tests under `root`: no quota, scans without delay, and a broker at the most detailed log level.
fn options(root: &Path) -> Options {
    Options {
        quota: false,
        scan_delay: Duration::ZERO,
        max_instances: 4,
        broker_environment: vec![("AWS_LAMBDA_LOG_LEVEL".to_owned(), "TRACE".to_owned())],
        ..Options::new(root, broker())
    }
}

/// A running stack, with its folder and its brokers' log.
pub struct World {
    root: TempDir,
    stack: Stack,
    lines: Arc<Mutex<Vec<String>>>,
    pub(crate) secrets: Secrets,
    /// Client for every part.
    pub http: Http,
}

impl World {
    /// Starts a stack with [`options`] that `change` has changed.
    pub async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let mut options = options(root.path());
        options.log = LogSink::new(move |line| locked(&kept).push(line.text.clone()));
        change(&mut options);
        let stack = start(options).await.unwrap_or_else(|error| panic!("{error}"));
        Self {
            root,
            stack,
            lines,
            secrets: Secrets::default(),
            http: Http::default(),
        }
    }

    /// The stack.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// Origin of each part.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        self.stack.origins()
    }

    /// ARNs of the seeds.
    #[must_use]
    pub fn arns(&self) -> &Arns {
        self.stack.arns()
    }

    /// The user of that name, with a token of the local issuer.
    pub async fn caller(&self, username: &str) -> Caller {
        Caller::with_token(self, &self.token(username, None).await)
    }

    /// Access token with that lifetime.
    pub async fn token(&self, username: &str, expires_in_secs: Option<i64>) -> String {
        let issuer = &self.origins().oidc;
        token(&self.http, issuer, username, expires_in_secs).await
    }

    /// Number of fetches of the issuer's keys.
    pub async fn key_fetches(&self) -> usize {
        let url = format!("{}/_local/fetches", self.origins().oidc);
        let answer = self.http.send("GET", &url, &[], Bytes::new()).await;
        let fetches = answer.json()["jwks"].as_u64().expect("a number");
        usize::try_from(fetches).expect("a few")
    }

    /// Connect's records of the files that exist, oldest first.
    pub async fn files(&self) -> Vec<Value> {
        let answer = self.connect("GET", "files", "").await;
        answer["files"].as_array().expect("a list").clone()
    }

    /// Connect's record of the only file with that name.
    pub async fn file(&self, name: &str) -> Value {
        let mut files = self.files().await;
        files.retain(|file| file["FileName"] == name);
        assert_eq!(files.len(), 1, "files named {name}");
        files.remove(0)
    }

    /// Operations that reached Connect since [`forget_calls`](Self::forget_calls), in order.
    pub async fn calls(&self) -> Vec<String> {
        let calls = self.connect("GET", "calls", "").await;
        let calls = calls.as_array().expect("a list").iter();
        calls
            .map(|call| call["operation"].as_str().expect("a name").to_owned())
            .collect()
    }

    /// Empties the list of calls.
    pub async fn forget_calls(&self) {
        self.connect("DELETE", "calls", "").await;
    }

    /// Arms faults, and disarms the earlier ones.
    pub async fn arm(&self, faults: &[Value]) {
        self.connect("PUT", "faults", &json!(faults).to_string()).await;
    }

    /// The status of each call of `operation` that reached Connect, in order.
    pub async fn statuses_of(&self, operation: &str) -> Vec<u64> {
        let calls = self.connect("GET", "calls", "").await;
        let calls = calls.as_array().expect("a list").iter();
        let calls = calls.filter(|call| call["operation"] == operation);
        calls
            .map(|call| call["status"].as_u64().expect("a status"))
            .collect()
    }

    /// Calls to the shared table by operation, since it was started.
    pub async fn table_calls(&self) -> BTreeMap<String, u64> {
        let calls = self.table("GET", "calls", String::new()).await;
        serde_json::from_value(calls).expect("counts")
    }

    /// Lets calls to the shared table go wrong, as `fault` says, from now on.
    pub async fn fail_table(&self, fault: &Value) {
        self.table("POST", "faults", fault.to_string()).await;
    }

    async fn table(&self, method: &str, route: &str, body: String) -> Value {
        let origin = self.origins().dynamodb.as_ref().expect("a stack with a table");
        let url = format!("{origin}/_local/{route}");
        self.http.send(method, &url, &[], body).await.json()
    }

    async fn connect(&self, method: &str, route: &str, body: &str) -> Value {
        let url = format!("{}/_local/{route}", self.origins().connect);
        let answer = self.http.send(method, &url, &[], body.to_owned()).await;
        assert!((200..300).contains(&answer.status), "{answer:?}");
        answer.json()
    }

    /// Bytes in the store by file id, before or after Complete.
    #[must_use]
    pub fn store(&self) -> BTreeMap<String, Vec<u8>> {
        let bodies = self.bucket().join("bodies");
        let bytes = |record: Value| {
            let body = bodies.join(record["body"].as_str().expect("the name of a body"));
            std::fs::read(body).expect("the bytes")
        };
        self.records().map(|(id, record)| (id, bytes(record))).collect()
    }

    /// `Content-Disposition` of the file in the store.
    #[must_use]
    pub fn disposition(&self, file_id: &str) -> Option<String> {
        let (_, record) = self.records().find(|(id, _)| id == file_id)?;
        let disposition = &record["attributes"]["content_disposition"];
        disposition.as_str().map(str::to_owned)
    }

    fn bucket(&self) -> PathBuf {
        self.root.path().join("store/connect-attachments")
    }

    /// The store's record of each object, by file id.
    fn records(&self) -> impl Iterator<Item = (String, Value)> {
        let records = std::fs::read_dir(self.bucket().join("records")).expect("the bucket's records");
        records.map(|entry| {
            let record = std::fs::read(entry.expect("an entry").path()).expect("a record");
            let record: Value = serde_json::from_slice(&record).expect("JSON");
            let key = record["key"].as_str().expect("a key");
            let (_, file_id) = key.rsplit_once('/').expect("a record of an object");
            (file_id.to_owned(), record)
        })
    }

    /// Text of `broker.toml` or `broker.env`, which the stack writes when it starts.
    #[must_use]
    pub fn settings(&self, name: &str) -> String {
        std::fs::read_to_string(self.root.path().join(name)).expect("written at the start")
    }

    /// Writes `broker.toml` or `broker.env` anew. A process reads it when it starts.
    pub fn rewrite_settings(&self, name: &str, text: &str) {
        std::fs::write(self.root.path().join(name), text).expect("written");
    }

    /// Kills the finisher's processes, as Lambda does with one that takes too long. Whether there were any.
    pub fn kill_finisher(&self) -> bool {
        let finisher = self.stack.finisher().expect("a stack with a finisher");
        let processes = finisher.instances().process_ids();
        for process in &processes {
            // One that has ended meanwhile cannot be killed.
            let _ended = Command::new("kill")
                .args(["-KILL", &process.to_string()])
                .output();
        }
        !processes.is_empty()
    }

    /// The brokers' log so far.
    #[must_use]
    pub fn log(&self) -> String {
        locked(&self.lines).join("\n")
    }

    /// Stops every part and returns the brokers' log, after a check that it shows no secret and no name.
    pub async fn end(self) -> String {
        self.stack.shutdown().await;
        let log = locked(&self.lines).join("\n");
        self.secrets.assert_not_in(&log);
        log
    }
}

/// Access token of the issuer at `issuer`.
pub async fn token(http: &Http, issuer: &str, username: &str, expires_in_secs: Option<i64>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "password")
        .append_pair("username", username);
    if let Some(expires_in_secs) = expires_in_secs {
        form.append_pair("expires_in", &expires_in_secs.to_string());
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = http
        .send("POST", &format!("{issuer}/token"), &headers, form.finish())
        .await;
    answer.json()["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token for {username}: {answer:?}"))
        .to_owned()
}

fn locked(lines: &Mutex<Vec<String>>) -> std::sync::MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}
