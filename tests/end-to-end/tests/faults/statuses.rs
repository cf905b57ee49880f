//! Concurrent requests for one file's status share one call to Connect.

use end_to_end_tests::{World, ask};
use futures_util::future::join_all;
use local_stack::seeds::{CASE_IDS, PEOPLE};

use crate::table::Route;

#[tokio::test]
async fn concurrent_status_requests_share_one_call_until_the_file_changes() {
    let world = World::start(|options| {
        options.max_instances = 1;
        options.concurrency = 10;
    })
    .await;
    let ada = world.caller(PEOPLE[0].username).await;
    let case = world.arns().case(CASE_IDS[0]);
    let ticket = ada.ticket(&ada.start(&ask("report.pdf", 5, &case)).await);
    assert_eq!(ada.put(&ticket, "bytes").await.status, 200);
    world.forget_calls().await;
    for answer in join_all((0..10).map(|_| ada.status(&ticket))).await {
        assert_eq!(answer.json()["status"], "DRAFTING");
    }
    let calls = world.calls().await;
    assert_eq!(calls, [Route::Status.operation()], "ten calls");

    assert_eq!(ada.complete(&ticket).await.status, 204);
    let status = ada.status(&ticket).await.json()["status"].clone();
    assert_ne!(status, "DRAFTING", "remembered from before it was completed");
    assert_eq!(ada.delete(&ticket).await.status, 204);
    assert_eq!(
        ada.status(&ticket).await.status,
        404,
        "remembered from before it was deleted"
    );
    world.end().await;
}
