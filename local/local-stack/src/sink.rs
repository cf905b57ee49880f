//! A callback that receives the stack's log lines and request reports.

use std::fmt;
use std::sync::Arc;

/// Receives every `T`; cheap to clone.
pub struct Sink<T>(Arc<dyn Fn(&T) + Send + Sync>);

impl<T> Sink<T> {
    /// Sink that passes each value to `receive`.
    pub fn new(receive: impl Fn(&T) + Send + Sync + 'static) -> Self {
        Self(Arc::new(receive))
    }

    /// Sink that drops everything.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| ())
    }

    pub(crate) fn send(&self, value: &T) {
        (self.0)(value);
    }
}

impl<T> Clone for Sink<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Sink<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}
