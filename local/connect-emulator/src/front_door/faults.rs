//! Faults that a test arms, and the calls that they hit.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::front_door::call_error::AwsError;
use crate::front_door::reply::{Outcome, Reply};
use crate::model::Service;

/// A fault as `PUT /_local/faults` arms it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) operation: String,
    /// Number of the first call to hit, counted from 1 since the fault was armed.
    #[serde(default = "once")]
    call: u32,
    /// Number of calls to hit.
    #[serde(default = "once")]
    times: u32,
    kind: FaultKind,
    status: Option<u16>,
    code: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    value: Option<Value>,
}

/// Effect of a fault on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FaultKind {
    /// The call fails with `status`, `code` and `reason`; the operation does not run.
    Error,
    /// The call starts `delayMs` later; combines with any other kind.
    Delay,
    /// The connection is reset; the operation does not run.
    ResetBefore,
    /// The operation runs, and then the connection is reset.
    ResetAfter,
    /// The operation runs, and the answer's body is `value`, or HTML.
    Garbage,
    /// The operation runs, and half of the answer is sent.
    Truncate,
    /// `value` replaces Start's `HeadersToInclude`.
    Headers,
    /// `value` replaces the answer's `Url`.
    Url,
}

fn once() -> u32 {
    1
}

/// The armed faults, each with the number of calls of its operation since then.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<(Fault, u32)>,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self {
            armed: faults.into_iter().map(|fault| (fault, 0)).collect(),
        }
    }

    /// Counts a call, and plans what happens to it.
    pub(crate) fn plan(&mut self, operation: &str) -> Plan {
        let mut plan = Plan::default();
        for (fault, calls) in self
            .armed
            .iter_mut()
            .filter(|(fault, _)| fault.operation == operation)
        {
            *calls += 1;
            let hit = *calls >= fault.call && *calls - fault.call < fault.times;
            match fault.kind {
                _ if !hit => {}
                FaultKind::Delay => plan.delay += Duration::from_millis(fault.delay_ms),
                _ if plan.fault.is_none() => plan.fault = Some(fault.clone()),
                _ => {}
            }
        }
        plan
    }
}

/// Faults of one call: the sum of the delays, and the first other fault.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    fault: Option<Fault>,
}

impl Plan {
    /// The outcome, if the plan keeps the operation from running.
    pub(crate) fn instead(&self, service: &Service) -> Option<Outcome> {
        let fault = self.fault.as_ref()?;
        match fault.kind {
            FaultKind::ResetBefore => Some(Outcome::Reset),
            FaultKind::Error => Some(Outcome::Answer(fault.error(service))),
            _ => None,
        }
    }

    /// The outcome of a call that the operation answered.
    pub(crate) fn disturb(&self, reply: Reply) -> Outcome {
        let Some(fault) = &self.fault else {
            return Outcome::Answer(reply);
        };
        let value = fault.value.as_ref();
        match fault.kind {
            FaultKind::ResetAfter => Outcome::Reset,
            FaultKind::Truncate => Outcome::Truncated(reply),
            FaultKind::Garbage => Outcome::Answer(Reply {
                body: garbage(value),
                ..reply
            }),
            FaultKind::Headers => Outcome::Answer(replace_member(reply, "HeadersToInclude", value)),
            FaultKind::Url => Outcome::Answer(replace_member(reply, "Url", value)),
            FaultKind::Error | FaultKind::Delay | FaultKind::ResetBefore => Outcome::Answer(reply),
        }
    }
}

impl Fault {
    fn error(&self, service: &Service) -> Reply {
        let code = self.code.as_deref().unwrap_or("InternalServiceException");
        let mut error = AwsError::new(code, "armed by /_local/faults");
        error.status = self.status.and_then(|status| StatusCode::from_u16(status).ok());
        error.reason.clone_from(&self.reason);
        error.render(service)
    }
}

fn garbage(value: Option<&Value>) -> Bytes {
    match value {
        None => Bytes::from_static(b"<html><body>502 Bad Gateway</body></html>"),
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(other) => Bytes::from(other.to_string()),
    }
}

/// The reply with that member of its URL metadata replaced, or removed if there is no value.
fn replace_member(reply: Reply, member: &str, value: Option<&Value>) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else {
        return reply;
    };
    for metadata in ["UploadUrlMetadata", "DownloadUrlMetadata"] {
        if let Some(Value::Object(members)) = body.get_mut(metadata) {
            match value {
                Some(value) => members.insert(member.to_owned(), value.clone()),
                None => members.remove(member),
            };
        }
    }
    Reply {
        body: body.to_string().into(),
        ..reply
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hits_the_calls_that_it_was_armed_for_and_no_other() {
        for (call, times, expected) in [
            (1, 1, [1, 0, 0, 0]),
            (2, 1, [0, 1, 0, 0]),
            (2, 2, [0, 1, 1, 0]),
            (1, 9, [1, 1, 1, 1]),
            (1, 0, [0; 4]),
        ] {
            let fault = json!({ "operation": "GetCase", "call": call, "times": times, "kind": "delay", "delayMs": 1 });
            let mut faults = Faults::new(vec![serde_json::from_value(fault).expect("a fault")]);
            let hits: Vec<u128> = (0..4)
                .map(|_| {
                    assert_eq!(faults.plan("SearchUsers").delay, Duration::ZERO);
                    faults.plan("GetCase").delay.as_millis()
                })
                .collect();
            assert_eq!(hits, expected, "from call {call}, {times} times");
        }
    }

    #[test]
    fn replaces_or_removes_a_member_of_the_url_metadata() {
        let reply = || Reply::ok(&json!({ "UploadUrlMetadata": { "Url": "u", "UrlExpiry": "e" } }));
        for (value, expected) in [
            (
                Some(json!("http://other")),
                json!({ "Url": "http://other", "UrlExpiry": "e" }),
            ),
            (None, json!({ "UrlExpiry": "e" })),
        ] {
            let body = replace_member(reply(), "Url", value.as_ref()).body;
            let body: Value = serde_json::from_slice(&body).expect("still JSON");
            assert_eq!(body["UploadUrlMetadata"], expected);
        }
    }
}
