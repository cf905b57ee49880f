//! What comes in: API Gateway's events, what they prove and what they ask.

pub mod body;
pub mod event;
pub mod evidence;
pub mod idempotency;
mod media_type;
pub mod route;
pub mod traceparent;
