//! A shared table that the broker cannot use.

use std::future::IntoFuture as _;

use axum::http::StatusCode;
use axum::{Json, Router};
use end_to_end_tests::broker;
use local_stack::stack::{self, Options};
use serde_json::json;
use tokio::net::TcpListener;

/// Address of a `DynamoDB` that refuses every call with `code`.
async fn refusing(code: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let refuse = move || async move { (StatusCode::BAD_REQUEST, Json(json!({"__type": code}))) };
    tokio::spawn(axum::serve(listener, Router::new().fallback(refuse)).into_future());
    url
}

#[tokio::test]
async fn a_table_that_can_never_be_used_ends_the_broker_in_its_init_phase_by_name() {
    for (code, expected) in [
        (
            "ResourceNotFoundException",
            "SHARED_TABLE: there is no such table in this account and Region",
        ),
        (
            "ValidationException",
            "SHARED_TABLE: the table's keys must be `pk` and `sk`, both of type S",
        ),
    ] {
        let root = tempfile::tempdir().expect("a directory");
        let mut options = Options::new(root.path(), broker());
        let url = refusing(code).await;
        options.broker_environment = [("SHARED_TABLE", "pace"), ("AWS_ENDPOINT_URL_DYNAMODB", &url)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let error = stack::start(options).await.err().expect("no stack").to_string();
        assert!(error.lines().any(|line| line == expected), "{error}");
    }
}
