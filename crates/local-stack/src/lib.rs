//! The whole upload path on one machine: gateway, Lambda runtime, Connect, object store, identity provider, page.

pub mod gateway;
pub mod instances;
pub mod oidc;
mod runtime_api;
mod server;
mod serving;
pub mod store;
