//! Origin of the demo page: the page itself, the seeds and the health check.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::instances::Readiness;

/// Answer of `/` if the demo page has not been built.
const NOT_BUILT: &str = "<!doctype html><html lang=en><title>Upload broker</title>\
    <h1>The demo page is not built</h1>\
    <p>Run <code>tools/web</code> in the project's folder, then reload. Everything else on this stack works.";

/// How long a part may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Everything that the page's origin serves.
#[derive(Debug)]
pub(crate) struct Site {
    /// Folder of the built pages, read at each request.
    pub(crate) folder: PathBuf,
    /// `GET /seeds.json`.
    pub(crate) seeds: Value,
    /// Origins that the page's script may talk to.
    pub(crate) peers: Vec<String>,
    /// Address of each part, by its name.
    pub(crate) parts: Vec<(String, SocketAddr)>,
    /// Whether each function is ready, by its name.
    pub(crate) functions: Vec<(&'static str, watch::Receiver<Readiness>)>,
}

/// Routes of the page's origin.
pub(crate) fn routes(site: Site) -> Router {
    let policy = HeaderValue::from_str(&content_security_policy(&site.peers))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let always = |name: HeaderName, value| SetResponseHeaderLayer::overriding(name, value);
    Router::new()
        .route("/", get(index))
        .route("/seeds.json", get(seeds))
        .route("/healthz", get(health))
        .fallback_service(ServeDir::new(&site.folder))
        .layer(always(CONTENT_SECURITY_POLICY, policy))
        .layer(always(CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .layer(always(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .with_state(Arc::new(site))
}

/// A page may run only its own scripts, show only pictures that the user chose, and connect only to the stack.
fn content_security_policy(peers: &[String]) -> String {
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src data: blob:; \
         connect-src 'self' {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        peers.join(" ")
    )
}

async fn index(State(site): State<Arc<Site>>) -> Response {
    match tokio::fs::read_to_string(site.folder.join("index.html")).await {
        Ok(page) => Html(page).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response(),
    }
}

async fn seeds(State(site): State<Arc<Site>>) -> Json<Value> {
    Json(site.seeds.clone())
}

/// 200 if all parts are up, else 503; the body lists each part's state.
async fn health(State(site): State<Arc<Site>>) -> Response {
    let mut states = BTreeMap::new();
    for (part, addr) in &site.parts {
        states.insert(part.as_str(), if accepts(*addr).await { "up" } else { "down" });
    }
    for (function, readiness) in &site.functions {
        let state = match &*readiness.borrow() {
            Readiness::Ready => "up",
            Readiness::Starting => "starting",
            Readiness::Failed(_) => "failed in its init phase",
        };
        states.insert(function, state);
    }
    let all_up = states.values().all(|state| *state == "up");
    let code = if all_up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(json!({"up": all_up, "parts": states}))).into_response()
}

async fn accepts(addr: SocketAddr) -> bool {
    matches!(
        timeout(CONNECT_TIMEOUT, TcpStream::connect(addr)).await,
        Ok(Ok(_))
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::serving::Bound;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn site(folder: &Path, broker: watch::Receiver<Readiness>) -> Site {
        Site {
            folder: folder.to_owned(),
            seeds: Value::Null,
            peers: Vec::new(),
            parts: Vec::new(),
            functions: vec![("broker", broker)],
        }
    }

    async fn bound() -> Bound {
        Bound::new(SocketAddr::from(([127, 0, 0, 1], 0)))
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
        let parts = vec![("store".to_owned(), part.local_addr().expect("an address"))];
        let (readiness, broker) = watch::channel(Readiness::Starting);
        let site = Site {
            parts,
            ..site(Path::new("."), broker)
        };
        let bound = bound().await;
        let addr = bound.addr;
        let page = bound.serve(routes(site));

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
        let site = Site {
            peers: vec!["http://127.0.0.1:3000".to_owned()],
            ..site(Path::new("."), broker)
        };
        let bound = bound().await;
        let addr = bound.addr;
        let page = bound.serve(routes(site));
        let answer = get(addr, "/").await;
        assert!(
            answer.contains("connect-src 'self' http://127.0.0.1:3000;"),
            "{answer}"
        );
        page.shutdown().await;
    }

    #[tokio::test]
    async fn pages_come_from_the_folder_and_a_missing_one_says_how_to_build_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_readiness, broker) = watch::channel(Readiness::Ready);
        let bound = bound().await;
        let addr = bound.addr;
        let page = bound.serve(routes(site(folder.path(), broker)));

        let answer = get(addr, "/").await;
        assert!(answer.contains("Run <code>tools/web</code>"), "{answer}");

        fs::write(folder.path().join("index.html"), "built").expect("written");
        fs::write(folder.path().join("demo.js"), "script").expect("written");
        for (path, content_type, text) in [
            ("/", "text/html; charset=utf-8", "built"),
            ("/demo.js", "text/javascript", "script"),
        ] {
            let answer = get(addr, path).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            assert!(
                answer.contains(&format!("content-type: {content_type}\r\n")),
                "{answer}"
            );
            assert!(answer.ends_with(text), "{answer}");
        }
        page.shutdown().await;
    }
}
