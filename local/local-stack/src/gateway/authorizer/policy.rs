//! The policy document that a Lambda authorizer answers with.
//!
//! Source: API Gateway developer guide, "Output from an API Gateway Lambda authorizer"; IAM user guide, "Policy evaluation
//! logic" and the wildcards of "IAM JSON policy elements: Resource". Conditions, `NotAction` and `NotResource` are refused.

use serde::Deserialize;

/// What API Gateway asks the policy about.
const ACTION: &str = "execute-api:Invoke";

/// A policy document.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(rename = "Version")]
    _version: String,
    statement: Vec<Statement>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany,
    resource: OneOrMany,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// What a policy says about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement is about it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

impl Policy {
    /// What the policy says about invoking `arn`.
    pub(super) fn decide(&self, arn: &str) -> Decision {
        let about = self.statement.iter();
        let about = about.filter(|one| one.action.matches(ACTION) && one.resource.matches(arn));
        about.fold(Decision::NotAllowed, |decision, statement| {
            match (decision, statement.effect) {
                (Decision::Denied, _) | (_, Effect::Deny) => Decision::Denied,
                (_, Effect::Allow) => Decision::Allowed,
            }
        })
    }
}

impl OneOrMany {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::One(pattern) => matches(pattern.as_bytes(), text.as_bytes()),
            Self::Many(patterns) => patterns
                .iter()
                .any(|pattern| matches(pattern.as_bytes(), text.as_bytes())),
        }
    }
}

/// Whether the whole text matches: `*` stands for any characters, `?` for one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        ([b'?', rest @ ..], [_, after @ ..]) => matches(rest, after),
        ([expected, rest @ ..], [found, after @ ..]) if expected == found => matches(rest, after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:execute-api:eu-west-1:111122223333:a1/prod/POST/uploads";

    fn policy(statements: &Value) -> serde_json::Result<Policy> {
        serde_json::from_value(json!({"Version": "2012-10-17", "Statement": statements}))
    }

    #[test]
    fn a_denial_beats_a_permission_and_silence_permits_nothing() {
        let statement = |effect: &str, action: &str, resource: &str| json!({"Effect": effect, "Action": action, "Resource": resource});
        let allow = |resource: &str| statement("Allow", "execute-api:Invoke", resource);
        for (statements, expected) in [
            (json!([]), Decision::NotAllowed),
            (json!([allow(ARN)]), Decision::Allowed),
            (json!([allow("*")]), Decision::Allowed),
            (
                json!([allow("arn:aws:execute-api:*:*:a1/*/POST/upload?")]),
                Decision::Allowed,
            ),
            (
                json!([allow("arn:aws:execute-api:*:*:a1/*/GET/*")]),
                Decision::NotAllowed,
            ),
            (
                json!([allow("arn:aws:execute-api:*:*:a1/prod/POST/upload")]),
                Decision::NotAllowed,
            ),
            (
                json!([statement("Allow", "execute-api:*", ARN)]),
                Decision::Allowed,
            ),
            (json!([statement("Allow", "lambda:*", ARN)]), Decision::NotAllowed),
            (json!([allow("*"), statement("Deny", "*", ARN)]), Decision::Denied),
            (json!([statement("Deny", "*", ARN), allow("*")]), Decision::Denied),
            (
                json!([{"Effect": "Allow", "Action": ["a:b", "execute-api:Invoke"], "Resource": ["x", ARN]}]),
                Decision::Allowed,
            ),
        ] {
            assert_eq!(
                policy(&statements).expect("a policy").decide(ARN),
                expected,
                "{statements}"
            );
        }
    }

    #[test]
    fn refuses_what_it_would_not_evaluate() {
        for statements in [
            json!([{"Effect": "Allow", "Action": "*", "NotResource": ARN}]),
            json!([{"Effect": "Allow", "Action": "*", "Resource": ARN, "Condition": {}}]),
            json!([{"Effect": "allow", "Action": "*", "Resource": ARN}]),
            json!({}),
        ] {
            assert!(policy(&statements).is_err(), "{statements}");
        }
    }
}
