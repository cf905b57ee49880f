//! Lines that the brokers logged.

use serde_json::Value;

/// Request records of the log, in order.
#[must_use]
pub fn requests(log: &str) -> Vec<Value> {
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error} in {line}")));
    lines.filter(|line| line["message"] == "request").collect()
}
