//! Logs: JSON lines on standard output, and panics without their message.
//!
//! A request has one line, which no level leaves out: the audit's record with the metrics. All others are
//! `tracing`'s.

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

/// Dependencies that log requests and payloads at lower levels, Lambda's runtime the whole event with its token: they
/// never get to. Its span at `INFO` would be made for each invocation, and no line is in need of it.
const CHATTY: [(&str, LevelFilter); 6] = [
    ("aws_", LevelFilter::INFO),
    ("h2", LevelFilter::INFO),
    ("hyper", LevelFilter::INFO),
    ("lambda_", LevelFilter::WARN),
    ("rustls", LevelFilter::INFO),
    ("tower", LevelFilter::INFO),
];

/// Writer of the requests' lines.
pub(crate) struct Telemetry {
    function_name: Box<str>,
    rules_digest: RulesDigest,
    least_level: Level,
    has_answered: AtomicBool,
}

impl Telemetry {
    /// Telemetry of this process, under the name that Lambda gives it and with the rules of `settings`.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            function_name: function_name().into(),
            rules_digest: settings.rules_digest.clone(),
            least_level: Level::named(log_level().as_deref()),
            has_answered: AtomicBool::new(false),
        }
    }

    /// Writes the line of a process that is ready: which rules are in force.
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
        // Where standard output is gone, there is nobody to tell.
        let _ = std::io::stdout().lock().write_all(&line);
    }
}

fn log_level() -> Option<String> {
    lambdas_own("AWS_LAMBDA_LOG_LEVEL")
}

/// Outside Lambda a name of our own, because a dimension without a value makes the whole line unreadable as metrics.
fn function_name() -> String {
    lambdas_own("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "upload-broker".to_owned())
}

fn lambdas_own(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "variables of Lambda's own, each read once at start"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Sends events to standard output as `AWS_LAMBDA_LOG_LEVEL` says; default `INFO`. Each has the time, without which
/// Lambda would not believe its level.
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
