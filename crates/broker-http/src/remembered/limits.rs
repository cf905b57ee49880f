//! Connect's limits as last read. Stale ones are used rather than waited for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::limits::{FileLimits, Scope, ServiceLimits};
use broker_core::ports::{AttachmentLimits, Deadline};
use futures_util::future::join_all;

use super::Life;

/// How long limits are used before they are read again.
const FRESH: Duration = Duration::from_mins(5);
/// How long after a question, answered or not, the next one waits, because all instances share the quota.
const PAUSE: Duration = Duration::from_secs(10);

/// The limits as last read; Connect's defaults until then.
pub(crate) struct LimitsCache {
    scopes: Vec<Scope>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    limits: Arc<ServiceLimits>,
    times: [Times; Scope::ALL.len()],
}

/// How long one scope's limits are fresh, and the pause after the last question about them.
#[derive(Clone, Copy, Default)]
struct Times {
    fresh: Option<Life>,
    pause: Option<Life>,
}

impl LimitsCache {
    /// A cache of the limits of `scopes`. The limits of other scopes are never read.
    pub(crate) fn new(scopes: Vec<Scope>) -> Self {
        Self {
            scopes,
            state: Mutex::default(),
        }
    }

    /// The limits as last read.
    pub(crate) fn current(&self) -> Arc<ServiceLimits> {
        Arc::clone(&self.state().limits)
    }

    /// Reads the limits of every stale scope. Limits that cannot be read stay as they are.
    ///
    /// The future may be dropped at any time: each scope is remembered as soon as it is read, and a question without
    /// an answer does not count as asked.
    pub(crate) async fn refresh(&self, connect: &impl AttachmentLimits, now: SystemTime, deadline: Deadline) {
        let reads = self.take_stale(now).into_iter().map(|scope| async move {
            let mut question = Question {
                cache: self,
                scope,
                was_answered: false,
            };
            let answer = connect.limits(scope, deadline).await;
            question.was_answered = true;
            match answer {
                Ok(limits) => self.remember(scope, limits, now),
                Err(error) => tracing::warn!(scope = scope.name(), %error, "limits could not be read"),
            }
        });
        join_all(reads).await;
    }

    /// The stale scopes. Each counts as asked from now on, so that no other request asks too.
    fn take_stale(&self, now: SystemTime) -> Vec<Scope> {
        let times = &mut self.state().times;
        let mut take = |scope: &Scope| {
            let times = &mut times[*scope as usize];
            let lasts = |life: Option<Life>| life.is_some_and(|life| life.lasts(now));
            let is_known = lasts(times.fresh) || lasts(times.pause);
            if !is_known {
                times.pause = Some(Life {
                    began: now,
                    length: PAUSE,
                });
            }
            !is_known
        };
        self.scopes.iter().copied().filter(|scope| take(scope)).collect()
    }

    fn remember(&self, scope: Scope, limits: FileLimits, now: SystemTime) {
        let mut state = self.state();
        state.times[scope as usize].fresh = Some(Life {
            began: now,
            length: FRESH,
        });
        let known = Arc::make_mut(&mut state.limits);
        match scope {
            Scope::Case => known.case = limits,
            Scope::Email => known.email = limits,
            Scope::Task => known.task = limits,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question under way. If it is dropped without an answer, the pause after it ends.
struct Question<'a> {
    cache: &'a LimitsCache,
    scope: Scope,
    was_answered: bool,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if !self.was_answered {
            self.cache.state().times[self.scope as usize].pause = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use broker_core::ports::UpstreamError;
    use futures_util::FutureExt as _;

    use super::*;

    /// A Connect that answers one size for every scope, fails, or never answers, and counts the questions.
    struct Connect {
        max_file_size_bytes: Option<u64>,
        is_silent: bool,
        asked: Mutex<usize>,
    }

    impl Connect {
        fn saying(max_file_size_bytes: Option<u64>) -> Self {
            Self {
                max_file_size_bytes,
                is_silent: false,
                asked: Mutex::new(0),
            }
        }

        fn asked(&self) -> usize {
            *self.asked.lock().expect("sound")
        }
    }

    impl AttachmentLimits for Connect {
        async fn limits(&self, _: Scope, _: Deadline) -> Result<FileLimits, UpstreamError> {
            *self.asked.lock().expect("sound") += 1;
            if self.is_silent {
                return std::future::pending().await;
            }
            let limits = |max_file_size_bytes| FileLimits {
                max_file_size_bytes,
                ..FileLimits::default()
            };
            self.max_file_size_bytes
                .map(limits)
                .ok_or(UpstreamError::Unavailable)
        }
    }

    fn at(secs: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + secs)
    }

    /// The limit of cases after a refresh at `secs`, and how many questions that took.
    async fn after_refresh(cache: &LimitsCache, says: Option<u64>, secs: u64) -> (u64, usize) {
        let connect = Connect::saying(says);
        cache.refresh(&connect, at(secs), Deadline(Instant::now())).await;
        (cache.current().case.max_file_size_bytes, connect.asked())
    }

    #[tokio::test]
    async fn limits_are_read_when_stale_and_otherwise_as_last_known() {
        let default = FileLimits::default().max_file_size_bytes;
        let cache = LimitsCache::new(Scope::ALL.into());
        for (what, secs, says, expected) in [
            ("never read, and Connect is silent", 0, None, (default, 3)),
            ("asked a moment ago", 9, Some(1), (default, 0)),
            ("read", 10, Some(1), (1, 3)),
            ("fresh", 309, Some(2), (1, 0)),
            ("stale, and Connect is silent", 310, None, (1, 3)),
            ("stale, asked a moment ago", 319, Some(2), (1, 0)),
            ("stale", 320, Some(2), (2, 3)),
            ("the clock went back", 0, Some(3), (3, 3)),
        ] {
            assert_eq!(after_refresh(&cache, says, secs).await, expected, "{what}");
        }
    }

    #[tokio::test]
    async fn a_question_that_was_dropped_does_not_count() {
        let cache = LimitsCache::new(vec![Scope::Case]);
        let mut connect = Connect::saying(Some(1));
        connect.is_silent = true;
        let dropped = cache.refresh(&connect, at(0), Deadline(Instant::now()));
        assert_eq!(dropped.now_or_never(), None);
        assert_eq!(connect.asked(), 1);
        assert_eq!(after_refresh(&cache, Some(2), 1).await, (2, 1), "a second later");
    }

    #[tokio::test]
    async fn only_what_a_grant_is_about_is_asked_for() {
        for (scopes, asked) in [
            (vec![], 0),
            (vec![Scope::Case], 1),
            (vec![Scope::Email, Scope::Task], 2),
        ] {
            let cache = LimitsCache::new(scopes);
            assert_eq!(
                after_refresh(&cache, None, 0).await.1,
                asked,
                "{:?}",
                cache.scopes
            );
        }
    }
}
