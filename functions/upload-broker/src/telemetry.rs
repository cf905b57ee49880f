//! Logs: JSON lines on standard output, and panics without their message.
//!
//! Each request has one line, the request record with the metrics, which is written at every log level. All other lines
//! are `tracing`'s.

mod figures;
mod line;
mod metric;

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use broker_http::record::RequestRecord;
use broker_http::settings::{RulesDigest, Settings};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub(crate) use figures::Figures;
use line::{Invocation, Level, Source, line};

/// Dependencies that would log requests and payloads at lower levels, so their levels are capped. Lambda's runtime would
/// log the whole event with its token; at `INFO` it would also make a span for each invocation, which no line needs.
const CHATTY: [(&str, LevelFilter); 6] = [
    ("aws_", LevelFilter::INFO),
    ("h2", LevelFilter::INFO),
    ("hyper", LevelFilter::INFO),
    ("lambda_", LevelFilter::WARN),
    ("rustls", LevelFilter::INFO),
    ("tower", LevelFilter::INFO),
];

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
            function_name: function_name().into(),
            rules_digest: settings.rules_digest.clone(),
            least_level: Level::named(log_level().as_deref()),
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
        let mut line = line(&source, &invocation, record, figures);
        line.push(b'\n');
        // If standard output is gone, there is nowhere to report that.
        let _ = std::io::stdout().lock().write_all(&line);
    }
}

fn log_level() -> Option<String> {
    lambdas_own("AWS_LAMBDA_LOG_LEVEL")
}

/// The function's name. Outside Lambda it is `upload-broker`, because `CloudWatch` does not read the metrics of a line that
/// has a dimension without a value.
fn function_name() -> String {
    lambdas_own("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "upload-broker".to_owned())
}

fn lambdas_own(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "Lambda's own variables, each read once at start"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Sends events to standard output at the level in `AWS_LAMBDA_LOG_LEVEL`, by default `INFO`. Each line has a timestamp,
/// because Lambda ignores the level of a line without one.
pub(crate) fn init() {
    let level = log_level()
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    // INVARIANT: SDKs print presigned URLs and tokens at DEBUG and TRACE (RUSTSEC-2023-0125 was such a case).
    let targets = CHATTY.map(|(target, most)| (target, level.min(most)));
    let targets = Targets::new().with_default(level).with_targets(targets);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}
