//! The error of one attempt, by which the retry loop decides.

use broker_core::ports::UpstreamError;

/// Why one attempt of an upstream call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AttemptError {
    /// Too many requests. The same request may succeed when its turn comes.
    #[error("throttled")]
    Throttled,
    /// The service or the network failed. The same request may succeed.
    #[error(transparent)]
    Fault(UpstreamError),
    /// The same request would fail again.
    #[error(transparent)]
    Final(UpstreamError),
}
