//! The broker as an HTTP handler, generic over the ports of broker-core.
//!
//! [`broker::Broker`] asks a request the questions of its route, in order. [`inbound`] reads what comes in, [`outbound`]
//! writes what goes out, and neither imports the other.

pub mod broker;
pub mod caller_hash;
pub mod callers;
pub mod clock_and_random;
pub mod error;
pub mod fault;
pub mod handle;
pub mod inbound;
mod keyed_hash;
pub mod name_digest;
pub mod outbound;
mod ports;
pub mod record;
mod remembered;
pub mod settings;
