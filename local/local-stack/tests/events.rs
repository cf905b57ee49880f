//! The event bus, called by the AWS SDK.

use std::net::SocketAddr;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_http_client::Builder;
use local_stack::events::{self, Fault, Faults, Options, Running};
use serde_json::json;

async fn start() -> Running {
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        region: "eu-west-1".to_owned(),
        credentials: connect_emulator::Credentials {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        },
    };
    events::serve(options).await.expect("a free port")
}

fn client(running: &Running, secret: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("http://{}", running.addr))
        .credentials_provider(Credentials::new("test", secret, None, None, "tests"))
        .retry_config(RetryConfig::disabled())
        .http_client(Builder::new().build_http());
    Client::from_conf(config.build())
}

fn entry(file: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source("upload-broker")
        .detail_type("Upload Approved")
        .detail(json!({"fileId": file}).to_string())
        .build()
}

/// What the SDK makes of a call: how many entries failed, or the code of the error.
async fn put(client: &Client, entries: Vec<PutEventsRequestEntry>) -> Result<PutEventsOutput, String> {
    let sent = client.put_events().set_entries(Some(entries)).send().await;
    sent.map_err(|error| error.code().unwrap_or("no code").to_owned())
}

fn files(running: &Running) -> Vec<String> {
    let events = running.bus().events();
    let file = |event: &events::Event| event.detail["fileId"].as_str().unwrap_or_default().to_owned();
    events.iter().map(file).collect()
}

#[tokio::test]
async fn lists_the_events_that_it_took_in_order() {
    let running = start().await;
    let output = put(&client(&running, "test"), vec![entry("a"), entry("b")])
        .await
        .expect("taken");
    assert_eq!((output.failed_entry_count(), output.entries().len()), (0, 2));
    let events = running.bus().events();
    let ids: Vec<_> = events.iter().map(|event| Some(event.id.as_str())).collect();
    let told: Vec<_> = output.entries().iter().map(|entry| entry.event_id()).collect();
    assert_eq!(ids, told);
    assert_eq!(files(&running), ["a", "b"]);
    let first = (
        &*events[0].event_bus_name,
        &*events[0].source,
        &*events[0].detail_type,
    );
    assert_eq!(first, ("default", "upload-broker", "Upload Approved"));
}

#[tokio::test]
async fn takes_the_good_entries_of_a_call_and_says_which_are_bad() {
    let running = start().await;
    let bad = PutEventsRequestEntry::builder().source("upload-broker").build();
    let output = put(&client(&running, "test"), vec![entry("a"), bad, entry("c")]).await;
    let output = output.expect("an answer");
    let codes: Vec<_> = output.entries().iter().map(|entry| entry.error_code()).collect();
    assert_eq!(output.failed_entry_count(), 1);
    assert_eq!(codes, [None, Some("InvalidArgument"), None]);
    assert_eq!(files(&running), ["a", "c"]);
}

#[tokio::test]
async fn refuses_a_call_beyond_the_limits_as_a_whole() {
    let running = start().await;
    let large = || {
        let padding = "x".repeat(600 * 1024);
        let entry = PutEventsRequestEntry::builder().source("upload-broker");
        entry
            .detail_type("Upload Approved")
            .detail(json!({"padding": padding}).to_string())
            .build()
    };
    let nothing = PutEventsRequestEntry::builder().build();
    for (what, entries) in [
        ("none", vec![]),
        ("eleven", vec![entry("a"); 11]),
        ("over 1 MB", vec![large(), large()]),
        ("nothing complete", vec![nothing]),
    ] {
        let refused = put(&client(&running, "test"), entries).await.err();
        assert_eq!(refused.as_deref(), Some("ValidationException"), "{what}");
    }
    assert_eq!(files(&running), [""; 0]);
}

#[tokio::test]
async fn takes_nothing_from_a_caller_with_another_secret() {
    let running = start().await;
    let refused = put(&client(&running, "other"), vec![entry("a")]).await.err();
    assert_eq!(refused.as_deref(), Some("InvalidSignatureException"));
    assert_eq!(files(&running), [""; 0]);
}

#[tokio::test]
async fn goes_wrong_as_it_was_told() {
    for (kind, answer, events) in [
        (Fault::None, Ok(0), vec!["a"]),
        (Fault::FailEntries, Ok(1), vec![]),
        (Fault::Error, Err("InternalException".to_owned()), vec![]),
    ] {
        let running = start().await;
        running.bus().arm(Faults { kind, share: 1.0 });
        let output = put(&client(&running, "test"), vec![entry("a")]).await;
        assert_eq!(
            output.map(|output| output.failed_entry_count()),
            answer,
            "{kind:?}"
        );
        assert_eq!(files(&running), events, "{kind:?}");
    }
}

#[tokio::test]
async fn may_take_an_event_without_an_answer() {
    let running = start().await;
    let kind = Fault::NoAnswer;
    running.bus().arm(Faults { kind, share: 1.0 });
    let client = client(&running, "test");
    tokio::select! {
        answer = put(&client, vec![entry("a")]) => panic!("{answer:?}"),
        events = running.bus().events_when(|events| !events.is_empty()) => assert_eq!(events.len(), 1),
    }
}
