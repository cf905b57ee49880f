//! The answers to requests: responses, problems and CORS headers.

pub mod cors;
pub mod error_code;
pub mod problem;
pub mod response;
