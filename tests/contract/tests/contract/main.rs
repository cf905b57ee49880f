//! The HTTP contract: docs/contract.md, section 1, as tests.

mod answers;
mod described;
mod event_files;
mod events;
mod granted;
mod handles;
mod idempotency;
mod identity_providers;
mod keys;
mod limits;
mod look_alikes;
mod openapi;
mod questions;
mod request_bodies;
mod sentences;
mod warm_up;
