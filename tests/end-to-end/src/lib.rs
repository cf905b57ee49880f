//! The local stack driven by real clients.
//!
//! A [`World`] is the whole stack around the real broker, a [`Caller`] somebody who uses it with plain HTTP,
//! as the contract describes it. Nothing here knows the broker's code.

#![expect(clippy::missing_panics_doc, reason = "whatever fails here is a failed test")]

mod caller;
mod lines;
mod secrets;
mod wire;
mod world;

pub use caller::{Caller, Ticket, ask};
pub use lines::requests;
pub use wire::{Answer, Http};
pub use world::{World, broker, executable, token};
