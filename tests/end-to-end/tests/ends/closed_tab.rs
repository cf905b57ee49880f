//! A tab that closes at some step.

use std::time::Duration;

use local_stack::events::Event;
use local_stack::seeds::{CASE_IDS, PEOPLE};
use serde_json::Value;

use crate::{VIRUS, ends_of, events, send, start, world};

#[tokio::test(flavor = "multi_thread")]
async fn every_upload_ends_with_one_event_and_no_call_too_many() {
    let world = world(Some(Duration::from_secs(1))).await;
    let (ada, case) = (
        world.caller(PEOPLE[0].username).await,
        world.arns().case(CASE_IDS[0]),
    );
    world.forget_calls().await;
    send(&ada, "sent.pdf", b"hello", &case).await;
    send(&ada, "virus.pdf", VIRUS.concat().as_bytes(), &case).await;
    start(&ada, "never.pdf", 5, &case).await;
    let whole = send(&ada, "whole.pdf", b"hello", &case).await;
    assert_eq!(ada.complete(&whole).await.status, 204);
    let deleted = send(&ada, "deleted.pdf", b"hello", &case).await;
    let id = |file: &Value| file["FileId"].as_str().expect("an id").to_owned();
    let mut ids = Vec::new();
    for name in ["sent.pdf", "virus.pdf", "never.pdf", "whole.pdf", "deleted.pdf"] {
        ids.push(id(&world.file(name).await));
    }
    assert_eq!(ada.delete(&deleted).await.status, 204);

    let all = events(&world, 4).await;
    let expected = [
        &["APPROVED"][..],
        &["REJECTED"],
        &["ABANDONED"],
        &["APPROVED"],
        &[],
    ];
    for (id, expected) in ids.iter().zip(expected) {
        assert_eq!(ends_of(&all, id), expected, "{all:#?}");
    }
    for (name, status) in [
        ("sent.pdf", "APPROVED"),
        ("virus.pdf", "REJECTED"),
        ("whole.pdf", "APPROVED"),
    ] {
        assert_eq!(world.file(name).await["FileStatus"], status);
    }
    // One each, and two for the file that was never sent, which is deleted after the second.
    let mut completes = world.statuses_of("CompleteAttachedFileUpload").await;
    completes.sort_unstable();
    assert_eq!(completes, [200, 200, 200, 400, 400]);
    let names: Vec<_> = world
        .files()
        .await
        .iter()
        .map(|file| file["FileName"].clone())
        .collect();
    assert_eq!(names, ["sent.pdf", "virus.pdf", "whole.pdf"]);
    assert_is_about_the_upload(&world, &all, &ids[1]).await;
    world.end().await;
}

/// Whether the event about the file says what the caller and Connect know of it.
async fn assert_is_about_the_upload(world: &end_to_end_tests::World, all: &[Event], file_id: &str) {
    let event = all
        .iter()
        .find(|event| event.detail["fileId"] == file_id)
        .expect("an event");
    let record = world.file("virus.pdf").await;
    assert_eq!(
        (&*event.source, &*event.detail_type),
        ("upload-broker", "Upload Rejected")
    );
    assert_eq!(event.event_bus_name, "default");
    assert_eq!(
        event.detail["associatedResourceArn"],
        record["AssociatedResourceArn"]
    );
    assert_eq!(
        event.detail["connectUserArn"],
        record["CreatedBy"]["ConnectUserArn"]
    );
    assert_eq!(event.detail["sizeInBytes"], record["FileSizeInBytes"]);
    let request = format!("\"request_id\":{}", event.detail["requestId"]);
    assert!(world.log().contains(&request), "{request} in the log");
    assert!(
        !Value::from(event.detail.clone()).to_string().contains("virus"),
        "no name"
    );
}
