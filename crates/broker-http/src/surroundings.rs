//! Time and randomness, as arguments.

use std::time::{Instant, SystemTime};

/// Where the broker gets time and randomness from.
pub trait Surroundings: Send + Sync {
    /// The wall clock.
    fn now(&self) -> SystemTime;
    /// The monotonic clock.
    fn instant(&self) -> Instant;
    /// Fills `bytes` with randomness fit for keys and nonces.
    ///
    /// # Errors
    /// [`NoEntropy`] where there is none; then nothing may be sealed.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct NoEntropy;

/// The machine's own clocks and AWS-LC's random generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Surroundings for System {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| NoEntropy)
    }
}
