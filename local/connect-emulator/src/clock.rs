//! The emulator's clock, and the two forms in which the models write a time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Clock that signatures, expiry, throttling and scans read.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(SystemTime::now))
    }

    /// A clock that shows `start` until its hand moves it.
    #[must_use]
    pub fn manual(start: SystemTime) -> (Self, ClockHand) {
        let hand = ClockHand(Arc::new(Mutex::new(start)));
        let read = hand.clone();
        let now = move || *read.0.lock().unwrap_or_else(PoisonError::into_inner);
        (Self(Arc::new(now)), hand)
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Iso8601(pub(crate) SystemTime);

impl Serialize for Iso8601 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const FORMAT: &[BorrowedFormatItem<'_>] =
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let text = OffsetDateTime::from(self.0).format(FORMAT);
        serializer.serialize_str(&text.map_err(serde::ser::Error::custom)?)
    }
}

/// A time as rest-json writes the model's `timestamp` in a body: seconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpochSecs(pub(crate) SystemTime);

impl Serialize for EpochSecs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let since = self.0.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let whole_millis = Duration::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        serializer.serialize_f64(whole_millis.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_times_in_the_forms_of_the_models() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_250_999);
        assert_eq!(json!(Iso8601(time)), json!("2023-11-14T22:13:20.250Z"));
        assert_eq!(json!(EpochSecs(time)), json!(1_700_000_000.25));
    }
}
