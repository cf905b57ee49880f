//! What the finisher does with an upload that is due: pure rules, without a call.
//!
//! Each rule may be applied twice with no harm, because the finisher may be killed after any call.

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use broker_core::grants::{Complete, FinishError, Grants, Read};
use broker_core::started_upload::{End, Noted, Progress, StartedUpload};
use broker_core::upload::FileStatus;

/// When the finisher looks again at the soonest at an upload whose bytes are not there.
const AFTER_MISSING: Duration = Duration::from_mins(1);
/// The slowest line that the finisher waits for, in bytes a second: 1 Mbit/s.
const SLOWEST_LINE: u64 = 125_000;
/// The shortest and the longest time between two looks at a file that Connect processes.
const BETWEEN_LOOKS: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(10));
/// An upload that is due for longer than this is overdue: it takes places in line as a caller does.
const OVERDUE_AFTER: Duration = Duration::from_mins(10);
/// An upload that is open for longer than this after its URL expired is overdue too, although it is looked at in time.
const OPEN_TOO_LONG: Duration = Duration::from_hours(1);

/// What is to be done with an upload that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Complete it.
    Complete,
    /// Ask for its status.
    Ask,
    /// Report its end.
    Report(End, SystemTime),
    /// Note its end: the finisher may not act on it.
    GiveUp,
    /// Leave it alone, because its row belongs to another deployment.
    Foreign,
    /// Nothing: it is not in the queue.
    Nothing,
}

impl Task {
    /// The task that `upload` gives the finisher of `stage` by the grants in force.
    pub(crate) fn of(upload: &StartedUpload, grants: &Grants, stage: &str) -> Self {
        let permission = match upload.progress() {
            Progress::Started | Progress::Missing => {
                let may = grants.decide_finish::<Complete>(upload, stage);
                may.map(|_| Self::Complete)
            }
            Progress::Completed => grants.decide_finish::<Read>(upload, stage).map(|_| Self::Ask),
            Progress::Ended { end, at } => match grants.decide_finish::<Read>(upload, stage) {
                Err(FinishError::OtherDeployment) => Err(FinishError::OtherDeployment),
                // An end that is known is reported whatever the rules say now.
                Ok(_) | Err(FinishError::Withdrawn | FinishError::NotAllowed) => Ok(Self::Report(end, at)),
            },
            Progress::Deleted => Ok(Self::Nothing),
        };
        permission.unwrap_or_else(|error| match error {
            FinishError::OtherDeployment => Self::Foreign,
            FinishError::Withdrawn | FinishError::NotAllowed => Self::GiveUp,
        })
    }
}

/// What Connect said of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is completed.
    Completed,
    /// This is its status; `None` if Connect does not know the file.
    Status(Option<FileStatus>),
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The step is noted.
    Note(Noted),
    /// The file is deleted, where that is allowed, and its end noted: nothing was ever sent.
    Delete,
    /// Nothing: the answer says nothing, so the next run asks again.
    Leave,
}

impl Next {
    /// What follows for `upload`, which is in the queue.
    pub(crate) fn after(upload: &StartedUpload, answer: &Answer, now: SystemTime) -> Self {
        let status = match answer {
            Answer::Completed => return Self::Note(Noted::completed(now)),
            Answer::Status(status) => status.as_ref(),
        };
        if let Some(end) = status.and_then(End::of) {
            return Self::Note(Noted::ended(end, now));
        }
        let is_gone = status.is_none_or(FileStatus::is_without_bytes);
        let is_processing = status.is_some_and(FileStatus::is_completed);
        match upload.progress() {
            Progress::Started if is_gone => {
                Self::Note(Noted::again(Progress::Missing, next_look_at_missing(upload, now)))
            }
            Progress::Missing if is_gone => Self::Delete,
            Progress::Started | Progress::Missing if is_processing => Self::Note(Noted::completed(now)),
            Progress::Completed if is_gone && is_open_too_long(upload, now) => {
                Self::Note(Noted::ended(End::Failed, now))
            }
            Progress::Completed => Self::Note(Noted::again(
                Progress::Completed,
                now + until_next_look(upload, now),
            )),
            Progress::Started | Progress::Missing | Progress::Ended { .. } | Progress::Deleted => Self::Leave,
        }
    }
}

/// When the finisher looks again at bytes that are not there: not before they have arrived, where the PUT began just before
/// the URL expired and the line is slow. After that second look the file may be deleted.
fn next_look_at_missing(upload: &StartedUpload, now: SystemTime) -> SystemTime {
    let transfer = Duration::from_secs(upload.start().size_bytes / SLOWEST_LINE);
    (now + AFTER_MISSING).max(upload.start().url_expires_at + transfer)
}

/// Whether callers would have been answered long ago.
pub(crate) fn is_overdue(upload: &StartedUpload, now: SystemTime) -> bool {
    let is_late = |due| now > due + OVERDUE_AFTER;
    upload.due().is_some_and(is_late) || is_open_too_long(upload, now)
}

fn is_open_too_long(upload: &StartedUpload, now: SystemTime) -> bool {
    now > upload.start().url_expires_at + OPEN_TOO_LONG
}

/// The time until the next look at a file that Connect processes: the longer it takes, the longer.
fn until_next_look(upload: &StartedUpload, now: SystemTime) -> Duration {
    let (least, most) = BETWEEN_LOOKS;
    let age = now.duration_since(upload.start().upload.started_at);
    (age.unwrap_or_default() / 4).clamp(least, most)
}
