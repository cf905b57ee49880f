//! One invocation: its event, its outcome and its errors.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Largest event and largest answer of a synchronous invocation: 6 MB.
/// Source: Lambda quotas, "Invocation payload (request and response)".
pub const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

/// Why an invocation has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// All instances are busy and no other may be started: Lambda's `TooManyRequestsException`.
    #[error("all {max_instances} instances are busy")]
    Throttled {
        /// The limit that was reached.
        max_instances: usize,
    },
    /// The event is larger than Lambda accepts: `RequestTooLargeException`.
    #[error("event is {size_bytes} bytes, the limit is 6 MB")]
    EventTooLarge {
        /// Length of the event.
        size_bytes: usize,
    },
    /// The answer is larger than Lambda accepts: `Function.ResponseSizeTooLarge`.
    #[error("answer is over the limit of 6 MB")]
    AnswerTooLarge,
    /// The function reported an error instead of an answer.
    #[error("function reported an error of type `{error_type}`")]
    Reported {
        /// The type that it reported.
        error_type: String,
        /// The message that it reported, which callers of an API never see.
        message: String,
    },
    /// The process ended during the invocation: `Runtime.ExitError`.
    #[error("process ended during the invocation ({status})")]
    Exited {
        /// Exit code or signal.
        status: String,
    },
    /// The process ended, or reported an error, before it asked for an invocation: `Runtime.InitError`.
    #[error("function failed in its init phase: {reason}")]
    InitFailed {
        /// How it ended, and the last lines that it wrote.
        reason: String,
    },
    /// The function timeout passed: `Sandbox.Timedout`.
    #[error("invocation took longer than the function timeout of {timeout_secs} s")]
    TimedOut {
        /// The timeout, rounded down.
        timeout_secs: u64,
    },
    /// The stack is being shut down.
    #[error("function is being shut down")]
    Stopped,
}

/// What the function answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// JSON text.
    pub payload: Bytes,
    /// Time from the delivery of the event to the whole answer; Lambda logs it as `Duration`.
    pub took: Duration,
}

/// How an invocation ended.
pub(crate) type Outcome = Result<Answer, InvokeError>;

/// Event with the way back to its caller.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub(crate) request_id: String,
    /// `Lambda-Runtime-Trace-Id`.
    pub(crate) trace_id: String,
    /// JSON text handed to the function.
    pub(crate) event: Bytes,
    caller: oneshot::Sender<Outcome>,
}

impl Invocation {
    /// Invocation, and the receiver of its outcome.
    pub(crate) fn new(event: Bytes, trace_id: &str) -> (Self, oneshot::Receiver<Outcome>) {
        let (caller, outcome) = oneshot::channel();
        let request_id = Uuid::new_v4().to_string();
        (
            Self {
                request_id,
                trace_id: trace_id.to_owned(),
                event,
                caller,
            },
            outcome,
        )
    }

    /// Ends the invocation.
    pub(crate) fn conclude(self, outcome: Outcome) {
        // The caller may have disconnected meanwhile.
        let _unheard = self.caller.send(outcome);
    }
}
