//! The metrics, by the names under which alarms and dashboard read them.

use broker_http::log::Trail;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::figures::Figures;

/// A metric. The list is that of docs/operations.md, which the template is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    ColdStart,
}

impl Metric {
    /// Name and unit.
    const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::Starts => ("Starts", "Count"),
            Self::Completes => ("Completes", "Count"),
            Self::Refusals => ("Refusals", "Count"),
            Self::Failures => ("Failures", "Count"),
            Self::RequestLatency => ("RequestLatency", "Milliseconds"),
            Self::Throttles => ("Throttles", "Count"),
            Self::Retries => ("Retries", "Count"),
            Self::UpstreamAccessDenied => ("UpstreamAccessDenied", "Count"),
            Self::UpstreamLatency => ("UpstreamLatency", "Milliseconds"),
            Self::KeySetAge => ("KeySetAge", "Seconds"),
            Self::IssuersWithoutKeys => ("IssuersWithoutKeys", "Count"),
            Self::ColdStart => ("ColdStart", "Count"),
        }
    }
}

/// As the embedded metric format defines a metric.
impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, unit) = self.facts();
        let mut definition = serializer.serialize_struct("Metric", 2)?;
        definition.serialize_field("Name", name)?;
        definition.serialize_field("Unit", unit)?;
        definition.end()
    }
}

/// One value of a metric, or several.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    One(u64),
    Each(Vec<u64>),
}

/// Metrics with their values, each at most once.
pub(crate) struct Values(Vec<(Metric, Value)>);

impl Values {
    /// What a request adds to the metrics: those that it says nothing about are left out.
    pub(crate) fn of(trail: &Trail, figures: Figures, is_cold_start: bool) -> Self {
        let (has_started, has_completed) = match (trail.refusal(), trail.route_name()) {
            (None, Some("start")) => (true, false),
            (None, Some("complete")) => (false, true),
            _ => (false, false),
        };
        let count = |metric, count: u64| (count > 0).then_some((metric, Value::One(count)));
        let millis = u64::try_from(trail.took().as_millis()).unwrap_or(u64::MAX);
        let age = trail.key_set_age().map(|age| Value::One(age.as_secs()));
        let lacking = u64::try_from(trail.issuers_without_keys()).unwrap_or(u64::MAX);
        let latencies = (!figures.latencies.is_empty()).then_some(Value::Each(figures.latencies));
        let values = [
            Some((Metric::RequestLatency, Value::One(millis))),
            count(Metric::Starts, has_started.into()),
            // A start without its Complete must be a number too: an alarm says nothing about a missing one.
            (has_started || has_completed).then_some((Metric::Completes, Value::One(has_completed.into()))),
            count(Metric::Refusals, trail.refusal().is_some().into()),
            count(Metric::Failures, trail.is_failure().into()),
            count(Metric::Throttles, figures.throttles),
            count(Metric::Retries, figures.retries),
            count(Metric::UpstreamAccessDenied, figures.access_denied),
            latencies.map(|latencies| (Metric::UpstreamLatency, latencies)),
            age.map(|age| (Metric::KeySetAge, age)),
            count(Metric::IssuersWithoutKeys, lacking),
            count(Metric::ColdStart, is_cold_start.into()),
        ];
        Self(values.into_iter().flatten().collect())
    }

    /// The metrics that have a value.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = Metric> {
        self.0.iter().map(|(metric, _)| *metric)
    }
}

/// As members of the line.
impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (metric, value) in &self.0 {
            members.serialize_entry(metric.facts().0, value)?;
        }
        members.end()
    }
}
