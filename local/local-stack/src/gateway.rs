//! Amazon API Gateway stand-in: turns HTTP requests into Lambda proxy events, and the answers into responses.
//!
//! An HTTP API uses payload format 2.0, a REST API 1.0. They differ in routing, errors and headers, and so do the two
//! kinds here. Where AWS's documentation leaves a question open, the code that decides it names its source.

mod answer;
mod api;
mod authorizer;
mod cors;
mod error;
mod event_v1;
mod event_v2;
mod flow;
mod kind;
mod passage;
mod request;
mod routes;
mod throttle;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;

pub use api::Api;
pub use authorizer::{Authorizer, Iam, Lambda, Principal};
pub use cors::Cors;
pub use flow::Function;
pub use kind::Kind;
pub use passage::{Passage, PassageSink};
pub use routes::{Route, RouteError};
pub use throttle::Throttle;

use crate::serving::{Bound, Server};
use flow::Gateway;

/// A running gateway; dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// Address that clients connect to.
    pub addr: SocketAddr,
    server: Server,
}

impl Running {
    /// Stops listening and waits up to a second for open requests.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// Starts a gateway for `api` at `listen`, in front of `function` and behind `authorizer`.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve<F: Function>(
    listen: SocketAddr,
    api: Api,
    function: Arc<F>,
    authorizer: Authorizer<F>,
    passages: PassageSink,
) -> io::Result<Running> {
    Ok(start(
        Bound::new(listen).await?,
        api,
        function,
        authorizer,
        passages,
    ))
}

/// Starts a gateway for `api` on a socket that is already bound.
pub(crate) fn start<F: Function>(
    bound: Bound,
    api: Api,
    function: Arc<F>,
    authorizer: Authorizer<F>,
    passages: PassageSink,
) -> Running {
    let gateway = Arc::new(Gateway::new(api, function, authorizer, passages));
    Running {
        addr: bound.addr,
        server: bound.serve(Router::new().fallback(flow::exchange::<F>).with_state(gateway)),
    }
}
