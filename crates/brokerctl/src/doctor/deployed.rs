//! Judges what the stack made: roles, table, finisher, bucket, scanner, alarms and quotas. The AWS CLI asks.

mod alarms;
mod bucket;
mod capacity;
mod finisher;
mod live_rules;
mod permission;
mod policy;
mod role;
mod scanner;
mod table;

use broker_core::arn::InstanceArn;
use broker_http::settings::Settings;
use serde_json::Value;

use super::account::Bucket;
use super::call_error::CallError;
use super::question::Question;
use super::report::{Check, Outcome};
use super::stack::Stack;

/// A deployment that a stack made.
pub(super) struct Deployed<'a> {
    pub(super) stack: &'a Stack,
    pub(super) settings: &'a Settings,
    /// The bucket for attachments, or why it is not known.
    pub(super) bucket: Result<&'a Bucket, &'static str>,
}

/// The checks that need a stack.
pub(super) const CHECKS: [Check; 10] = [
    Check::BucketPolicy,
    Check::ObjectLock,
    Check::BucketKeys,
    Check::Scanner,
    Check::Role,
    Check::Table,
    Check::Finisher,
    Check::Concurrency,
    Check::Quotas,
    Check::Alarms,
];

impl Deployed<'_> {
    /// The outcomes of [`CHECKS`]. The AWS CLI takes most of a second to start, so all of it is asked at once.
    pub(super) async fn outcomes(&self) -> Vec<(Check, Outcome)> {
        let (policy, lock, keys, scanner, role, table, finisher, concurrency, quotas, alarms) = tokio::join!(
            bucket::policy(self),
            bucket::lock(self),
            bucket::keys(self),
            scanner::scanner(self),
            role::role(self),
            table::table(self),
            finisher::finisher(self),
            capacity::concurrency(self),
            capacity::quotas(self),
            alarms::alarms(self),
        );
        let outcomes = [
            policy,
            lock,
            keys,
            scanner,
            role,
            table,
            finisher,
            concurrency,
            quotas,
            alarms,
        ];
        CHECKS.into_iter().zip(outcomes).collect()
    }

    /// Whether the functions read the live rules.
    pub(super) async fn live_rules(&self) -> Outcome {
        live_rules::live_rules(self).await
    }

    fn instance(&self) -> &InstanceArn {
        &self.settings.deployment.instance
    }

    /// The account's id and the partition, as the instance's ARN has them.
    fn place(&self) -> Place<'_> {
        let mut parts = self.instance().as_str().split(':').skip(1);
        let mut next = || parts.next().unwrap_or_default();
        let (partition, _, region, account) = (next(), next(), next(), next());
        Place {
            partition,
            region,
            account,
        }
    }
}

/// Where a deployment is.
struct Place<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
}

/// The outcome if the call of `question` about `resource` was refused.
fn refused(question: &Question, error: &CallError, resource: &str) -> Outcome {
    Outcome::Found(vec![question.refused(error, resource)])
}

/// The answer, or nothing if what was asked about does not exist.
fn existing(answer: Result<Value, CallError>) -> Result<Option<Value>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CallError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text at `name`; empty if there is none.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The elements of a list; a value that is not a list is a list of itself, as in policies.
fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        Value::Null => &[],
        single => std::slice::from_ref(single),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// A deployment without a bucket.
    pub(super) fn deployed<'a>(stack: &'a Stack, settings: &'a Settings) -> Deployed<'a> {
        Deployed {
            stack,
            settings,
            bucket: Err("no bucket"),
        }
    }

    /// Settings whose one grant is about `resources`.
    pub(super) fn settings(resources: &str) -> Settings {
        let rules = format!(
            "[authentication]\naccept = [\"lambda\"]\n\
             [[identity]]\nwhen = {{ issuer = \"lambda-authorizer\" }}\nuser = {{ username_claim = \"login\" }}\n\
             [[grant]]\nwhen = {{ issuer = \"lambda-authorizer\" }}\nresources = {resources}\n"
        );
        let lookup = |name: &str| match name {
            "CONNECT_INSTANCE_ARN" => Some("arn:aws:connect:eu-west-1:111122223333:instance/i-1".into()),
            "CASES_DOMAIN_ARN" => Some("arn:aws:cases:eu-west-1:111122223333:domain/d-1".into()),
            "HANDLE_KEYS" => Some("0123456789abcdef".repeat(4)),
            "BROKER_CONFIG" => Some("broker.toml".into()),
            _ => None,
        };
        Settings::from(lookup, |path| match path.to_str() {
            Some("broker.toml") => Ok(rules.clone().into_bytes()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
        .expect("sound settings")
    }
}
