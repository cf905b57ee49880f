//! Queue between callers and instances; it decides when another instance is needed.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, watch};

use super::invocation::{Invocation, InvokeError, MAX_PAYLOAD_BYTES, Outcome};

/// Whether the most recently started process finished its init phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// The first process is starting.
    Starting,
    /// The process asked for an invocation.
    Ready,
    /// The process failed; the text says why.
    Failed(String),
}

/// Waiting invocations, and counts of running ones.
#[derive(Debug)]
pub(crate) struct Pool {
    max_instances: usize,
    concurrency: usize,
    counts: Mutex<Counts>,
    arrived: Notify,
    wanted: mpsc::UnboundedSender<()>,
    readiness: watch::Sender<Readiness>,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: VecDeque<Invocation>,
    /// Invocations that an instance is handling.
    in_flight: usize,
    /// Instances that are running or starting.
    instances: usize,
    process_ids: BTreeSet<u32>,
    closed: bool,
}

impl Pool {
    /// Empty pool, which sends one unit to `wanted` for each instance to start.
    pub(crate) fn new(max_instances: usize, concurrency: usize, wanted: mpsc::UnboundedSender<()>) -> Self {
        let readiness = watch::Sender::new(Readiness::Starting);
        Self {
            max_instances,
            concurrency,
            counts: Mutex::default(),
            arrived: Notify::new(),
            wanted,
            readiness,
        }
    }

