//! An HTTPS server on loopback that counts its connections and requests.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::middleware::map_request;
use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

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
    /// Serves `router` on a free port of loopback.
    pub(crate) async fn start(tls: Arc<ServerConfig>, router: Router) -> io::Result<Self> {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = tcp.local_addr()?;
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let router = router.layer(map_request(move |request: Request| {
            counted.requests.fetch_add(1, Ordering::Relaxed);
            std::future::ready(request)
        }));
        let listener = TlsListener {
            tcp,
            acceptor: tls.into(),
            counts: Arc::clone(&counts),
        };
        tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { address, counts })
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Connections accepted so far.
    pub(crate) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// Requests received so far.
    pub(crate) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::Relaxed)
    }
}

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    counts: Arc<Counts>,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, peer) = Listener::accept(&mut self.tcp).await;
            self.counts.connections.fetch_add(1, Ordering::Relaxed);
            // Without the option the measurement would include the wait for acknowledgements.
            let _ = stream.set_nodelay(true);
            // The handshake fails when a handler is killed during it.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
