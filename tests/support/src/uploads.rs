//! The rows of started uploads in memory: what the shared table does, and what it is checked against.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use broker_core::pace::PlaceKey;
use broker_core::ports::{DuePage, DueUploads, ListPage, Listed, NotedUploads, StartedUploads, TableError};
use broker_core::started_upload::{Noted, Progress, StartedUpload, UploadKey};

/// The most uploads on a page of the list.
const PAGE: usize = 100;

/// Rows in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryUploads(Arc<Mutex<Rows>>);

#[derive(Debug, Default)]
struct Rows {
    uploads: Vec<StartedUpload>,
    lease: Option<(String, SystemTime)>,
    is_away: bool,
    calls: usize,
}

impl MemoryUploads {
    /// Lets every call fail from now on, or none.
    pub fn set_away(&self, is_away: bool) {
        self.rows().is_away = is_away;
    }

    /// Every upload, in the order in which they were first remembered.
    #[must_use]
    pub fn all(&self) -> Vec<StartedUpload> {
        self.rows().uploads.clone()
    }

    /// How many calls there were, failed ones included.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.rows().calls
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, which fails where the table is away.
    fn call(&self) -> Result<MutexGuard<'_, Rows>, TableError> {
        let mut rows = self.rows();
        rows.calls += 1;
        if rows.is_away { Err(TableError) } else { Ok(rows) }
    }
}

impl Rows {
    fn find(&mut self, key: &UploadKey) -> Option<&mut StartedUpload> {
        self.uploads.iter_mut().find(|upload| upload.key() == *key)
    }
}

impl NotedUploads for MemoryUploads {
    async fn note(&self, key: &UploadKey, noted: Noted) -> Result<bool, TableError> {
        let mut rows = self.call()?;
        Ok(rows.find(key).is_some_and(|upload| upload.note(noted)))
    }
}

impl StartedUploads for MemoryUploads {
    async fn remember(&self, upload: &StartedUpload) -> Result<(), TableError> {
        let mut rows = self.call()?;
        match rows.find(&upload.key()) {
            None => rows.uploads.push(upload.clone()),
            Some(known) if known.progress() == Progress::Started => *known = upload.clone(),
            Some(_) => {}
        }
        Ok(())
    }

    async fn list(
        &self,
        owner: PlaceKey,
        since: SystemTime,
        after: Option<&Listed>,
    ) -> Result<ListPage, TableError> {
        let mut uploads = self.call()?.uploads.clone();
        uploads.retain(|upload| upload.start().owner == owner && upload.start().upload.started_at >= since);
        uploads.sort_by_key(|upload| upload.start().upload.started_at);
        uploads.reverse();
        let is_last = |upload: &StartedUpload| after.is_some_and(|last| listed(upload) == *last);
        let skipped = uploads
            .iter()
            .position(is_last)
            .map_or(0, |position| position + 1);
        let rest = uploads.split_off(skipped);
        let page: Vec<_> = rest.iter().take(PAGE).cloned().collect();
        let next = page.last().filter(|_| rest.len() > PAGE).map(listed);
        Ok(ListPage { uploads: page, next })
    }
}

fn listed(upload: &StartedUpload) -> Listed {
    let upload = &upload.start().upload;
    Listed {
        started_at: upload.started_at,
        file_id: upload.file_id.clone(),
    }
}

impl DueUploads for MemoryUploads {
    type Cursor = Infallible;

    async fn lease(&self, holder: &str, now: SystemTime, until: SystemTime) -> Result<bool, TableError> {
        let mut rows = self.call()?;
        let is_free = rows.lease.as_ref().is_none_or(|(_, until)| *until < now);
        if is_free {
            rows.lease = Some((holder.to_owned(), until));
        }
        Ok(is_free)
    }

    async fn release(&self, holder: &str) -> Result<(), TableError> {
        self.call()?.lease.take_if(|(held_by, _)| held_by == holder);
        Ok(())
    }

    async fn due(&self, now: SystemTime, _: Option<&Infallible>) -> Result<DuePage<Infallible>, TableError> {
        let mut uploads = self.call()?.uploads.clone();
        uploads.retain(|upload| upload.due().is_some_and(|due| due <= now));
        uploads.sort_by_key(StartedUpload::due);
        Ok(DuePage {
            uploads,
            unreadable: 0,
            next: None,
        })
    }

    async fn is_open(&self, key: &UploadKey) -> Result<bool, TableError> {
        Ok(self
            .call()?
            .find(key)
            .is_some_and(|upload| upload.due().is_some()))
    }

    async fn settle(&self, key: &UploadKey) -> Result<(), TableError> {
        self.call()?.find(key).map(StartedUpload::settle);
        Ok(())
    }
}
