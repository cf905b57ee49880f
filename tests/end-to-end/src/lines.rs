//! What the brokers wrote.

use serde_json::Value;

/// Records of requests, one each, in the order in which they were written.
#[must_use]
pub fn requests(log: &str) -> Vec<Value> {
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error} in {line}")));
    lines.filter(|line| line["message"] == "request").collect()
}
