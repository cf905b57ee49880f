//! The report of each call that an [`Observer`] receives, for metrics and for the request record.

use std::time::Duration;

use broker_core::ports::UpstreamError;

use crate::attempt_error::AttemptError;

/// One fact about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation<'a> {
    /// AWS's id of an answered call. A refresh of limits has none, because it belongs to no request.
    RequestId(&'a str),
    /// An attempt ended.
    Attempt(Attempt),
}

/// One attempt of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Position among the attempts of its call, from 1.
    pub number: u32,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// AWS answered.
    Answered,
    /// AWS throttled it.
    Throttled,
    /// AWS refused the broker's role.
    AccessDenied,
    /// Another error, or no answer in time.
    Failed,
}

/// Is called with each observation, in the task that the call runs in.
pub type Observer = fn(Observation<'_>);

/// The observer of calls that are not measured.
pub(crate) const fn ignore(_: Observation<'_>) {}

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
