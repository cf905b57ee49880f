//! HTTP/1.1 servers that can be stopped: what a stand-in listens with.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// How long a server that is stopped waits for the requests under way.
const GRACE: Duration = Duration::from_secs(1);
/// Pause after a connection could not be accepted, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server with its address, before it knows what to answer.
pub(crate) struct Bound {
    pub(crate) addr: SocketAddr,
    listener: TcpListener,
}

/// A server that answers; dropping it stops it.
pub(crate) struct Server {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens at `listen`.
    pub(crate) async fn bind(listen: SocketAddr) -> io::Result<Bound> {
        let listener = TcpListener::bind(listen).await?;
        Ok(Bound {
            addr: listener.local_addr()?,
            listener,
        })
    }

    /// Stops listening, gives requests under way a second, and closes every connection.
    pub(crate) async fn shutdown(self) {
        drop(self.stop);
        // The task ends by itself; an error would be its panic, which has been reported.
        let _ = self.task.await;
    }
}

impl Bound {
    /// Answers with `router` from now on.
    pub(crate) fn start(self, router: Router) -> Server {
        let (stop, stopped) = watch::channel(());
        Server {
            stop,
            task: tokio::spawn(accept(self.listener, router, stopped)),
        }
    }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, router.clone(), stopped.clone()));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    // A browser keeps connections open that it may never use: those are cut when the grace is over.
    let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn converse(stream: TcpStream, router: Router, mut stopped: watch::Receiver<()>) {
    // Without it small answers wait for the peer's acknowledgement; with it refused they are merely slow.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // A connection that ends in an error has ended: there is nobody left to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
