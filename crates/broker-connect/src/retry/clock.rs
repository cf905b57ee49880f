//! Time and randomness, as arguments.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use broker_core::pace::PaceClock;

/// The time, and a way to wait for a later one.
pub(crate) trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Instant;

    /// Ends at `at`.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send;
}

/// The time of the machine, and random numbers from 0 to 1. Sleeping needs a tokio runtime.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    random: fn() -> f64,
}

impl SystemClock {
    /// The clock of the machine. `random` gives numbers from 0 to 1.
    #[must_use]
    pub const fn new(random: fn() -> f64) -> Self {
        Self { random }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(at.into()).await;
    }
}

impl PaceClock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn fraction(&self) -> f64 {
        (self.random)()
    }
}
