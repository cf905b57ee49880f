//! State of one instance: its invocations, their deadlines, and whether its init phase is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::invocation::{Answer, Invocation, InvokeError};
use super::pool::Pool;

/// The next event for a process, with the Runtime API's headers.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) request_id: String,
    pub(crate) trace_id: String,
    pub(crate) deadline_ms: u128,
    pub(crate) function_arn: String,
    pub(crate) event: Bytes,
}

/// State shared by an instance's Runtime API and the task that watches its process.
#[derive(Debug)]
pub(crate) struct Slot {
    pool: Arc<Pool>,
    function_arn: String,
    timeout: Duration,
    initialised: OnceLock<Instant>,
    work: Mutex<Work>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Work {
    /// Invocations by request id, with the time of their delivery.
    in_progress: HashMap<String, (Instant, Invocation)>,
    has_worked: bool,
    init_error: Option<String>,
}

impl Slot {
    /// Slot of an instance that is starting.
    pub(crate) fn new(pool: Arc<Pool>, function_arn: String, timeout: Duration) -> Self {
        Self {
            pool,
            function_arn,
            timeout,
            initialised: OnceLock::new(),
            work: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// The pool that the instance belongs to.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Next event for the process; the first call ends its init phase.
    pub(crate) async fn next(&self) -> Assignment {
        if self.initialised.set(Instant::now()).is_ok() {
            self.pool.initialised();
            self.changed.notify_one();
        }
        let invocation = self.pool.next().await;
        let assignment = Assignment {
            request_id: invocation.request_id.clone(),
            trace_id: invocation.trace_id.clone(),
            deadline_ms: epoch_ms(SystemTime::now() + self.timeout),
            function_arn: self.function_arn.clone(),
            event: invocation.event.clone(),
        };
        let mut work = self.work();
        work.has_worked = true;
        work.in_progress
            .insert(invocation.request_id.clone(), (Instant::now(), invocation));
        drop(work);
        self.changed.notify_one();
        assignment
    }

    /// Ends an invocation of this instance; false if it has none with that id.
    pub(crate) fn conclude(&self, request_id: &str, answer: Result<Bytes, InvokeError>) -> bool {
        let Some((delivered, invocation)) = self.work().in_progress.remove(request_id) else {
            return false;
        };
        self.pool.finished();
        let took = delivered.elapsed();
        invocation.conclude(answer.map(|payload| Answer { payload, took }));
        self.changed.notify_one();
        true
    }

    /// Records the init error that the process reported.
    pub(crate) fn report_init_error(&self, error: String) {
        self.work().init_error = Some(error);
        self.changed.notify_one();
    }

    /// Init error that the process reported.
    pub(crate) fn init_error(&self) -> Option<String> {
        self.work().init_error.clone()
    }

    /// When the process asked for its first invocation, which ends its init phase.
    pub(crate) fn initialised(&self) -> Option<Instant> {
        self.initialised.get().copied()
    }

    /// Whether the process ever received an invocation.
    pub(crate) fn has_worked(&self) -> bool {
        self.work().has_worked
    }

    /// When the first of the invocations in progress times out.
    pub(crate) fn earliest_deadline(&self) -> Option<Instant> {
        let earliest = self
            .work()
            .in_progress
            .values()
            .map(|(delivered, _)| *delivered)
            .min();
        Some(earliest? + self.timeout)
    }

    /// Returns when anything above may have changed.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Ends the invocations that timed out; false if there are none.
    pub(crate) fn expire(&self, now: Instant) -> bool {
        let expired: Vec<String> = {
            let work = self.work();
            let started = work.in_progress.iter();
            let late = started.filter(|(_, (delivered, _))| *delivered + self.timeout <= now);
            late.map(|(id, _)| id.clone()).collect()
        };
        for id in &expired {
            self.conclude(
                id,
                Err(InvokeError::TimedOut {
                    timeout_secs: self.timeout.as_secs(),
                }),
            );
        }
        !expired.is_empty()
    }

    /// Ends all invocations in progress, because the process is gone.
    pub(crate) fn abandon(&self, error: &InvokeError) {
        let in_progress: Vec<String> = self.work().in_progress.keys().cloned().collect();
        for id in in_progress {
            self.conclude(&id, Err(error.clone()));
        }
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970.
fn epoch_ms(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
