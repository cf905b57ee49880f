//! Judges whether the functions read the rules in question, by the digest that they log.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::{Deployed, elements, refused, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::question::LOG;
use crate::doctor::report::{Finding, Outcome};

/// How far back the log is read. The doctor's own request is in it, unless an authorizer stands before the broker.
const WINDOW: Duration = Duration::from_mins(5);

/// How often the log is read, and the pause before each time, because a line takes seconds to arrive.
const READINGS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn live_rules(deployed: &Deployed<'_>) -> Outcome {
    let Some(log) = deployed.stack.output("LogGroupName") else {
        return Outcome::Skipped("the stack names no log".into());
    };
    let from = (SystemTime::now() - WINDOW)
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let from = from.as_millis().to_string();
    let arguments = [
        "--log-group-name",
        log,
        "--start-time",
        &from,
        "--filter-pattern",
        "rules_sha256",
    ];
    for reading in 1..=READINGS {
        match ask(&LOG, &arguments).await {
            Err(error) => return refused(&LOG, &error, &format!("the log group {log}")),
            Ok(answer) => match newest(&answer) {
                Some(live) => return judge(&live, &deployed.settings.rules_digest.to_string()),
                None if reading < READINGS => tokio::time::sleep(PAUSE).await,
                None => {}
            },
        }
    }
    let minutes = WINDOW.as_secs() / 60;
    Outcome::Found(vec![Finding {
        is_passing: true,
        ..Finding::fault(
            format!("no request and no start was logged in {log} in the last {minutes} minutes"),
            "run this again after a request",
        )
    }])
}

/// The digest in the newest line that has one.
fn newest(answer: &Value) -> Option<String> {
    let lines = elements(&answer["events"]).iter();
    let digest = |event: &Value| {
        let line: Value = serde_json::from_str(text(event, "message")).ok()?;
        let digest = [&line["rules_sha256"], &line["fields"]["rules_sha256"]];
        let digest = digest.into_iter().find_map(Value::as_str)?.to_owned();
        Some((event["timestamp"].as_u64()?, digest))
    };
    lines
        .filter_map(digest)
        .max_by_key(|(time, _)| *time)
        .map(|(_, digest)| digest)
}

fn judge(live: &str, own: &str) -> Outcome {
    if live == own {
        return Outcome::Ok(format!("rules_sha256 {own} is live"));
    }
    Outcome::fault(
        format!("the function reads rules with rules_sha256 {live}, those given here have {own}"),
        "deploy these rules, or give those that are live (docs/operations.md#which-rules-are-in-force)",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_line_with_a_digest_counts() {
        let event =
            |timestamp: u64, message: Value| json!({"timestamp": timestamp, "message": message.to_string()});
        let events = json!({"events": [
            event(3, json!({"rules_sha256": "new"})),
            event(2, json!({"fields": {"rules_sha256": "older"}})),
            event(4, json!({"message": "mentions rules_sha256"})),
            {"timestamp": 5, "message": "rules_sha256 in a line that is not JSON"},
        ]});
        assert_eq!(newest(&events), Some("new".into()));
        assert_eq!(newest(&json!({"events": []})), None);
        let started = json!({"events": [event(1, json!({"fields": {"rules_sha256": "first"}}))]});
        assert_eq!(newest(&started), Some("first".into()));
    }
}
