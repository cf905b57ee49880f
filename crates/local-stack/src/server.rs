//! One listening socket, its connections, and their end.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Running HTTP/1.1 server; its connections end when it is shut down or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Server on `listener` that gives each connection to `converse`.
    ///
    /// # Errors
    /// Those of asking the socket for its address.
    pub(crate) fn start<Converse, Conversation>(listener: TcpListener, converse: Converse) -> io::Result<Self>
    where
        Converse: Fn(TcpStream, SocketAddr) -> Conversation + Send + 'static,
        Conversation: Future<Output = ()> + Send + 'static,
    {
        let addr = listener.local_addr()?;
        Ok(Self {
            addr,
            accepting: tokio::spawn(accept(listener, converse)),
        })
    }

    /// Server on `listener` that answers from `router`.
    ///
    /// # Errors
    /// Those of asking the socket for its address.
    pub(crate) fn of_routes(listener: TcpListener, router: Router) -> io::Result<Self> {
        Self::start(listener, move |stream, _peer| {
            let service = TowerToHyperService::new(router.clone());
            async move {
                let conversation = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                if let Err(error) = conversation.await {
                    tracing::debug!(%error, "connection ended early");
                }
            }
        })
    }

    /// Address that clients connect to.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends the server and every conversation.
    pub(crate) async fn shutdown(mut self) {
        self.accepting.abort();
        // An error here says that the task was aborted, which is what was asked for.
        let _aborted = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Accepts for ever. The set owns the conversations: dropping this future ends them all.
async fn accept<Converse, Conversation>(listener: TcpListener, converse: Converse)
where
    Converse: Fn(TcpStream, SocketAddr) -> Conversation,
    Conversation: Future<Output = ()> + Send + 'static,
{
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Small answers in both directions: waiting to fill a segment only adds latency.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "no TCP_NODELAY");
                    }
                    conversations.spawn(converse(stream, peer));
                }
                Err(error) => tracing::warn!(%error, "a connection could not be accepted"),
            },
            Some(_ended) = conversations.join_next() => {}
        }
    }
}
