//! One fetch of an issuer's key document, which outlives the request that began it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::discovery::{KeyLocation, RefreshError};
use crate::fetch::FetchDocument;

/// A fetch that was begun.
pub(super) struct Attempt {
    /// When it was begun, by its caller's clock.
    pub(super) at: SystemTime,
    /// Its result.
    pub(super) document: BoxFuture<'static, Result<Vec<u8>, RefreshError>>,
}

impl Attempt {
    /// A fetch of the document at `location`; nothing is sent before it is polled.
    pub(super) fn begin<F: FetchDocument>(
        location: &Arc<KeyLocation>,
        fetch: &Arc<F>,
        now: SystemTime,
    ) -> Self {
        let (location, fetch) = (Arc::clone(location), Arc::clone(fetch));
        // A future that panicked must not be polled again: it becomes an attempt that failed.
        let document = AssertUnwindSafe(async move { location.fetch(&*fetch).await }).catch_unwind();
        Self {
            at: now,
            document: Box::pin(document.map(|outcome| outcome.unwrap_or(Err(RefreshError::Panic)))),
        }
    }
}
