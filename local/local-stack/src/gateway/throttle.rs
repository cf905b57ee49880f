//! Stage throttling: a token bucket.

use tokio::time::Instant;

/// Rate and burst of a stage. Source: API Gateway developer guide, "Throttle requests to your APIs".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// Requests at once.
    pub burst: u32,
}

/// Token bucket of a stage.
#[derive(Debug)]
pub(super) struct Bucket {
    throttle: Throttle,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// Full bucket.
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        Self {
            throttle,
            tokens: f64::from(throttle.burst),
            filled: now,
        }
    }

    /// Takes a token; false if there is none.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.throttle.rate;
        self.tokens = (self.tokens + gained).min(f64::from(self.throttle.burst));
        self.filled = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn admits_the_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Throttle { rate: 2.0, burst: 3 }, start);
        for (after_ms, expected) in [
            (0, true),
            (0, true),
            (0, true),
            (0, false),
            (400, false),
            (500, true),
            (500, false),
            (60_000, true),
            (60_000, true),
            (60_000, true),
            (60_000, false),
        ] {
            let now = start + Duration::from_millis(after_ms);
            assert_eq!(bucket.take(now), expected, "after {after_ms} ms");
        }
    }
}
