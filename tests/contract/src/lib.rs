//! Reads docs/openapi.yaml, and makes docs/api.md from it.

mod api_page;
mod openapi;

pub use api_page::api_page;
pub use openapi::OpenApi;
