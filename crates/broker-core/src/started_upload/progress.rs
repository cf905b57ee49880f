//! How far an upload is known to be, and the steps that it may take.

use std::time::{Duration, SystemTime};

use crate::upload::FileStatus;

/// How long after it was completed the finisher first asks for an upload's status: clients usually ask before.
const AFTER_COMPLETE: Duration = Duration::from_secs(30);

/// How an upload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The scan passed the file, and it is attached.
    Approved,
    /// The scan rejected the file.
    Rejected,
    /// Connect failed to process the file.
    Failed,
    /// The upload was never completed, or the finisher may not complete it.
    Abandoned,
}

impl End {
    /// Every end.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Rejected, Self::Failed, Self::Abandoned];

    /// The end that `status` is. `None` for a status that may change, and for one of a file that was never completed.
    #[must_use]
    pub fn of(status: &FileStatus) -> Option<Self> {
        [Self::Approved, Self::Rejected, Self::Failed]
            .into_iter()
            .find(|end| end.status() == status.as_str())
    }

    /// The end as a status: Connect's name where it has one.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Failed => "FAILED",
            Self::Abandoned => "ABANDONED",
        }
    }
}

/// How far an upload is known to be. It only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has started.
    Started,
    /// Connect said once, after the URL expired, that the bytes are not there.
    Missing,
    /// It was completed, and its end is not known.
    Completed,
    /// Its end is known.
    Ended {
        /// How it ended.
        end: End,
        /// When that was seen.
        at: SystemTime,
    },
    /// Its caller deleted it through the broker.
    Deleted,
}

impl Progress {
    /// Its name in a row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Missing => "missing",
            Self::Completed => "completed",
            Self::Ended { end, .. } => end_name(end),
            Self::Deleted => "deleted",
        }
    }

    /// The status that its caller sees in the list.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Started | Self::Missing => "STARTED",
            Self::Completed => "PROCESSING",
            Self::Ended { end, .. } => end.status(),
            Self::Deleted => "DELETED",
        }
    }

    /// Names of the progress that an upload must have had before this one.
    ///
    /// INVARIANT: no end follows an end, or a second one would be reported.
    #[must_use]
    pub const fn earlier(self) -> &'static [&'static str] {
        match self {
            Self::Started => &["started"],
            Self::Missing => &["started", "missing"],
            Self::Completed | Self::Ended { .. } => &["started", "missing", "completed"],
            Self::Deleted => &[
                "started",
                "missing",
                "completed",
                "approved",
                "rejected",
                "failed",
                "abandoned",
                "deleted",
            ],
        }
    }

    /// Whether an upload may go on to this from `earlier`.
    #[must_use]
    pub fn may_follow(self, earlier: Self) -> bool {
        self.earlier().contains(&earlier.name())
    }

    /// The progress with this name; `ended_at` is when its end was seen, if it has one.
    pub(super) fn named(name: &str, ended_at: Option<SystemTime>) -> Option<Self> {
        let ended = |end| ended_at.map(|at| Self::Ended { end, at });
        match name {
            "started" => Some(Self::Started),
            "missing" => Some(Self::Missing),
            "completed" => Some(Self::Completed),
            "deleted" => Some(Self::Deleted),
            name => ended(End::ALL.into_iter().find(|end| end_name(*end) == name)?),
        }
    }
}

const fn end_name(end: End) -> &'static str {
    match end {
        End::Approved => "approved",
        End::Rejected => "rejected",
        End::Failed => "failed",
        End::Abandoned => "abandoned",
    }
}

/// A step of an upload, to be noted in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// How far the upload is.
    pub progress: Progress,
    /// When the finisher is to look at it next. `None` takes it out of the queue.
    pub due: Option<SystemTime>,
}

impl Noted {
    /// The upload was completed.
    #[must_use]
    pub fn completed(now: SystemTime) -> Self {
        Self {
            progress: Progress::Completed,
            due: Some(now + AFTER_COMPLETE),
        }
    }

    /// The upload ended, which the finisher reports.
    #[must_use]
    pub const fn ended(end: End, now: SystemTime) -> Self {
        Self {
            progress: Progress::Ended { end, at: now },
            due: Some(now),
        }
    }

    /// Its caller deleted it, so there is nothing to report.
    #[must_use]
    pub const fn deleted() -> Self {
        Self {
            progress: Progress::Deleted,
            due: None,
        }
    }

    /// The upload is at `progress`, and the finisher looks at it again at `due`.
    #[must_use]
    pub const fn again(progress: Progress, due: SystemTime) -> Self {
        Self {
            progress,
            due: Some(due),
        }
    }
}