    /// Outcome of `event`.
    ///
    /// # Errors
    /// The invocation ended without an answer.
    pub(crate) async fn invoke(&self, event: Bytes, trace_id: &str) -> Outcome {
        if event.len() > MAX_PAYLOAD_BYTES {
            return Err(InvokeError::EventTooLarge {
                size_bytes: event.len(),
            });
        }
        let (invocation, outcome) = Invocation::new(event, trace_id);
        self.push(invocation)?;
        outcome.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Queues an invocation, and asks for another instance if the existing ones are busy.
    ///
    /// # Errors
    /// [`InvokeError::Throttled`] if all `max_instances` are busy, [`InvokeError::Stopped`] after [`Self::close`].
    fn push(&self, invocation: Invocation) -> Result<(), InvokeError> {
        let mut counts = self.counts();
        if counts.closed {
            return Err(InvokeError::Stopped);
        }
        if counts.in_flight + counts.waiting.len() >= self.max_instances * self.concurrency {
            return Err(InvokeError::Throttled {
                max_instances: self.max_instances,
            });
        }
        counts.waiting.push_back(invocation);
        self.grow(&mut counts);
        drop(counts);
        self.arrived.notify_one();
        Ok(())
    }

    /// The next invocation, once there is one.
    pub(crate) async fn next(&self) -> Invocation {
        loop {
            if let Some(invocation) = self.take() {
                return invocation;
            }
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<Invocation> {
        let mut counts = self.counts();
        let invocation = counts.waiting.pop_front()?;
        counts.in_flight += 1;
        if !counts.waiting.is_empty() {
            // Permits do not add up: two arrivals may have left only one.
            self.arrived.notify_one();
        }
        Some(invocation)
    }

    /// Records that an instance finished an invocation.
    pub(crate) fn finished(&self) {
        self.counts().in_flight -= 1;
    }

    /// Asks for an instance.
    pub(crate) fn want_instance(&self) {
        let mut counts = self.counts();
        self.add_instance(&mut counts);
    }

    /// Records a process that was started.
    pub(crate) fn process_started(&self, id: u32) {
        self.counts().process_ids.insert(id);
    }

    /// Records that an instance finished its init phase.
    pub(crate) fn initialised(&self) {
        self.readiness.send_replace(Readiness::Ready);
    }

    /// Fails the invocation that has waited longest, because its instance could not start.
    pub(crate) fn init_failed(&self, reason: &str) {
        self.readiness.send_replace(Readiness::Failed(reason.to_owned()));
        let oldest = self.counts().waiting.pop_front();
        if let Some(invocation) = oldest {
            invocation.conclude(Err(InvokeError::InitFailed {
                reason: reason.to_owned(),
            }));
        }
    }

    /// Records that an instance ended; `replace` asks for another one even if no invocation waits.
    pub(crate) fn instance_ended(&self, process_id: Option<u32>, replace: bool) {
        let mut counts = self.counts();
        counts.instances -= 1;
        if let Some(id) = process_id {
            counts.process_ids.remove(&id);
        }
        if replace && counts.instances == 0 && !counts.closed {
            self.add_instance(&mut counts);
        }
        self.grow(&mut counts);
    }

    /// Ends all waiting invocations and refuses new ones.
    pub(crate) fn close(&self) {
        let mut counts = self.counts();
        counts.closed = true;
        let waiting = std::mem::take(&mut counts.waiting);
        drop(counts);
        for invocation in waiting {
            invocation.conclude(Err(InvokeError::Stopped));
        }
    }

    /// Whether the function is ready, now and after every change.
    pub(crate) fn readiness(&self) -> watch::Receiver<Readiness> {
        self.readiness.subscribe()
    }

    /// Ids of the running processes.
    pub(crate) fn process_ids(&self) -> Vec<u32> {
        self.counts().process_ids.iter().copied().collect()
    }

    /// Asks for instances until there are enough for all waiting invocations.
    fn grow(&self, counts: &mut Counts) {
        while counts.in_flight + counts.waiting.len() > counts.instances * self.concurrency
            && counts.instances < self.max_instances
            && !counts.closed
        {
            self.add_instance(counts);
        }
    }

    fn add_instance(&self, counts: &mut Counts) {
        counts.instances += 1;
        // The receiver no longer exists when the function is being dropped, or when the caller runs the process itself.
        let _unheard = self.wanted.send(());
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn pool(max_instances: usize, concurrency: usize) -> (Pool, mpsc::UnboundedReceiver<()>) {
        let (wanted, requests) = mpsc::unbounded_channel();
        (Pool::new(max_instances, concurrency, wanted), requests)
    }

    fn invocation() -> Invocation {
        Invocation::new(Bytes::from_static(b"{}"), "Root=1").0
    }

    #[test]
    fn asks_for_as_many_instances_as_the_load_needs() {
        for (max, concurrency, load, expected) in [(4, 1, 1, 1), (4, 1, 3, 3), (2, 2, 3, 2), (4, 4, 4, 1)] {
            let (pool, mut requests) = pool(max, concurrency);
            for _ in 0..load {
                pool.push(invocation()).expect("within the limit");
            }
            let asked = std::iter::from_fn(|| requests.try_recv().ok()).count();
            assert_eq!(asked, expected, "{max} instances of {concurrency}, load {load}");
        }
    }

    #[test]
    fn throttles_what_no_instance_can_take() {
        let (pool, _requests) = pool(2, 2);
        for _ in 0..4 {
            pool.push(invocation()).expect("within the limit");
        }
        assert_eq!(
            pool.push(invocation()),
            Err(InvokeError::Throttled { max_instances: 2 })
        );
        assert!(pool.take().is_some());
        assert_eq!(
            pool.push(invocation()),
            Err(InvokeError::Throttled { max_instances: 2 }),
            "work in progress counts"
        );
        pool.finished();
        assert_eq!(pool.push(invocation()), Ok(()));
    }

    #[tokio::test]
    async fn wakes_every_instance_that_has_work() {
        let (pool, _requests) = pool(2, 1);
        for _ in 0..2 {
            pool.push(invocation()).expect("within the limit");
        }
        let (first, second) = tokio::join!(pool.next(), pool.next());
        assert_ne!(first.request_id, second.request_id);
    }

    #[tokio::test]
    async fn an_instance_that_cannot_start_fails_one_caller() {
        let (pool, mut requests) = pool(2, 1);
        let (first, outcome) = Invocation::new(Bytes::new(), "Root=1");
        pool.push(first).expect("within the limit");
        pool.push(invocation()).expect("within the limit");
        while requests.try_recv().is_ok() {}
        pool.init_failed("exit code 1");
        pool.instance_ended(None, false);
        let expected = InvokeError::InitFailed {
            reason: "exit code 1".to_owned(),
        };
        assert_eq!(outcome.await.expect("an outcome"), Err(expected));
        assert!(
            requests.try_recv().is_err(),
            "the other instance takes the other caller"
        );
    }
}
