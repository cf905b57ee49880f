//! The clock as an argument, so that tests can replace it.

use std::time::Instant;

/// The time, and a way to wait for a later one.
pub(crate) trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Instant;

    /// Ends at `at`.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send;
}

/// The time of this machine. Sleeping needs a tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(at.into()).await;
    }
}
