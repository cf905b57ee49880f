//! Connect's effective limits: read, remembered, and used stale rather than waited for.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::limits::{FileLimits, Scope, ServiceLimits};
use broker_core::ports::{AttachedFiles, Deadline};
use futures_util::future::join_all;

/// How long limits are used without asking again.
const FRESH: Duration = Duration::from_mins(5);

/// The limits as last read; before that Connect's defaults.
#[derive(Default)]
pub struct LimitsCache(Mutex<State>);

#[derive(Default)]
struct State {
    limits: ServiceLimits,
    read_at: [Option<SystemTime>; Scope::ALL.len()],
}

impl LimitsCache {
    /// The limits as last read.
    pub fn current(&self) -> ServiceLimits {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .limits
            .clone()
    }

    /// Reads the limits of every scope that was not read lately; a scope that cannot be read stays as it is.
    ///
    /// May be dropped half-way: every scope is remembered as soon as it is read.
    pub async fn refresh(&self, files: &impl AttachedFiles, now: SystemTime, deadline: Deadline) {
        let stale = self.stale(now);
        let reads = stale.into_iter().map(|(place, scope)| async move {
            match files.limits(scope, deadline).await {
                Ok(limits) => self.remember(place, scope, limits, now),
                Err(error) => tracing::warn!(scope = scope.name(), %error, "limits could not be read"),
            }
        });
        join_all(reads).await;
    }

    fn stale(&self, now: SystemTime) -> Vec<(usize, Scope)> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |read_at: SystemTime| now.duration_since(read_at).is_ok_and(|age| age < FRESH);
        let scopes = Scope::ALL.into_iter().enumerate();
        scopes
            .filter(|(place, _)| !state.read_at[*place].is_some_and(is_fresh))
            .collect()
    }

    fn remember(&self, place: usize, scope: Scope, limits: FileLimits, now: SystemTime) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.read_at[place] = Some(now);
        match scope {
            Scope::Case => state.limits.case = limits,
            Scope::Email => state.limits.email = limits,
            Scope::Task => state.limits.task = limits,
        }
    }
}
