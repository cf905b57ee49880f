//! EventBridge stand-in: takes `PutEvents` of the AWS SDKs, and lists the events that it took.

mod bus;
mod entry;
mod routes;

use std::io;
use std::net::SocketAddr;

use connect_emulator::Credentials;

pub use bus::{Bus, Event, Fault, Faults};

use crate::serving::{Bound, Server};

/// Options of an event bus.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address to listen on; port 0 takes a free port.
    pub listen: SocketAddr,
    /// Region in signatures.
    pub region: String,
    /// Credentials of the only caller.
    pub credentials: Credentials,
}

/// A running event bus; dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// Address that it listens on.
    pub addr: SocketAddr,
    bus: Bus,
    server: Server,
}

/// Starts an event bus.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(options: Options) -> io::Result<Running> {
    let bound = Bound::new(options.listen).await?;
    let bus = Bus::default();
    Ok(Running {
        addr: bound.addr,
        server: bound.serve(routes::routes(options, bus.clone())),
        bus,
    })
}

impl Running {
    /// The bus: its events, and its faults.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Stops listening and waits up to a second for open requests.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
