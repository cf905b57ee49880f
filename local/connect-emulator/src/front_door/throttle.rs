//! Connect's quotas, as token buckets.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::options::{Quota, Rate};

/// One token bucket per operation.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: HashMap<&'static str, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: SystemTime,
}

impl Throttle {
    /// Takes a token from the operation's bucket, if there is one. A refused call costs no token.
    pub(crate) fn admits(&mut self, operation: &'static str, quota: &Quota, now: SystemTime) -> bool {
        let rate = quota.operations.get(operation).copied().unwrap_or(quota.rate);
        let full = Bucket {
            tokens: f64::from(rate.burst),
            filled_at: now,
        };
        self.buckets.entry(operation).or_insert(full).take(rate, now)
    }
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: SystemTime) -> bool {
        let elapsed = now.duration_since(self.filled_at).unwrap_or_default();
        let refilled = self.tokens + elapsed.as_secs_f64() * f64::from(rate.per_second);
        self.tokens = refilled.min(f64::from(rate.burst));
        self.filled_at = now;
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn admits_the_burst_and_then_the_rate() {
        let mut throttle = Throttle::default();
        let quota = Quota::default();
        let mut admitted = |operation, at_millis: u64, calls: usize| {
            let now = SystemTime::UNIX_EPOCH + Duration::from_millis(at_millis);
            (0..calls)
                .filter(|_| throttle.admits(operation, &quota, now))
                .count()
        };
        for (operation, at_millis, calls, expected) in [
            ("StartAttachedFileUpload", 0, 10, 5),
            ("GetCase", 0, 20, 10),
            ("DescribeContact", 0, 20, 15),
            ("StartAttachedFileUpload", 499, 1, 0),
            ("StartAttachedFileUpload", 500, 2, 1),
            ("GetCase", 500, 9, 2),
            ("DescribeContact", 500, 9, 5),
            ("StartAttachedFileUpload", 60_000, 10, 5),
        ] {
            assert_eq!(
                admitted(operation, at_millis, calls),
                expected,
                "{operation} at {at_millis} ms"
            );
        }
    }

    #[test]
    fn is_not_refilled_by_a_clock_that_goes_back() {
        let mut throttle = Throttle::default();
        let quota = Quota {
            rate: Rate {
                per_second: 1,
                burst: 1,
            },
            ..Quota::default()
        };
        let later = SystemTime::UNIX_EPOCH + Duration::from_mins(1);
        assert!(throttle.admits("SearchUsers", &quota, later));
        assert!(!throttle.admits("SearchUsers", &quota, SystemTime::UNIX_EPOCH));
    }
}
