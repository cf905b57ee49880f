//! Every route times every fault of Connect: what the caller is told, how often Connect is asked, and what
//! is left behind.

mod limits;
mod routes;
mod statuses;
mod table;
