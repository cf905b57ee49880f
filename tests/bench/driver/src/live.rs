//! A running handler behind a Runtime API of its own.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use local_stack::instances::RuntimeApi;
use serde_json::Value;
use tokio::time::{interval, timeout};

use crate::connect::upload_url;
use crate::handler::{Handler, Name};
use crate::process::{Process, Spec};
use crate::scene::Scene;

/// Longest wait for one answer; valgrind slows handlers down some fifty times.
const PATIENCE: Duration = Duration::from_mins(2);

/// Timeout of the function, as the broker is deployed.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(25);
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:bench";
const TRACE_ID: &str = "Root=1-69a1f2c3-0123456789abcdef01234567;Sampled=0";

/// A handler that has finished its init phase.
pub(crate) struct Live {
    name: Name,
    runtime: RuntimeApi,
    /// Its process.
    pub(crate) process: Process,
    ready: Instant,
    complaints: PathBuf,
}

impl Live {
    /// Starts `handler` under `wrapper`, which may be empty, and waits for the end of its init phase.
    pub(crate) async fn start(
        handler: &Handler,
        scene: &Scene,
        wrapper: &[OsString],
    ) -> Result<Self, Box<dyn Error>> {
        let runtime = RuntimeApi::start(FUNCTION_ARN, FUNCTION_TIMEOUT).await?;
        let mut environment = scene.environment(runtime.addr.to_string());
        environment.extend(handler.environment.iter().cloned());
        let command: Vec<_> = wrapper.iter().chain(&handler.command).cloned().collect();
        let complaints = scene.file(handler.name.key());
        let mut process = Process::start(&Spec {
            command: &command,
            environment: &environment,
            folder: &handler.folder,
            complaints: &complaints,
        })?;
        let ready = tokio::select! {
            ready = timeout(PATIENCE, runtime.initialised()) => ready.ok(),
            () = ended(&mut process) => None,
        };
        let Some(ready) = ready else {
            let complaints = fs::read_to_string(&complaints).unwrap_or_default();
            return Err(format!("{} does not start: {complaints}", handler.name.key()).into());
        };
        Ok(Self {
            name: handler.name,
            runtime,
            process,
            ready,
            complaints,
        })
    }

    /// Length of its init phase: from the start of the process until it asks for its first event.
    pub(crate) fn init(&self) -> Duration {
        self.ready - self.process.started()
    }

    /// Time that it took to answer `event`, if the answer is the expected one.
    pub(crate) async fn invoke(&self, event: &Bytes) -> Result<Duration, Box<dyn Error>> {
        let answer = timeout(PATIENCE, self.runtime.invoke(event.clone(), TRACE_ID)).await;
        let answer = answer.map_err(|_| self.failed("does not answer"))?;
        let answer = answer.map_err(|error| self.failed(&error.to_string()))?;
        if is_as_expected(self.name, &answer.payload) {
            return Ok(answer.took);
        }
        let body = String::from_utf8_lossy(&answer.payload);
        Err(self.failed(&format!("answers {body}")))
    }

    fn failed(&self, what: &str) -> Box<dyn Error> {
        let complaints = fs::read_to_string(&self.complaints).unwrap_or_default();
        format!("{} {what}\n{complaints}", self.name.key()).into()
    }
}

async fn ended(process: &mut Process) {
    let mut ticks = interval(Duration::from_millis(100));
    while !process.has_ended() {
        ticks.tick().await;
    }
}

/// A ticket with Connect's URL, or the floor's constant.
fn is_as_expected(name: Name, answer: &[u8]) -> bool {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return false;
    };
    let status = answer["statusCode"].as_u64();
    if !name.calls_connect() {
        return status == Some(200);
    }
    let ticket: Value = answer["body"]
        .as_str()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let headers = ticket["headers"].as_object();
    status == Some(201) && ticket["url"] == upload_url() && headers.is_some_and(|headers| !headers.is_empty())
}
