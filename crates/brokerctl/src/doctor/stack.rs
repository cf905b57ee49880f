//! The stack of a deployment: its parameters and outputs, and the variables that follow from them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::aws_cli::ask;
use super::call_error::CallError;
use super::question::STACK;
use super::report::{Finding, Outcome};
use crate::stand_ins::HANDLE_KEY;

/// A stack of infra/template.yaml.
pub(super) struct Stack {
    pub(super) name: String,
    status: String,
    parameters: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl Stack {
    /// The stack called `name`.
    pub(super) async fn read(name: &str) -> Result<Self, Finding> {
        let answer = ask(&STACK, &["--stack-name", name]).await;
        let answer = answer.map_err(|error| unread(name, &error))?;
        Self::of(name, &answer["Stacks"][0]).ok_or_else(|| {
            Finding::fault(
                format!("{name} has no parameter ConnectInstanceArn"),
                "name the stack that was made from infra/template.yaml, not one of its nested stacks",
            )
        })
    }

    fn of(name: &str, stack: &Value) -> Option<Self> {
        let stack = Self {
            name: name.into(),
            status: stack["StackStatus"].as_str().unwrap_or_default().into(),
            parameters: pairs(&stack["Parameters"], ["ParameterKey", "ParameterValue"]),
            outputs: pairs(&stack["Outputs"], ["OutputKey", "OutputValue"]),
        };
        stack.parameter("ConnectInstanceArn").is_some().then_some(stack)
    }

    /// The value of a parameter, unless it is empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        given(&self.parameters, name)
    }

    /// The value of an output, unless it is empty.
    pub(super) fn output(&self, name: &str) -> Option<&str> {
        given(&self.outputs, name)
    }

    /// The broker's variables, as the template sets them. The doctor seals nothing, so any handle key will do.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let table = self.output("SharedTableName");
        let state = table.and_then(|_| self.parameter("SharedState"));
        let variables = [
            (
                "CONNECT_INSTANCE_ARN",
                self.parameter("ConnectInstanceArn").map(Into::into),
            ),
            (
                "CASES_DOMAIN_ARN",
                self.parameter("CasesDomainArn").map(Into::into),
            ),
            ("HANDLE_KEYS", Some(HANDLE_KEY.repeat(4))),
            ("STAGE", self.parameter("Environment").map(Into::into)),
            ("BASE_PATH", Some(self.base_path())),
            ("SHARED_TABLE", table.map(Into::into)),
            ("SHARED_STATE", state.map(Into::into)),
        ];
        let set = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), value?)));
        set.collect()
    }

    /// `BASE_PATH`, as infra/template.yaml composes it.
    fn base_path(&self) -> String {
        let domain_path = self.parameter("DomainPath").map(|path| format!("/{path}"));
        match (self.parameter("DomainName"), self.parameter("ApiType")) {
            (Some(_), _) => domain_path.unwrap_or_default(),
            (None, Some("rest")) => "/live".into(),
            (None, Some("none")) => self.parameter("BasePath").unwrap_or_default().into(),
            (None, _) => String::new(),
        }
    }

    /// Whether the last change of the stack went well.
    pub(super) fn outcome(&self) -> Outcome {
        let Self { name, status, .. } = self;
        let seen = format!("{name} is {status}");
        let events = format!(
            "see what failed: `aws cloudformation describe-stack-events --stack-name {name}`; then deploy again"
        );
        match &**status {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Outcome::Ok(seen),
            "UPDATE_ROLLBACK_COMPLETE" => Outcome::fault(
                format!("{seen}: the last change was rolled back, so the previous deployment is live"),
                events,
            ),
            status if status.ends_with("_IN_PROGRESS") => Outcome::Found(vec![Finding {
                is_passing: true,
                ..Finding::fault(seen, "run this again when the deployment is over")
            }]),
            _ => Outcome::fault(seen, events),
        }
    }
}

fn unread(name: &str, error: &CallError) -> Finding {
    match error {
        CallError::Code { code } if code == "ValidationError" => Finding::fault(
            format!("there is no stack {name} in this account and region"),
            "correct --stack, AWS_PROFILE or AWS_REGION: `aws cloudformation list-stacks` shows what there is",
        ),
        error => STACK.refused(error, &format!("the stack {name}")),
    }
}

