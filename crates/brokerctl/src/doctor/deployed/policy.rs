//! Statements of resource policies, as far as the doctor judges them.

use serde_json::Value;

use super::elements;

/// One statement of a policy.
pub(super) struct Statement<'a>(&'a Value);

/// The statements of a policy, which is JSON in a string.
pub(super) fn statements(policy: &Value) -> Option<Vec<Value>> {
    let policy: Value = serde_json::from_str(policy.as_str()?).ok()?;
    Some(elements(&policy["Statement"]).to_vec())
}

impl<'a> Statement<'a> {
    pub(super) const fn new(statement: &'a Value) -> Self {
        Self(statement)
    }

    pub(super) fn is(&self, effect: &str) -> bool {
        self.0["Effect"] == effect
    }

    /// Its `Sid`, or a stand-in for a missing one.
    pub(super) fn name(&self) -> &'a str {
        self.0["Sid"].as_str().unwrap_or("without Sid")
    }

    /// Whether the statement is about `action` on `resource`.
    pub(super) fn covers(&self, action: &str, resource: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.selects("Action", |pattern| {
            matches(&pattern.to_ascii_lowercase(), &action)
        }) && self.selects("Resource", |pattern| matches(pattern, resource))
    }

    /// Whether some element of the member `name` fits, or none of `Not{name}` does.
    fn selects(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        let any = |list: &Value| elements(list).iter().filter_map(Value::as_str).any(&fits);
        let (list, excluded) = (&self.0[name], &self.0[format!("Not{name}")]);
        if excluded.is_null() {
            any(list)
        } else {
            !any(excluded)
        }
    }

    /// Whether the statement is about every principal, or about all but some.
    pub(super) fn is_about_everyone(&self) -> bool {
        let principal = &self.0["Principal"];
        !self.0["NotPrincipal"].is_null()
            || principal == "*"
            || elements(&principal["AWS"]).iter().any(|one| one == "*")
    }

    /// Whether the statement is about this service.
    pub(super) fn is_about_service(&self, service: &str) -> bool {
        let principal = &self.0["Principal"];
        principal == "*" || elements(&principal["Service"]).iter().any(|one| one == service)
    }

    /// Each condition: operator, key, values.
    pub(super) fn conditions(&self) -> Vec<(&'a str, &'a str, Vec<&'a str>)> {
        let blocks = self.0["Condition"].as_object().into_iter().flatten();
        let keys = blocks.flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| (&**operator, &**key, values))
        });
        keys.map(|(operator, key, values)| {
            let values = elements(values).iter().map(|value| match value {
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                other => other.as_str().unwrap_or_default(),
            });
            (operator, key, values.collect())
        })
        .collect()
    }
}

/// Whether `text` fits a pattern with `*` and `?`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| matches(rest, &text[at..]))
        }
        Some(wanted) => {
            let mut letters = text.chars();
            let fits = letters
                .next()
                .is_some_and(|letter| wanted == '?' || wanted == letter);
            fits && matches(&pattern[wanted.len_utf8()..], letters.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match_as_in_policies() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:Put*", "s3:PutObject", true),
            ("s3:Put*", "s3:GetObject", false),
            ("s3:P?tObject", "s3:PutObject", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/c", true),
            ("arn:aws:s3:::b", "arn:aws:s3:::b/a", false),
            ("*/a", "b/a", true),
            ("?", "", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_statement_covers_what_it_lists_or_does_not_exclude() {
        for (statement, expected) in [
            (json!({"Action": "s3:*", "Resource": "*"}), true),
            (
                json!({"Action": ["S3:PUTOBJECT"], "Resource": ["arn:aws:s3:::b/*"]}),
                true,
            ),
            (json!({"Action": "s3:GetObject", "Resource": "*"}), false),
            (json!({"NotAction": "s3:GetObject", "Resource": "*"}), true),
            (json!({"NotAction": "s3:Put*", "Resource": "*"}), false),
            (
                json!({"Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}),
                false,
            ),
            (json!({"Action": "s3:*", "Resource": "arn:aws:s3:::b"}), false),
        ] {
            let covers = Statement::new(&statement).covers("s3:PutObject", "arn:aws:s3:::b/key");
            assert_eq!(covers, expected, "{statement}");
        }
    }
}
