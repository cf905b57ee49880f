//! The rule by which a request gets a slot or a place in line, over one ledger.
//!
//! An instance remembers the rows that it saw and the places that it told. The end of a line only moves away, so "there
//! is a line" from memory is certain, and most of those who come too early are refused without asking the ledger.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ledger::{Claim, Ledger, LedgerError, Line, Moment, PlaceKey};
use super::{PaceClock, Place, Slot, Wait};
use crate::operation::{Operation, Quota};

/// The longest that an invocation waits for its slot.
const PATIENCE_MS: u64 = 250;
/// A place is not due before its true slot is written into it.
const NOT_DUE_MS: u64 = PATIENCE_MS + 250;
/// A place lapses when its caller has not come for this long.
const LAPSE_MS: u64 = 10_000;
/// The wait after another request of the same caller took the place.
const AFTER_ANOTHER_MS: u64 = 1_000;
/// Waits longer than this, or than an eighth of them, are told as shorter ones.
const FAR_MS: u64 = 10_000;
/// The bounds between which the wait after a throttled call is drawn.
const AFTER_THROTTLE_MS: (u64, u64) = (750, 2_750);
/// From this many places told on, those that are past are forgotten.
const TIDY_FROM: usize = 1_000;

/// Either the right to call, or how long to wait.
pub(super) type Admission = Result<Slot, Wait>;

/// The line before each operation, in one ledger.
pub(super) struct Queue<L> {
    ledger: L,
    is_shared: bool,
    seen: Mutex<Seen>,
}

/// What this instance saw of the ledger.
#[derive(Default)]
struct Seen {
    lines: HashMap<Operation, Line>,
    /// Places that were told, by operation and caller.
    told: HashMap<(Operation, PlaceKey), u64>,
}

/// One request for a slot.
pub(super) struct Asked<'a, C> {
    pub(super) operation: Operation,
    pub(super) quota: Quota,
    pub(super) clock: &'a C,
}

impl<C: PaceClock> Asked<'_, C> {
    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn now(&self) -> Moment {
        Moment {
            operation: self.operation,
            quota: self.quota,
            now_ms: self.now_ms(),
        }
    }

    fn is_due(&self, place_ms: u64) -> bool {
        self.now_ms() + PATIENCE_MS >= place_ms
    }
}

impl<L: Ledger> Queue<L> {
    pub(super) fn new(ledger: L, is_shared: bool) -> Self {
        Self {
            ledger,
            is_shared,
            seen: Mutex::default(),
        }
    }

    pub(super) const fn ledger(&self) -> &L {
        &self.ledger
    }

    /// Whether this instance knows that the operation has a line.
    pub(super) fn has_a_line<C: PaceClock>(&self, asked: &Asked<'_, C>) -> bool {
        self.line(asked.operation).next_ms > asked.now_ms() + PATIENCE_MS
    }

    /// A slot, or how long to wait.
    pub(super) async fn admit<C: PaceClock>(
        &self,
        asked: &Asked<'_, C>,
        place: Place,
    ) -> Result<Admission, LedgerError> {
        match place {
            Place::InLine(key) => self.admit_in_line(asked, key).await,
            Place::OnlyIfFree => {
                let free_ms = self.take_free(asked).await?;
                let next_ms = self.line(asked.operation).next_ms;
                Ok(free_ms.map_or_else(
                    || Err(wait_until(asked, next_ms)),
                    |slot_ms| Ok(self.slot(asked, place, slot_ms, false)),
                ))
            }
        }
    }

    /// The next slot, where there is no line.
    async fn take_free<C: PaceClock>(&self, asked: &Asked<'_, C>) -> Result<Option<u64>, LedgerError> {
        if self.has_a_line(asked) {
            return Ok(None);
        }
        let taken = self
            .ledger
            .take(asked.now(), PATIENCE_MS, self.line(asked.operation));
        Ok(self.noted(asked, taken.await?))
    }

    /// A slot, or a place in line.
    async fn admit_in_line<C: PaceClock>(
        &self,
        asked: &Asked<'_, C>,
        key: PlaceKey,
    ) -> Result<Admission, LedgerError> {
        if let Some(place_ms) = self.told(asked, key)
            && !asked.is_due(place_ms)
            && !self.may_have_a_spare_slot(asked)
        {
            return Ok(Err(wait_until(asked, place_ms)));
        }
        if let Some(slot_ms) = self.take_free(asked).await? {
            return Ok(Ok(self.slot(asked, Place::InLine(key), slot_ms, false)));
        }
        let place_ms = self
            .line(asked.operation)
            .next_ms
            .max(asked.now_ms() + NOT_DUE_MS);
        let lapsed_ms = asked.now_ms().saturating_sub(LAPSE_MS);
        match self
            .ledger
            .claim(asked.operation, key, place_ms, lapsed_ms)
            .await?
        {
            Claim::New => self.join(asked, key, place_ms).await,
            Claim::Held(place_ms) if asked.is_due(place_ms) => self.come_back(asked, key, place_ms).await,
            Claim::Held(place_ms) => self.stay(asked, key, place_ms).await,
        }
    }

