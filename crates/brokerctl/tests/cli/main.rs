//! The commands of `brokerctl`, as operators run them.

mod check;
mod common;
mod digest;
mod explain;
mod links;
