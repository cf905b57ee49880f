//! The HTTP/1.1 server behind each stand-in of this crate, with a shutdown that waits one second at most.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a server waits for open requests when it is shut down.
const GRACE: Duration = Duration::from_secs(1);

/// A listening socket whose routes are not known yet.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) addr: SocketAddr,
    listener: TcpListener,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    // INVARIANT: nothing is ever sent; dropping the sender is the signal to stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Bound {
    /// Listens on `addr`.
    pub(crate) async fn new(addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        Ok(Self {
            addr: listener.local_addr()?,
            listener,
        })
    }

    /// Serves `router`.
    pub(crate) fn serve(self, router: Router) -> Server {
        let (stop, stopped) = oneshot::channel();
        // Small responses would otherwise wait for the peer's acknowledgement; without the option they are only slow.
        let listener = self.listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let serve = axum::serve(
            listener,
            router.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        Server {
            stop,
            task: tokio::spawn(async move {
                if let Err(error) = serve.await {
                    tracing::error!(%error, "a server stopped");
                }
            }),
        }
    }
}

impl Server {
    /// Stops listening, closes idle connections and waits up to a second for open requests. A request that is still
    /// open then ends with the runtime.
    pub(crate) async fn shutdown(self) {
        drop(self.stop);
        let _open = timeout(GRACE, self.task).await;
    }
}