fn pairs(list: &Value, [name, value]: [&str; 2]) -> BTreeMap<String, String> {
    let pair = |entry: &Value| {
        Some((
            entry[name].as_str()?.to_owned(),
            entry[value].as_str()?.to_owned(),
        ))
    };
    list.as_array().into_iter().flatten().filter_map(pair).collect()
}

fn given<'a>(values: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    values
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";

    /// A stack with further parameters and these outputs.
    pub(in crate::doctor) fn stack(parameters: &[(&str, &str)], outputs: &[(&str, &str)]) -> Stack {
        let pairs = |[name, value]: [&str; 2], entries: &[(&str, &str)]| {
            entries
                .iter()
                .map(|(key, text)| json!({ name: key, value: text }))
                .collect::<Value>()
        };
        let parameters = [
            &[("ConnectInstanceArn", INSTANCE), ("Environment", "prod")],
            parameters,
        ]
        .concat();
        let described = json!({
            "StackStatus": "UPDATE_COMPLETE",
            "Parameters": pairs(["ParameterKey", "ParameterValue"], &parameters),
            "Outputs": pairs(["OutputKey", "OutputValue"], outputs),
        });
        Stack::of("uploads", &described).expect("a broker's stack")
    }

    #[test]
    fn what_the_doctor_reads_is_in_the_template() {
        let template = include_str!("../../../../infra/template.yaml");
        let (parameters, outputs) = template.split_once("\nOutputs:").expect("outputs");
        for name in [
            "ConnectInstanceArn",
            "CasesDomainArn",
            "Environment",
            "SharedState",
            "DomainName",
            "DomainPath",
            "ApiType",
        ] {
            assert!(parameters.contains(&format!("\n  {name}:\n")), "{name}");
        }
        for name in [
            "SharedTableName",
            "ApiUrl",
            "RoleArn",
            "FinisherName",
            "TopicArn",
            "FunctionName",
            "LogGroupName",
            "EventBusArn",
            "SharedTableArn",
        ] {
            assert!(outputs.contains(&format!("\n  {name}:\n")), "{name}");
        }
    }

    #[test]
    fn the_base_path_is_the_templates() {
        for (parameters, expected) in [
            (&[("ApiType", "http")][..], ""),
            (&[("ApiType", "rest")], "/live"),
            (&[("ApiType", "rest"), ("DomainName", "api.example.com")], ""),
            (
                &[("DomainName", "api.example.com"), ("DomainPath", "a/b")],
                "/a/b",
            ),
            (
                &[("ApiType", "none"), ("BasePath", "/prod/attachments")],
                "/prod/attachments",
            ),
        ] {
            assert_eq!(
                stack(parameters, &[]).variables()["BASE_PATH"],
                expected,
                "{parameters:?}"
            );
        }
    }

    #[test]
    fn the_table_is_used_as_far_as_the_stack_says() {
        let table = [("SharedTableName", "table")];
        for (parameters, outputs, expected) in [
            (&[("SharedState", "full")][..], &table[..], Some("full")),
            (&[("SharedState", "pace")], &table, Some("pace")),
            (&[("SharedState", "off")], &[], None),
        ] {
            let variables = stack(parameters, outputs).variables();
            assert_eq!(variables.get("SHARED_STATE").map(String::as_str), expected);
            assert_eq!(variables.contains_key("SHARED_TABLE"), expected.is_some());
        }
    }

    #[test]
    fn a_stack_is_judged_by_its_last_change() {
        for (status, is_ok, words) in [
            ("CREATE_COMPLETE", true, ""),
            ("UPDATE_COMPLETE", true, ""),
            (
                "UPDATE_ROLLBACK_COMPLETE",
                false,
                "the previous deployment is live",
            ),
            ("UPDATE_IN_PROGRESS", false, "is_passing: true"),
            ("ROLLBACK_COMPLETE", false, "describe-stack-events"),
            ("UPDATE_ROLLBACK_FAILED", false, "describe-stack-events"),
        ] {
            let outcome = Stack {
                status: status.into(),
                ..stack(&[], &[])
            }
            .outcome();
            assert_eq!(outcome.is_ok(), is_ok, "{status}");
            assert!(format!("{outcome:?}").contains(words), "{status}");
        }
    }
}
