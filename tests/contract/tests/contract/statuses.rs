//! The status of an upload: Connect is asked once a second, and again after a change.

use std::time::Duration;

use test_support::{Bench, upload_event};

#[tokio::test]
async fn a_status_is_believed_for_a_second_and_not_after_a_change() {
    let bench = Bench::for_tokens();
    let handle = bench.respond(&upload_event()).await.handle();
    let (path, event) = (format!("/uploads/{handle}"), upload_event().body(""));
    let changes = [("POST", format!("{path}/complete")), ("DELETE", path.clone())];
    for (method, change) in changes {
        for (what, expected) in [("the first time", 1), ("within the second", 0)] {
            assert_eq!(status_calls(&bench, &path).await, expected, "{what}");
        }
        bench.respond(&event.clone().request(method, &change)).await;
        assert_eq!(status_calls(&bench, &path).await, 1, "after {method}");
        bench.clock.advance(Duration::from_secs(1));
    }
}

/// How many calls to Connect a request for the status makes.
async fn status_calls(bench: &Bench, path: &str) -> usize {
    let before = bench.granted_calls().len();
    bench.respond(&upload_event().body("").request("GET", path)).await;
    bench.granted_calls().len() - before
}
