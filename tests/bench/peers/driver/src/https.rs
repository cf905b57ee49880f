//! An HTTPS server on loopback that counts what it is asked.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
}

/// A running server.
pub(crate) struct Https {
    address: SocketAddr,
    counts: Arc<Counts>,
}

impl Https {
    /// A server on a free port of loopback.
    pub(crate) async fn start(
        tls: Arc<ServerConfig>,
        answer: impl Fn(&Method, &str, &[u8]) -> Option<Bytes> + Clone + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let acceptor = TlsAcceptor::from(tls);
        let counted = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.connections.fetch_add(1, Ordering::Relaxed);
                let counted = Arc::clone(&counted);
                tokio::spawn(serve(stream, acceptor.clone(), answer.clone(), counted));
            }
        });
        Ok(Self { address, counts })
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Connections accepted so far.
    pub(crate) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// Requests answered so far.
    pub(crate) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::Relaxed)
    }
}

/// A client that goes away mid-request is killed at the end of its run: no fault of the server's.
async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    answer: impl Fn(&Method, &str, &[u8]) -> Option<Bytes> + Clone,
    counts: Arc<Counts>,
) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let service = service_fn(|request: Request<Incoming>| {
        let (answer, counts) = (answer.clone(), Arc::clone(&counts));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(Collected::to_bytes);
            counts.requests.fetch_add(1, Ordering::Relaxed);
            let answer = answer(&head.method, head.uri.path(), &body.unwrap_or_default());
            Ok::<_, Infallible>(response(answer))
        }
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn response(answer: Option<Bytes>) -> Response<Full<Bytes>> {
    let status = answer.as_ref().map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK);
    let mut response = Response::new(Full::new(answer.unwrap_or_default()));
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    response
}
