//! The retry budget: a token bucket that the process shares.

use std::sync::atomic::{AtomicU32, Ordering};

/// Tokens for retries after faults. Source of the sizes: the AWS SDKs' standard retry mode.
///
/// It stays full while the service works. In an outage it runs empty, and then each call is one attempt.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    /// Tokens at the start, and the most there can be.
    pub(crate) const CAPACITY: u32 = 500;
    /// What a retry costs.
    pub(crate) const RETRY_COST: u32 = 5;
    /// What a retry after a timeout costs.
    pub(crate) const TIMEOUT_COST: u32 = 10;

    pub(crate) const fn full() -> Self {
        Self(AtomicU32::new(Self::CAPACITY))
    }

    /// Takes `cost` tokens, if enough are left.
    pub(crate) fn spend(&self, cost: u32) -> bool {
        let take = |tokens: u32| tokens.checked_sub(cost);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    /// Gives back the cost of the attempt that succeeded, or one token if it was the first attempt.
    pub(crate) fn refill(&self, cost: u32) {
        let give = |tokens: u32| Some(tokens.saturating_add(cost.max(1)).min(Self::CAPACITY));
        // The update always gives a value, so it cannot fail.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_dry_and_is_refilled_up_to_its_capacity() {
        let budget = Budget::full();
        assert!((0..50).all(|_| budget.spend(Budget::TIMEOUT_COST)));
        assert!(!budget.spend(1));
        budget.refill(0);
        assert!(budget.spend(1) && !budget.spend(1));
        budget.refill(Budget::RETRY_COST);
        assert!(
            !budget.spend(Budget::TIMEOUT_COST),
            "less than the cost is not taken"
        );
        assert!(budget.spend(Budget::RETRY_COST));
        budget.refill(u32::MAX);
        assert!(budget.spend(Budget::CAPACITY) && !budget.spend(1));
    }
}
