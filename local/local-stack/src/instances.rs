//! Lambda stand-in: runs the function's own binary in child processes, each with its own Runtime API.
//!
//! An instance handles one invocation at a time, or `concurrency` of them. Another instance is started when none is
//! free. When `max_instances` are busy, the caller is throttled at once. A process that exits or exceeds its timeout
//! is replaced for the next invocation.

mod environment;
mod invocation;
mod options;
mod output;
mod pool;
mod process;
mod runtime_api;
mod slot;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use invocation::{Answer, InvokeError, MAX_PAYLOAD_BYTES};
pub use options::Options;
pub use output::{LogLine, LogSink, Stream};
pub use pool::Readiness;
pub use runtime_api::RuntimeApi;

use pool::Pool;
use process::{InstanceSpec, stopped};

/// The function as its callers see it; dropping it kills its processes.
#[derive(Debug)]
pub struct Instances {
    pool: Arc<Pool>,
    stop: watch::Sender<bool>,
    manager: Mutex<Option<JoinHandle<()>>>,
}

impl Instances {
    /// Function with one process that has finished its init phase.
    ///
    /// # Errors
    /// [`InvokeError::InitFailed`] if that process did not finish its init phase.
    pub async fn start(options: Options, log: LogSink) -> Result<Self, InvokeError> {
        let (wanted, requests) = mpsc::unbounded_channel();
        let (stop, stopping) = watch::channel(false);
        let pool = Arc::new(Pool::new(options.max_instances, options.concurrency, wanted));
        pool.want_instance();
        let manager = tokio::spawn(manage(
            Arc::clone(&pool),
            Arc::new(options),
            log,
            requests,
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

    /// The function's answer to `event`; both are JSON texts.
    ///
    /// If this future is dropped, the invocation continues, as it does when a client of Lambda disconnects.
    ///
    /// # Errors
    /// The invocation ended without an answer.
    pub async fn invoke(&self, event: Bytes, trace_id: &str) -> Result<Bytes, InvokeError> {
        let answer = self.pool.invoke(event, trace_id).await?;
        Ok(answer.payload)
    }

    /// Whether the function is ready, now and after every change.
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.pool.readiness()
    }

    /// Ids of the running processes.
    pub fn process_ids(&self) -> Vec<u32> {
        self.pool.process_ids()
    }

    /// Ends every process and waits until none is left.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        self.pool.close();
        let manager = self.take_manager();
        if let Some(manager) = manager
            && let Err(error) = manager.await
        {
            tracing::error!(%error, "the task that starts instances failed");
        }
    }

    fn take_manager(&self) -> Option<JoinHandle<()>> {
        self.manager.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        // The manager's tasks own the children, which are killed when they are dropped.
        if let Some(manager) = self.take_manager() {
            manager.abort();
        }
    }
}

/// Starts a process for every request from the pool; when asked to stop, waits for the processes to end.
async fn manage(
    pool: Arc<Pool>,
    options: Arc<Options>,
    log: LogSink,
    mut requests: mpsc::UnboundedReceiver<()>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut running = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stopping) => break,
            Some(()) = requests.recv() => {
                number += 1;
                let spec = InstanceSpec {
                    number,
                    pool: Arc::clone(&pool),
                    options: Arc::clone(&options),
                    log: log.clone(),
                };
                running.spawn(process::run(spec, stopping.clone()));
            }
            Some(_ended) = running.join_next() => {}
        }
    }
    while running.join_next().await.is_some() {}
}
