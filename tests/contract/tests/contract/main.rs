//! The HTTP contract: docs/contract.md, section 1, as tests.

mod answers;
mod described;
mod event_files;
mod events;
mod granted;
mod handles;
mod idempotency;
mod keys;
mod limits;
mod look_alikes;
mod openapi;
mod questions;
mod request_bodies;
mod warm_up;
