//! What is remembered of upstream's answers, and the one rule for how long.

mod limits;
mod memory;
mod polls;
mod ports;

use std::time::{Duration, SystemTime};

pub(crate) use limits::LimitsCache;
pub(crate) use polls::{Poll, Watched};
pub(crate) use ports::RememberingPorts;

/// A span of wall-clock time in which something holds. Wall-clock, because a frozen instance ages too.
#[derive(Clone, Copy)]
struct Life {
    began: SystemTime,
    length: Duration,
}

impl Life {
    /// Whether the span lasts at `now`. A clock that went back ends every span, because ages are unknown then.
    fn lasts(self, now: SystemTime) -> bool {
        now.duration_since(self.began).is_ok_and(|age| age < self.length)
    }
}
