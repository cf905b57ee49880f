//! Addresses of the parts of a running stack.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Serialize;

/// Origin of each part. Only `api` may have a path: that of a named stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origins {
    /// API Gateway stand-in, with the stage's path.
    pub api: String,
    /// Demo page.
    pub page: String,
    /// Connect stand-in.
    pub connect: String,
    /// Object store.
    pub store: String,
    /// OIDC issuer.
    pub oidc: String,
    /// EventBridge stand-in.
    pub events: String,
    /// DynamoDB-compatible server, where one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamodb: Option<String>,
}

/// Port `port` of 127.0.0.1.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Origin of the server at `addr`.
pub(crate) fn origin(addr: SocketAddr) -> String {
    format!("http://{addr}")
}
