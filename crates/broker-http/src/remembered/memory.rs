//! Answers by key, bounded in entries and in time. Concurrent requests for a key share one upstream call.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::ports::UpstreamError;

use super::Life;

/// The largest number of values that are remembered.
const CAPACITY: usize = 1_000;

/// Values as last read. A failure is never remembered.
pub(super) struct Memory<K, V>(Mutex<HashMap<K, Arc<Slot<V>>>>);

/// One cache slot. It stays locked during the upstream call, so concurrent requests for a key share one call.
type Slot<V> = tokio::sync::Mutex<Option<(Life, V)>>;

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Memory<K, V> {
    /// The value of `key`: the remembered one, or the answer of `ask`, which is then remembered for its `life`.
    ///
    /// A caller that waits for another caller's answer waits until that caller's deadline at most, which is earlier than
    /// its own.
    ///
    /// # Errors
    /// Those of `ask`; the next call asks again.
    pub(super) async fn get_or_ask(
        &self,
        key: &K,
        clock: impl Fn() -> SystemTime,
        life: impl Fn(&V) -> Duration,
        ask: impl Future<Output = Result<V, UpstreamError>>,
    ) -> Result<V, UpstreamError> {
        let slot = self.slot(key, clock());
        let mut known = slot.lock().await;
        if let Some((_, value)) = known.as_ref().filter(|(life, _)| life.lasts(clock())) {
            return Ok(value.clone());
        }
        // INVARIANT: an old answer is gone before the question is asked again, so that neither a failure nor a clock that
        // goes back can bring back what upstream may have withdrawn.
        *known = None;
        let value = ask.await?;
        let life = Life {
            began: clock(),
            length: life(&value),
        };
        *known = Some((life, value.clone()));
        Ok(value)
    }

    /// Remembers `value` from now on, unless a call for `key` is under way, whose answer is newer.
    pub(super) fn put(&self, key: &K, value: V, now: SystemTime, length: Duration) {
        let slot = self.slot(key, now);
        if let Ok(mut known) = slot.try_lock() {
            *known = Some((Life { began: now, length }, value));
        }
    }

    /// Forgets `key`, because its value is about to change.
    pub(super) fn forget(&self, key: &K) {
        self.slots().remove(key);
    }

    fn slot(&self, key: &K, now: SystemTime) -> Arc<Slot<V>> {
        let mut slots = self.slots();
        if slots.len() >= CAPACITY && !slots.contains_key(key) {
            slots.retain(|_, slot| is_needed(slot, now));
        }
        if slots.len() >= CAPACITY && !slots.contains_key(key) {
            // Every slot is needed, so this answer is not remembered.
            return Arc::default();
        }
        Arc::clone(slots.entry(key.clone()).or_default())
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<K, Arc<Slot<V>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call is under way, or the answer still holds.
fn is_needed<V>(slot: &Slot<V>, now: SystemTime) -> bool {
    let known = slot.try_lock();
    known.map_or(true, |known| {
        known.as_ref().is_some_and(|(life, _)| life.lasts(now))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    /// The value of `key` at `millis`, if upstream would answer `answer`. Answers are believed for a second.
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
    async fn requests_at_the_same_time_share_one_answer() {
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
        assert_eq!(memory.slots().len(), CAPACITY);
        read(&memory, "later", 1_000, Ok("OLD")).await.expect("read");
        assert_eq!(memory.slots().len(), 1, "old values make room");
    }
}
