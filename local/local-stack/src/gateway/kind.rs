//! HTTP API or REST API.

/// The two products that API Gateway puts in front of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP API with payload format 2.0.
    Http,
    /// REST API, Lambda proxy integration (payload format 1.0).
    Rest,
}
