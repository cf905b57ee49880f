use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Where the emulator takes the time from: signatures, expiry, throttling and the scan all ask it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(SystemTime::now))
    }

    /// A clock that stands at `start` until its hand moves it.
    #[must_use]
    pub fn manual(start: SystemTime) -> (Self, ClockHand) {
        let hand = ClockHand(Arc::new(Mutex::new(start)));
        let read = hand.clone();
        (
            Self(Arc::new(move || {
                *read.0.lock().unwrap_or_else(PoisonError::into_inner)
            })),
            hand,
        )
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The hand of a manual clock.
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<Mutex<SystemTime>>);

impl ClockHand {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

/// A time as the model's `ISO8601Datetime`: UTC, milliseconds, `Z`.
pub(crate) fn iso8601(time: SystemTime) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from(time).format(FORMAT).unwrap_or_default()
}

/// A time as rest-json writes the model's `timestamp` in a body: seconds since the epoch.
pub(crate) fn epoch_secs(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_as_the_model_wants_them() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        assert_eq!(iso8601(time), "2023-11-14T22:13:20.250Z");
        assert!((epoch_secs(time) - 1_700_000_000.25).abs() < f64::EPSILON);
    }
}
