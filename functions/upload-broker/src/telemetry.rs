//! The line of each request: the request record with the metrics.

mod line;
mod metric;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use broker_http::record::RequestRecord;
use broker_http::settings::{RulesDigest, Settings};
use broker_telemetry::{Figures, Level, function_name, least_level};

use line::{Invocation, Source};

/// Writes the requests' lines.
pub(crate) struct Telemetry {
    function_name: Box<str>,
    rules_digest: RulesDigest,
    least_level: Level,
    has_answered: AtomicBool,
}

impl Telemetry {
    /// Telemetry of this process, with the name that Lambda gives it and the digest of the rules in `settings`.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            function_name: function_name("upload-broker"),
            rules_digest: settings.rules_digest.clone(),
            least_level: least_level(),
            has_answered: AtomicBool::new(false),
        }
    }

    /// Writes the line of a process that is ready, with the digest of its rules.
    pub(crate) fn write_start(&self) {
        tracing::info!(rules_sha256 = %self.rules_digest, "started");
    }

    /// Writes the line of a request.
    pub(crate) fn write(&self, record: &RequestRecord, figures: Figures, xray: Option<&str>) {
        let source = Source {
            function_name: &self.function_name,
            rules_digest: &self.rules_digest,
            least_level: self.least_level,
        };
        let invocation = Invocation {
            at: SystemTime::now(),
            is_cold_start: !self.has_answered.swap(true, Ordering::Relaxed),
            xray,
        };
        line::write(&source, &invocation, record, figures);
    }
}
