//! Amazon API Gateway's stand-in: HTTP requests in, Lambda proxy events out, and back.
//!
//! An HTTP API speaks payload format 2.0, a REST API 1.0; they differ in routing, errors and headers, and so do the
//! two kinds here. Where AWS's documentation leaves a question open, the place that decides it names its source.

mod answer;
mod api;
mod connection;
mod cors;
mod event_v1;
mod event_v2;
mod flow;
mod refusal;
mod request;
mod routes;
mod throttle;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use api::{Api, Kind};
pub use cors::Cors;
pub use routes::{Route, RouteError};
pub use throttle::Throttle;

use crate::instances::{Instances, InvokeError};
use crate::serving::{Bound, Server};
use flow::Gateway;

/// What stands behind the gateway.
pub trait Function: Send + Sync + 'static {
    /// What the function answers to `event`, both JSON texts.
    fn invoke(&self, event: Bytes, trace_id: &str)
    -> impl Future<Output = Result<Bytes, InvokeError>> + Send;
}

impl Function for Instances {
    async fn invoke(&self, event: Bytes, trace_id: &str) -> Result<Bytes, InvokeError> {
        Instances::invoke(self, event, trace_id).await
    }
}

/// One request as it passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// HTTP method.
    pub method: String,
    /// Path as requested, with the stage and without the query.
    pub path: String,
    /// Status that the client got.
    pub status: u16,
    /// Time until the answer was ready.
    pub took: Duration,
    /// Why the gateway answered itself, where it did.
    pub refused: Option<String>,
}

/// Where passages are told; a value that is cheap to clone.
#[derive(Clone)]
pub struct PassageSink(Arc<dyn Fn(&Passage) + Send + Sync>);

impl PassageSink {
    /// Sink that gives every passage to `write`.
    pub fn new(write: impl Fn(&Passage) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Sink that keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| ())
    }

    fn tell(&self, passage: &Passage) {
        (self.0)(passage);
    }
}

impl fmt::Debug for PassageSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassageSink")
    }
}

/// A gateway that serves.
#[derive(Debug)]
pub struct Running {
    /// Address that clients connect to.
    pub addr: SocketAddr,
    server: Server,
}

impl Running {
    /// Ends the gateway and its connections.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// Gateway for `api` at `listen`, in front of `function`.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve<F: Function>(
    listen: SocketAddr,
    api: Api,
    function: Arc<F>,
    passages: PassageSink,
) -> io::Result<Running> {
    Ok(start(Server::bind(listen).await?, api, function, passages))
}

/// Gateway for `api` on a port that is taken already.
pub(crate) fn start<F: Function>(bound: Bound, api: Api, function: Arc<F>, passages: PassageSink) -> Running {
    let gateway = Arc::new(Gateway::new(api, function, passages));
    Running {
        addr: bound.addr,
        server: bound.converse(move |stream, peer, stop| {
            connection::converse(Arc::clone(&gateway), stream, peer, stop)
        }),
    }
}
