//! Connect's effective limits: read, remembered, and used stale rather than waited for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::limits::{FileLimits, Scope, ServiceLimits};
use broker_core::ports::{AttachmentLimits, Deadline};
use futures_util::future::join_all;

/// How long limits are used without asking again.
const FRESH: Duration = Duration::from_mins(5);
/// How long nothing is asked after it was asked, whatever became of it: the quota is for all instances.
const PAUSE: Duration = Duration::from_secs(10);

/// The limits as last read; before that Connect's defaults.
pub struct LimitsCache {
    scopes: Vec<Scope>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    limits: Arc<ServiceLimits>,
    times: [Times; Scope::ALL.len()],
}

/// When one scope's limits were read and asked for. Wall-clock: a frozen instance ages too.
#[derive(Clone, Copy, Default)]
struct Times {
    read_at: Option<SystemTime>,
    asked_at: Option<SystemTime>,
}

impl LimitsCache {
    /// The limits of `scopes`; nobody asks for those of others.
    #[must_use]
    pub fn new(scopes: Vec<Scope>) -> Self {
        Self {
            scopes,
            state: Mutex::default(),
        }
    }

    /// The limits as last read.
    pub fn current(&self) -> Arc<ServiceLimits> {
        Arc::clone(&self.state().limits)
    }

    /// Reads the limits of every scope that is stale; one that cannot be read stays as it is.
    ///
    /// May be dropped half-way: every scope is remembered as soon as it is read, and one whose question was not
    /// answered is as if it had not been asked.
    pub async fn refresh(&self, connect: &impl AttachmentLimits, now: SystemTime, deadline: Deadline) {
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

    /// The scopes to be read now, each noted as asked for: who comes next need not ask.
    fn take_stale(&self, now: SystemTime) -> Vec<Scope> {
        let times = &mut self.state().times;
        let mut take = |scope: &Scope| {
            let times = &mut times[*scope as usize];
            let is_known = is_within(FRESH, times.read_at, now) || is_within(PAUSE, times.asked_at, now);
            if !is_known {
                times.asked_at = Some(now);
            }
            !is_known
        };
        self.scopes.iter().copied().filter(|scope| take(scope)).collect()
    }

    fn remember(&self, scope: Scope, limits: FileLimits, now: SystemTime) {
        let mut state = self.state();
        state.times[scope as usize].read_at = Some(now);
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

/// A question under way. Dropped without an answer, it does not keep the next one from asking.
struct Question<'a> {
    cache: &'a LimitsCache,
    scope: Scope,
    was_answered: bool,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if !self.was_answered {
            self.cache.state().times[self.scope as usize].asked_at = None;
        }
    }
}

/// Whether `then` is less than `span` ago; a clock that went back makes everything old.
fn is_within(span: Duration, then: Option<SystemTime>, now: SystemTime) -> bool {
    then.is_some_and(|then| now.duration_since(then).is_ok_and(|age| age < span))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use broker_core::ports::UpstreamError;
    use futures_util::FutureExt as _;

    use super::*;

    /// Connect that says one size for every scope, or fails, or never answers, and counts how often it was asked.
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

    /// What is known of cases after a refresh at `secs`, and how many questions that took.
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
