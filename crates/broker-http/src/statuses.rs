//! The status of a file, remembered for a moment: however many ask, Connect is asked once a second per file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use broker_core::ports::UpstreamError;
use broker_core::upload::{FileId, FileStatus};

/// How long a status is believed.
const LIFE: Duration = Duration::from_secs(1);
/// Most files that are remembered.
const CAPACITY: usize = 1_000;

/// Statuses as last read. A failure is never remembered.
#[derive(Default)]
pub struct StatusMemory(Mutex<HashMap<FileId, Arc<Reading>>>);

/// One file's status. Who asks Connect holds it, so that others wait for that answer.
type Reading = tokio::sync::Mutex<Option<(FileStatus, SystemTime)>>;

impl StatusMemory {
    /// The status of `file`: the one remembered, or else what `ask` gives, once for all who want to know.
    ///
    /// Who waits for another's answer waits no longer than that one's deadline, which ends before its own.
    ///
    /// # Errors
    /// Those of `ask`; the next who wants to know asks again.
    pub async fn status(
        &self,
        file: &FileId,
        clock: impl Fn() -> SystemTime,
        ask: impl Future<Output = Result<FileStatus, UpstreamError>>,
    ) -> Result<FileStatus, UpstreamError> {
        let reading = self.reading(file, clock());
        let mut known = reading.lock().await;
        if let Some((status, read_at)) = known.as_ref()
            && is_fresh(*read_at, clock())
        {
            return Ok(status.clone());
        }
        let status = ask.await?;
        *known = Some((status.clone(), clock()));
        Ok(status)
    }

    /// Forgets `file`, which is about to change.
    pub fn forget(&self, file: &FileId) {
        self.readings().remove(file);
    }

    fn reading(&self, file: &FileId, now: SystemTime) -> Arc<Reading> {
        let mut readings = self.readings();
        if readings.len() >= CAPACITY && !readings.contains_key(file) {
            readings.retain(|_, reading| is_needed(reading, now));
        }
        if readings.len() >= CAPACITY && !readings.contains_key(file) {
            // All are fresh: this one is asked for without being remembered.
            return Arc::default();
        }
        Arc::clone(readings.entry(file.clone()).or_default())
    }

    fn readings(&self) -> MutexGuard<'_, HashMap<FileId, Arc<Reading>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody is asking, or the answer is still believed.
fn is_needed(reading: &Reading, now: SystemTime) -> bool {
    reading.try_lock().map_or(true, |known| {
        known.as_ref().is_some_and(|(_, read_at)| is_fresh(*read_at, now))
    })
}

/// A clock that went back makes everything old.
fn is_fresh(read_at: SystemTime, now: SystemTime) -> bool {
    now.duration_since(read_at).is_ok_and(|age| age < LIFE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn file(name: &str) -> FileId {
        FileId::parse(name).expect("valid")
    }

    /// What is known of `name` at `millis`, where Connect would say `answer`.
    async fn read(
        memory: &StatusMemory,
        name: &str,
        millis: u64,
        answer: Result<&str, UpstreamError>,
    ) -> Result<FileStatus, UpstreamError> {
        let ask = std::future::ready(answer.map(FileStatus::named));
        memory.status(&file(name), || at(millis), ask).await
    }

    #[tokio::test]
    async fn a_status_is_believed_for_a_second_and_a_failure_never() {
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
            let memory = StatusMemory::default();
            let before = read(&memory, "f-1", 5_000, first.clone()).await;
            assert_eq!(before, first.map(FileStatus::named), "{what}");
            let after = read(&memory, "f-1", 5_000 + later_millis, second).await;
            assert_eq!(after, expected.map(FileStatus::named), "{what}");
        }
    }

    #[tokio::test]
    async fn a_clock_that_went_back_makes_statuses_old() {
        let memory = StatusMemory::default();
        read(&memory, "f-1", 9_000, Ok("OLD")).await.expect("read");
        let status = read(&memory, "f-1", 1_000, Ok("NEW")).await;
        assert_eq!(status, Ok(FileStatus::named("NEW")));
    }

    #[tokio::test]
    async fn files_are_apart_and_forgotten_one_by_one() {
        let memory = StatusMemory::default();
        for name in ["f-1", "f-2"] {
            read(&memory, name, 0, Ok("OLD")).await.expect("read");
        }
        memory.forget(&file("f-1"));
        for (name, expected) in [("f-1", "NEW"), ("f-2", "OLD"), ("f-3", "NEW")] {
            let status = read(&memory, name, 1, Ok("NEW")).await;
            assert_eq!(status, Ok(FileStatus::named(expected)), "{name}");
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_shares_one_answer() {
        let (memory, asked, clients) = (StatusMemory::default(), AtomicUsize::new(0), 10);
        let ask = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(FileStatus::named("PROCESSING"))
        };
        let file = file("f-1");
        let all = (0..clients).map(|_| memory.status(&file, || at(0), ask()));
        for status in futures_util::future::join_all(all).await {
            assert_eq!(status, Ok(FileStatus::named("PROCESSING")));
        }
        assert_eq!(asked.into_inner(), 1);
    }

    #[tokio::test]
    async fn never_holds_more_than_its_capacity() {
        let memory = StatusMemory::default();
        for n in 0..CAPACITY + 5 {
            let status = read(&memory, &format!("f-{n}"), 0, Ok("OLD")).await;
            assert_eq!(status, Ok(FileStatus::named("OLD")), "still answered");
        }
        assert_eq!(memory.readings().len(), CAPACITY);
        read(&memory, "later", 1_000, Ok("OLD")).await.expect("read");
        assert_eq!(memory.readings().len(), 1, "what is old makes place");
    }
}