    /// The caller is new in line. Its place was put before its slot was taken, so that parallel requests of one caller
    /// take one slot between them.
    async fn join<C: PaceClock>(
        &self,
        asked: &Asked<'_, C>,
        key: PlaceKey,
        place_ms: u64,
    ) -> Result<Admission, LedgerError> {
        let reserved = self
            .ledger
            .reserve(asked.now(), self.line(asked.operation))
            .await?;
        let slot_ms = self.noted(asked, reserved);
        if slot_ms != place_ms {
            self.ledger
                .move_place(asked.operation, key, place_ms, slot_ms)
                .await?;
        }
        self.tell(asked, key, slot_ms);
        Ok(Err(wait_until(asked, slot_ms)))
    }

    /// The caller's slot has come.
    async fn come_back<C: PaceClock>(
        &self,
        asked: &Asked<'_, C>,
        key: PlaceKey,
        place_ms: u64,
    ) -> Result<Admission, LedgerError> {
        self.forget(asked, key);
        if self.ledger.leave(asked.operation, key, place_ms).await? {
            return Ok(Ok(self.slot(asked, Place::InLine(key), place_ms, true)));
        }
        Ok(Err(wait_until(asked, asked.now_ms() + AFTER_ANOTHER_MS)))
    }

    /// The caller came before its slot, which it keeps; unless others have left the line, so that a slot is spare.
    async fn stay<C: PaceClock>(
        &self,
        asked: &Asked<'_, C>,
        key: PlaceKey,
        place_ms: u64,
    ) -> Result<Admission, LedgerError> {
        self.tell(asked, key, place_ms);
        if self.may_have_a_spare_slot(asked) {
            let spare = self
                .ledger
                .take_spare(asked.now(), self.line(asked.operation))
                .await?;
            if self.noted(asked, spare) {
                // The caller keeps its place for its next request. Without it, that request would make the line longer, and
                // the old slot would be spare in its turn: a caller with many requests could go on like that.
                return Ok(Ok(self.slot(asked, Place::InLine(key), asked.now_ms(), false)));
            }
        }
        Ok(Err(wait_until(asked, place_ms)))
    }

    /// Counts the call of a slot from the line, which is being sent. A count that is lost makes a slot look spare.
    pub(super) async fn sent<C: PaceClock>(&self, asked: &Asked<'_, C>) {
        let _ = self.ledger.spend(asked.now(), self.line(asked.operation)).await;
    }

    /// Counts one more attempt of a call that failed.
    pub(super) async fn repeated<C: PaceClock>(&self, asked: &Asked<'_, C>) {
        let _ = self.ledger.lengthen(asked.now()).await;
    }

    /// Gives the caller of a throttled call a place close by, if it takes places: it waited its turn already.
    pub(super) async fn throttled<C: PaceClock>(&self, asked: &Asked<'_, C>, place: Place) -> Wait {
        let (least, most) = AFTER_THROTTLE_MS;
        let wait_ms = between(least, most, asked.clock.fraction());
        let place_ms = asked.now_ms() + wait_ms;
        let _ = self.ledger.correct(asked.now(), self.line(asked.operation)).await;
        if let Place::InLine(key) = place {
            let _ = self.ledger.keep(asked.operation, key, place_ms).await;
            self.forget(asked, key);
        }
        wait_until(asked, place_ms)
    }

    fn slot<C>(&self, asked: &Asked<'_, C>, place: Place, at_ms: u64, is_from_line: bool) -> Slot {
        Slot {
            operation: asked.operation,
            place,
            at_ms,
            is_from_line,
            is_shared: self.is_shared,
        }
    }

    /// Whether the row may show a spare slot. A "no" from memory is good enough, because `used` goes back by one slot
    /// at most.
    fn may_have_a_spare_slot<C: PaceClock>(&self, asked: &Asked<'_, C>) -> bool {
        self.line(asked.operation).has_a_spare_slot(asked.now())
    }

    fn line(&self, operation: Operation) -> Line {
        self.seen().lines.get(&operation).copied().unwrap_or_default()
    }

    fn noted<C, T>(&self, asked: &Asked<'_, C>, (found, line): (T, Line)) -> T {
        self.seen().lines.insert(asked.operation, line);
        found
    }

    fn told<C>(&self, asked: &Asked<'_, C>, key: PlaceKey) -> Option<u64> {
        self.seen().told.get(&(asked.operation, key)).copied()
    }

    fn tell<C: PaceClock>(&self, asked: &Asked<'_, C>, key: PlaceKey, place_ms: u64) {
        let now_ms = asked.now_ms();
        let mut seen = self.seen();
        if seen.told.len() >= TIDY_FROM {
            seen.told.retain(|_, place| *place >= now_ms);
        }
        seen.told.insert((asked.operation, key), place_ms);
    }

    fn forget<C>(&self, asked: &Asked<'_, C>, key: PlaceKey) {
        self.seen().told.remove(&(asked.operation, key));
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait that a caller with this place is told.
fn wait_until<C: PaceClock>(asked: &Asked<'_, C>, place_ms: u64) -> Wait {
    let wait_ms = place_ms.saturating_sub(asked.now_ms());
    let far_ms = FAR_MS.max(wait_ms / 8);
    let told_ms = if wait_ms <= far_ms {
        wait_ms
    } else {
        between(far_ms / 2, far_ms, asked.clock.fraction())
    };
    Wait {
        retry_after: Duration::from_millis(told_ms),
        position: wait_ms / asked.quota.interval_ms(),
    }
}

/// The number at `fraction` of the way from `least` to `most`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "waits are far below 2^52 ms, and never negative"
)]
fn between(least: u64, most: u64, fraction: f64) -> u64 {
    least + ((most - least) as f64 * fraction.clamp(0.0, 1.0)) as u64
}
