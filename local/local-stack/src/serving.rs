//! HTTP/1.1 servers that can be stopped: what a stand-in listens with.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// How long a server that is stopped waits for the requests under way.
const GRACE: Duration = Duration::from_secs(1);
/// Pause after a connection could not be accepted, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server with its address, before it knows what to answer.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) addr: SocketAddr,
    listener: TcpListener,
}

/// A server that answers; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Word to a conversation that its server is being stopped.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<()>);

impl Stop {
    async fn given(&mut self) {
        // Nothing is ever sent: this returns when the sender is gone.
        let _ = self.0.changed().await;
    }
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
        self.converse(move |stream, _peer, stop| {
            converse(stream, TowerToHyperService::new(router.clone()), stop)
        })
    }

    /// Gives each connection to `conversation` from now on.
    pub(crate) fn converse<C, F>(self, conversation: C) -> Server
    where
        C: Fn(TcpStream, SocketAddr, Stop) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(());
        Server {
            stop,
            task: tokio::spawn(accept(self.listener, conversation, Stop(stopped))),
        }
    }
}

async fn accept<C, F>(listener: TcpListener, conversation: C, mut stop: Stop)
where
    C: Fn(TcpStream, SocketAddr, Stop) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let told = stop.clone();
        tokio::select! {
            () = stop.given() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Without it small answers wait for the peer's acknowledgement; with it refused they are merely slow.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(conversation(stream, peer, told));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    // A browser keeps connections open that it may never use: those are cut when the grace is over.
    let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

/// Answers one connection with `service`, until it ends or the server is stopped.
pub(crate) async fn converse<I, S, B>(stream: I, service: S, mut stop: Stop)
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // A connection that ends in an error has ended: there is nobody left to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.given() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
