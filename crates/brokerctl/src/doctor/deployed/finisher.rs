//! Judges the finisher: that it is ready, that its schedule runs it, and that its runs end well.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

use super::{Deployed, elements, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::call_error::CallError;
use crate::doctor::question::{FUNCTION, METRIC, RULE, RULES};
use crate::doctor::report::{Finding, Outcome};

/// How far back its runs are counted. The schedule starts one each minute.
const WINDOW: Duration = Duration::from_mins(15);

pub(super) async fn finisher(deployed: &Deployed<'_>) -> Outcome {
    let Some(name) = deployed.stack.output("FinisherName") else {
        return Outcome::Skipped("SharedState is not full".into());
    };
    let log = deployed.stack.output("FinisherLogGroupName").unwrap_or_default();
    match ask(&FUNCTION, &["--function-name", name]).await {
        Err(error) => Outcome::Found(vec![FUNCTION.refused(&error, name)]),
        Ok(function) => {
            let (rule, runs, errors) = tokio::join!(
                schedule(text(&function, "FunctionArn")),
                count("Invocations", name),
                count("Errors", name),
            );
            let findings = [state(&function), rule.err(), self::runs(runs, errors, name, log)];
            Outcome::of(findings.into_iter().flatten().collect(), || {
                format!("{name} is scheduled, and its runs end well")
            })
        }
    }
}

/// The finding for a function that Lambda cannot run.
fn state(function: &Value) -> Option<Finding> {
    let (state, update) = (text(function, "State"), text(function, "LastUpdateStatus"));
    let is_passing = state == "Pending" || update == "InProgress";
    let is_ready = matches!(state, "" | "Active" | "Inactive") && matches!(update, "" | "Successful");
    (!is_ready).then(|| Finding {
        is_passing,
        ..Finding::fault(
            format!(
                "the finisher is {state}, and its last change is {update}: {}",
                text(function, "StateReasonCode")
            ),
            "deploy the stack again; `aws lambda get-function-configuration` has the reason",
        )
    })
}

/// Finds an enabled rule that runs the function.
async fn schedule(function: &str) -> Result<(), Finding> {
    let answer = ask(&RULES, &["--target-arn", function]).await;
    let answer = answer.map_err(|error| RULES.refused(&error, function))?;
    let mut disabled = Vec::new();
    for rule in elements(&answer["RuleNames"]).iter().filter_map(Value::as_str) {
        let answer = ask(&RULE, &["--name", rule]).await;
        let answer = answer.map_err(|error| RULE.refused(&error, rule))?;
        if text(&answer, "State").starts_with("ENABLED") {
            return Ok(());
        }
        disabled.push(rule.to_owned());
    }
    Err(match disabled.first() {
        Some(rule) => Finding::fault(
            format!("the rule {rule} that runs the finisher is disabled"),
            format!("`aws events enable-rule --name {rule}`"),
        ),
        None => Finding::fault(
            "no rule runs the finisher",
            "deploy the stack again: infra/finisher.yaml has the rule",
        ),
    })
}

/// The sum of a metric of the function in the last [`WINDOW`].
async fn count(metric: &str, function: &str) -> Result<f64, CallError> {
    let now = SystemTime::now();
    let [from, to] =
        [now - WINDOW, now].map(|time| DateTime::from(time).fmt(Format::DateTime).unwrap_or_default());
    let dimension = format!("Name=FunctionName,Value={function}");
    let arguments = [
        "--namespace",
        "AWS/Lambda",
        "--metric-name",
        metric,
        "--dimensions",
        &dimension,
        "--start-time",
        &from,
        "--end-time",
        &to,
        "--period",
        "60",
        "--statistics",
        "Sum",
    ];
    let answer = ask(&METRIC, &arguments).await?;
    Ok(elements(&answer["Datapoints"])
        .iter()
        .filter_map(|point| point["Sum"].as_f64())
        .sum())
}

fn runs(
    runs: Result<f64, CallError>,
    errors: Result<f64, CallError>,
    name: &str,
    log: &str,
) -> Option<Finding> {
    let minutes = WINDOW.as_secs() / 60;
    match (runs, errors) {
        (Err(error), _) | (_, Err(error)) => Some(METRIC.refused(&error, name)),
        (Ok(0.0), _) => Some(Finding::fault(
            format!("the finisher did not run in the last {minutes} minutes"),
            "see that EventBridge may invoke it (infra/finisher.yaml, Invoke); a stack that is younger needs some minutes",
        )),
        (Ok(runs), Ok(errors)) if errors > 0.0 => Some(Finding::fault(
            format!("{errors} of {runs} runs of the finisher failed in the last {minutes} minutes"),
            format!("see its log: `aws logs tail {log}` (docs/runbook.md#finisherfailing)"),
        )),
        (Ok(_), Ok(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn runs_must_happen_and_end_well() {
        for (ran, failed, words) in [
            (Ok(15.0), Ok(0.0), None),
            (Ok(0.0), Ok(0.0), Some("did not run in the last 15 minutes")),
            (Ok(15.0), Ok(3.0), Some("3 of 15 runs of the finisher failed")),
            (
                Err(CallError::Throttled),
                Ok(0.0),
                Some("GetMetricStatistics: throttled"),
            ),
            (
                Ok(1.0),
                Err(CallError::Throttled),
                Some("GetMetricStatistics: throttled"),
            ),
        ] {
            let found = runs(ran, failed, "finisher", "log").map(|finding| finding.seen);
            match words {
                None => assert_eq!(found, None),
                Some(words) => assert!(found.is_some_and(|seen| seen.contains(words)), "{words}"),
            }
        }
    }

    #[test]
    fn a_function_must_be_ready() {
        for (function, expected) in [
            (json!({"State": "Active", "LastUpdateStatus": "Successful"}), None),
            (
                json!({"State": "Inactive", "LastUpdateStatus": "Successful"}),
                None,
            ),
            (json!({}), None),
            (json!({"State": "Pending"}), Some(true)),
            (
                json!({"State": "Active", "LastUpdateStatus": "InProgress"}),
                Some(true),
            ),
            (
                json!({"State": "Active", "LastUpdateStatus": "Failed"}),
                Some(false),
            ),
            (
                json!({"State": "Failed", "LastUpdateStatus": "Successful"}),
                Some(false),
            ),
        ] {
            assert_eq!(
                state(&function).map(|finding| finding.is_passing),
                expected,
                "{function}"
            );
        }
    }
}
