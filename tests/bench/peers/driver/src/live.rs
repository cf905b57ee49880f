//! A handler that is running behind a Runtime API of its own.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;
use tokio::time::{interval, timeout};

use crate::connect::upload_url;
use crate::handler::{Handler, Name};
use crate::process::{Process, Spec};
use crate::runtime_api::RuntimeApi;
use crate::scene::Scene;

/// Longest wait for one answer; under valgrind everything takes fifty times as long.
const PATIENCE: Duration = Duration::from_mins(2);

/// A handler past its init phase.
pub(crate) struct Live {
    name: Name,
    runtime: RuntimeApi,
    /// Its process.
    pub(crate) process: Process,
    ready: Instant,
    complaints: PathBuf,
}

impl Live {
    /// Starts `handler` under `wrapper`, which may be empty, and waits for its first question.
    pub(crate) async fn start(
        handler: &Handler,
        scene: &Scene,
        wrapper: &[OsString],
    ) -> Result<Self, Box<dyn Error>> {
        let mut runtime = RuntimeApi::start().await?;
        let mut environment = scene.environment(runtime.address());
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
            ready = timeout(PATIENCE, runtime.ready()) => ready.ok(),
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

    /// How long its init phase took: from the start of the process to its first question.
    pub(crate) fn init(&self) -> Duration {
        self.ready - self.process.started()
    }

    /// How long it took to answer `event` with what such a handler is to answer.
    pub(crate) async fn invoke(&self, event: &Bytes) -> Result<Duration, Box<dyn Error>> {
        let answer = timeout(PATIENCE, self.runtime.invoke(event.clone())).await;
        let answer = answer
            .ok()
            .flatten()
            .ok_or_else(|| self.fault("gives no answer"))?;
        if is_as_expected(self.name, &answer.body) {
            return Ok(answer.took);
        }
        let body = String::from_utf8_lossy(&answer.body);
        Err(self.fault(&format!("answers {body}")))
    }

    fn fault(&self, what: &str) -> Box<dyn Error> {
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
