//! What was asked upstream a moment ago, by key: bounded in entries and in time, and asked for once at a time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::ports::UpstreamError;

/// Most values that are remembered.
const CAPACITY: usize = 1_000;

/// Values as last read. A failure is never remembered. Ages are wall-clock: a frozen instance ages too.
pub(crate) struct Memory<K, V>(Mutex<HashMap<K, Arc<Reading<V>>>>);

/// One value. Who asks for it holds it, so that others wait for that answer instead of asking too.
type Reading<V> = tokio::sync::Mutex<Option<Read<V>>>;

/// A value, when it was read and how long it is believed.
struct Read<V> {
    value: V,
    at: SystemTime,
    life: Duration,
}

impl<V> Read<V> {
    /// A clock that went back makes everything old.
    fn is_fresh(&self, now: SystemTime) -> bool {
        now.duration_since(self.at).is_ok_and(|age| age < self.life)
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Memory<K, V> {
    /// The value of `key`: the one remembered, or else what `ask` gives, once for all who want to know.
    /// It is then believed for its `life`.
    ///
    /// Who waits for another's answer waits no longer than that one's deadline, which ends before its own.
    ///
    /// # Errors
    /// Those of `ask`; the next who wants to know asks again.
    pub(crate) async fn get_or_ask(
        &self,
        key: &K,
        clock: impl Fn() -> SystemTime,
        life: impl Fn(&V) -> Duration,
        ask: impl Future<Output = Result<V, UpstreamError>>,
    ) -> Result<V, UpstreamError> {
        let reading = self.reading(key, clock());
        let mut read = reading.lock().await;
        if let Some(read) = read.as_ref().filter(|read| read.is_fresh(clock())) {
            return Ok(read.value.clone());
        }
        // INVARIANT: an old answer is gone before the question is asked again, so that neither a failure nor a clock that
        // goes back can bring back what upstream may have withdrawn.
        *read = None;
        let value = ask.await?;
        *read = Some(Read {
            value: value.clone(),
            at: clock(),
            life: life(&value),
        });
        Ok(value)
    }

    /// Forgets `key`, whose value is about to change.
    pub(crate) fn forget(&self, key: &K) {
        self.readings().remove(key);
    }

    fn reading(&self, key: &K, now: SystemTime) -> Arc<Reading<V>> {
        let mut readings = self.readings();
        if readings.len() >= CAPACITY && !readings.contains_key(key) {
            readings.retain(|_, reading| is_needed(reading, now));
        }
        if readings.len() >= CAPACITY && !readings.contains_key(key) {
            // All are fresh: this one is asked for without being remembered.
            return Arc::default();
        }
        Arc::clone(readings.entry(key.clone()).or_default())
    }

    fn readings(&self) -> MutexGuard<'_, HashMap<K, Arc<Reading<V>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody is asking, or the answer is still believed.
fn is_needed<V>(reading: &Reading<V>, now: SystemTime) -> bool {
    let read = reading.try_lock();
    read.map_or(true, |read| read.as_ref().is_some_and(|read| read.is_fresh(now)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    /// What is known of `key` at `millis`, where upstream would say `answer`, to be believed for a second.
    async fn read(
        memory: &Memory<String, &'static str>,
        key: &str,
        millis: u64,
        answer: Result<&'static str, UpstreamError>,
    ) -> Result<&'static str, UpstreamError> {
        let ask = std::future::ready(answer);
        let life = |_: &_| Duration::from_secs(1);
        memory.get_or_ask(&key.to_owned(), || at(millis), life, ask).await
    }

    #[tokio::test]
    async fn a_value_is_believed_for_its_life_and_a_failure_never() {
        use UpstreamError::Unavailable;
        for (what, first, later_millis, second, expected) in [
            ("within a second", Ok("OLD"), 999, Ok("NEW"), Ok("OLD")),
            ("after a second", Ok("OLD"), 1_000, Ok("NEW"), Ok("NEW")),
            (
                "a failure then",
                Ok("OLD"),
                1_000,
                Err(Unavailable),
                Err(Unavailable),
            ),
            ("after a failure", Err(Unavailable), 1, Ok("NEW"), Ok("NEW")),
        ] {
            let memory = Memory::default();
            let before = read(&memory, "f-1", 5_000, first.clone()).await;
            assert_eq!(before, first, "{what}");
            let after = read(&memory, "f-1", 5_000 + later_millis, second).await;
            assert_eq!(after, expected, "{what}");
        }
    }

    #[tokio::test]
    async fn a_clock_that_went_back_makes_values_old() {
        let memory = Memory::default();
        read(&memory, "f-1", 9_000, Ok("OLD")).await.expect("read");
        let status = read(&memory, "f-1", 1_000, Ok("NEW")).await;
        assert_eq!(status, Ok("NEW"));
    }

    #[tokio::test]
    async fn an_old_value_does_not_come_back_after_a_failure() {
        let memory = Memory::default();
        read(&memory, "f-1", 5_000, Ok("OLD")).await.expect("read");
        let failure = read(&memory, "f-1", 6_000, Err(UpstreamError::Unavailable)).await;
        assert_eq!(failure, Err(UpstreamError::Unavailable));
        let status = read(&memory, "f-1", 5_500, Ok("NEW")).await;
        assert_eq!(
            status,
            Ok("NEW"),
            "the clock went back to when the old one was fresh"
        );
    }

    #[tokio::test]
    async fn values_are_apart_and_forgotten_one_by_one() {
        let memory = Memory::default();
        for name in ["f-1", "f-2"] {
            read(&memory, name, 0, Ok("OLD")).await.expect("read");
        }
        memory.forget(&"f-1".to_owned());
        for (name, expected) in [("f-1", "NEW"), ("f-2", "OLD"), ("f-3", "NEW")] {
            let status = read(&memory, name, 1, Ok("NEW")).await;
            assert_eq!(status, Ok(expected), "{name}");
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_shares_one_answer() {
        let (memory, asked, clients) = (Memory::default(), AtomicUsize::new(0), 10);
        let ask = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok("PROCESSING")
        };
        let life = |_: &_| Duration::from_secs(1);
        let all = (0..clients).map(|_| memory.get_or_ask(&"f-1", || at(0), life, ask()));
        for status in futures_util::future::join_all(all).await {
            assert_eq!(status, Ok("PROCESSING"));
        }
        assert_eq!(asked.into_inner(), 1);
    }

    #[tokio::test]
    async fn never_holds_more_than_its_capacity() {
        let memory = Memory::default();
        for n in 0..CAPACITY + 5 {
            let status = read(&memory, &format!("f-{n}"), 0, Ok("OLD")).await;
            assert_eq!(status, Ok("OLD"), "still answered");
        }
        assert_eq!(memory.readings().len(), CAPACITY);
        read(&memory, "later", 1_000, Ok("OLD")).await.expect("read");
        assert_eq!(memory.readings().len(), 1, "what is old makes place");
    }
}
