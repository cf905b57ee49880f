//! Tests of the ports over the real SDK clients, against a service that answers from a script.

mod cases_and_contacts;
mod directory;
mod files;
mod logs;
mod observations;
mod request_line;
mod start;
mod transport;
mod user_agent;
