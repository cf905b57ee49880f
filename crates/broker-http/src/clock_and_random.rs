//! The clocks and the source of randomness, which the broker is given as arguments.

use std::time::{Instant, SystemTime};

/// The clocks and the randomness that the broker uses.
pub trait ClockAndRandom: Send + Sync {
    /// The wall clock.
    fn now(&self) -> SystemTime;
    /// The monotonic clock.
    fn instant(&self) -> Instant;
    /// Fills `bytes` with randomness fit for keys and nonces.
    ///
    /// # Errors
    /// [`EntropyError`] if the source fails; then nothing may be sealed.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of randomness failed, so no nonce or token can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct EntropyError;

/// The machine's own clocks and AWS-LC's random generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl ClockAndRandom for System {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| EntropyError)
    }
}
