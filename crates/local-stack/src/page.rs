//! The demo page's origin: the page, what exists to play with, and whether all is up.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::instances::Readiness;

const INDEX: &str = include_str!("../../../web/demo/index.html");
const SCRIPT: &str = include_str!("../../../web/demo/app.js");
const STYLE: &str = include_str!("../../../web/demo/style.css");

/// How long a part may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the page's origin tells of the stack.
#[derive(Debug)]
pub(crate) struct Site {
    /// `GET /seeds.json`.
    pub(crate) seeds: Value,
    /// Origins that the page's script may talk to.
    pub(crate) peers: Vec<String>,
    /// Parts that listen, by name.
    pub(crate) parts: Vec<(&'static str, SocketAddr)>,
    /// Whether the broker itself is ready.
    pub(crate) broker: watch::Receiver<Readiness>,
}

/// Page's origin.
pub(crate) fn routes(site: Site) -> Router {
    Router::new()
        .route("/", get(index))
        .route(
            "/app.js",
            get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }),
        )
        .route(
            "/style.css",
            get(|| async { file("text/css; charset=utf-8", STYLE) }),
        )
        .route("/seeds.json", get(seeds))
        .route("/healthz", get(health))
        .with_state(Arc::new(site))
}

/// The page, which may run its own script only and talk to the stack only.
async fn index(State(site): State<Arc<Site>>) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        site.peers.join(" ")
    );
    let mut response = file("text/html; charset=utf-8", INDEX);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}

async fn seeds(State(site): State<Arc<Site>>) -> Json<Value> {
    Json(site.seeds.clone())
}

/// 200 when all parts are up, else 503; the body names each part either way.
async fn health(State(site): State<Arc<Site>>) -> Response {
    let mut states = BTreeMap::new();
    for (part, addr) in &site.parts {
        states.insert(*part, if accepts(*addr).await { "up" } else { "down" });
    }
    let broker = match &*site.broker.borrow() {
        Readiness::Ready => "up",
        Readiness::Starting => "starting",
        Readiness::Failed(_) => "failed in its init phase",
    };
    states.insert("broker", broker);
    let all_up = states.values().all(|state| *state == "up");
    let code = if all_up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(json!({"up": all_up, "parts": states}))).into_response()
}

async fn accepts(addr: SocketAddr) -> bool {
    matches!(timeout(PATIENCE, TcpStream::connect(addr)).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serving::{Bound, Server};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn bound() -> Bound {
        Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a port")
    }

    async fn get(addr: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(addr).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn health_names_the_part_that_is_down() {
        let part = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let parts = vec![("store", part.local_addr().expect("an address"))];
        let (readiness, broker) = watch::channel(Readiness::Starting);
        let site = Site {
            seeds: Value::Null,
            peers: Vec::new(),
            parts,
            broker,
        };
        let bound = bound().await;
        let addr = bound.addr;
        let page = bound.start(routes(site));

        let answer = get(addr, "/healthz").await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(
            answer.ends_with(r#"{"parts":{"broker":"starting","store":"up"},"up":false}"#),
            "{answer}"
        );

        readiness.send_replace(Readiness::Ready);
        let answer = get(addr, "/healthz").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

        drop(part);
        let answer = get(addr, "/healthz").await;
        assert!(
            answer.ends_with(r#"{"parts":{"broker":"up","store":"down"},"up":false}"#),
            "{answer}"
        );
        page.shutdown().await;
    }

    #[tokio::test]
    async fn the_page_may_talk_to_the_stack_only() {
        let (_readiness, broker) = watch::channel(Readiness::Ready);
        let peers = vec!["http://127.0.0.1:3000".to_owned()];
        let site = Site {
            seeds: Value::Null,
            peers,
            parts: Vec::new(),
            broker,
        };
        let bound = bound().await;
        let addr = bound.addr;
        let page = bound.start(routes(site));
        let answer = get(addr, "/").await;
        assert!(
            answer.contains("connect-src 'self' http://127.0.0.1:3000;"),
            "{answer}"
        );
        page.shutdown().await;
    }
}
