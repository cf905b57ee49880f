//! A clock that stands still, and randomness that counts up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use broker_http::clock_and_random::{ClockAndRandom, EntropyError};

/// The clock's first time: 2027-01-15T08:00:00Z.
pub const NOW_SECS: u64 = 1_800_000_000;

/// A clock that a test moves by hand, and bytes that count up. Clones share both.
#[derive(Clone, Debug)]
pub struct FixedClockAndRandom {
    started: Instant,
    secs: Arc<AtomicU64>,
    fills: Arc<AtomicU8>,
}

impl Default for FixedClockAndRandom {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            secs: Arc::new(AtomicU64::new(NOW_SECS)),
            fills: Arc::default(),
        }
    }
}

impl FixedClockAndRandom {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.secs.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

impl ClockAndRandom for FixedClockAndRandom {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.secs.load(Ordering::Relaxed))
    }

    fn instant(&self) -> Instant {
        self.started
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.fills.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}
