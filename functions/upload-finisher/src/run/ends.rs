//! How a run notes steps and reports ends.

use std::time::{Duration, SystemTime};

use broker_core::ports::{AttachedFiles, DueUploads, TableError};
use broker_core::started_upload::{End, Noted, Progress, StartedUpload};

use super::{Finisher, Run, RunClock};
use crate::event::{Event, EventBus, MOST_AT_ONCE};

/// How often a mark is tried: without it, an event would be sent again.
const MARK_ATTEMPTS: u32 = 5;
/// The pause between two of them.
const MARK_PAUSE: Duration = Duration::from_millis(200);

impl<C, T, B, K> Finisher<C, T, B, K>
where
    C: AttachedFiles,
    T: DueUploads,
    B: EventBus,
    K: RunClock,
{
    /// Notes a step. An end goes to the outbox, unless somebody else noted one before.
    pub(super) async fn note(&self, run: &Run<'_>, upload: &StartedUpload, noted: Noted) {
        match self.table.note(&upload.key(), noted).await {
            Ok(true) => {
                if let Progress::Ended { end, at } = noted.progress {
                    self.post(run, Event::of(upload, end, at)).await;
                }
            }
            Ok(false) => {}
            Err(TableError) => run.tally().not_noted += 1,
        }
    }

    /// Puts an end that was noted before into the outbox, unless it was reported meanwhile: an index may lag behind.
    pub(super) async fn report(&self, run: &Run<'_>, upload: &StartedUpload, end: End, at: SystemTime) {
        match self.table.is_open(&upload.key()).await {
            Ok(true) => self.post(run, Event::of(upload, end, at)).await,
            Ok(false) => {}
            Err(TableError) => run.tally().not_noted += 1,
        }
    }

    /// Puts an event into the outbox, which is sent when it is full: a run that is killed has then reported what it could.
    async fn post(&self, run: &Run<'_>, event: Event) {
        run.outbox().push(event);
        if run.outbox().len() >= MOST_AT_ONCE {
            self.send(run).await;
        }
    }

    /// Sends what is in the outbox, and marks what the bus took.
    pub(super) async fn send(&self, run: &Run<'_>) {
        let events = std::mem::take(&mut *run.outbox());
        for batch in events.chunks(MOST_AT_ONCE) {
            let taken = self.bus.put(batch).await;
            for (event, was_taken) in batch.iter().zip(taken) {
                if was_taken {
                    run.tally().count_end(event.end);
                    self.mark(run, event).await;
                } else {
                    run.tally().events_failed += 1;
                }
            }
        }
    }

    /// Takes an upload whose event was sent out of the queue.
    async fn mark(&self, run: &Run<'_>, event: &Event) {
        for _ in 1..MARK_ATTEMPTS {
            if self.table.settle(&event.key).await.is_ok() {
                return;
            }
            self.clock.sleep(MARK_PAUSE).await;
        }
        if self.table.settle(&event.key).await.is_err() {
            run.tally().not_noted += 1;
        }
    }
}
