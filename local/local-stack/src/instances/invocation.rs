//! One event on its way through the function, and the ways in which it can fail.

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Why an invocation has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// All instances are busy and no further one may be started: Lambda's `TooManyRequestsException`.
    #[error("all {max_instances} instances are busy")]
    Throttled {
        /// The limit that was met.
        max_instances: usize,
    },
    /// The event is larger than Lambda takes: `RequestTooLargeException`.
    #[error("event is {size_bytes} bytes, the limit is 6 MB")]
    EventTooLarge {
        /// Length of the event.
        size_bytes: usize,
    },
    /// The answer is larger than Lambda takes: `Function.ResponseSizeTooLarge`.
    #[error("answer is over the limit of 6 MB")]
    AnswerTooLarge,
    /// The function reported an error instead of an answer.
    #[error("function reported an error of type `{error_type}`")]
    Reported {
        /// The type it gave.
        error_type: String,
    },
    /// The process ended while it worked on this event: `Runtime.ExitError`.
    #[error("process ended in the middle of the invocation ({status})")]
    Exited {
        /// Exit code or signal.
        status: String,
    },
    /// The process ended, or gave up, before it asked for work: `Runtime.InitError`.
    #[error("function failed in its init phase: {reason}")]
    InitFailed {
        /// How it ended, and the last lines it wrote.
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

/// What becomes of an invocation.
pub(crate) type Outcome = Result<Bytes, InvokeError>;

/// Event waiting for an instance.
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
    /// Invocation and where its outcome will arrive.
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
        // A caller that hung up does not hear of it, as with Lambda.
        let _unheard = self.caller.send(outcome);
    }
}
