//! Every route under every fault of Connect: the answer, the number of calls to Connect, and the files that remain.

mod limits;
mod routes;
mod statuses;
mod table;
