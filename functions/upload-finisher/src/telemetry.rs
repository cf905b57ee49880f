//! The line of each run: its outcome, its numbers and its metrics.

use std::time::{Duration, SystemTime};

use broker_http::settings::RulesDigest;
use broker_telemetry::{
    Directive, Embedded, Figures, Level, Times, Value, Values, function_name, least_level, write_line,
};
use serde::Serialize;

use crate::run::{Outcome, Tally};

/// A metric, serialised by its name. docs/operations.md has the same list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Metric {
    UploadsFinished,
    UploadsAbandoned,
    EventsFailed,
    RowsOverdue,
    RowsUnreadable,
    Throttles,
    UpstreamAccessDenied,
}

impl broker_telemetry::Metric for Metric {
    fn unit(self) -> &'static str {
        match self {
            Self::UploadsFinished
            | Self::UploadsAbandoned
            | Self::EventsFailed
            | Self::RowsOverdue
            | Self::RowsUnreadable
            | Self::Throttles
            | Self::UpstreamAccessDenied => "Count",
        }
    }
}

impl Metric {
    /// The values that a run adds to the metrics. Zeros are left out.
    fn values(tally: &Tally, figures: &Figures) -> Values<Self> {
        let values = [
            (Self::UploadsFinished, tally.finished),
            (Self::UploadsAbandoned, tally.abandoned),
            (Self::EventsFailed, tally.events_failed),
            (Self::RowsOverdue, tally.overdue),
            (Self::RowsUnreadable, tally.unreadable),
            (Self::Throttles, figures.throttles),
            (Self::UpstreamAccessDenied, figures.access_denied),
        ];
        let counted = values.into_iter().filter(|(_, count)| *count > 0);
        Values::new(counted.map(|(metric, count)| (metric, Value::One(count))))
    }
}

/// Writes the runs' lines.
pub(crate) struct Telemetry {
    function_name: Box<str>,
    rules_digest: RulesDigest,
    least_level: Level,
}

/// One run.
pub(crate) struct Record {
    pub(crate) outcome: Outcome,
    pub(crate) tally: Tally,
    pub(crate) took: Duration,
    /// Lambda's id of the invocation.
    pub(crate) invocation_id: String,
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    invocation_id: &'a str,
    outcome: Outcome,
    duration_ms: u64,
    #[serde(flatten)]
    tally: Tally,
    rules_sha256: &'a RulesDigest,
    #[serde(rename = "FunctionName")]
    function_name: &'a str,
    #[serde(flatten)]
    values: &'a Values<Metric>,
    #[serde(rename = "_aws")]
    embedded: Embedded<Metric>,
}

impl Telemetry {
    /// Telemetry of this process.
    pub(crate) fn new(rules_digest: RulesDigest) -> Self {
        Self {
            function_name: function_name("upload-finisher"),
            rules_digest,
            least_level: least_level(),
        }
    }

    /// Writes the line of a process that is ready, with the digest of its rules.
    pub(crate) fn write_start(&self) {
        tracing::info!(rules_sha256 = %self.rules_digest, "started");
    }

    /// Writes the line of a run.
    ///
    /// INVARIANT: Lambda never filters the line out, because the metrics are in it.
    pub(crate) fn write(&self, record: &Record, figures: &Figures) {
        let own_level = match record.outcome {
            Outcome::Done | Outcome::OutOfTime | Outcome::Held => Level::INFO,
            Outcome::NoTable => Level::ERROR,
        };
        let times = Times::of(SystemTime::now());
        let values = Metric::values(&record.tally, figures);
        write_line(&Line {
            timestamp: times.rfc3339,
            level: own_level.max(self.least_level).name(),
            message: "run",
            invocation_id: &record.invocation_id,
            outcome: record.outcome,
            duration_ms: u64::try_from(record.took.as_millis()).unwrap_or(u64::MAX),
            tally: record.tally,
            rules_sha256: &self.rules_digest,
            function_name: &self.function_name,
            embedded: Embedded {
                timestamp: times.millis,
                cloud_watch_metrics: vec![Directive::new(
                    &[&["FunctionName"]],
                    values.definitions().collect(),
                )],
            },
            values: &values,
        });
    }
}
