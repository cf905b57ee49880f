//! Judges what Lambda and Connect let through: concurrency and quotas.

use broker_core::operation::{Operation, Quota};
use broker_http::settings::Settings;
use serde_json::Value;

use super::{Deployed, elements, refused, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::question::{ACCOUNT, QUOTAS, RESERVED};
use crate::doctor::report::{Finding, Outcome};

/// Requests a second that the API admits unless the stack says otherwise: `RateLimit` of infra/template.yaml.
const RATE_LIMIT: u64 = 20;

pub(super) async fn concurrency(deployed: &Deployed<'_>) -> Outcome {
    let Some(name) = deployed.stack.output("FunctionName") else {
        return Outcome::Skipped("the stack names no function".into());
    };
    let of_function = ["--function-name", name];
    let (account, reserved) = tokio::join!(ask(&ACCOUNT, &[]), ask(&RESERVED, &of_function));
    match (account, reserved) {
        (Err(error), _) => refused(&ACCOUNT, &error, "*"),
        (_, Err(error)) => refused(&RESERVED, &error, name),
        (Ok(account), Ok(reserved)) => {
            let rate = deployed
                .stack
                .parameter("RateLimit")
                .and_then(|rate| rate.parse().ok());
            enough(&account["AccountLimit"], &reserved, rate.unwrap_or(RATE_LIMIT))
        }
    }
}

/// Whether as many requests can run at once as the API admits in a second, because a request takes less than that.
fn enough(account: &Value, reserved: &Value, rate: u64) -> Outcome {
    let shared = account["UnreservedConcurrentExecutions"]
        .as_u64()
        .unwrap_or_default();
    let total = account["ConcurrentExecutions"].as_u64().unwrap_or_default();
    let (available, of) = match reserved["ReservedConcurrentExecutions"].as_u64() {
        Some(reserved) => (reserved, "reserved for it".to_owned()),
        None => (
            shared,
            format!("shared by all functions of the account without a reservation, of {total}"),
        ),
    };
    let seen = format!("{available} at once, {of}");
    if available >= rate {
        return Outcome::Ok(seen);
    }
    let fix = if reserved.is_null() {
        "raise Lambda's quota \"Concurrent executions\" (`aws service-quotas request-service-quota-increase --service-code lambda \
         --quota-code L-B99A9384`), or lower RateLimit"
    } else {
        "raise ReservedConcurrency, or lower RateLimit"
    };
    Outcome::fault(format!("{seen}; the API admits {rate} requests a second"), fix)
}

pub(super) async fn quotas(deployed: &Deployed<'_>) -> Outcome {
    match ask(&QUOTAS, &["--service-code", "connect"]).await {
        Err(error) => refused(&QUOTAS, &error, "*"),
        Ok(answer) => judge(elements(&answer["Quotas"]), deployed.settings),
    }
}

/// Compares the rates that Service Quotas lists with those of the rules.
fn judge(listed: &[Value], settings: &Settings) -> Outcome {
    let mut findings = Vec::new();
    let mut agreeing = Vec::new();
    for operation in Operation::PACED {
        let Some(rate) = rate_of(listed, operation) else {
            continue;
        };
        let Quota { rate: own, burst } = settings.quotas.of(operation);
        let (name, own) = (operation.snake_case_name(), f64::from(own));
        if (own - rate).abs() < f64::EPSILON {
            agreeing.push(format!("{} {rate}", operation.name()));
            continue;
        }
        let seen = format!(
            "the account may call {} {rate} times a second, the rules use {own}",
            operation.name()
        );
        let fix = format!(
            "write {name} = {{ rate = {rate}, burst = {burst} }} under [quota], with the burst that AWS names"
        );
        findings.push(if own > rate {
            Finding::fault(
                format!("{seen}: Connect throttles"),
                format!("{fix}, or have the quota raised"),
            )
        } else {
            Finding::fault(format!("{seen}: uploads wait without need"), fix)
        });
    }
    if findings.is_empty() && agreeing.is_empty() {
        return Outcome::Skipped("Service Quotas lists no rate of the operations".into());
    }
    Outcome::of(findings, || {
        format!("a second, as in the rules: {}", agreeing.join(", "))
    })
}

/// The rate of an operation, in a quota such as `Rate of SearchUsers API requests`.
fn rate_of(listed: &[Value], operation: Operation) -> Option<f64> {
    let names = |quota: &&Value| {
        let name = text(quota, "QuotaName");
        let mut words = name.split_whitespace();
        words.any(|word| word == operation.name()) && !name.to_ascii_lowercase().contains("burst")
    };
    listed.iter().find(names)?["Value"].as_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::settings;
    use super::*;

    #[test]
    fn concurrency_is_enough_for_what_the_api_admits() {
        let account =
            |unreserved| json!({"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": unreserved});
        let reserved = |count| json!({ "ReservedConcurrentExecutions": count });
        for (account, reserved, expected) in [
            (account(1000), Value::Null, None),
            (account(20), Value::Null, None),
            (account(10), Value::Null, Some("L-B99A9384")),
            (account(10), reserved(20), None),
            (account(1000), reserved(19), Some("raise ReservedConcurrency")),
            (account(1000), reserved(0), Some("raise ReservedConcurrency")),
        ] {
            let outcome = enough(&account, &reserved, 20);
            assert_eq!(outcome.is_ok(), expected.is_none(), "{account} {reserved}");
            assert!(
                format!("{outcome:?}").contains(expected.unwrap_or_default()),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn the_rules_quotas_are_the_accounts() {
        let quota = |name: &str, value| json!({"QuotaName": name, "Value": value});
        let two = || quota("Rate of SearchUsers API requests", 2.0);
        let settings = settings("\"any-case\"");
        for (listed, expected) in [
            (vec![two()], "SearchUsers 2"),
            (
                vec![quota("Burst rate of SearchUsers API requests", 5.0), two()],
                "SearchUsers 2",
            ),
            (vec![quota("Rate of SearchUsersV2 API requests", 9.0)], "Skipped"),
            (
                vec![quota("Rate of SearchUsers API requests", 1.0)],
                "Connect throttles",
            ),
            (
                vec![quota("Rate of SearchUsers API requests", 10.0)],
                "search_users = { rate = 10, burst = 5 }",
            ),
        ] {
            let outcome = format!("{:?}", judge(&listed, &settings));
            assert!(outcome.contains(expected), "{listed:?}: {outcome}");
        }
    }
}
