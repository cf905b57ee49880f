//! What is remembered of upstream's answers, and the one rule for how long.

mod limits;
mod memory;
mod open_files;
mod ports;
mod shared_users;

use std::time::{Duration, SystemTime};

pub(crate) use limits::LimitsCache;
pub(crate) use open_files::poll_interval;
pub(crate) use ports::RememberingPorts;
pub(crate) use shared_users::SharedUsers;

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
