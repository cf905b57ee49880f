//! The broker as an HTTP handler, generic over the ports of broker-core.
//!
//! [`broker::Broker`] is the list of questions that a request is asked, in order. What comes in is read
//! in [`inbound`], what goes out is written in [`outbound`]; neither knows the other.

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
