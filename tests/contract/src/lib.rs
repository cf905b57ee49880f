//! The HTTP contract, event by event, and docs/api.md as it follows from docs/openapi.yaml.

mod api_page;
mod openapi;

pub use api_page::api_page;
pub use openapi::OpenApi;
