//! The second function, which a schedule invokes as EventBridge would.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::instances::{self, Instances, InvokeError, LogSink};

/// How the finisher is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its executable.
    pub binary: PathBuf,
    /// Time between two runs; `None` leaves the runs to the caller.
    pub every: Option<Duration>,
    /// Function timeout.
    pub timeout: Duration,
    /// Variables beside the stack's own, which they replace.
    pub environment: Vec<(String, String)>,
    /// Receives its log lines.
    pub log: LogSink,
}

impl Options {
    /// The finisher at `binary` as the template runs it, but without a schedule.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            every: None,
            timeout: Duration::from_mins(1),
            environment: Vec::new(),
            log: LogSink::none(),
        }
    }
}

/// The finisher and its schedule; dropping it ends both.
#[derive(Debug)]
pub struct Running {
    instances: Arc<Instances>,
    schedule: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts the function, and its schedule after that.
    ///
    /// # Errors
    /// The function did not finish its init phase.
    pub(crate) async fn start(function: instances::Options, options: &Options) -> Result<Self, InvokeError> {
        let instances = Arc::new(Instances::start(function, options.log.clone()).await?);
        let schedule = options
            .every
            .map(|every| tokio::spawn(invoke_every(every, Arc::clone(&instances))));
        Ok(Self { instances, schedule })
    }

    /// Its processes.
    #[must_use]
    pub fn instances(&self) -> &Instances {
        &self.instances
    }

    /// Runs the finisher once, and waits for the end of that run.
    ///
    /// # Errors
    /// The run failed.
    pub async fn run(&self) -> Result<Bytes, InvokeError> {
        run(&self.instances).await
    }

    pub(crate) async fn shutdown(self) {
        if let Some(schedule) = &self.schedule {
            schedule.abort();
        }
        self.instances.shutdown().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(schedule) = &self.schedule {
            schedule.abort();
        }
    }
}

/// Invokes the function at fixed times, whether the run before has ended or not.
async fn invoke_every(every: Duration, instances: Arc<Instances>) {
    let mut times = interval(every);
    times.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        times.tick().await;
        let instances = Arc::clone(&instances);
        tokio::spawn(async move {
            match run(&instances).await {
                Ok(_) | Err(InvokeError::Stopped) => {}
                Err(error) => tracing::warn!(%error, "a run of the finisher failed"),
            }
        });
    }
}

async fn run(instances: &Instances) -> Result<Bytes, InvokeError> {
    instances
        .invoke(scheduled_event(), &format!("Root=1-{}", Uuid::new_v4().simple()))
        .await
}

/// The event of a rule with a schedule. Source: EventBridge user guide, "Creating a rule that runs on a schedule".
fn scheduled_event() -> Bytes {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    let event = json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "111122223333",
        "time": now,
        "region": "eu-west-1",
        "resources": ["arn:aws:events:eu-west-1:111122223333:rule/upload-finisher"],
        "detail": {},
    });
    event.to_string().into()
}
