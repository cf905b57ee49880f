//! The whole upload path on one machine: gateway, Lambda runtime, Connect, object store, identity provider, page.

pub mod gateway;
pub mod instances;
mod runtime_api;
mod server;
