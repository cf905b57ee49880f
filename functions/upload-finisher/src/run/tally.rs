//! What one run did, in numbers.

use broker_core::started_upload::End;
use serde::Serialize;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Nothing more was due.
    Done,
    /// Its time was over. The next run goes on.
    OutOfTime,
    /// Another run had the lease.
    Held,
    /// The shared table did not answer.
    NoTable,
}

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// Uploads that it completed.
    pub(crate) completed: u64,
    /// Files that were never sent, and that it deleted.
    pub(crate) deleted: u64,
    /// Reported ends but for `Abandoned`.
    pub(crate) finished: u64,
    /// Uploads that it reported as `Abandoned`.
    pub(crate) abandoned: u64,
    /// Events that the bus did not take.
    pub(crate) events_failed: u64,
    /// Uploads of which Connect said nothing that could be used.
    pub(crate) failed: u64,
    /// Steps and marks that the table did not take.
    pub(crate) not_noted: u64,
    /// Uploads that are overdue.
    pub(crate) overdue: u64,
    /// Rows that cannot be read, or belong to another deployment.
    pub(crate) unreadable: u64,
}

impl Tally {
    /// Counts an end that was reported.
    pub(crate) const fn count_end(&mut self, end: End) {
        match end {
            End::Approved | End::Rejected | End::Failed => self.finished += 1,
            End::Abandoned => self.abandoned += 1,
        }
    }
}
