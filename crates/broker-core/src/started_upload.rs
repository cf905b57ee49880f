//! A started upload on its way to its end, as the shared table remembers it: what its row holds and how it changes.
//!
//! A row holds ids, ARNs, times and hashes: no names, no URLs, no tokens. It is parsed once, where it is read, and
//! gives a permission only through [`crate::grants::Grants::decide_finish`].

mod progress;
mod row;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

pub use self::progress::{End, Noted, Progress};
pub use self::row::{Field, UnreadableRowError};
use crate::arn::InstanceArn;
use crate::pace::PlaceKey;
use crate::rule::RuleHash;
use crate::upload::{FileId, Upload};

/// What a row is found by: the caller's keyed hash and the file. Both follow from a handle that its caller opens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UploadKey {
    /// Keyed hash of the caller, and of the user that it named where it acts for others.
    pub owner: PlaceKey,
    /// The file.
    pub file_id: FileId,
}

/// What is known of an upload when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Keyed hash of the caller, and of the user that it named where it acts for others.
    pub owner: PlaceKey,
    /// The upload. A row has no names, so the name of a user is left out.
    pub upload: Upload,
    /// The Connect instance of the deployment that started it.
    pub instance: InstanceArn,
    /// The stage that started it.
    pub stage: Box<str>,
    /// The grant that allowed it.
    pub rule: RuleHash,
    /// The file's size in bytes.
    pub size_bytes: u64,
    /// The request that started it, as API Gateway names it.
    pub request_id: Box<str>,
    /// When the upload URL expires.
    pub url_expires_at: SystemTime,
    /// Id of the event that will report its end.
    pub event_id: Box<str>,
}

/// A started upload. Only a start makes one, or a row that is sound in every attribute:
///
/// ```compile_fail,E0451
/// use broker_core::started_upload::{Progress, Start, StartedUpload};
///
/// fn by_hand(start: Start) -> StartedUpload {
///     StartedUpload { start, progress: Progress::Started, due: None }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedUpload {
    start: Start,
    progress: Progress,
    due: Option<SystemTime>,
}

impl StartedUpload {
    /// The upload that has just started. It is due when its URL expires.
    #[must_use]
    pub fn new(mut start: Start) -> Self {
        start.upload.on_behalf_of = None;
        Self {
            due: Some(start.url_expires_at),
            start,
            progress: Progress::Started,
        }
    }

    /// What its row is found by.
    #[must_use]
    pub fn key(&self) -> UploadKey {
        UploadKey {
            owner: self.start.owner,
            file_id: self.start.upload.file_id.clone(),
        }
    }

    /// What was known when it started.
    #[must_use]
    pub const fn start(&self) -> &Start {
        &self.start
    }

    /// How far it is known to be.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// When the finisher is to look at it. `None` once its end was reported.
    #[must_use]
    pub const fn due(&self) -> Option<SystemTime> {
        self.due
    }

    /// The upload after a step; unchanged, and `false`, where its progress does not allow the step.
    pub fn note(&mut self, noted: Noted) -> bool {
        let is_allowed = noted.progress.may_follow(self.progress);
        if is_allowed {
            (self.progress, self.due) = (noted.progress, noted.due);
        }
        is_allowed
    }

    /// Takes the upload out of the queue, because its end was reported.
    pub const fn settle(&mut self) {
        self.due = None;
    }
}
