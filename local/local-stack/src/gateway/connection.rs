//! One client's connection: HTTP/1.1 read into requests, header names in their sender's spelling.
//!
//! hyper lower-cases header names and keeps the original map to itself, while events of format 1.0 carry the names as
//! they were sent. So the bytes are noted down as they are read, and the names taken from there.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::Function;
use super::flow::Gateway;
use super::refusal::Refusal;
use super::request::{ClientRequest, Field, RequestId};
use crate::serving::{self, Stop};

/// Largest request body. Source: API Gateway quotas, "Payload size", 10 MB for both kinds.
const MAX_BODY_BYTES: u64 = 10 * 1024 * 1024;

/// Longest head that is noted down; API Gateway takes 10,240 bytes of headers.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Serves one connection to its end.
pub(super) async fn converse<F: Function>(
    gateway: Arc<Gateway<F>>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: Stop,
) {
    let notes = Notes::default();
    let overheard = Noted {
        stream,
        notes: notes.clone(),
    };
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        let notes = notes.clone();
        async move {
            let (request, body) = read(request, peer, &notes).await;
            let response = gateway.answer(request, body).await;
            notes.clear();
            Ok::<_, Infallible>(response)
        }
    });
    serving::converse(overheard, service, stop).await;
}

async fn read(
    request: Request<Incoming>,
    peer: SocketAddr,
    notes: &Notes,
) -> (ClientRequest, Result<Bytes, Refusal>) {
    let (parts, body) = request.into_parts();
    let received = OffsetDateTime::now_utc();
    let mut spellings = notes.spellings();
    let fields = parts.headers.iter().map(|(name, value)| Field {
        name: spelled(&mut spellings, name.as_str()),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    });
    let request = ClientRequest {
        id: RequestId::new(Uuid::new_v4(), received),
        received,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        protocol: "HTTP/1.1",
        source_ip: peer.ip(),
        fields: fields.collect(),
        body: Bytes::new(),
    };
    (request, collect(body).await)
}

async fn collect(body: Incoming) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > MAX_BODY_BYTES {
        return Err(Refusal::BodyTooLarge);
    }
    let limit = usize::try_from(MAX_BODY_BYTES).unwrap_or(usize::MAX);
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLarge),
        Err(_) => Err(Refusal::BodyBroken),
    }
}

/// Spellings of each header name, in the order of their fields.
type Spellings = HashMap<String, VecDeque<String>>;

fn spelled(spellings: &mut Spellings, name: &str) -> String {
    spellings
        .get_mut(name)
        .and_then(VecDeque::pop_front)
        .unwrap_or_else(|| name.to_owned())
}

/// Bytes read since the last answer, as far as they may hold a head.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<Vec<u8>>>);

impl Notes {
    fn add(&self, read: &[u8]) {
        let mut bytes = self.lock();
        if bytes.len() < MAX_HEAD_BYTES {
            bytes.extend_from_slice(read);
        }
    }

    /// Names of the head that was read first.
    fn spellings(&self) -> Spellings {
        let mut spellings = Spellings::new();
        let bytes = self.lock();
        for line in bytes
            .split(|byte| *byte == b'\n')
            .skip(1)
            .take_while(|line| line.len() > 1)
        {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            spellings
                .entry(name.to_ascii_lowercase())
                .or_default()
                .push_back(name);
        }
        spellings
    }

    /// Makes room for the next head: what has been read is answered.
    fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stream that notes down what is read from it.
#[derive(Debug)]
struct Noted {
    stream: TcpStream,
    notes: Notes,
}

impl AsyncRead for Noted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.notes.add(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Noted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_they_were_sent() {
        let notes = Notes::default();
        notes.add(b"GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n");
        notes.add(b"x-oNE: 2\r\n\r\nbody: none\r\n");
        let mut spellings = notes.spellings();
        let names = ["host", "x-one", "x-one", "x-one", "body"].map(|name| spelled(&mut spellings, name));
        assert_eq!(names, ["Host", "X-One", "x-oNE", "x-one", "body"]);
    }

    #[test]
    fn a_body_is_not_taken_for_the_next_head() {
        let notes = Notes::default();
        notes.add(b"POST / HTTP/1.1\r\nA: 1\r\n\r\n");
        notes.spellings();
        notes.add(b"rest of the body");
        notes.clear();
        notes.add(b"GET / HTTP/1.1\r\nB: 2\r\n\r\n");
        assert_eq!(notes.spellings().into_keys().collect::<Vec<_>>(), ["b"]);
    }
}
