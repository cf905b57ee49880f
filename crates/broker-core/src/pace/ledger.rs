//! The port to the shared state of the pace: one row per operation, and one per caller in line.
//!
//! Every method changes one row in one atomic step. Times are in milliseconds since the Unix epoch, by the clock of
//! the instance that asks.

use crate::operation::{Operation, Quota};

/// How long after its slot was taken a call may arrive at Connect without making the next ones come too early.
const ARRIVAL_MS: u64 = 200;

/// The ledger did not answer in time, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger of the pace did not answer")]
pub struct LedgerError;

/// The row of an operation. All zero where nothing was ever called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The end of the line: the first time that nobody has taken.
    pub next_ms: u64,
    /// Connect's bucket as our own calls have used it: the time at which it would be full again, less its size.
    pub used_ms: u64,
}

impl Line {
    /// Whether all but one of the burst lie unused, although there may be a line: its callers have left.
    #[must_use]
    pub const fn has_a_spare_slot(&self, at: Moment) -> bool {
        self.used_ms <= at.full_ms() + at.interval_ms()
    }
}

/// An operation with its quota, asked about at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The operation.
    pub operation: Operation,
    /// Its quota.
    pub quota: Quota,
    /// Now.
    pub now_ms: u64,
}

impl Moment {
    /// The earliest slot that a full bucket allows: the whole burst lies unused behind it. A full bucket gains nothing
    /// until a call arrives, so the slots behind that call begin as much later as it may take to arrive.
    #[must_use]
    pub const fn full_ms(&self) -> u64 {
        (self.now_ms + ARRIVAL_MS).saturating_sub(self.quota.full_ms())
    }

    /// Time between two slots.
    #[must_use]
    pub const fn interval_ms(&self) -> u64 {
        self.quota.interval_ms()
    }
}

/// Whose place in line it is: a keyed hash of the caller, and of the user that it names where it acts for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceKey(pub [u8; 16]);

/// What [`Ledger::claim`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller had no place; now it has the one that was asked for.
    New,
    /// The caller has this place already.
    Held(u64),
}

/// The rows of the pace. `seen` is a row as this instance saw it last: it may be old, and only saves steps.
pub trait Ledger: Send + Sync {
    /// Takes the next slot where it is at most `patience_ms` away, and counts its call as sent. The slot, or `None` where there is a line; and the row as it is now.
    fn take(
        &self,
        at: Moment,
        patience_ms: u64,
        seen: Line,
    ) -> impl Future<Output = Result<(Option<u64>, Line), LedgerError>> + Send;

    /// Takes the next slot, however far away; its call is counted when it is sent. The slot and the row.
    fn reserve(
        &self,
        at: Moment,
        seen: Line,
    ) -> impl Future<Output = Result<(u64, Line), LedgerError>> + Send;

    /// Counts a call as sent where all but one of the burst lie unused. Whether it did, and the row.
    fn take_spare(
        &self,
        at: Moment,
        seen: Line,
    ) -> impl Future<Output = Result<(bool, Line), LedgerError>> + Send;

    /// Counts the call of a reserved slot as sent.
    fn spend(&self, at: Moment, seen: Line) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Makes the line one slot longer for one more attempt, because Connect counted the one that failed.
    fn lengthen(&self, at: Moment) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Puts right what the row says after Connect throttled a call: where the row counted on a token that other
    /// software took, the line becomes one slot longer; otherwise the call used nothing.
    fn correct(&self, at: Moment, seen: Line) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Gives the caller the place at `place_ms`, where it has none from `lapsed_ms` on.
    fn claim(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
        lapsed_ms: u64,
    ) -> impl Future<Output = Result<Claim, LedgerError>> + Send;

    /// Moves the caller's place, where it is still at `from_ms`.
    fn move_place(
        &self,
        operation: Operation,
        key: PlaceKey,
        from_ms: u64,
        to_ms: u64,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Gives the caller the place at `place_ms`, whatever it had.
    fn keep(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Takes the caller's place away, where it is still at `place_ms`. Whether it was.
    fn leave(
        &self,
        operation: Operation,
        key: PlaceKey,
        place_ms: u64,
    ) -> impl Future<Output = Result<bool, LedgerError>> + Send;
}
