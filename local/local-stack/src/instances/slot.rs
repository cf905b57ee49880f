//! One instance's side of the queue: what it works on, until when, and whether it came up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::invocation::{Invocation, InvokeError, Outcome};
use super::pool::Pool;

/// What the Runtime API tells a process about its next event.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) request_id: String,
    pub(crate) trace_id: String,
    pub(crate) deadline_ms: u128,
    pub(crate) function_arn: String,
    pub(crate) event: Bytes,
}

/// State shared by an instance's Runtime API and the keeper of its process.
#[derive(Debug)]
pub(crate) struct Slot {
    pool: Arc<Pool>,
    function_arn: String,
    timeout: Duration,
    asked: AtomicBool,
    work: Mutex<Work>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Work {
    in_hand: HashMap<String, (Instant, Invocation)>,
    taken: usize,
    init_error: Option<String>,
}

impl Slot {
    /// Slot of an instance that just started.
    pub(crate) fn new(pool: Arc<Pool>, function_arn: String, timeout: Duration) -> Self {
        let asked = AtomicBool::new(false);
        Self {
            pool,
            function_arn,
            timeout,
            asked,
            work: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Next event for the process; the first call ends its init phase.
    pub(crate) async fn next(&self) -> Assignment {
        if !self.asked.swap(true, Ordering::SeqCst) {
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
        work.taken += 1;
        work.in_hand.insert(
            invocation.request_id.clone(),
            (Instant::now() + self.timeout, invocation),
        );
        drop(work);
        self.changed.notify_one();
        assignment
    }

    /// Ends an invocation of this instance; false where it has none of that id.
    pub(crate) fn conclude(&self, request_id: &str, outcome: Outcome) -> bool {
        let Some((_, invocation)) = self.work().in_hand.remove(request_id) else {
            return false;
        };
        self.pool.finished();
        invocation.conclude(outcome);
        self.changed.notify_one();
        true
    }

    /// Notes the init error that the process reported.
    pub(crate) fn report_init_error(&self, error: String) {
        self.work().init_error = Some(error);
        self.changed.notify_one();
    }

    /// Init error that the process reported.
    pub(crate) fn init_error(&self) -> Option<String> {
        self.work().init_error.clone()
    }

    /// Whether the process has asked for work.
    pub(crate) fn is_initialised(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether the process was ever given work.
    pub(crate) fn has_worked(&self) -> bool {
        self.work().taken > 0
    }

    /// When the first of the invocations in hand runs out of time.
    pub(crate) fn earliest_deadline(&self) -> Option<Instant> {
        self.work().in_hand.values().map(|(deadline, _)| *deadline).min()
    }

    /// Returns when anything above may have changed.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Ends the invocations whose time is over; false where there are none.
    pub(crate) fn expire(&self, now: Instant) -> bool {
        let expired: Vec<String> = {
            let work = self.work();
            let late = work.in_hand.iter().filter(|(_, (deadline, _))| *deadline <= now);
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

    /// Ends all that is in hand: the process is gone.
    pub(crate) fn abandon(&self, error: &InvokeError) {
        let in_hand: Vec<String> = self.work().in_hand.keys().cloned().collect();
        for id in in_hand {
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
