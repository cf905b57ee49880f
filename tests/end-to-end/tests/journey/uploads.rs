//! A file's whole way, through both kinds of API.

use end_to_end_tests::{World, ask};
use local_stack::gateway::Kind;
use local_stack::seeds::{self, CASE_IDS, PEOPLE, SERVICE_USER};
use local_stack::stack::Options;

const ADA: &str = PEOPLE[0].username;
const CARL: &str = seeds::CARL.username;

/// Bytes without a repeated neighbour.
fn bytes(count: u32) -> Vec<u8> {
    (0..count)
        .map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect()
}

async fn one_file_travels(change: impl FnOnce(&mut Options)) {
    let world = World::start(change).await;
    let (case, scan) = (world.arns().case(CASE_IDS[0]), bytes(1 << 20));
    let ada = world.caller(ADA).await;
    let ticket = ada.upload("scan 001.pdf", &scan, &case).await;
    assert_eq!(ada.final_status(&ticket).await, "APPROVED");
    let file = world.file("scan 001.pdf").await;
    let user = world
        .arns()
        .user(PEOPLE[0].connect_user_id.expect("ada is a user"));
    assert_eq!(file["CreatedBy"]["ConnectUserArn"], user);
    assert_eq!(file["AssociatedResourceArn"], case);
    assert_eq!(file["FileSizeInBytes"], scan.len());
    assert_eq!(file["FileStatus"], "APPROVED");
    let stored = world.store().remove(file["FileId"].as_str().expect("an id"));
    assert!(stored.is_some_and(|stored| stored == scan), "the bytes differ");
    world.end().await;
}

#[tokio::test]
async fn a_file_travels_through_an_http_api() {
    one_file_travels(|_| ()).await;
}

#[tokio::test]
async fn a_file_travels_through_a_rest_api_with_a_stage() {
    one_file_travels(|options| {
        options.kind = Kind::Rest;
        "prod".clone_into(&mut options.stage);
    })
    .await;
}

#[tokio::test]
async fn a_customers_file_is_recorded_under_the_service_user() {
    let world = World::start(|_| ()).await;
    let carl = world.caller(CARL).await;
    let ticket = carl
        .upload("receipt.png", b"png", &world.arns().case(CASE_IDS[1]))
        .await;
    assert_eq!(carl.final_status(&ticket).await, "APPROVED");
    let file = world.file("receipt.png").await;
    let service_user = world.arns().user(SERVICE_USER.1);
    assert_eq!(file["CreatedBy"]["ConnectUserArn"], service_user);
    world.end().await;
}

#[tokio::test]
async fn what_the_scanner_dislikes_is_rejected_and_its_bytes_are_gone() {
    let world = World::start(|_| ()).await;
    let ada = world.caller(ADA).await;
    // In two parts, so that no scanner takes this file for a virus.
    let eicar = [
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR",
        "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    ]
    .concat();
    let ticket = ada
        .upload("invoice.txt", eicar.as_bytes(), &world.arns().case(CASE_IDS[0]))
        .await;
    assert_eq!(ada.final_status(&ticket).await, "REJECTED");
    assert_eq!(world.file("invoice.txt").await["FileStatus"], "REJECTED");
    assert!(world.store().is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_deleted_file_leaves_neither_record_nor_bytes() {
    let world = World::start(|_| ()).await;
    let ada = world.caller(ADA).await;
    let ticket = ada
        .upload("a.pdf", b"bytes", &world.arns().case(CASE_IDS[0]))
        .await;
    assert_eq!((world.files().await.len(), world.store().len()), (1, 1));
    for time in ["first", "second"] {
        assert_eq!(ada.delete(&ticket).await.status, 204, "{time}");
    }
    assert_eq!((world.files().await.len(), world.store().len()), (0, 0));
    world.end().await;
}

#[tokio::test]
async fn one_idempotency_key_is_one_file() {
    let world = World::start(|_| ()).await;
    let ada = world.caller(ADA).await;
    let body = ask("a.pdf", 5, &world.arns().case(CASE_IDS[0]));
    for key in ["k-1", "\"k-1\""] {
        let created = ada.start_with(&body, &[("idempotency-key", key)]).await;
        assert_eq!(created.status, 201, "{key}");
    }
    assert_eq!(world.files().await.len(), 1);
    world.end().await;
}
