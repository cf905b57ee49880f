//! OIDC issuer: RS256 access tokens in Cognito's shape, with discovery and JWKS.
//!
//! Every seeded user gets a token with any password. Routes of its own are for tests and demonstrations: the README of
//! this crate lists them.

mod grant;
mod issuer;
mod keys;
mod routes;

use std::io;
use std::net::SocketAddr;

pub use grant::User;
pub use issuer::{Issuer, Options};
pub use keys::OldKey;

use crate::origins::origin;
use crate::serving::{Bound, Server};

/// A running issuer; dropping it stops it.
pub struct Running {
    /// Address that it listens on.
    pub addr: SocketAddr,
    issuer: Issuer,
    server: Server,
}

/// Starts an issuer at `listen`, from which its URL is built; port 0 takes a free one.
///
/// # Errors
/// An origin is invalid, no key can be generated, or the address cannot be listened on.
pub async fn serve(listen: SocketAddr, options: Options) -> io::Result<Running> {
    let bound = Bound::new(listen).await?;
    let issuer = Issuer::new(origin(bound.addr), options)?;
    Ok(Running {
        addr: bound.addr,
        server: bound.serve(issuer.routes()),
        issuer,
    })
}

impl Running {
    /// The issuer's URL: its origin, without a trailing slash.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.url()
    }

    /// Publishes the key that will sign after the next rotation.
    ///
    /// # Errors
    /// No key can be generated.
    pub fn publish_next(&self) -> io::Result<()> {
        self.issuer.publish_next()
    }

    /// Signs with the published key from now on, or with a new one.
    ///
    /// # Errors
    /// No key can be generated; the old one continues to sign.
    pub fn rotate(&self, old: OldKey) -> io::Result<()> {
        self.issuer.rotate(old)
    }

    /// Stops listening and waits up to a second for open requests.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
