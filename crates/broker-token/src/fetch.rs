//! The port through which documents of issuers are fetched.

use std::future::Future;

/// Largest document that is accepted, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// Fetches the documents of issuers.
///
/// An implementation bounds the whole exchange in time, follows no redirects, accepts status 200 only
/// and stops reading after [`MAX_DOCUMENT_BYTES`]. It is asked for URLs that passed
/// [`key_url`](crate::key_url), and never for one that a token named.
pub trait FetchDocument: Send + Sync + 'static {
    /// The body of the answer to one `GET` of `url`.
    fn fetch(&self, url: &str) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// Reason why a document did not arrive.
///
/// Its text is logged, so it must not quote the answer's body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No complete answer in time.
    #[error("there was no complete answer in time")]
    Timeout,
    /// An answer with another status than 200, redirects among them.
    #[error("the answer has status {0}")]
    Status(u16),
    /// A body over [`MAX_DOCUMENT_BYTES`].
    #[error("the answer is over {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    /// No answer: name resolution, connection, TLS or protocol, in the client's own words.
    #[error("there was no answer: {0}")]
    NoAnswer(String),
}
