//! Bodies that are not what their headers say, on the wire itself.

use bytes::Bytes;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Call, Store};

/// The head of a request as text, with the line that says how long the body is.
fn head(store: &Store, call: &Call, framing: &str) -> String {
    let request = call.presigned(store.running.addr);
    let path = request.uri().path_and_query().expect("there is a path");
    let headers = request
        .headers()
        .iter()
        .filter(|(name, _)| *name != "content-length");
    let headers: Vec<String> = headers
        .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().expect("the header is ASCII")))
        .collect();
    let headers = headers.concat();
    let host = store.running.addr;
    format!(
        "{} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}{framing}\r\n",
        call.method
    )
}

async fn connect(store: &Store, head: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(store.running.addr)
        .await
        .expect("the store listens");
    stream.write_all(head.as_bytes()).await.expect("the store reads");
    stream.write_all(body).await.expect("the store reads");
    stream
}

async fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("the store answers");
    answer
}

#[tokio::test]
async fn a_body_that_ends_early_is_incomplete_and_leaves_what_was_there() {
    let store = Store::start().await;
    store.presigned(&Call::put("report.pdf", "old")).await;
    let call = Call::put("report.pdf", "hello");
    let mut stream = connect(
        &store,
        &head(&store, &call, "content-length: 5\r\nconnection: close\r\n"),
        b"hel",
    )
    .await;
    stream.shutdown().await.expect("the sending half closes");
    let answer = answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("<Code>IncompleteBody</Code>"), "{answer}");
    assert_eq!(
        store.signed(&Call::new(Method::GET, "report.pdf")).await.text(),
        "old"
    );
    assert_eq!(store.files(), [1, 1, 0]);
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_no_half_file() {
    let store = Store::start().await;
    let call = Call::put("report.pdf", "hello");
    let stream = connect(
        &store,
        &head(&store, &call, "content-length: 5\r\nconnection: close\r\n"),
        b"hel",
    )
    .await;
    while store.files() != [0, 0, 1] {
        tokio::task::yield_now().await;
    }
    drop(stream);
    while store.files() != [0, 0, 0] {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn stopping_lets_an_upload_under_way_finish() {
    let store = Store::start().await;
    let call = Call::put("report.pdf", "hello");
    let mut stream = connect(&store, &head(&store, &call, "content-length: 5\r\n"), b"hel").await;
    while store.files() != [0, 0, 1] {
        tokio::task::yield_now().await;
    }
    let Store { running, root } = store;
    let addr = running.addr;
    let stopping = tokio::spawn(running.shutdown());
    while TcpStream::connect(addr).await.is_ok() {}
    stream.write_all(b"lo").await.expect("the store reads");
    let answer = answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    stopping.await.expect("it stops");
    drop(root);
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_connection_that_is_only_open() {
    let store = Store::start().await;
    let silent = connect(&store, "", b"").await;
    let half_a_head = connect(&store, "PUT /attachments/a HTTP/1.1\r\n", b"").await;
    store.presigned(&Call::put("report.pdf", "hello")).await;
    store.running.shutdown().await;
    drop((silent, half_a_head));
}

#[tokio::test]
async fn bytes_beyond_the_signed_length_are_not_part_of_the_object() {
    let store = Store::start().await;
    let call = Call::put("report.pdf", "hello");
    let stream = connect(
        &store,
        &head(&store, &call, "content-length: 5\r\nconnection: close\r\n"),
        b"hello and more",
    )
    .await;
    assert!(answer(stream).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(
        store.signed(&Call::new(Method::GET, "report.pdf")).await.text(),
        "hello"
    );
}

#[tokio::test]
async fn a_body_without_its_length_is_refused() {
    let store = Store::start().await;
    let chunked = "transfer-encoding: chunked\r\nconnection: close\r\n";
    let unsigned_length = Call {
        body: "hello".into(),
        ..Call::new(Method::PUT, "report.pdf")
    };
    let stream = connect(
        &store,
        &head(&store, &unsigned_length, chunked),
        b"5\r\nhello\r\n0\r\n\r\n",
    )
    .await;
    let answer = answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 501 "), "{answer}");
    assert_eq!(store.files(), [0, 0, 0]);
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_sends_everything_before_it_reads() {
    let store = Store::start().await;
    let body = vec![b'x'; 20 * 1024 * 1024];
    let call = Call {
        secret_key: "guess",
        ..Call::new(Method::PUT, "report.pdf")
    };
    let framing = format!("content-length: {}\r\nconnection: close\r\n", body.len());
    let stream = connect(&store, &head(&store, &call, &framing), &body).await;
    let answer = answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn twenty_megabytes_arrive() {
    let store = Store::start().await;
    let body = Bytes::from(vec![b'x'; 20 * 1024 * 1024]);
    let call = Call {
        body: body.clone(),
        ..Call::new(Method::PUT, "report.pdf")
    };
    assert_eq!(store.presigned(&call).await.status, 200);
    assert_eq!(
        store.signed(&Call::new(Method::GET, "report.pdf")).await.body,
        body
    );
}
