//! The one loop through which every call to Connect goes; the SDKs' own retries are off.
//!
//! A call takes a slot of the pace first, or is refused with the time to come back. After a fault it is repeated twice at
//! most, and while Connect throttles it all the same, it is held for half a second. A call never sleeps past its deadline,
//! because its caller then gets the last real error instead of a timeout.

mod budget;
mod clock;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod virtual_time;

use std::time::{Duration, Instant};

use broker_core::operation::Operation;
use broker_core::pace::{Ledger, Pace, PaceClock, Place, Slot, Wait};
use broker_core::ports::{CallContext, Deadline, UpstreamError};

use self::budget::Budget;
pub(crate) use self::clock::Clock;
pub use self::clock::SystemClock;
use crate::attempt_error::AttemptError;
use crate::observation::{Attempt, AttemptOutcome, Observation, Observer, ignore};

/// How long one attempt may take: longer than Connect's slow answers, and short enough to leave time for another
/// attempt, because a connection can die while the instance is frozen.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many attempts a call makes after faults, the first included. Source: the AWS SDKs' standard retry mode.
const MOST_FAULTS: u32 = 3;
/// How long a call is held while Connect throttles it.
const HOLD: Duration = Duration::from_millis(500);
/// How long a call waits in all, for its slot and while it is held.
const LONGEST_WAIT: Duration = Duration::from_millis(600);
/// How much longer it is held for each fault.
const HOLD_AFTER_FAULT: Duration = Duration::from_millis(600);
/// The shortest pause after a throttled attempt, and how much longer it may be.
const AFTER_THROTTLE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(250));
/// The longest pause after a first fault. It doubles for the second. Source: "full jitter", AWS Architecture Blog.
const AFTER_FAULT: Duration = Duration::from_millis(100);
/// The wait after a call that has no place in line was throttled.
const WITHOUT_A_PLACE: Wait = Wait {
    retry_after: Duration::from_secs(1),
    position: 0,
};

/// The caller that a call is made for, or all of them.
pub(crate) enum CallFor {
    /// For a caller, at the pace of its place in line.
    Caller(CallContext),
    /// For every caller, like a refresh of limits. It has no place in line.
    Everybody(Deadline),
}

impl From<CallContext> for CallFor {
    fn from(context: CallContext) -> Self {
        Self::Caller(context)
    }
}

impl From<Deadline> for CallFor {
    fn from(deadline: Deadline) -> Self {
        Self::Everybody(deadline)
    }
}

/// What all calls of a process share.
pub(crate) struct Retries<L, C> {
    pace: Pace<L, C>,
    observer: Observer,
    budget: Budget,
}

impl<L: Ledger, C: Clock + PaceClock> Retries<L, C> {
    pub(crate) fn new(pace: Pace<L, C>) -> Self {
        Self {
            pace,
            observer: ignore,
            budget: Budget::full(),
        }
    }

    /// Tells `observer` about each attempt.
    pub(crate) fn observed_by(self, observer: Observer) -> Self {
        Self { observer, ..self }
    }

    /// Tells the observer one fact.
    pub(crate) fn observe(&self, observation: Observation<'_>) {
        (self.observer)(observation);
    }

