//! Time, as an argument.

use std::time::Instant;

/// What time it is, and how to wait for another.
pub(crate) trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Instant;

    /// Ends at `at`.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send;
}

/// The time of the machine; sleeping needs a tokio runtime.
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
