//! How throttled calls of one operation wait: in line, one at a time.
//!
//! Connect counts requests per operation, account and Region, over all instances of the function. What
//! one instance can do is not to make it worse: of its throttled calls only the first in line asks.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use broker_core::operation::Operation;

/// A jam is over if nothing was throttled while Connect's burst was refilled twice.
const JAM_ENDS_AFTER: Duration = Operation::StartAttachedFileUpload
    .quota()
    .refill()
    .saturating_mul(2);

/// How long a throttled call is a sign that others would be throttled too.
const RECENT: Duration = Duration::from_secs(30);

/// Bounds of what callers are told to wait. What this instance saw says little about what others will do:
/// who stays away for longer finds a quota that nobody used.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// The line before one operation.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// Fair: who waits longest is first.
    first_in_line: tokio::sync::Mutex<()>,
    seen: std::sync::Mutex<Seen>,
}

/// What this instance saw.
#[derive(Debug, Default)]
struct Seen {
    in_line: u32,
    jam: Option<Jam>,
    last_throttled: Option<Instant>,
}

/// A time in which the operation is throttled.
#[derive(Clone, Copy, Debug)]
struct Jam {
    since: Instant,
    last_throttled: Instant,
    passed: u32,
}

impl Jam {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_throttled) > JAM_ENDS_AFTER
    }
}

/// The first place in line, until it is dropped.
pub(crate) struct Turn<'a> {
    _first: tokio::sync::MutexGuard<'a, ()>,
    _place: Place<'a>,
}

/// A place in line, until it is dropped.
struct Place<'a>(&'a Lane);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.look(|seen| seen.in_line -= 1);
    }
}

impl Lane {
    /// Whether calls are waiting.
    pub(crate) fn has_a_line(&self) -> bool {
        self.look(|seen| seen.in_line > 0)
    }

    /// Gets in line, and comes back first.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        self.look(|seen| seen.in_line += 1);
        let place = Place(self);
        Turn {
            _first: self.first_in_line.lock().await,
            _place: place,
        }
    }

    /// Notes that a call was throttled.
    pub(crate) fn throttled(&self, now: Instant) {
        self.look(|seen| {
            let begun = Jam {
                since: now,
                last_throttled: now,
                passed: 0,
            };
            let jam = seen.jam.filter(|jam| !jam.is_over(now)).unwrap_or(begun);
            seen.jam = Some(Jam {
                last_throttled: now,
                ..jam
            });
            seen.last_throttled = Some(now);
        });
    }

    /// Whether a call was throttled lately.
    pub(crate) fn was_throttled(&self, now: Instant) -> bool {
        let last = self.look(|seen| seen.last_throttled);
        last.is_some_and(|last| now.saturating_duration_since(last) < RECENT)
    }

    /// Notes that a call was answered.
    pub(crate) fn passed(&self, now: Instant) {
        self.look(|seen| {
            seen.jam = seen.jam.filter(|jam| !jam.is_over(now)).map(|jam| Jam {
                passed: jam.passed + 1,
                ..jam
            });
        });
    }

    /// How long the line takes for who is in it, or for who would join it, at the pace of this jam; while
    /// nothing has passed, each takes as long as the jam lasts.
    pub(crate) fn retry_after(&self, now: Instant, is_in_line: bool) -> Duration {
        let (lasts, passed, in_line) = self.look(|seen| {
            let lasts = seen.jam.map(|jam| now.saturating_duration_since(jam.since));
            let passed = seen.jam.map_or(0, |jam| jam.passed);
            (lasts.unwrap_or_default(), passed, seen.in_line)
        });
        let in_line = in_line + u32::from(!is_in_line);
        let line = (lasts / passed.max(1)).saturating_mul(in_line);
        line.clamp(RETRY_AFTER.0, RETRY_AFTER.1)
    }

    fn look<T>(&self, at: impl FnOnce(&mut Seen) -> T) -> T {
        at(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_what_the_line_takes() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        for (what, throttled, passed, asked, expected_secs) in [
            ("nothing was seen", &[][..], &[][..], 0, 1),
            ("it just began", &[0][..], &[][..], 0, 1),
            ("nothing passed in 4 s", &[0, 2, 4][..], &[][..], 4, 4),
            ("two passed in 4 s", &[0, 2, 4][..], &[1, 3][..], 4, 2),
            (
                "what passed before does not count",
                &[1][..],
                &[0, 0, 0][..],
                4,
                3,
            ),
            ("a jam of long ago does not count", &[0, 10][..], &[1][..], 13, 3),
            ("a jam that goes on for long", &[0, 4, 8, 12][..], &[][..], 12, 10),
        ] {
            let lane = Lane::default();
            for second in 0..=asked {
                throttled
                    .iter()
                    .filter(|at| **at == second)
                    .for_each(|_| lane.throttled(at(second)));
                passed
                    .iter()
                    .filter(|at| **at == second)
                    .for_each(|_| lane.passed(at(second)));
            }
            assert_eq!(
                lane.retry_after(at(asked), false),
                Duration::from_secs(expected_secs),
                "{what}"
            );
        }
    }

    #[tokio::test]
    async fn those_in_line_are_counted_until_they_leave() {
        let (lane, start) = (Lane::default(), Instant::now());
        lane.throttled(start);
        let first = lane.turn().await;
        {
            let mut second = Box::pin(lane.turn());
            let is_waiting = tokio::time::timeout(Duration::ZERO, &mut second).await.is_err();
            assert!(is_waiting && lane.has_a_line());
            assert_eq!(
                lane.retry_after(start + Duration::from_secs(3), true),
                Duration::from_secs(6)
            );
        }
        drop(first);
        assert!(!lane.has_a_line());
        assert_eq!(
            lane.retry_after(start + Duration::from_secs(3), false),
            Duration::from_secs(3)
        );
    }
}
