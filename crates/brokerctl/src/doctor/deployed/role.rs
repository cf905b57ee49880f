//! Judges the functions' roles by IAM's policy simulator.

use std::collections::BTreeSet;

use serde_json::Value;

use super::permission::{ANY_ID, Permission};
use super::{Deployed, elements, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::question::{FUNCTION, ROLE};
use crate::doctor::report::{Finding, Outcome};

/// The simulator's words for what is allowed, and for what a Deny forbids.
const ALLOWED: &str = "allowed";
const DENIED: &str = "explicitDeny";

pub(super) async fn role(deployed: &Deployed<'_>) -> Outcome {
    let (of_broker, of_finisher) = tokio::join!(broker(deployed), finisher(deployed));
    let mut findings = Vec::new();
    let mut count = 0;
    for judged in [of_broker, of_finisher].into_iter().flatten() {
        match judged {
            Ok(allowed) => count += allowed,
            Err(found) => findings.extend(found),
        }
    }
    Outcome::of(findings, || format!("{count} actions are allowed"))
}

/// The number of allowed actions, or what is not allowed.
type Judged = Result<usize, Vec<Finding>>;

async fn broker(deployed: &Deployed<'_>) -> Option<Judged> {
    let role = deployed.stack.output("RoleArn")?;
    Some(simulate(deployed, role, deployed.needs_of_broker()).await)
}

/// The finisher's role comes from its function, because no output of the stack names it.
async fn finisher(deployed: &Deployed<'_>) -> Option<Judged> {
    let name = deployed.stack.output("FinisherName")?;
    Some(match ask(&FUNCTION, &["--function-name", name]).await {
        Ok(function) => simulate(deployed, text(&function, "Role"), deployed.needs_of_finisher()).await,
        Err(error) => Err(vec![FUNCTION.refused(&error, name)]),
    })
}

async fn simulate(deployed: &Deployed<'_>, role: &str, needs: Vec<Permission>) -> Judged {
    let actions: BTreeSet<_> = needs.iter().map(|need| need.action).collect();
    let resources: BTreeSet<_> = needs.iter().map(|need| &*need.resource).collect();
    let context = deployed
        .context()
        .map(|(name, value)| format!("ContextKeyName={name},ContextKeyValues={value},ContextKeyType=string"));
    let mut arguments = vec!["--policy-source-arn", role, "--action-names"];
    arguments.extend(actions);
    arguments.push("--resource-arns");
    arguments.extend(resources);
    arguments.push("--context-entries");
    arguments.extend(context.iter().map(String::as_str));
    let answer = ask(&ROLE, &arguments).await;
    let answer = answer.map_err(|error| vec![ROLE.refused(&error, role)])?;
    let findings: Vec<_> = needs
        .iter()
        .filter_map(|need| judge(role, need, &answer))
        .collect();
    if findings.is_empty() {
        Ok(needs.len())
    } else {
        Err(findings)
    }
}

/// The finding, unless the simulator says that the role may make the call.
fn judge(role: &str, need: &Permission, answer: &Value) -> Option<Finding> {
    let Permission {
        action,
        resource,
        statement,
    } = need;
    let results = elements(&answer["EvaluationResults"]).iter();
    let about: Vec<_> = results
        .filter(|result| text(result, "EvalActionName") == *action)
        .collect();
    let decisions: BTreeSet<_> = about
        .iter()
        .flat_map(|result| decisions(result, resource))
        .collect();
    let decision = match decisions.get(DENIED).or_else(|| decisions.get(ALLOWED)) {
        Some(&ALLOWED) => return None,
        Some(denied) => denied,
        None => decisions.first().copied().unwrap_or("not answered"),
    };
    let is_barred = |detail: &str, flag: &str| about.iter().any(|result| result[detail][flag] == false);
    let fix = if is_barred("OrganizationsDecisionDetail", "AllowedByOrganizations") {
        "a policy of the organization (SCP) stands in the way: have it allow the action".into()
    } else if is_barred(
        "PermissionsBoundaryDecisionDetail",
        "AllowedByPermissionsBoundary",
    ) {
        "the permissions boundary of the role stands in the way: allow the action there".into()
    } else if decision == DENIED {
        "a Deny of the role's policies stands in the way: remove it, or make it narrower".into()
    } else {
        format!(
            "deploy with parameters that give statement {statement} of infra/ (infra/check-settings says which); with \
             ExistingRoleArn, add it to your role"
        )
    };
    Some(Finding::fault(
        format!(
            "{role} may not call {action} on {}: {decision}",
            resource.replace(ANY_ID, "*")
        ),
        fix,
    ))
}

/// What `result` says about `resource`. An older form of the answer has no results for single resources.
fn decisions<'a>(result: &'a Value, resource: &str) -> Vec<&'a str> {
    let specific = elements(&result["ResourceSpecificResults"]);
    let named = |entry: &&Value| text(entry, "EvalResourceName") == resource;
    if specific.is_empty() && named(&result) {
        return vec![text(result, "EvalDecision")];
    }
    let named = specific.iter().filter(named);
    named.map(|entry| text(entry, "EvalResourceDecision")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/file/f";

    #[test]
    fn a_denial_says_what_stands_in_the_way() {
        let need = Permission {
            action: "connect:StartAttachedFileUpload",
            resource: FILE.into(),
            statement: "Start",
        };
        let specific = |decision: &str| {
            json!({
                "EvalActionName": need.action, "EvalResourceName": "arn:${Partition}:connect:*", "EvalDecision": decision,
                "ResourceSpecificResults": [
                    {"EvalResourceName": "arn:other", "EvalResourceDecision": "allowed"},
                    {"EvalResourceName": FILE, "EvalResourceDecision": decision},
                ],
            })
        };
        let barred = |detail: &str, flag: &str| {
            let mut result = specific("implicitDeny");
            result[detail] = json!({ flag: false });
            result
        };
        for (results, words) in [
            (vec![specific("allowed")], None),
            (vec![specific("implicitDeny"), specific("allowed")], None),
            (
                vec![specific("explicitDeny"), specific("allowed")],
                Some("remove it"),
            ),
            (
                vec![
                    json!({"EvalActionName": need.action, "EvalResourceName": FILE, "EvalDecision": "allowed"}),
                ],
                None,
            ),
            (vec![specific("implicitDeny")], Some("statement Start")),
            (
                vec![barred("OrganizationsDecisionDetail", "AllowedByOrganizations")],
                Some("SCP"),
            ),
            (
                vec![barred(
                    "PermissionsBoundaryDecisionDetail",
                    "AllowedByPermissionsBoundary",
                )],
                Some("boundary"),
            ),
            (vec![], Some("statement Start")),
        ] {
            let finding = judge("role", &need, &json!({ "EvaluationResults": results }));
            match words {
                None => assert_eq!(finding, None, "{results:?}"),
                Some(words) => assert!(
                    finding.is_some_and(|found| found.fix.contains(words)),
                    "{results:?}"
                ),
            }
        }
    }
}
