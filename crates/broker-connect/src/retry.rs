//! The one retry loop; the SDKs' own retries are off.
//!
//! Before each attempt a call asks the pace: it waits for its turn among the throttled calls, and for the pause after a
//! failure. Retries after faults are paid from a budget that the process shares. A call never sleeps past its deadline,
//! because its caller then gets the last real error instead of a timeout.

mod budget;
mod clock;
mod lane;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod virtual_time;

use std::time::{Duration, Instant};

use broker_core::operation::Operation;
use broker_core::ports::{Deadline, UpstreamError};

use self::budget::Budget;
pub(crate) use self::clock::{Clock, TokioClock};
use self::lane::{Lane, Turn};
use crate::attempt_error::AttemptError;
use crate::observation::{Attempt, AttemptOutcome, Observation, Observer, ignore};

/// How long one attempt may take: longer than Connect's slow answers, and short enough to leave time for another
/// attempt, because a connection can die while the instance is frozen.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// A pause between attempts: drawn from zero to a ceiling, which doubles with each failure.
struct Pause {
    first: Duration,
    longest: Duration,
}

const AFTER_FAULT: Pause = Pause {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(2),
};

/// Connect gives back a request every 500 ms.
const AFTER_THROTTLE: Pause = Pause {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(2),
};

impl Pause {
    /// The pause after the `failures`-th failure. Source: "full jitter", AWS Architecture Blog.
    fn drawn(&self, failures: u32, fraction: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let ceiling = self.first.saturating_mul(doubled).min(self.longest);
        ceiling.mul_f64(fraction.clamp(0.0, 1.0))
    }
}

/// From half of `wait` to all of it, because callers who were refused together must not come back together.
fn spread(wait: Duration, fraction: f64) -> Duration {
    wait.mul_f64(0.5 + fraction.clamp(0.0, 1.0) / 2.0)
}

/// The retry state that all calls of a process share.
pub(crate) struct Retries<C> {
    clock: C,
    random: fn() -> f64,
    observer: Observer,
    budget: Budget,
    lanes: [Lane; Operation::COUNT],
}

