//! The interval after which a client should ask for a file's status again.
//!
//! It grows with the file's age and with the number of watched files, and doubles while Connect throttles, because
//! Connect answers two status calls a second for all clients together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::upload::FileId;

use super::Life;

/// The shortest interval.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest interval that a file's age alone gives.
const LONGEST_BY_AGE: Duration = Duration::from_secs(10);
/// The longest interval, whatever the reason.
const LONGEST: Duration = Duration::from_mins(1);
/// What each watched file adds to every client's interval, so that together they ask 1.7 times a second.
const SHARE: Duration = Duration::from_millis(600);
/// How late a client may come back and still count as waiting.
const LATE: Duration = Duration::from_secs(2);
/// The largest number of files that are counted. With so many the interval is at its longest anyway.
const CAPACITY: usize = 1_000;

/// What an interval depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poll {
    /// The current time.
    pub(crate) now: SystemTime,
    /// How long ago the upload was started.
    pub(crate) age: Duration,
    /// Whether Connect throttled status calls lately.
    pub(crate) is_throttled: bool,
    /// A random number from 0 to 1.
    pub(crate) fraction: f64,
}

/// The files whose clients are expected back, and for how long.
#[derive(Default)]
pub(crate) struct Watched(Mutex<HashMap<FileId, Life>>);

impl Watched {
    /// How long the client that asked about `file` should wait.
    pub(crate) fn ask_again(&self, file: &FileId, poll: Poll) -> Duration {
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|other, life| other != file && life.lasts(poll.now));
        let interval = interval(u32::try_from(expected.len() + 1).unwrap_or(u32::MAX), poll);
        if expected.len() < CAPACITY {
            let life = Life {
                began: poll.now,
                length: interval + LATE,
            };
            expected.insert(file.clone(), life);
        }
        interval
    }

    /// Notes that no client needs to ask about `file` any more.
    pub(crate) fn end(&self, file: &FileId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(file);
    }
}

/// The interval while `watched` files are watched, give or take a quarter.
fn interval(watched: u32, poll: Poll) -> Duration {
    let by_age = (poll.age / 10).clamp(SHORTEST, LONGEST_BY_AGE);
    let shared = by_age.max(SHARE.saturating_mul(watched));
    let spaced = if poll.is_throttled { shared * 2 } else { shared };
    spaced
        .min(LONGEST)
        .mul_f64(0.75 + poll.fraction.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
    }

    fn poll(at_secs: u64, age_secs: u64) -> Poll {
        Poll {
            now: at(at_secs),
            age: Duration::from_secs(age_secs),
            is_throttled: false,
            fraction: 0.5,
        }
    }

    fn file(n: u64) -> FileId {
        FileId::parse(&format!("f-{n}")).expect("valid")
    }

    #[test]
    fn an_interval_grows_with_age_and_company_and_doubles_while_throttled() {
        for (watched, age_secs, is_throttled, fraction, expected_millis) in [
            (1, 0, false, 0.5, 1_000),
            (1, 10, false, 0.5, 1_000),
            (1, 30, false, 0.5, 3_000),
            (1, 3_600, false, 0.5, 10_000),
            (1, 30, true, 0.5, 6_000),
            (1, 30, false, 0.0, 2_250),
            (1, 30, false, 1.0, 3_750),
            (10, 0, false, 0.5, 6_000),
            (10, 0, true, 0.5, 12_000),
            (10, 3_600, false, 0.5, 10_000),
            (1_000, 0, true, 0.5, 60_000),
            (u32::MAX, 0, false, 7.0, 75_000),
        ] {
            let poll = Poll {
                is_throttled,
                fraction,
                ..poll(0, age_secs)
            };
            let expected = Duration::from_millis(expected_millis);
            assert_eq!(interval(watched, poll), expected, "{watched} {poll:?}");
        }
    }

    #[test]
    fn ten_waiting_clients_do_not_spend_the_quota() {
        let watched = Watched::default();
        let (mut asked, span_secs) = (0, 60);
        let mut due: Vec<_> = (0..10).map(|n| (at(100), file(n))).collect();
        for second in 100..100 + span_secs {
            for (due, file) in due.iter_mut().filter(|(due, _)| *due <= at(second)) {
                asked += 1;
                *due = at(second) + watched.ask_again(file, poll(second, second - 100));
            }
        }
        let quota = 5 + 2 * span_secs;
        assert!(
            asked < quota,
            "{asked} questions in {span_secs} s, Connect answers {quota}"
        );
    }

    #[test]
    fn only_those_who_will_come_back_are_counted() {
        let watched = Watched::default();
        for n in 0..9 {
            watched.ask_again(&file(n), poll(0, 0));
        }
        assert_eq!(watched.ask_again(&file(9), poll(0, 0)), Duration::from_secs(6));
        assert_eq!(
            watched.ask_again(&file(9), poll(0, 0)),
            Duration::from_secs(6),
            "counted once"
        );
        for n in 0..5 {
            watched.end(&file(n));
        }
        assert_eq!(
            watched.ask_again(&file(9), poll(0, 0)),
            Duration::from_secs(3),
            "five ended"
        );
        assert_eq!(
            watched.ask_again(&file(9), poll(60, 0)),
            Duration::from_secs(1),
            "none came back"
        );
        watched.ask_again(&file(8), poll(60, 0));
        assert_eq!(
            watched.ask_again(&file(9), poll(0, 0)),
            Duration::from_secs(1),
            "the clock went back"
        );
    }

    #[test]
    fn never_counts_more_than_its_capacity() {
        let watched = Watched::default();
        for n in 0..CAPACITY as u64 + 5 {
            watched.ask_again(&file(n), poll(0, 0));
        }
        assert_eq!(watched.0.lock().expect("sound").len(), CAPACITY);
    }
}
