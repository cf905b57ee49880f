//! An environment for rules that are checked without their deployment.

use std::collections::BTreeMap;

use broker_core::arn::{CaseArn, ConnectUserArn, ContactArn, ResourceArn};
use toml::{Table, Value};

/// The instance and the domain that are used if neither the rules nor the resource name one.
const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/stand-in";
const DOMAIN: &str = "arn:aws:cases:us-east-1:000000000000:domain/stand-in";

/// A quarter of a handle key that seals nothing.
pub(crate) const HANDLE_KEY: &str = "0123456789abcdef";

/// The required variables. The deployment is that of the first ARN in `rules`, so rules that no single deployment could
/// serve are still at fault. If the rules have no ARN, it is that of `resource`.
pub(crate) fn stand_ins(rules: &str, resource: Option<&ResourceArn>) -> BTreeMap<String, String> {
    let texts = rules.parse::<Table>().map(|table| texts_of(&Value::Table(table)));
    let mut texts = texts.unwrap_or_default();
    texts.extend(resource.map(|resource| resource.as_str().to_owned()));
    let first = |container: fn(&str) -> Option<String>| texts.iter().find_map(|text| container(text));
    let variables = [
        (
            "CONNECT_INSTANCE_ARN",
            first(instance_of).unwrap_or_else(|| INSTANCE.into()),
        ),
        (
            "CASES_DOMAIN_ARN",
            first(domain_of).unwrap_or_else(|| DOMAIN.into()),
        ),
        ("HANDLE_KEYS", HANDLE_KEY.repeat(4)),
    ];
    variables.map(|(name, text)| (name.to_owned(), text)).into()
}

/// Every string in `value`.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(elements) => elements.iter().flat_map(texts_of).collect(),
        Value::Table(members) => members.values().flat_map(texts_of).collect(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => vec![],
    }
}

fn instance_of(text: &str) -> Option<String> {
    let is_of_one = text.parse::<ConnectUserArn>().is_ok() || text.parse::<ContactArn>().is_ok();
    is_of_one.then(|| container_of(text)).flatten()
}

fn domain_of(text: &str) -> Option<String> {
    text.parse::<CaseArn>().ok().and_then(|_| container_of(text))
}

fn container_of(arn: &str) -> Option<String> {
    arn.rsplitn(3, '/').nth(2).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_own_arns_tell_the_deployment() {
        let instance = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
        let domain = "arn:aws:cases:eu-west-1:111122223333:domain/d-1";
        let user = format!("[[identity]]\nuser = \"{instance}/agent/u-1\"");
        let resources = format!("[[grant]]\nresources = [\"{domain}/case/c-1\", \"{instance}/contact/c-1\"]");
        let case: ResourceArn = format!("{domain}/case/c-1").parse().expect("a case");
        let contact: ResourceArn = format!("{instance}/contact/c-1").parse().expect("a contact");
        let other: ResourceArn = "arn:aws:cases:eu-west-1:111122223333:domain/d-2/case/c-1"
            .parse()
            .expect("a case");
        for (rules, resource, expected_instance, expected_domain) in [
            ("", None, INSTANCE, DOMAIN),
            ("[[", None, INSTANCE, DOMAIN),
            ("a = \"arn:aws:iam::111122223333:role/x\"", None, INSTANCE, DOMAIN),
            (&user, None, instance, DOMAIN),
            (&resources, None, instance, domain),
            ("", Some(&case), INSTANCE, domain),
            ("", Some(&contact), instance, DOMAIN),
            (&user, Some(&case), instance, domain),
            (&resources, Some(&other), instance, domain),
        ] {
            let variables = stand_ins(rules, resource);
            assert_eq!(variables["CONNECT_INSTANCE_ARN"], expected_instance, "{rules}");
            assert_eq!(variables["CASES_DOMAIN_ARN"], expected_domain, "{rules}");
        }
    }
}