impl<C: Clock> Retries<C> {
    /// `random` returns numbers from 0 to 1.
    pub(crate) fn new(clock: C, random: fn() -> f64) -> Self {
        Self {
            clock,
            random,
            observer: ignore,
            budget: Budget::full(),
            lanes: Default::default(),
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

    /// Whether a call of `operation` was throttled in the last 30 seconds.
    pub(crate) fn was_throttled(&self, operation: Operation) -> bool {
        self.lanes[operation as usize].was_throttled(self.clock.now())
    }

    /// The first good answer of `attempt`, which must be safe to repeat.
    ///
    /// # Errors
    /// The last real error: one that another attempt would meet again, or the last one before time or budget ran out.
    pub(crate) async fn run<T: Send, F: Future<Output = Result<T, AttemptError>> + Send>(
        &self,
        operation: Operation,
        deadline: Deadline,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T, UpstreamError> {
        let mut call = Call::new(self, operation, deadline);
        loop {
            call.ask_the_pace().await?;
            match call.attempt(&attempt).await? {
                Ok(answer) => {
                    call.succeeded();
                    return Ok(answer);
                }
                Err(error) => call.prepare_retry(error)?,
            }
        }
    }
}

/// One call with its attempts.
struct Call<'a, C> {
    shared: &'a Retries<C>,
    operation: Operation,
    lane: &'a Lane,
    deadline: Instant,
    turn: Option<Turn<'a>>,
    attempts: u32,
    faults: u32,
    throttles: u32,
    /// Budget that the latest retry after a fault took.
    cost: u32,
    last: Option<AttemptError>,
    /// When the pause after a failure ends.
    not_before: Option<Instant>,
}

impl<'a, C: Clock> Call<'a, C> {
    fn new(shared: &'a Retries<C>, operation: Operation, deadline: Deadline) -> Self {
        Self {
            shared,
            operation,
            lane: &shared.lanes[operation as usize],
            deadline: deadline.0,
            turn: None,
            attempts: 0,
            faults: 0,
            throttles: 0,
            cost: 0,
            last: None,
            not_before: None,
        }
    }

    /// Waits until the next attempt may be made: a call must not overtake those that are in line.
    async fn ask_the_pace(&mut self) -> Result<(), UpstreamError> {
        if self.last == Some(AttemptError::Throttled) || self.lane.has_a_line() {
            self.last.get_or_insert(AttemptError::Throttled);
            self.take_turn().await?;
        }
        if let Some(until) = self.not_before {
            self.shared.clock.sleep_until(until).await;
        }
        Ok(())
    }

    async fn take_turn(&mut self) -> Result<(), UpstreamError> {
        if self.turn.is_some() {
            return Ok(());
        }
        let turn = tokio::select! {
            biased;
            turn = self.lane.turn() => Some(turn),
            () = self.shared.clock.sleep_until(self.deadline) => None,
        };
        self.turn = turn;
        self.turn.as_ref().map(|_| ()).ok_or_else(|| self.last_error())
    }

    /// The outcome of one attempt.
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
        let outcome = tokio::select! {
            biased;
            outcome = attempt() => Some(outcome),
            () = self.shared.clock.sleep_until(limit) => None,
        };
        let ended = self.now();
        self.shared.observe(Observation::Attempt(Attempt {
            number: self.attempts,
            took: ended.saturating_duration_since(began),
            outcome: AttemptOutcome::of(outcome.as_ref()),
        }));
        if let Some(Err(AttemptError::Throttled)) = outcome {
            self.lane.throttled(ended);
        }
        match outcome {
            Some(outcome) => Ok(outcome),
            None if limit == self.deadline => Err(self.last_error()),
            None => Ok(Err(AttemptError::Fault(UpstreamError::TimedOut))),
        }
    }

    fn succeeded(&self) {
        self.lane.passed(self.now());
        self.shared.budget.refill(self.cost);
    }

    /// Decides whether another attempt may be made after `error`, and when.
    fn prepare_retry(&mut self, error: AttemptError) -> Result<(), UpstreamError> {
        let (operation, attempt) = (self.operation.name(), self.attempts);
        tracing::debug!(operation, attempt, %error, "attempt failed");
        match error {
            AttemptError::Final(error) => Err(error),
            AttemptError::Fault(error) => self.prepare_retry_of_fault(error),
            AttemptError::Throttled => self.prepare_retry_of_throttle(),
        }
    }

    fn prepare_retry_of_fault(&mut self, error: UpstreamError) -> Result<(), UpstreamError> {
        self.turn = None;
        self.faults += 1;
        let until = self.now() + AFTER_FAULT.drawn(self.faults, (self.shared.random)());
        let cost = match error {
            UpstreamError::TimedOut => Budget::TIMEOUT_COST,
            _ => Budget::RETRY_COST,
        };
        if until >= self.deadline || !self.shared.budget.spend(cost) {
            return Err(error);
        }
        self.cost = cost;
        self.last = Some(AttemptError::Fault(error));
        self.not_before = Some(until);
        Ok(())
    }

    fn prepare_retry_of_throttle(&mut self) -> Result<(), UpstreamError> {
        self.throttles += 1;
        self.last = Some(AttemptError::Throttled);
        let until = self.now() + AFTER_THROTTLE.drawn(self.throttles, (self.shared.random)());
        self.not_before = Some(until);
        if until >= self.deadline {
            return Err(self.last_error());
        }
        Ok(())
    }

    /// The error of a call that has no time left: what the last attempt met, not that time ran out.
    fn last_error(&self) -> UpstreamError {
        match &self.last {
            Some(AttemptError::Throttled) => UpstreamError::Throttled {
                retry_after: spread(
                    self.lane.retry_after(self.now(), self.turn.is_some()),
                    (self.shared.random)(),
                ),
            },
            Some(AttemptError::Fault(error) | AttemptError::Final(error)) => error.clone(),
            None => UpstreamError::TimedOut,
        }
    }

    fn now(&self) -> Instant {
        self.shared.clock.now()
    }
}
