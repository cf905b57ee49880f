//! What stands between a route and its function: nothing, a Lambda authorizer, or IAM authorization.
//!
//! An authorizer's answers are not cached here, as with a lifetime of 0 seconds.

mod iam;
mod lambda;
mod policy;

use serde_json::Value;

pub use iam::{Iam, Principal};
pub use lambda::Lambda;

/// Who may pass. `F` is the authorizer's function.
#[derive(Debug)]
pub enum Authorizer<F> {
    /// Everybody.
    None,
    /// Requests that a Lambda function lets pass.
    Lambda(Lambda<F>),
    /// Requests that are signed with an IAM principal's credentials.
    Iam(Iam),
}

/// What an authorizer adds to the function's event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Authorized {
    /// `requestContext.authorizer`.
    pub(super) context: Option<Value>,
    /// The signer, which payload format 1.0 has in `requestContext.identity`.
    pub(super) signer: Option<Principal>,
}
