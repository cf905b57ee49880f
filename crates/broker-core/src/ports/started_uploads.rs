//! The rows of started uploads, as ports to the shared table.

use std::time::SystemTime;

use crate::pace::PlaceKey;
use crate::started_upload::{Noted, StartedUpload, UploadKey};
use crate::upload::FileId;

/// The shared table did not answer in time, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shared table did not answer")]
pub struct TableError;

/// Notes the steps of uploads.
pub trait NotedUploads: Send + Sync {
    /// Notes a step in the row of an upload. Whether it did: not where there is no row, and not where the row is further
    /// already, as [`crate::started_upload::Progress::earlier`] says.
    fn note(&self, key: &UploadKey, noted: Noted) -> impl Future<Output = Result<bool, TableError>> + Send;
}

/// The rows as the broker uses them.
pub trait StartedUploads: NotedUploads {
    /// Writes the row of an upload that has just started. A start that is repeated writes the same row again, unless the
    /// upload is further already.
    fn remember(&self, upload: &StartedUpload) -> impl Future<Output = Result<(), TableError>> + Send;

    /// The uploads of `owner` that started at `since` or later, newest first, from the one after `after` on.
    fn list(
        &self,
        owner: PlaceKey,
        since: SystemTime,
        after: Option<&Listed>,
    ) -> impl Future<Output = Result<ListPage, TableError>> + Send;
}

/// Where a page of the list ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// When the last upload of the page started.
    pub started_at: SystemTime,
    /// Its file.
    pub file_id: FileId,
}

/// A page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// At most 100 uploads. Rows that cannot be read are left out.
    pub uploads: Vec<StartedUpload>,
    /// Where the page ends, unless it is the last.
    pub next: Option<Listed>,
}

/// The rows as the finisher uses them.
pub trait DueUploads: NotedUploads {
    /// Where a page ends.
    type Cursor: Send + Sync;

    /// Takes the lease for the run `holder`, unless another run has it. It lapses at `until`. Whether it did.
    fn lease(
        &self,
        holder: &str,
        now: SystemTime,
        until: SystemTime,
    ) -> impl Future<Output = Result<bool, TableError>> + Send;

    /// Gives the lease back, where the run `holder` has it.
    fn release(&self, holder: &str) -> impl Future<Output = Result<(), TableError>> + Send;

    /// The uploads that are due at `now`, earliest first, from the one after `after` on.
    fn due(
        &self,
        now: SystemTime,
        after: Option<&Self::Cursor>,
    ) -> impl Future<Output = Result<DuePage<Self::Cursor>, TableError>> + Send;

    /// Whether an upload is in the queue at this moment. [`Self::due`] may say what was true a moment ago, so an end
    /// that another run found is reported only after this.
    fn is_open(&self, key: &UploadKey) -> impl Future<Output = Result<bool, TableError>> + Send;

    /// Takes an upload out of the queue, because its end was reported.
    fn settle(&self, key: &UploadKey) -> impl Future<Output = Result<(), TableError>> + Send;
}

/// A page of the uploads that are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePage<C> {
    /// The uploads.
    pub uploads: Vec<StartedUpload>,
    /// Rows that cannot be read. They are left alone.
    pub unreadable: u64,
    /// Where the page ends, unless it is the last.
    pub next: Option<C>,
}
