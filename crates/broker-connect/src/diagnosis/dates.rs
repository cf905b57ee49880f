//! What time other machines say it is: the `Date` of every answer, held against our own clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use http::Uri;

/// The clocks of the machines that answered, as connections of this watch saw them.
#[derive(Clone, Debug, Default)]
pub struct DateWatch(Arc<Mutex<Vec<Offset>>>);

/// One look at another machine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Host and port that answered.
    pub authority: String,
    /// Seconds by which its clock is ahead of ours.
    pub ahead_secs: i64,
}

impl DateWatch {
    /// `connector`, watched.
    #[must_use]
    pub fn over(&self, connector: SharedHttpConnector) -> SharedHttpConnector {
        let watch = self.clone();
        SharedHttpConnector::new(Watched { connector, watch })
    }

    /// Every look so far, the oldest first.
    #[must_use]
    pub fn offsets(&self) -> Vec<Offset> {
        self.seen().clone()
    }

    /// Notes the `Date` of an answer, unless its `Age` says that a cache gave it: then the time may be the copy's.
    fn note(&self, authority: String, date: Option<&str>, age: Option<&str>, now: SystemTime) {
        let date = date.filter(|_| age.is_none());
        if let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) {
            let ahead_secs = secs(date) - secs(now);
            self.seen().push(Offset {
                authority,
                ahead_secs,
            });
        }
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Offset>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole seconds since 1970, as `Date` has them.
fn secs(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[derive(Debug)]
struct Watched {
    connector: SharedHttpConnector,
    watch: DateWatch,
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: Option<Uri> = request.uri().parse().ok();
        let authority = uri.as_ref().and_then(Uri::authority).map(ToString::to_string);
        let (answer, watch) = (self.connector.call(request), self.watch.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            watch.note(
                authority.unwrap_or_default(),
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
    fn a_date_is_a_look_at_the_clock_of_who_sent_it() {
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
            watch.note("host:1".into(), date, age, now);
            let seen: Vec<_> = watch.offsets().iter().map(|offset| offset.ahead_secs).collect();
            assert_eq!(seen, Vec::from_iter(expected), "{date:?}");
        }
    }
}
