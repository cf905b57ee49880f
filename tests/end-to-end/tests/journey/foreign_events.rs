//! Events of other services, through the real binary behind the Runtime API.

use std::collections::HashSet;

use end_to_end_tests::World;
use local_stack::instances::InvokeError;
use serde_json::Value;

async fn answer(world: &World, event: &str) -> Result<Value, InvokeError> {
    let event = event.to_owned().into();
    let answer = world.stack().instances().invoke(event, "Root=1-0-0").await?;
    Ok(serde_json::from_slice(&answer).expect("JSON"))
}

#[tokio::test]
async fn what_is_no_api_gateway_event_is_a_clean_error_and_the_process_lives() {
    let world = World::start(|_| ()).await;
    let processes = world.stack().instances().process_ids();
    let events = [
        "null",
        "[]",
        "{}",
        "\"text\"",
        "4711",
        r#"{"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}"#,
        r#"{"requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "GET", "path": "/uploads", "headers": {}, "body": "", "isBase64Encoded": false}"#,
        r#"{"requestContext": {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": "c"}, "isBase64Encoded": false}"#,
        r#"{"version": "2.0", "rawPath": 1}"#,
    ];
    for event in events {
        let refused = answer(&world, event).await;
        let is_refusal = matches!(&refused, Err(InvokeError::Reported { error_type, .. }) if error_type == "NotAGatewayEvent");
        assert!(is_refusal, "{event}: {refused:?}");
    }
    assert_eq!(world.stack().instances().process_ids(), processes);
    let log = world.log();
    assert!(!log.contains("panicked"), "{log}");
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let refused: HashSet<String> = lines
        .filter(|line| line["message"] == "invocation refused")
        .filter_map(|line| line["invocation_id"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(refused.len(), events.len(), "{log}");
    world.end().await;
}
