//! The metrics that a request adds to, by the names that alarms and the dashboard use.

use broker_http::inbound::route::RouteName;
use broker_http::record::RequestRecord;
use broker_telemetry::{Figures, Value};
use serde::Serialize;

/// A metric, serialised by its name. docs/operations.md has the same list, and a test checks the template against that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Metric {
    Starts,
    Completes,
    Refusals,
    Failures,
    RequestLatency,
    Throttles,
    Retries,
    UpstreamAccessDenied,
    UpstreamLatency,
    KeySetAge,
    IssuersWithoutKeys,
    PaceUnavailable,
    RowsUnreadable,
    UploadsNotRecorded,
    ColdStart,
}

impl broker_telemetry::Metric for Metric {
    fn unit(self) -> &'static str {
        match self {
            Self::RequestLatency | Self::UpstreamLatency => "Milliseconds",
            Self::KeySetAge => "Seconds",
            Self::Starts
            | Self::Completes
            | Self::Refusals
            | Self::Failures
            | Self::Throttles
            | Self::Retries
            | Self::UpstreamAccessDenied
            | Self::IssuersWithoutKeys
            | Self::PaceUnavailable
            | Self::RowsUnreadable
            | Self::UploadsNotRecorded
            | Self::ColdStart => "Count",
        }
    }
}

/// Metrics with their values.
pub(crate) type Values = broker_telemetry::Values<Metric>;

impl Metric {
    /// The values that a request adds to the metrics. Metrics without a value are left out.
    pub(crate) fn values(record: &RequestRecord, figures: Figures, is_cold_start: bool) -> Values {
        let has_succeeded = |route| record.route == Some(route) && record.refusal.is_none();
        let (has_started, has_completed) = (
            has_succeeded(RouteName::Start),
            has_succeeded(RouteName::Complete),
        );
        let count = |metric, count: u64| (count > 0).then_some((metric, Value::One(count)));
        let age = record.key_set_age.map(|age| Value::One(age.as_secs()));
        let lacking = u64::try_from(record.issuers_without_keys).unwrap_or(u64::MAX);
        let latencies = (!figures.latencies.is_empty()).then_some(Value::Each(figures.latencies));
        let values = [
            Some((Metric::RequestLatency, Value::One(record.duration_ms))),
            count(Metric::Starts, has_started.into()),
            // A start counts as zero completions, because the alarm cannot compare with a missing value.
            (has_started || has_completed).then_some((Metric::Completes, Value::One(has_completed.into()))),
            count(Metric::Refusals, record.refusal.is_some().into()),
            count(Metric::Failures, record.is_failure().into()),
            count(Metric::Throttles, figures.throttles),
            count(Metric::Retries, figures.retries),
            count(Metric::UpstreamAccessDenied, figures.access_denied),
            latencies.map(|latencies| (Metric::UpstreamLatency, latencies)),
            age.map(|age| (Metric::KeySetAge, age)),
            count(Metric::IssuersWithoutKeys, lacking),
            count(Metric::PaceUnavailable, figures.pace_unavailable),
            count(Metric::RowsUnreadable, figures.rows_unreadable),
            count(Metric::UploadsNotRecorded, record.uploads_not_recorded),
            count(Metric::ColdStart, is_cold_start.into()),
        ];
        Values::new(values.into_iter().flatten())
    }
}
