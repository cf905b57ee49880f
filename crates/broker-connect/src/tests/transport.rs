//! Tests of the real HTTP client over a socket: answers that break off, connections that are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use broker_core::grants::Read;
use broker_core::pace::MemoryLedger;
use broker_core::ports::{AttachedFiles, UpstreamError};
use broker_core::ticket::ReplyError;
use broker_core::upload_hosts::UploadHosts;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::testing::{deployment, file_grant, pace, sdk_config, soon};
use crate::{Connect, Roots, connector};

const BODY: &str = r#"{"Files":[{"FileId":"f-1","FileStatus":"APPROVED"}]}"#;

/// A server that gives each request the next of `answers`, the last again and again.
///
/// An answer that does not keep the connection is followed by its end.
struct Server {
    endpoint: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let connections = Arc::new(AtomicUsize::new(0));
        let (counter, next) = (Arc::clone(&connections), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                serve(stream, &answers, &next).await;
            }
        });
        Self {
            endpoint,
            connections,
        }
    }

    async fn status(&self) -> Result<String, UpstreamError> {
        let connect = self.connect();
        let status = connect
            .file_status(file_grant::<Read>().await, &[], soon())
            .await?;
        Ok(status.granted.as_str().to_owned())
    }

    fn connect(&self) -> Connect<MemoryLedger> {
        let connector = connector(&Roots::amazon()).expect("usable");
        let config = sdk_config(connector, Some(&self.endpoint));
        Connect::new(&config, deployment(), UploadHosts::default(), pace())
    }
}

/// Answers on one connection until an answer ends it, or the client does.
async fn serve(mut stream: TcpStream, answers: &[String], next: &AtomicUsize) {
    while read_request(&mut stream).await.is_some() {
        let answer = &answers[next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
        let is_sent = stream.write_all(answer.as_bytes()).await.is_ok();
        if !is_sent || !is_whole(answer) {
            return;
        }
    }
}

/// Reads a request with its body; none where the client is gone.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
                return Some(());
            }
        }
    }
}

fn whole(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    head.ends_with(&format!("content-length: {}", body.len()))
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let cut = format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{}", &BODY[..20]);
    for (what, broken, last_error) in [
        (
            "reset before the answer",
            String::new(),
            UpstreamError::Unavailable,
        ),
        (
            "cut in the headers",
            "HTTP/1.1 200 OK\r\nconte".into(),
            UpstreamError::Unavailable,
        ),
        (
            "cut in the body",
            cut,
            UpstreamError::Unusable(ReplyError::Malformed),
        ),
        (
            "no HTTP",
            "\u{1}\u{2}\u{3}\r\n\r\n".into(),
            UpstreamError::Unavailable,
        ),
    ] {
        let mended = Server::answering(vec![broken.clone(), broken.clone(), whole("200 OK", BODY)]).await;
        assert_eq!(mended.status().await, Ok("APPROVED".into()), "{what}");
        let hopeless = Server::answering(vec![broken]).await;
        assert_eq!(hopeless.status().await, Err(last_error), "{what}, for good");
    }
}

#[tokio::test]
async fn a_whole_answer_that_is_no_json_is_not() {
    let server = Server::answering(vec![whole("200 OK", "garbage"), whole("200 OK", BODY)]).await;
    assert_eq!(
        server.status().await,
        Err(UpstreamError::Unusable(ReplyError::Malformed))
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::answering(vec![whole("200 OK", BODY)]).await;
    let target = &elsewhere.endpoint;
    let redirect =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
    let server = Server::answering(vec![redirect]).await;
    assert_eq!(server.status().await, Err(UpstreamError::Unexpected));
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_connection_serves_all_calls() {
    let throttle = whole("429 Too Many Requests", r#"{"__type":"ThrottlingException"}"#);
    let server = Server::answering(vec![whole("200 OK", BODY), throttle, whole("200 OK", BODY)]).await;
    let connect = server.connect();
    for _ in 0..20 {
        connect
            .file_status(file_grant::<Read>().await, &[], soon())
            .await
            .expect("a status");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let server = Server {
        endpoint: format!("http://{address}"),
        connections: Arc::default(),
    };
    assert_eq!(server.status().await, Err(UpstreamError::Unavailable));
}
