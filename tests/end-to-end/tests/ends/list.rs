//! The list of what a caller started, through both kinds of API.

use end_to_end_tests::{World, finisher, shared_table};
use local_stack::gateway::Kind;
use local_stack::seeds::{CASE_IDS, PEOPLE};
use serde_json::{Value, json};

use crate::{send, start};

/// Sizes and statuses in the list, newest first.
async fn shown(caller: &end_to_end_tests::Caller, query: &str) -> Vec<(Value, Value)> {
    let list = caller.list(query).await;
    assert_eq!(list.outcome(), (200, String::new()));
    let list = list.json();
    let uploads = list["uploads"].as_array().expect("a list").iter();
    uploads
        .map(|upload| (upload["fileSizeInBytes"].clone(), upload["status"].clone()))
        .collect()
}

async fn a_caller_comes_back(kind: Kind, stage: &str) {
    let world = World::start(|options| {
        options.kind = kind;
        stage.clone_into(&mut options.stage);
        options.shared_table = Some(shared_table());
        options.finisher = Some(local_stack::finisher::Options {
            every: None,
            ..finisher()
        });
    })
    .await;
    let (ada, ben) = (
        world.caller(PEOPLE[0].username).await,
        world.caller(PEOPLE[1].username).await,
    );
    let case = world.arns().case(CASE_IDS[0]);
    let whole = send(&ada, "whole.pdf", b"123", &case).await;
    assert_eq!(ada.complete(&whole).await.status, 204);
    assert_eq!(ada.final_status(&whole).await, "APPROVED");
    // Two starts in one second have no order.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    start(&ada, "never.pdf", 4, &case).await;

    let expected = [(json!(4), json!("STARTED")), (json!(3), json!("APPROVED"))];
    assert_eq!(shown(&ada, "").await, expected);
    let list = ada.list("").await.json();
    let location = list["uploads"][1]["location"].as_str().expect("a path");
    assert_eq!(ada.status_of(location).await.json()["status"], "APPROVED");
    assert_eq!(
        ben.status_of(location).await.status,
        404,
        "a handle is its caller's"
    );
    assert_eq!(shown(&ben, "").await, [], "another caller");
    assert_eq!(
        shown(&ada, "?onBehalfOf=ada%40example.com").await,
        [],
        "for nobody"
    );

    let faulty = ada.list("?onBehalfOf=%20ada&next=%2F").await.json();
    let pointers: Vec<_> = faulty["errors"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|fault| &fault["pointer"])
        .collect();
    assert_eq!(pointers, ["/onBehalfOf", "/next"], "the query was decoded");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_comes_back_and_sees_its_uploads() {
    a_caller_comes_back(Kind::Http, "$default").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_comes_back_through_a_rest_api() {
    a_caller_comes_back(Kind::Rest, "prod").await;
}
