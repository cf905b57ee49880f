//! The whole upload path on one machine: gateway, Lambda runtime, Connect, object store, identity provider, page.

pub mod dynamodb;
pub mod events;
pub mod finisher;
pub mod gateway;
pub mod instances;
pub mod oidc;
mod origins;
mod page;
pub mod seeds;
mod serving;
pub mod settings;
mod sink;
pub mod stack;
pub mod store;
