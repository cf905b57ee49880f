//! The record of a request at every level that Lambda may be set to.

use end_to_end_tests::{Caller, World, requests};
use serde_json::json;

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
        let lines = requests(&world.end().await);
        let levels: Vec<_> = lines.iter().map(|line| line["level"].clone()).collect();
        assert_eq!(levels, [expected], "{configured}");
    }
}