    /// The first good answer of `attempt`, which must be safe to repeat.
    ///
    /// # Errors
    /// [`UpstreamError::Throttled`] if it is not the caller's turn; otherwise the last real error.
    pub(crate) async fn run<T: Send, F: Future<Output = Result<T, AttemptError>> + Send>(
        &self,
        operation: Operation,
        call_for: CallFor,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T, UpstreamError> {
        let mut call = match call_for {
            CallFor::Caller(context) => {
                let (slot, waited) = self.take_slot(operation, context.place).await?;
                Call::new(self, operation, Some(slot), context.deadline, waited)
            }
            CallFor::Everybody(deadline) => Call::new(self, operation, None, deadline, Duration::ZERO),
        };
        loop {
            let error = match call.attempt(&attempt).await? {
                Ok(answer) => {
                    self.budget.refill(call.cost);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            tracing::debug!(
                operation = call.operation.name(), attempt = call.attempts, %error, "attempt failed");
            match error {
                AttemptError::Final(error) => return Err(error),
                AttemptError::Fault(error) => call.pause_after_fault(error).await?,
                AttemptError::Throttled => call.pause_after_throttle().await?,
            }
        }
    }

    /// A slot for one call of the caller with this place, and how long the call waited for it.
    async fn take_slot(&self, operation: Operation, place: Place) -> Result<(Slot, Duration), UpstreamError> {
        let admitted = self.pace.admit(operation, place).await;
        let slot = admitted.map_err(UpstreamError::Throttled)?;
        let wait = self.pace.delay(&slot);
        // A timer that is due costs a turn of the event loop.
        if !wait.is_zero() {
            self.clock().sleep_until(self.clock().now() + wait).await;
        }
        Ok((slot, wait))
    }

    /// The shared ledger, if there is one and it answers.
    pub(crate) fn shared(&self) -> Option<&L> {
        self.pace.shared()
    }

    fn clock(&self) -> &C {
        self.pace.clock()
    }
}

/// One call with its attempts.
struct Call<'a, L, C> {
    shared: &'a Retries<L, C>,
    operation: Operation,
    slot: Option<Slot>,
    deadline: Instant,
    held_until: Instant,
    attempts: u32,
    faults: u32,
    /// What the latest retry after a fault cost.
    cost: u32,
    last: Option<UpstreamError>,
}

impl<'a, L: Ledger, C: Clock + PaceClock> Call<'a, L, C> {
    fn new(
        shared: &'a Retries<L, C>,
        operation: Operation,
        slot: Option<Slot>,
        deadline: Deadline,
        waited: Duration,
    ) -> Self {
        Self {
            shared,
            operation,
            slot,
            deadline: deadline.0,
            held_until: shared.clock().now() + HOLD.min(LONGEST_WAIT.saturating_sub(waited)),
            attempts: 0,
            faults: 0,
            cost: 0,
            last: None,
        }
    }

    /// The outcome of one attempt. The first counts as sent in the ledger while it runs.
    ///
    /// # Errors
    /// The last real error, if the deadline passes first.
    async fn attempt<T, F>(
        &mut self,
        attempt: &(impl Fn() -> F + Sync),
    ) -> Result<Result<T, AttemptError>, UpstreamError>
    where
        F: Future<Output = Result<T, AttemptError>> + Send,
    {
        let began = self.now();
        if began >= self.deadline {
            return Err(self.last_error());
        }
        self.attempts += 1;
        let limit = self.deadline.min(began + ATTEMPT_TIMEOUT);
        let outcome = match self.slot.as_ref().filter(|_| self.attempts == 1) {
            Some(slot) => tokio::join!(self.until(limit, attempt()), self.shared.pace.sent(slot)).0,
            None => self.until(limit, attempt()).await,
        };
        self.shared.observe(Observation::Attempt(Attempt {
            number: self.attempts,
            took: self.now().saturating_duration_since(began),
            outcome: AttemptOutcome::of(outcome.as_ref()),
        }));
        match outcome {
            Some(outcome) => Ok(outcome),
            None if limit == self.deadline => Err(self.last_error()),
            None => Ok(Err(AttemptError::Fault(UpstreamError::TimedOut))),
        }
    }

    /// What `attempt` gives until `limit`.
    async fn until<T>(&self, limit: Instant, attempt: impl Future<Output = T> + Send) -> Option<T> {
        tokio::select! {
            biased;
            outcome = attempt => Some(outcome),
            () = self.shared.clock().sleep_until(limit) => None,
        }
    }

    /// Pauses before the next attempt, which the ledger counts, because Connect counted the one that failed.
    async fn pause_after_fault(&mut self, error: UpstreamError) -> Result<(), UpstreamError> {
        self.faults += 1;
        self.held_until += HOLD_AFTER_FAULT;
        let ceiling = AFTER_FAULT * self.faults;
        let until = self.now() + ceiling.mul_f64(self.shared.clock().fraction());
        let cost = match error {
            UpstreamError::TimedOut => Budget::TIMEOUT_COST,
            _ => Budget::RETRY_COST,
        };
        if self.faults >= MOST_FAULTS || until >= self.deadline || !self.shared.budget.spend(cost) {
            return Err(error);
        }
        self.cost = cost;
        self.last = Some(error);
        let sleep = self.shared.clock().sleep_until(until);
        match &self.slot {
            Some(slot) => drop(tokio::join!(sleep, self.shared.pace.repeated(slot))),
            None => sleep.await,
        }
        Ok(())
    }

    async fn pause_after_throttle(&mut self) -> Result<(), UpstreamError> {
        let (least, more) = AFTER_THROTTLE;
        let until = self.now() + least + more.mul_f64(self.shared.clock().fraction());
        if until > self.held_until.min(self.deadline) {
            return Err(UpstreamError::Throttled(self.leave().await));
        }
        self.last = Some(UpstreamError::Throttled(WITHOUT_A_PLACE));
        self.shared.clock().sleep_until(until).await;
        Ok(())
    }

    /// The wait of a call that is given up because Connect throttles it. Its caller keeps a place close by.
    async fn leave(&mut self) -> Wait {
        match self.slot.take() {
            Some(slot) => self.shared.pace.throttled(slot).await,
            None => WITHOUT_A_PLACE,
        }
    }

    /// The error of a call that has no time left: what the last attempt met, not that time ran out.
    fn last_error(&self) -> UpstreamError {
        self.last.clone().unwrap_or(UpstreamError::TimedOut)
    }

    fn now(&self) -> Instant {
        self.shared.clock().now()
    }
}
