//! The metrics in docs/operations.md, checked against those that the binary writes.

use std::collections::BTreeMap;
use std::fs;
use std::future::IntoFuture as _;
use std::path::Path;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use end_to_end_tests::{World, ask, requests};
use local_stack::seeds::{CASE_IDS, PEOPLE};
use serde_json::json;
use tokio::net::TcpListener;

use crate::embedded::{DimensionSets, Embedded};

/// Unit and dimension sets by name, from rows such as ``| `Refusals` | Count | FunctionName; FunctionName, Code | ... |``.
fn documented() -> BTreeMap<String, (String, DimensionSets)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, section) = page.split_once("\n## Metrics\n").expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, unit, sets, _] = cells[..] else {
            panic!("{row}")
        };
        let sets = sets
            .split("; ")
            .map(|set| set.split(", ").map(str::to_owned).collect());
        (
            name.trim_matches('`').to_owned(),
            (unit.to_owned(), sets.collect()),
        )
    })
    .collect()
}

/// An issuer whose keys cannot be fetched, because nothing listens on port 1.
const ISSUER_OUT_OF_REACH: &str = r#"
[[issuer]]
url = "https://issuer.invalid"
profile = "oidc-access"
audiences = ["nobody"]
jwks_url = "http://127.0.0.1:1/jwks.json"
"#;

/// A shared table that holds no line but an unreadable one, lets it not be deleted and takes no row of an upload.
async fn ailing_table() -> Vec<(String, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, Router::new().route("/", post(answer))).into_future());
    let environment = [
        ("SHARED_TABLE", "any"),
        ("SHARED_STATE", "full"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &url),
    ];
    environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

async fn answer(headers: HeaderMap) -> impl IntoResponse {
    let target = headers["x-amz-target"].to_str().expect("text");
    let (status, body) = match target.rsplit('.').next() {
        Some("GetItem") => (StatusCode::OK, json!({})),
        Some("UpdateItem") => {
            let refused = json!({"__type": "ConditionalCheckFailedException", "Item": {"next": {"N": "-5"}}});
            (StatusCode::BAD_REQUEST, refused)
        }
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({"__type": "InternalServerError"}),
        ),
    };
    (status, axum::Json(body))
}

#[tokio::test]
async fn the_page_lists_the_metrics_that_are_written() {
    let table = ailing_table().await;
    let world = World::start(|options| {
        options.further_settings = ISSUER_OUT_OF_REACH.to_owned();
        options.broker_environment = table;
    })
    .await;
    let ada = world.caller(PEOPLE[0].username).await;
    let case = world.arns().case(CASE_IDS[0]);
    let fault = |call: u32, status: u16, code: &str| json!({"operation": "StartAttachedFileUpload", "call": call, "kind": "error", "status": status, "code": code});
    let faults = [
        fault(1, 429, "ThrottlingException"),
        fault(3, 403, "AccessDeniedException"),
    ];
    world.arm(&faults).await;
    assert_eq!(ada.start(&ask("a.pdf", 5, &case)).await.status, 201);
    assert_eq!(ada.start(&ask("b.pdf", 5, &case)).await.status, 502);
    let lines = requests(&world.end().await);
    let written = lines.iter().flat_map(|line| Embedded::read(line).definitions);
    assert_eq!(written.collect::<BTreeMap<_, _>>(), documented());
}
