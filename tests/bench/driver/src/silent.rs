//! A server that accepts connections and never answers, to measure init up to the first connection.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::net::TcpListener;

/// A running server.
pub(crate) struct Silent {
    address: SocketAddr,
    accepted: Arc<Mutex<Vec<Instant>>>,
}

impl Silent {
    /// A server on a free port of loopback.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&accepted);
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
                noted
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(Instant::now());
            }
        });
        Ok(Self { address, accepted })
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// When the first connection after `start` arrived.
    pub(crate) fn first_after(&self, start: Instant) -> Option<Instant> {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.iter().copied().find(|accepted| *accepted > start)
    }
}
