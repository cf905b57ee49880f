//! The whole upload path on one machine: gateway, Lambda runtime, Connect, object store, identity provider, page.

pub mod oidc;
mod serving;
pub mod store;
