//! The HTTP contract of docs/openapi.yaml, and the settings of docs/settings.md, as tests.

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
mod record;
mod request_bodies;
mod sentences;
mod settings_page;
mod statuses;
mod uploads;
mod warm_up;
