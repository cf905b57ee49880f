//! A look at an account from outside of the broker: each call is made once, a throttled
//! one twice, and tells how it failed.
//!
//! Its operations are none of `Operation`: what an operator may ask is not what the function's role may.

mod account;
mod dates;
mod plain_http;
mod refusal;

pub use account::{Account, AttachmentStorage, Bucket};
pub use dates::{DateWatch, Offset};
pub use plain_http::{Answer, PlainHttp};
pub use refusal::Refusal;
