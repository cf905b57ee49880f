//! Judges the instance's scanner of files: that Connect may invoke its function.

use serde_json::Value;

use super::policy::{Statement, matches, statements};
use super::{Deployed, elements, existing, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::question::{ASSOCIATIONS, FUNCTION_POLICY};
use crate::doctor::report::{Finding, Outcome};

const CONNECT: &str = "connect.amazonaws.com";

pub(super) async fn scanner(deployed: &Deployed<'_>) -> Outcome {
    let instance = deployed.instance();
    let arguments = [
        "--instance-id",
        instance.id(),
        "--integration-type",
        "FILE_SCANNER",
    ];
    let answer = match ask(&ASSOCIATIONS, &arguments).await {
        Ok(answer) => answer,
        Err(error) => return Outcome::Found(vec![ASSOCIATIONS.refused(&error, instance.as_str())]),
    };
    let associations = elements(&answer["IntegrationAssociationSummaryList"]).iter();
    let functions: Vec<_> = associations
        .map(|association| text(association, "IntegrationArn"))
        .collect();
    if functions.is_empty() {
        return Outcome::Ok("no scanner is associated, so files are approved unscanned".into());
    }
    let mut findings = Vec::new();
    for function in &functions {
        match existing(ask(&FUNCTION_POLICY, &["--function-name", function]).await) {
            Err(error) => findings.push(FUNCTION_POLICY.refused(&error, function)),
            Ok(answer) => {
                let policy = answer
                    .and_then(|answer| statements(&answer["Policy"]))
                    .unwrap_or_default();
                findings.extend(unless_invocable(&policy, function, deployed));
            }
        }
    }
    Outcome::of(findings, || {
        format!("{} may be invoked by Connect", functions.join(", "))
    })
}

/// The finding, unless a statement lets Connect invoke the function for this instance.
fn unless_invocable(policy: &[Value], function: &str, deployed: &Deployed<'_>) -> Option<Finding> {
    let (account, instance) = (deployed.place().account, deployed.instance().as_str());
    let lets = |statement: &Statement<'_>| {
        let mut conditions = statement.conditions().into_iter();
        statement.is("Allow")
            && statement.is_about_service(CONNECT)
            && statement.covers("lambda:InvokeFunction", function)
            && conditions.all(|(_, key, values)| {
                let given = if key.eq_ignore_ascii_case("aws:SourceAccount") {
                    account
                } else {
                    instance
                };
                values.into_iter().any(|value| matches(value, given))
            })
    };
    let is_invocable = policy.iter().any(|statement| lets(&Statement::new(statement)));
    (!is_invocable).then(|| {
        Finding::fault(
            format!("Connect may not invoke the scanner {function}, so every file is rejected after a minute"),
            format!(
                "`aws lambda add-permission --function-name {function} --statement-id connect --action \
                 lambda:InvokeFunction --principal {CONNECT} --source-account {account} --source-arn {instance}`; if the \
                 function is gone, remove the association"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{deployed, settings};
    use super::*;
    use crate::doctor::stack::tests::stack;

    #[test]
    fn connect_must_be_let_in_for_this_instance() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:scan";
        let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
        let allow = |condition: Value| {
            json!({
                "Effect": "Allow", "Principal": {"Service": CONNECT}, "Action": "lambda:InvokeFunction",
                "Resource": function, "Condition": condition,
            })
        };
        let (stack, settings) = (stack(&[], &[]), settings("\"any-case\""));
        let deployed = deployed(&stack, &settings);
        let with = |name: &str, value: Value| {
            let mut statement = allow(json!(null));
            statement[name] = value;
            statement
        };
        for (statement, is_sound) in [
            (allow(json!(null)), true),
            (
                allow(
                    json!({"StringEquals": {"AWS:SourceAccount": "111122223333"}, "ArnLike": {"AWS:SourceArn": instance}}),
                ),
                true,
            ),
            (
                allow(
                    json!({"ArnLike": {"AWS:SourceArn": "arn:aws:connect:eu-west-1:111122223333:instance/*"}}),
                ),
                true,
            ),
            (
                allow(json!({"StringEquals": {"AWS:SourceAccount": "444455556666"}})),
                false,
            ),
            (
                allow(
                    json!({"ArnLike": {"AWS:SourceArn": "arn:aws:connect:eu-west-1:111122223333:instance/other"}}),
                ),
                false,
            ),
            (with("Principal", json!({"Service": "s3.amazonaws.com"})), false),
            (with("Effect", json!("Deny")), false),
            (with("Action", json!("lambda:GetFunction")), false),
        ] {
            let found = unless_invocable(std::slice::from_ref(&statement), function, &deployed);
            assert_eq!(found.is_none(), is_sound, "{statement}");
        }
        assert!(unless_invocable(&[], function, &deployed).is_some());
    }
}
