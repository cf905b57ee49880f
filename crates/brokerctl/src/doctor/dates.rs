//! The clocks of other machines: the `Date` of every answer, compared with this machine's clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::DateTime;
use url::{Origin, Url};

/// Compares the clock of every machine that answers over its connectors.
#[derive(Clone, Debug, Default)]
pub(super) struct DateWatch(Arc<Mutex<Vec<Offset>>>);

/// One comparison with another machine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// The origin that answered.
    pub(super) origin: Origin,
    /// Seconds by which its clock is ahead of ours.
    pub(super) ahead_secs: i64,
}

impl DateWatch {
    /// `connector` with this watch over it.
    pub(super) fn over(&self, connector: SharedHttpConnector) -> SharedHttpConnector {
        let watch = self.clone();
        SharedHttpConnector::new(Watched { connector, watch })
    }

    /// Every comparison so far, the oldest first.
    pub(super) fn offsets(&self) -> Vec<Offset> {
        self.seen().clone()
    }

    /// Notes the `Date` of an answer. An answer with `Age` came from a cache, so its date says nothing about the clock.
    fn note(&self, origin: Origin, date: Option<&str>, age: Option<&str>, now: SystemTime) {
        let date = date.filter(|_| age.is_none());
        if let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) {
            let ahead_secs = DateTime::from(date).secs() - DateTime::from(now).secs();
            self.seen().push(Offset { origin, ahead_secs });
        }
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Offset>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Watched {
    connector: SharedHttpConnector,
    watch: DateWatch,
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let origin = Url::parse(request.uri()).map_or_else(|_| Origin::new_opaque(), |url| url.origin());
        let (answer, watch) = (self.connector.call(request), self.watch.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            watch.note(
                origin,
                answer.headers().get("date"),
                answer.headers().get("age"),
                SystemTime::now(),
            );
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_shows_the_clock_of_its_sender() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 10:15:00 GMT").expect("a date");
        for (date, age, expected) in [
            (Some("Sun, 22 Nov 2026 10:15:00 GMT"), None, Some(0)),
            (Some("Sun, 22 Nov 2026 10:25:00 GMT"), None, Some(600)),
            (Some("Sun, 22 Nov 2026 10:14:59 GMT"), None, Some(-1)),
            (Some("Sun, 22 Nov 2026 09:52:22 GMT"), Some("1358"), None),
            (Some("yesterday"), None, None),
            (None, None, None),
        ] {
            let watch = DateWatch::default();
            watch.note(Origin::new_opaque(), date, age, now);
            let seen: Vec<_> = watch.offsets().iter().map(|offset| offset.ahead_secs).collect();
            assert_eq!(seen, Vec::from_iter(expected), "{date:?}");
        }
    }
}
