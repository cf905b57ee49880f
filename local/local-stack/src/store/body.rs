//! A request body that ends in an error if it stalls or breaks off, and can be read to its end after s3s answered.
//!
//! s3s waits for ever for a body that stalls, and answers a body that breaks off with an internal error. A browser that
//! is still sending would see a refusal as a broken connection, so the rest of the body is read first, as S3 does.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use s3s::{S3Error, s3_error};
use tokio::time::{Sleep, sleep, timeout};

/// The body could not be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the connection ended before the body did")]
    Cut,
    #[error("the connection stayed open and nothing more of the body came")]
    Stalled,
}

/// The owner's side of a body that s3s reads.
pub(super) struct Loan {
    shared: Arc<Mutex<Shared>>,
    idle: Duration,
}

/// The reader's side: a body that ends in an error instead of waiting for ever.
pub(super) struct LentBody {
    shared: Arc<Mutex<Shared>>,
    idle: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

struct Shared {
    body: Body,
    error: Option<BodyError>,
}

/// Splits `body` into two sides; the reader waits at most `idle` for each frame.
pub(super) fn lend(body: Body, idle: Duration) -> (Loan, LentBody) {
    let shared = Arc::new(Mutex::new(Shared { body, error: None }));
    (
        Loan {
            shared: Arc::clone(&shared),
            idle,
        },
        LentBody {
            shared,
            idle,
            waiting: None,
        },
    )
}

impl Loan {
    /// The error that the reader received, if any.
    pub(super) fn error(&self) -> Option<BodyError> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).error
    }

    /// Reads the rest and discards it.
    pub(super) async fn drain(self) {
        let mut body = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut shared.body)
        };
        while let Ok(Some(Ok(_))) = timeout(self.idle, body.frame()).await {}
    }
}

impl HttpBody for LentBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let lent = self.get_mut();
        let mut shared = lent.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let error = match Pin::new(&mut shared.body).poll_frame(context) {
            Poll::Ready(Some(Err(_))) => BodyError::Cut,
            Poll::Ready(frame) => {
                lent.waiting = None;
                return Poll::Ready(frame.and_then(Result::ok).map(Ok));
            }
            Poll::Pending => {
                let waiting = lent.waiting.get_or_insert_with(|| Box::pin(sleep(lent.idle)));
                ready!(waiting.as_mut().poll(context));
                BodyError::Stalled
            }
        };
        shared.error = Some(error);
        Poll::Ready(Some(Err(error)))
    }

    fn is_end_stream(&self) -> bool {
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .body
            .is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .body
            .size_hint()
    }
}

impl From<BodyError> for S3Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Cut => s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            ),
            BodyError::Stalled => s3_error!(
                RequestTimeout,
                "Your socket connection to the server was not read from or written to within the timeout \
                 period. Idle connections will be closed."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{StreamExt, stream};
    use s3s::S3ErrorCode;

    use super::*;

    const IDLE: Duration = Duration::from_millis(20);

    async fn read(frames: Vec<Result<&'static str, &'static str>>, ends: bool) -> (bool, Option<BodyError>) {
        let frames = stream::iter(frames);
        let body = if ends {
            Body::from_stream(frames)
        } else {
            Body::from_stream(frames.chain(stream::pending()))
        };
        let (loan, lent) = lend(body, IDLE);
        (lent.collect().await.is_ok(), loan.error())
    }

    #[tokio::test]
    async fn the_owner_learns_how_the_reading_ended() {
        for (frames, ends, expected) in [
            (vec![Ok("a"), Ok("b")], true, (true, None)),
            (vec![Ok("a"), Err("reset")], true, (false, Some(BodyError::Cut))),
            (vec![Ok("a")], false, (false, Some(BodyError::Stalled))),
        ] {
            assert_eq!(read(frames.clone(), ends).await, expected, "{frames:?} {ends}");
        }
    }

    #[test]
    fn errors_are_s3s_own() {
        for (error, code) in [
            (BodyError::Cut, S3ErrorCode::IncompleteBody),
            (BodyError::Stalled, S3ErrorCode::RequestTimeout),
        ] {
            assert_eq!(S3Error::from(error).code(), &code);
            assert_eq!(code.status_code(), Some(http::StatusCode::BAD_REQUEST));
        }
    }

    #[tokio::test]
    async fn draining_reads_what_the_reader_left() {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let frames = stream::iter(0..3).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, BodyError>("frame")
        });
        let (loan, lent) = lend(Body::from_stream(frames), IDLE);
        drop(lent);
        loan.drain().await;
        assert_eq!(read.load(Ordering::Relaxed), 3);
    }
}
