//! Settings: no text makes the parser panic, and no fault shows a value.

use std::io;
use std::path::Path;

use broker_http::settings::{Settings, SettingsError};
use test_support::TestKey;
use toml::{Table, Value};

/// Text in the corpus's values that no message may show.
const MARKER: &str = "marker";
/// Line that separates the rules from the environment's `NAME=value` lines.
const ENVIRONMENT: &str = "\n--- environment\n";

/// Reads `bytes` as the rules and the environment of a deployment.
///
/// # Panics
/// If a fault shows the marker of a value although no member's name contains it.
pub fn entry(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (rules, environment) = text.split_once(ENVIRONMENT).unwrap_or((&text, ""));
    let Err(faults) = read(rules, environment) else {
        return;
    };
    assert!(!faults.is_empty(), "{text}");
    if !toml::from_str::<Table>(rules).is_ok_and(|table| is_named(&table)) {
        for fault in faults {
            let shown = format!("{fault} {fault:?}");
            assert!(!shown.contains(MARKER), "{shown}\n{text}");
        }
    }
}

fn read(rules: &str, environment: &str) -> Result<Settings, Vec<SettingsError>> {
    let lookup = |name: &str| {
        let mut variables = environment.lines().filter_map(|line| line.split_once('='));
        let found = variables.find(|(known, _)| *known == name);
        found.map(|(_, value)| value.to_owned())
    };
    let read = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
        Some("broker.toml") => Ok(rules.as_bytes().to_vec()),
        Some("jwks.json") => Ok(TestKey::of_seed(1).jwks().to_string().into_bytes()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    Settings::from(lookup, read)
}

/// Whether a member's name contains the marker. Messages may show names.
fn is_named(table: &Table) -> bool {
    let mut members = table.iter();
    members.any(|(name, value)| name.contains(MARKER) || is_named_within(value))
}

fn is_named_within(value: &Value) -> bool {
    match value {
        Value::Table(table) => is_named(table),
        Value::Array(items) => items.iter().any(is_named_within),
        _ => false,
    }
}
