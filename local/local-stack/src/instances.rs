//! Lambda's execution environments: the function's own binary in child processes, each behind its own Runtime API.
//!
//! As Lambda does: an instance works on one invocation at a time (or on `concurrency` of them where the function asks
//! for it), another one is started when none is free, and where `max_instances` are busy the caller is throttled at
//! once. A process that exits or overruns its time ends alone; the next invocation finds a fresh one.

mod environment;
mod invocation;
mod output;
mod pool;
mod process;
pub(crate) mod slot;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use invocation::InvokeError;
pub use output::{LogLine, LogSink, Stream};

use invocation::Invocation;
use pool::Pool;

/// Largest event and largest answer of a synchronous invocation: 6 MB.
/// Source: Lambda quotas, "Invocation payload (request and response)".
pub const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

/// What is run, and how much of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The function's executable, which speaks the Runtime API (`bootstrap`).
    pub binary: PathBuf,
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub function_name: String,
    /// `AWS_REGION`, and part of the function's ARN.
    pub region: String,
    /// Account in the function's ARN.
    pub account: String,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`; named to the function, not enforced.
    pub memory_mb: u32,
    /// Function timeout: an invocation that overruns it takes its process with it.
    pub timeout: Duration,
    /// How long a process may take until it asks for its first invocation; Lambda gives 10 s.
    pub init_timeout: Duration,
    /// Most processes at a time.
    pub max_instances: usize,
    /// Invocations that one process works on at a time; above 1 it is told by `AWS_LAMBDA_MAX_CONCURRENCY`.
    pub concurrency: usize,
    /// Further variables, after Lambda's own. Nothing else of this process's environment is passed on.
    pub environment: Vec<(String, String)>,
}

impl Options {
    /// Lambda's defaults for `binary`, but with a timeout that suits an API: 29 s.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            function_name: "upload-broker".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
            memory_mb: 128,
            timeout: Duration::from_secs(29),
            init_timeout: Duration::from_secs(10),
            max_instances: 32,
            concurrency: 1,
            environment: Vec::new(),
        }
    }

    /// ARN that each invocation carries.
    pub(crate) fn function_arn(&self) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:{}",
            self.region, self.account, self.function_name
        )
    }
}

/// Whether the last started process finished its init phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// The first process is still starting.
    Starting,
    /// The last process that started asked for work.
    Ready,
    /// The last process that started did not get that far; the text says why.
    Failed(String),
}

/// The function as its callers see it.
#[derive(Debug)]
pub struct Instances {
    pool: Arc<Pool>,
    stop: watch::Sender<bool>,
    manager: Mutex<Option<JoinHandle<()>>>,
}

impl Instances {
    /// Function with one process started and ready for work.
    ///
    /// # Errors
    /// [`InvokeError::InitFailed`] where that process did not finish its init phase.
    pub async fn start(options: Options, log: LogSink) -> Result<Self, InvokeError> {
        let (wanted, wishes) = mpsc::unbounded_channel();
        let (stop, stopping) = watch::channel(false);
        let pool = Arc::new(Pool::new(options.max_instances, options.concurrency, wanted));
        pool.want_instance();
        let manager = tokio::spawn(manage(
            Arc::clone(&pool),
            Arc::new(options),
            log,
            wishes,
            stopping,
        ));
        let instances = Self {
            pool,
            stop,
            manager: Mutex::new(Some(manager)),
        };
        instances.first_init().await?;
        Ok(instances)
    }

    async fn first_init(&self) -> Result<(), InvokeError> {
        let mut readiness = self.pool.readiness();
        let settled = readiness.wait_for(|now| *now != Readiness::Starting).await;
        match settled.as_deref() {
            Ok(Readiness::Ready) => Ok(()),
            Ok(Readiness::Failed(reason)) => Err(InvokeError::InitFailed {
                reason: reason.clone(),
            }),
            Ok(Readiness::Starting) | Err(_) => Err(InvokeError::Stopped),
        }
    }

    /// What the function answers to `event`, both JSON texts.
    ///
    /// The invocation goes on when this future is dropped, as it does when a caller of Lambda hangs up.
    ///
    /// # Errors
    /// Every way in which an invocation ends without an answer.
    pub async fn invoke(&self, event: Bytes, trace_id: &str) -> Result<Bytes, InvokeError> {
        if event.len() > MAX_PAYLOAD_BYTES {
            return Err(InvokeError::EventTooLarge {
                size_bytes: event.len(),
            });
        }
        let (invocation, outcome) = Invocation::new(event, trace_id);
        self.pool.push(invocation)?;
        outcome.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Whether the function is ready, now and on every change.
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.pool.readiness()
    }

    /// Ids of the processes that run now.
    pub fn process_ids(&self) -> Vec<u32> {
        self.pool.process_ids()
    }

    /// Ends every process and waits until it is gone.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        self.pool.close();
        let manager = self.manager.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(manager) = manager
            && let Err(error) = manager.await
        {
            tracing::error!(%error, "the keeper of the instances failed");
        }
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        // Dropping the manager's set of tasks drops the children, which are killed on drop.
        if let Some(manager) = self.manager.lock().unwrap_or_else(PoisonError::into_inner).take() {
            manager.abort();
        }
    }
}

/// Starts a process for every wish, until it is told to stop; then waits for the processes to end.
async fn manage(
    pool: Arc<Pool>,
    options: Arc<Options>,
    log: LogSink,
    mut wishes: mpsc::UnboundedReceiver<()>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut running = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stopping) => break,
            Some(()) = wishes.recv() => {
                number += 1;
                let life = process::live(
                    process::Birth { number, pool: Arc::clone(&pool), options: Arc::clone(&options), log: log.clone() },
                    stopping.clone(),
                );
                running.spawn(life);
            }
            Some(_ended) = running.join_next() => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Returns once the function is to end.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone says the same: nobody is left to ask.
    let _gone = stopping.wait_for(|stop| *stop).await;
}
