//! Judges the shared table: keys, indexes, state, and the expiry of its rows.

use broker_http::settings::SharedState;
use serde_json::Value;

use super::{Deployed, elements, refused, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::question::{TABLE, TABLE_EXPIRY};
use crate::doctor::report::{Finding, Outcome};

/// The keys of the table, and of each index: HASH, then RANGE.
const KEYS: [&str; 2] = ["pk", "sk"];
const INDEXES: [(&str, &str, [&str; 2]); 2] = [
    ("LocalSecondaryIndexes", "recent", ["pk", "startedAt"]),
    ("GlobalSecondaryIndexes", "due", ["queue", "due"]),
];

/// The attribute by which rows expire.
const EXPIRY: &str = "expires";

/// The fix for a table that has another form.
const REMAKE: &str = "deploy the stack again: infra/shared-table.yaml has the table's form, and a new table forgets only what \
                      had not ended";

pub(super) async fn table(deployed: &Deployed<'_>) -> Outcome {
    let Some(name) = &deployed.settings.shared_table else {
        return Outcome::Skipped("SharedState is off".into());
    };
    let arguments = ["--table-name", name];
    let (table, expiry) = tokio::join!(ask(&TABLE, &arguments), ask(&TABLE_EXPIRY, &arguments));
    match (table, expiry) {
        (Err(error), _) => refused(&TABLE, &error, name),
        (_, Err(error)) => refused(&TABLE_EXPIRY, &error, name),
        (Ok(table), Ok(expiry)) => {
            let is_full = deployed.settings.shared_state == SharedState::Full;
            let findings = judge(&table["Table"], &expiry["TimeToLiveDescription"], is_full);
            Outcome::of(findings, || format!("{name} is ACTIVE, and its rows expire"))
        }
    }
}

fn judge(table: &Value, expiry: &Value, is_full: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    match text(table, "TableStatus") {
        "ACTIVE" => {}
        status @ ("CREATING" | "UPDATING") => findings.push(Finding {
            is_passing: true,
            ..Finding::fault(format!("the table is {status}"), "run this again in some minutes")
        }),
        status @ "INACCESSIBLE_ENCRYPTION_CREDENTIALS" => findings.push(Finding::fault(
            format!("the table is {status}"),
            "enable the KMS key of parameter KmsKeyArn, and let DynamoDB use it (the key's policy)",
        )),
        status => findings.push(Finding::fault(format!("the table is {status}"), REMAKE)),
    }
    if keys(&table["KeySchema"]) != KEYS || !KEYS.iter().all(|key| is_string(table, key)) {
        findings.push(Finding::fault(
            "the table's keys are not the strings pk and sk",
            REMAKE,
        ));
    }
    for (kind, name, expected) in INDEXES.into_iter().filter(|_| is_full) {
        let mut indexes = elements(&table[kind]).iter();
        let index = indexes.find(|index| text(index, "IndexName") == name);
        if index.is_none_or(|index| keys(&index["KeySchema"]) != expected) {
            findings.push(Finding::fault(
                format!("the table has no index {name} of {}", expected.join(" and ")),
                REMAKE,
            ));
        }
    }
    let status = text(expiry, "TimeToLiveStatus");
    if status != "ENABLED" || text(expiry, "AttributeName") != EXPIRY {
        findings.push(Finding {
            is_passing: status == "ENABLING",
            ..Finding::fault(
                format!("rows do not expire by `{EXPIRY}`: TimeToLive is {}", if status.is_empty() { "not set" } else { status }),
                format!("`aws dynamodb update-time-to-live --time-to-live-specification Enabled=true,AttributeName={EXPIRY}`, or deploy the stack again"),
            )
        });
    }
    findings
}

/// The names of the keys, HASH before RANGE.
fn keys(schema: &Value) -> Vec<&str> {
    let named = |kind: &str| {
        let mut keys = elements(schema).iter();
        keys.find(|key| text(key, "KeyType") == kind)
            .map(|key| text(key, "AttributeName"))
    };
    ["HASH", "RANGE"].into_iter().filter_map(named).collect()
}

fn is_string(table: &Value, key: &str) -> bool {
    let mut attributes = elements(&table["AttributeDefinitions"]).iter();
    attributes
        .any(|attribute| text(attribute, "AttributeName") == key && text(attribute, "AttributeType") == "S")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema([hash, range]: [&str; 2]) -> Value {
        json!([{"AttributeName": range, "KeyType": "RANGE"}, {"AttributeName": hash, "KeyType": "HASH"}])
    }

    fn sound() -> Value {
        json!({
            "TableStatus": "ACTIVE", "KeySchema": schema(KEYS),
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
            ],
            "LocalSecondaryIndexes": [{"IndexName": "recent", "KeySchema": schema(["pk", "startedAt"])}],
            "GlobalSecondaryIndexes": [{"IndexName": "due", "KeySchema": schema(["queue", "due"])}],
        })
    }

    #[test]
    fn a_table_has_the_form_of_its_template() {
        let expiry = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"});
        let with = |name: &str, value: Value| {
            let mut table = sound();
            table[name] = value;
            table
        };
        let numbers = json!([{"AttributeName": "pk", "AttributeType": "N"}, {"AttributeName": "sk", "AttributeType": "S"}]);
        for (table, is_full, words) in [
            (sound(), true, None),
            (with("GlobalSecondaryIndexes", json!(null)), false, None),
            (
                with("GlobalSecondaryIndexes", json!(null)),
                true,
                Some("no index due"),
            ),
            (
                with("LocalSecondaryIndexes", json!([])),
                true,
                Some("no index recent of pk and startedAt"),
            ),
            (
                with("KeySchema", schema(["pk", "id"])),
                false,
                Some("keys are not"),
            ),
            (with("AttributeDefinitions", numbers), false, Some("keys are not")),
            (with("TableStatus", json!("UPDATING")), false, Some("is UPDATING")),
            (
                with("TableStatus", json!("INACCESSIBLE_ENCRYPTION_CREDENTIALS")),
                false,
                Some("INACCESSIBLE"),
            ),
        ] {
            let found: Vec<_> = judge(&table, &expiry, is_full)
                .into_iter()
                .map(|finding| finding.seen)
                .collect();
            match words {
                None => assert_eq!(found, Vec::<String>::new(), "{table}"),
                Some(words) => assert!(
                    found.len() == 1 && found[0].contains(words),
                    "{words} in {found:?}"
                ),
            }
        }
    }

    #[test]
    fn rows_expire_by_their_attribute() {
        for (expiry, expected) in [
            (
                json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}),
                None,
            ),
            (
                json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}),
                Some(false),
            ),
            (
                json!({"TimeToLiveStatus": "ENABLING", "AttributeName": "expires"}),
                Some(true),
            ),
            (json!({"TimeToLiveStatus": "DISABLED"}), Some(false)),
            (json!(null), Some(false)),
        ] {
            let found = judge(&sound(), &expiry, true);
            let is_passing = found.first().map(|finding| finding.is_passing);
            assert_eq!(
                (found.len(), is_passing),
                (expected.iter().len(), expected),
                "{expiry}"
            );
        }
    }
}
