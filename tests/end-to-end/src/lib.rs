//! The local stack, driven by real clients.
//!
//! A [`World`] is the whole stack around the real broker, and a [`Caller`] uses it over plain HTTP, as the contract
//! describes it. Nothing here uses the broker's code.

#![expect(clippy::missing_panics_doc, reason = "a failure here is a failed test")]

mod caller;
mod lines;
mod secrets;
mod wire;
mod world;

pub use caller::{Caller, Ticket, ask};
pub use lines::requests;
pub use wire::{Answer, Http};
pub use world::{World, broker, executable, finisher, shared_table, token};
