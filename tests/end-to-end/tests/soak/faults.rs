//! A random plan of faults.

use fastrand::Rng;
use serde_json::{Value, json};

/// One call in this many fails.
const ONE_IN: usize = 10;

/// Planned calls of an operation per upload, with repetitions.
const CALLS_AN_UPLOAD: usize = 2;

const OPERATIONS: [&str; 4] = [
    "StartAttachedFileUpload",
    "CompleteAttachedFileUpload",
    "BatchGetAttachedFileMetadata",
    "DeleteAttachedFile",
];

/// Faults for one in [`ONE_IN`] of the calls that `uploads` make.
pub(crate) fn plan(uploads: usize, rng: &mut Rng) -> Vec<Value> {
    let calls = 1..=uploads * CALLS_AN_UPLOAD;
    let mut faults = Vec::new();
    for call in calls {
        for operation in OPERATIONS {
            if rng.usize(..ONE_IN) == 0 {
                faults.push(fault(operation, call, rng));
            }
        }
    }
    faults
}

fn fault(operation: &str, call: usize, rng: &mut Rng) -> Value {
    let mut fault = match rng.u8(..9) {
        0 => json!({"kind": "error", "status": 500, "code": "InternalServiceException"}),
        1 => json!({"kind": "error", "status": 503, "code": "ServiceUnavailable"}),
        2 => json!({"kind": "error", "status": 429, "code": "ThrottlingException"}),
        3 => json!({"kind": "error", "status": 403, "code": "AccessDeniedException"}),
        4 => json!({"kind": "delay", "delayMs": rng.u64(1..200)}),
        5 => json!({"kind": "reset-before"}),
        6 => json!({"kind": "reset-after"}),
        7 => json!({"kind": "truncate"}),
        _ => json!({"kind": "garbage"}),
    };
    fault["operation"] = operation.into();
    fault["call"] = call.into();
    fault
}
