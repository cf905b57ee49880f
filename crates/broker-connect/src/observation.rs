//! What can be seen of the calls, for whoever measures and audits them.

use std::time::Duration;

use broker_core::ports::UpstreamError;

use crate::attempt_error::AttemptError;

/// One thing that was seen of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation<'a> {
    /// AWS's id of a call that was answered; not that of a refresh of limits, which is nobody's request.
    RequestId(&'a str),
    /// An attempt ended.
    Attempt(Attempt),
}

/// One attempt of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which attempt of its call it was, from 1.
    pub number: u32,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// With an answer.
    Answered,
    /// Throttled.
    Throttled,
    /// The broker's role was refused.
    AccessDenied,
    /// With another error, or with no answer in time.
    Failed,
}

/// Who is told what was seen, in the task that the call runs in.
pub type Observer = fn(Observation<'_>);

/// The observer of calls that nobody measures.
pub(crate) const fn nobody(_: Observation<'_>) {}

impl AttemptOutcome {
    pub(crate) const fn of<T>(outcome: Option<&Result<T, AttemptError>>) -> Self {
        match outcome {
            Some(Ok(_)) => Self::Answered,
            Some(Err(AttemptError::Throttled)) => Self::Throttled,
            Some(Err(
                AttemptError::Fault(UpstreamError::AccessDenied)
                | AttemptError::Final(UpstreamError::AccessDenied),
            )) => Self::AccessDenied,
            Some(Err(_)) | None => Self::Failed,
        }
    }
}
