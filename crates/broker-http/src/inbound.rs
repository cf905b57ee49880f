//! The requests: API Gateway's events, the evidence in them, their routes and bodies.

pub mod body;
pub mod event;
pub mod evidence;
pub mod idempotency;
pub mod list_query;
mod media_type;
pub mod route;
pub mod traceparent;
