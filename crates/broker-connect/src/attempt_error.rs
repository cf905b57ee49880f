//! How one attempt failed, as the retry loop sees it.

use broker_core::ports::UpstreamError;

/// How one attempt of an upstream call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttemptError {
    /// Too many requests: the same request may succeed when it is this caller's turn.
    Throttled,
    /// The service or the way to it failed: the same request may succeed.
    Fault(UpstreamError),
    /// The same request would fail again.
    Final(UpstreamError),
}

impl std::fmt::Display for AttemptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Throttled => f.write_str("throttled"),
            Self::Fault(error) | Self::Final(error) => error.fmt(f),
        }
    }
}
