//! How calls to Connect are spaced: a call takes a slot at once, or its caller gets a place in line.
//!
//! Connect answers 2 requests a second per operation, for a whole account and Region. A request that finds no line
//! takes the next slot and waits a quarter of a second for it at most. Otherwise its caller gets one place in line per
//! operation, however many requests it sends, and is told when to come back. So the quota is shared by callers, not by
//! requests, and no invocation waits in line. Figures: docs/decisions/0009-a-fair-pace.md.

mod ledger;
mod memory;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::ledger::{Claim, Ledger, LedgerError, Line, Moment, PlaceKey};
pub use self::memory::MemoryLedger;
use self::queue::{Asked, Queue};
use crate::operation::{Operation, Quotas};

/// After two failures in a row an instance does without the shared ledger for this long.
const AWAY_MS: u64 = 5_000;
/// How many failures in a row that takes.
const FAILURES_UNTIL_AWAY: u32 = 2;
/// How long after its slot a call is sent.
const MARGIN_MS: u64 = 50;
/// The wait that a caller is told while the ledger does not answer and a line is known.
const UNKNOWN: Wait = Wait {
    retry_after: Duration::from_secs(1),
    position: 0,
};

/// Time and randomness, as arguments. Instances meet in the ledger with their own clocks: differences of up to some
/// 200 ms do no harm.
pub trait PaceClock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// A number from 0 to 1, evenly distributed.
    fn fraction(&self) -> f64;
}

/// How long a caller has to wait, and how many slots come before its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The time until the caller's slot, or less: a wait of over 10 s is told as 5 to 10 s, so that somebody asks when
    /// others have left the line.
    pub retry_after: Duration,
    /// Slots before the caller's own, from 0.
    pub position: u64,
}

/// How a call comes by its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// By a free slot, or the caller's place in line.
    InLine(PlaceKey),
    /// By a slot that is free now. The call has no place in line, so it never comes before a caller who waits.
    OnlyIfFree,
}

/// The right to call one operation once.
#[derive(Debug)]
pub struct Slot {
    operation: Operation,
    place: Place,
    at_ms: u64,
    is_from_line: bool,
    is_shared: bool,
}

/// The pace of one process, over the ledger that all instances share; over its own memory if they share no ledger, or
/// where it does not answer.
pub struct Pace<L, C> {
    quotas: Quotas,
    clock: C,
    shared: Option<Queue<L>>,
    alone: Queue<MemoryLedger>,
    outage: Mutex<Outage>,
}

/// Failures in a row of the shared ledger, and until when it is left alone.
#[derive(Default)]
struct Outage {
    failures: u32,
    until_ms: u64,
}

impl<L: Ledger, C: PaceClock> Pace<L, C> {
    /// A pace of `quotas`. Without `shared`, callers share fairly within this process only.
    pub fn new(quotas: Quotas, shared: Option<L>, clock: C) -> Self {
        Self {
            quotas,
            clock,
            shared: shared.map(|ledger| Queue::new(ledger, true)),
            alone: Queue::new(MemoryLedger::default(), false),
            outage: Mutex::default(),
        }
    }

    /// The clock that slots are compared with.
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// The shared ledger, if there is one and it answers.
    pub fn shared(&self) -> Option<&L> {
        let queue = self.shared.as_ref().filter(|_| !self.is_away());
        queue.map(Queue::ledger)
    }

    /// A slot for one call of `operation` by the caller with this place.
    ///
    /// # Errors
    /// [`Wait`]: the caller may come back then. It has a place in line, if it takes one.
    pub async fn admit(&self, operation: Operation, place: Place) -> Result<Slot, Wait> {
        let asked = self.asked(operation);
        if let Some(queue) = &self.shared
            && !self.is_away()
        {
            match queue.admit(&asked, place).await {
                Ok(admission) => {
                    self.outage().failures = 0;
                    return admission;
                }
                Err(LedgerError) => self.missed(),
            }
            if !self.is_away() && queue.has_a_line(&asked) {
                return Err(UNKNOWN);
            }
        }
        // INVARIANT: memory always answers; without its answer nobody is admitted.
        self.alone.admit(&asked, place).await.unwrap_or(Err(UNKNOWN))
    }

    /// How long a call waits before it is sent: until its slot, and a moment more, because Connect must have the token.
    pub fn delay(&self, slot: &Slot) -> Duration {
        Duration::from_millis((slot.at_ms + MARGIN_MS).saturating_sub(self.clock.now_ms()))
    }

    /// Counts the call of `slot`, which is being sent. To be run beside it.
    pub async fn sent(&self, slot: &Slot) {
        if !slot.is_from_line {
            return;
        }
        let asked = self.asked(slot.operation);
        match self.shared_queue(slot) {
            Some(queue) => queue.sent(&asked).await,
            None => self.alone.sent(&asked).await,
        }
    }

    /// Counts one more attempt of the call of `slot`, which failed at Connect.
    pub async fn repeated(&self, slot: &Slot) {
        let asked = self.asked(slot.operation);
        match self.shared_queue(slot) {
            Some(queue) => queue.repeated(&asked).await,
            None => self.alone.repeated(&asked).await,
        }
    }

    /// Gives the caller of `slot` a place close by, if it takes places, because Connect throttled its call.
    pub async fn throttled(&self, slot: Slot) -> Wait {
        let asked = self.asked(slot.operation);
        match self.shared_queue(&slot) {
            Some(queue) => queue.throttled(&asked, slot.place).await,
            None => self.alone.throttled(&asked, slot.place).await,
        }
    }

    fn asked(&self, operation: Operation) -> Asked<'_, C> {
        Asked {
            operation,
            quota: self.quotas.of(operation),
            clock: &self.clock,
        }
    }

    fn shared_queue(&self, slot: &Slot) -> Option<&Queue<L>> {
        self.shared.as_ref().filter(|_| slot.is_shared)
    }

    fn is_away(&self) -> bool {
        self.clock.now_ms() < self.outage().until_ms
    }

    fn missed(&self) {
        let mut outage = self.outage();
        outage.failures += 1;
        if outage.failures >= FAILURES_UNTIL_AWAY {
            *outage = Outage {
                failures: 0,
                until_ms: self.clock.now_ms() + AWAY_MS,
            };
        }
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
