//! The pace of Connect's quota under floods, bursts and outages of the shared table, with clients that follow the waits.
//!
//! The short forms assert counts and shares. `make soak` runs the long ones, which print one line of figures for each run.

mod client;
mod figures;
mod long;
mod paced;
mod short;
