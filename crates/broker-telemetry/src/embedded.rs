//! Metrics in a log line.
//!
//! Source: "Specification: Embedded metric format", Amazon `CloudWatch` User Guide.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Namespace of the metrics.
const NAMESPACE: &str = "UploadBroker";

/// A function's metrics, each serialised by its name.
pub trait Metric: Copy + PartialEq + Serialize {
    /// The unit, as `CloudWatch` names it.
    fn unit(self) -> &'static str;
}

/// A metric as the format defines it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Definition<M> {
    /// The metric.
    pub name: M,
    unit: &'static str,
}

/// One value of a metric, or several.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Value {
    /// One value.
    One(u64),
    /// At most 100 values.
    Each(Vec<u64>),
}

/// Metrics with their values, each at most once. As members of the line.
pub struct Values<M>(Vec<(M, Value)>);

impl<M: Metric> Values<M> {
    /// The metrics that have a value.
    pub fn new(values: impl IntoIterator<Item = (M, Value)>) -> Self {
        Self(values.into_iter().collect())
    }

    /// Their definitions.
    pub fn definitions(&self) -> impl Iterator<Item = Definition<M>> {
        self.0.iter().map(|(name, _)| Definition {
            name: *name,
            unit: name.unit(),
        })
    }
}

impl<M: Metric> Serialize for Values<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (metric, value) in &self.0 {
            members.serialize_entry(metric, value)?;
        }
        members.end()
    }
}

/// The member `_aws` of a line.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Embedded<M> {
    /// Milliseconds since 1970.
    pub timestamp: u64,
    /// The metrics by their dimensions. A metric may be defined once only.
    pub cloud_watch_metrics: Vec<Directive<M>>,
}

/// Metrics with the same dimensions.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Directive<M> {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: Vec<Definition<M>>,
}

impl<M> Directive<M> {
    /// `metrics` by `dimensions`, each the names of members of the line.
    #[must_use]
    pub const fn new(dimensions: &'static [&'static [&'static str]], metrics: Vec<Definition<M>>) -> Self {
        Self {
            namespace: NAMESPACE,
            dimensions,
            metrics,
        }
    }
}
