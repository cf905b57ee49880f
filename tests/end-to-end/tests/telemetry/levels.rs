//! The request record, at every log level of Lambda.

use end_to_end_tests::{Caller, World, requests};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Lambda reads the level of a line only if the line has a time in RFC 3339's form. Source: "Log-level filtering", AWS Lambda
/// Developer Guide.
fn assert_all_are_dated(log: &str) {
    let lines: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert!(!lines.is_empty(), "{log}");
    for line in lines {
        let timestamp = line["timestamp"].as_str().unwrap_or_default();
        assert!(OffsetDateTime::parse(timestamp, &Rfc3339).is_ok(), "{line}");
    }
}

#[tokio::test]
async fn no_level_loses_a_request() {
    for (configured, expected) in [
        ("TRACE", "INFO"),
        ("INFO", "INFO"),
        ("WARN", "WARN"),
        ("ERROR", "ERROR"),
        ("FATAL", "FATAL"),
        ("nonsense", "INFO"),
    ] {
        let world = World::start(|options| {
            options.broker_environment = vec![("AWS_LAMBDA_LOG_LEVEL".into(), configured.into())];
        })
        .await;
        Caller::with_token(&world, "none").start(&json!({})).await;
        let log = world.end().await;
        let lines = requests(&log);
        let levels: Vec<_> = lines.iter().map(|line| line["level"].clone()).collect();
        assert_eq!(levels, [expected], "{configured}");
        assert_all_are_dated(&log);
    }
}
