//! Report of one request that passed the gateway.

use std::time::Duration;

use crate::sink::Sink;

/// Receives a report of every request.
pub type PassageSink = Sink<Passage>;

/// One request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// HTTP method.
    pub method: String,
    /// Path as requested, with the stage and without the query.
    pub path: String,
    /// Status that the client received.
    pub status: u16,
    /// Time until the response was ready.
    pub took: Duration,
    /// Why the gateway answered without the function, if it did.
    pub refused: Option<String>,
}
