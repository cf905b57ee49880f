//! Tests of this crate's log lines, and of the values that they never hold.

use std::io::Write;
use std::sync::{Arc, Mutex};

use broker_core::ports::CaseRecords;
use tracing::instrument::WithSubscriber;

use crate::testing::{Answer, CASE, Service, error, json, soon};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("sound").write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What this crate logs while `call` runs, at every level.
async fn logged_by<F: Future>(call: F) -> Vec<serde_json::Value> {
    // While no subscriber is the process's own, a call site that another test's thread meets first may be
    // remembered as one that has no listener.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter("broker_connect=trace")
        .with_writer(move || writer.clone())
        .finish();
    call.with_subscriber(subscriber).await;
    let bytes = lines.0.lock().expect("sound").clone();
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn lines_hold_allow_listed_fields_only() {
    let metadata =
        r#"{"Url":"https://bucket.s3.amazonaws.com/k?X-Amz-Signature=5ecre7","HeadersToInclude":{"a":""}}"#;
    let unusable = json(
        200,
        &format!(r#"{{"FileId":"f-1","UploadUrlMetadata":{metadata}}}"#),
    );
    let script = [
        error(429, "ThrottlingException"),
        error(500, "InternalServiceException"),
        Answer::Reset,
        json(503, "<html>role/broker</html>"),
        unusable,
    ];
    let uploads = Service::answering(script);
    let mut lines = logged_by(async { uploads.connect().start().await }).await;
    let cases = Service::answering([error(400, "ValidationException")]);
    let case = CASE.parse().expect("valid");
    lines.extend(logged_by(async { cases.connect().customer_of(&case, soon()).await }).await);

    let allowed = [
        "message",
        "operation",
        "attempt",
        "error",
        "aws.request_id",
        "case.id",
    ];
    for line in &lines {
        let fields = line["fields"].as_object().expect("fields");
        let foreign: Vec<_> = fields
            .keys()
            .filter(|name| !allowed.contains(&name.as_str()))
            .collect();
        assert!(foreign.is_empty(), "{foreign:?} in {line}");
        let shown = line.to_string();
        for secret in [
            "Signature",
            "amazonaws",
            "role/broker",
            "report.pdf",
            "arn:",
            "07070707",
            "<html>",
        ] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    let warned = |line: &&serde_json::Value| line["level"] == "WARN" && line["fields"]["case.id"] == "c-1";
    assert_eq!(lines.iter().filter(warned).count(), 1);
    let failed = |line: &&serde_json::Value| line["fields"]["message"] == "attempt failed";
    assert_eq!(lines.iter().filter(failed).count(), 5);
}
