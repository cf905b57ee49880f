//! Failures that a test arms, and the calls they hit.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::error::AwsError;
use crate::model::Service;
use crate::reply::{Outcome, Reply};

/// A fault as `PUT /_local/faults` arms it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) operation: String,
    /// The first call hit, counted from 1 since the fault was armed.
    #[serde(default = "once")]
    call: u32,
    /// How many calls are hit.
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

/// What a fault does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultKind {
    /// The call fails with `status`, `code` and `reason`; nothing is done.
    Error,
    /// The call is answered `delayMs` later; goes together with any other kind.
    Delay,
    /// The connection is reset; nothing is done.
    ResetBefore,
    /// The call is done, and then the connection is reset.
    ResetAfter,
    /// The call is done and answered with `value`, or with HTML.
    Garbage,
    /// The call is done and half of the answer is sent.
    Truncate,
    /// `value` takes the place of Start's `HeadersToInclude`.
    Headers,
    /// `value` takes the place of the answer's `Url`.
    Url,
}

fn once() -> u32 {
    1
}

/// The faults armed, each with the calls of its operation since.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<(Fault, u32)>,
}

impl Faults {
    /// Forgets what was armed before.
    pub(crate) fn replace(&mut self, faults: Vec<Fault>) {
        self.armed = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// Counts a call and says what is to happen to it.
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

/// What is to happen to one call: all delays, and the first other fault.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    fault: Option<Fault>,
}

impl Plan {
    /// What takes the operation's place, where the plan keeps it from running.
    pub(crate) fn instead(&self, service: &Service) -> Option<Outcome> {
        let fault = self.fault.as_ref()?;
        match fault.kind {
            FaultKind::ResetBefore => Some(Outcome::Reset),
            FaultKind::Error => Some(Outcome::Answer(fault.error(service))),
            _ => None,
        }
    }

    /// What becomes of the operation's own answer.
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

/// The reply with that member of its URL metadata replaced, or taken out where there is no value.
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
            let mut faults = Faults::default();
            let fault = json!({ "operation": "GetCase", "call": call, "times": times, "kind": "delay", "delayMs": 1 });
            faults.replace(vec![serde_json::from_value(fault).expect("a fault")]);
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
