//! A server of issuers that misbehave, each at its own path.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// How far the clock of the issuer `late` is ahead.
const OFF: Duration = Duration::from_mins(10);

/// The server. Dropping it ends it.
pub(crate) struct Issuer {
    origin: String,
    serving: JoinHandle<()>,
}

impl Issuer {
    /// Serves issuers whose sound key document is `keys`.
    pub(crate) async fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let documents = Arc::new(Documents {
            origin: origin.clone(),
            keys,
        });
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a client");
                tokio::spawn(answer(stream, Arc::clone(&documents)));
            }
        });
        Self { origin, serving }
    }

    /// URL of the issuer called `name`.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.origin)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A port that no server listens on, reserved as long as this lives.
pub(crate) struct ClosedPort(TcpSocket);

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        Self(socket)
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }
}

struct Documents {
    origin: String,
    keys: Value,
}

impl Documents {
    /// Status line, further header and body of what is at `path`.
    fn at(&self, path: &str) -> (&'static str, String, Value) {
        let (name, document) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        let issuer = format!("{}/{name}", self.origin);
        let discovery = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")});
        let ok = |body| ("200 OK", String::new(), body);
        match (name, document) {
            ("down", _) => ("503 Service Unavailable", String::new(), json!({})),
            ("moved", _) => (
                "302 Found",
                format!("location: {}/sound/keys\r\n", self.origin),
                json!({}),
            ),
            ("other", "keys") => ok(self.keys.clone()),
            ("other", _) => ok(json!({"issuer": format!("{issuer}/"), "jwks_uri": format!("{issuer}/keys")})),
            ("symmetric", "keys") => ok(json!({"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]})),
            ("keyless", "keys") => ok(json!({"keys": []})),
            ("no-jwks", "keys") => ok(json!([])),
            ("late", _) => {
                let body = if document == "keys" {
                    self.keys.clone()
                } else {
                    discovery
                };
                (
                    "200 OK",
                    format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::now() + OFF)),
                    body,
                )
            }
            (_, "keys") => ok(self.keys.clone()),
            _ => ok(discovery),
        }
    }
}

async fn answer(mut stream: TcpStream, documents: Arc<Documents>) {
    let mut head = vec![0; 4096];
    let read = stream.read(&mut head).await.expect("a request");
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, header, body) = documents.at(path);
    let body = body.to_string();
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.expect("sent");
}
