//! What was asked upstream a moment ago: bounded in entries and in time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::arn::{CaseArn, ConnectUserArn, ContactArn};
use broker_core::ports::{CaseRecords, ContactRecords, Deadline, UpstreamError, UserDirectory};
use broker_core::request::Username;

use crate::surroundings::Surroundings;

/// Most entries of one cache.
const CAPACITY: usize = 1_000;
/// How long a user's ARN is believed.
const USER_LIFE: Duration = Duration::from_mins(5);
/// How long it is believed that there is no such user.
const NO_USER_LIFE: Duration = Duration::from_secs(30);
/// How long a case's customer and a contact's agent are believed.
const RECORD_LIFE: Duration = Duration::from_secs(5);

/// Values by key, each until its time is over. Ages are wall-clock: a frozen instance ages too.
struct Cache<K, V>(Mutex<HashMap<K, (V, SystemTime)>>);

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn get(&self, key: &K, now: SystemTime) -> Option<V> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(key)
            .filter(|(_, until)| *until > now)
            .map(|(value, _)| value.clone())
    }

    fn put(&self, key: K, value: V, until: SystemTime, now: SystemTime) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, (_, until)| *until > now);
        }
        if entries.len() >= CAPACITY {
            let first = entries
                .iter()
                .min_by_key(|(_, (_, until))| *until)
                .map(|(key, _)| key.clone());
            first.map(|key| entries.remove(&key));
        }
        entries.insert(key, (value, until));
    }
}

/// The look-up ports behind caches. Failures are never remembered, and never taken for a refusal.
pub struct CachedLookUps<P, S> {
    inner: P,
    surroundings: S,
    users: Cache<Username, Option<ConnectUserArn>>,
    customers: Cache<CaseArn, Option<Box<str>>>,
    agents: Cache<ContactArn, Option<Box<str>>>,
}

impl<P, S: Surroundings> CachedLookUps<P, S> {
    /// Caches in front of `inner`.
    pub fn new(inner: P, surroundings: S) -> Self {
        let (users, customers, agents) = (Cache::new(), Cache::new(), Cache::new());
        Self {
            inner,
            surroundings,
            users,
            customers,
            agents,
        }
    }

    /// What stands behind the caches.
    pub const fn inner(&self) -> &P {
        &self.inner
    }

    async fn remembered<K: Eq + Hash + Clone, V: Clone>(
        &self,
        cache: &Cache<K, V>,
        key: &K,
        life: impl Fn(&V) -> Duration,
        ask: impl Future<Output = Result<V, UpstreamError>>,
    ) -> Result<V, UpstreamError> {
        if let Some(value) = cache.get(key, self.surroundings.now()) {
            return Ok(value);
        }
        let value = ask.await?;
        let now = self.surroundings.now();
        cache.put(key.clone(), value.clone(), now + life(&value), now);
        Ok(value)
    }
}

impl<P: UserDirectory, S: Surroundings> UserDirectory for CachedLookUps<P, S> {
    async fn user_named(
        &self,
        username: &Username,
        deadline: Deadline,
    ) -> Result<Option<ConnectUserArn>, UpstreamError> {
        let life = |user: &Option<_>| if user.is_some() { USER_LIFE } else { NO_USER_LIFE };
        let ask = self.inner.user_named(username, deadline);
        self.remembered(&self.users, username, life, ask).await
    }
}

impl<P: CaseRecords, S: Surroundings> CaseRecords for CachedLookUps<P, S> {
    async fn customer_of(
        &self,
        case: &CaseArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.inner.customer_of(case, deadline);
        self.remembered(&self.customers, case, |_| RECORD_LIFE, ask).await
    }
}

impl<P: ContactRecords, S: Surroundings> ContactRecords for CachedLookUps<P, S> {
    async fn agent_of(
        &self,
        contact: &ContactArn,
        deadline: Deadline,
    ) -> Result<Option<Box<str>>, UpstreamError> {
        let ask = self.inner.agent_of(contact, deadline);
        self.remembered(&self.agents, contact, |_| RECORD_LIFE, ask).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
    }

    #[test]
    fn an_entry_is_gone_when_its_time_is_over() {
        let cache = Cache::new();
        cache.put("ada", 1, at(10), at(0));
        assert_eq!(cache.get(&"ada", at(9)), Some(1));
        assert_eq!(cache.get(&"ada", at(10)), None);
    }

    #[test]
    fn never_holds_more_than_its_capacity() {
        let cache = Cache::new();
        for n in 0..2 * CAPACITY as u64 {
            cache.put(n, n, at(10_000 + n), at(0));
        }
        assert_eq!(cache.get(&0, at(0)), None, "what would end first went first");
        assert_eq!(
            cache.get(&(2 * CAPACITY as u64 - 1), at(0)),
            Some(2 * CAPACITY as u64 - 1)
        );
        let entries = cache.0.lock().expect("not poisoned");
        assert_eq!(entries.len(), CAPACITY);
    }
}
