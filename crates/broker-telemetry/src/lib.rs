//! Logs of both functions: JSON lines on standard output, metrics in `CloudWatch`'s embedded metric format, and panics
//! without their message.
//!
//! A request, or a run of the finisher, has one line with its record and its metrics, which is written at every log
//! level. All other lines are `tracing`'s.

mod embedded;
mod figures;
mod line;

pub use embedded::{Definition, Directive, Embedded, Metric, Value, Values};
pub use figures::Figures;
pub use line::{Level, Times, write_line};

use std::process::ExitCode;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

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

/// The function's name as Lambda gives it. Outside Lambda it is `otherwise`, because `CloudWatch` does not read the metrics
/// of a line that has a dimension without a value.
#[must_use]
pub fn function_name(otherwise: &str) -> Box<str> {
    lambdas_own("AWS_LAMBDA_FUNCTION_NAME").map_or_else(|| otherwise.into(), String::into_boxed_str)
}

/// The least level that Lambda lets through.
#[must_use]
pub fn least_level() -> Level {
    Level::named(log_level().as_deref())
}

fn log_level() -> Option<String> {
    lambdas_own("AWS_LAMBDA_LOG_LEVEL")
}

fn lambdas_own(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "Lambda's own variables, each read once at start"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Ends a function in its init phase, with one line for each fault.
#[must_use]
pub fn failed(faults: &[String]) -> ExitCode {
    for fault in faults {
        eprintln!("{fault}");
    }
    ExitCode::FAILURE
}

/// Sends events to standard output at the level in `AWS_LAMBDA_LOG_LEVEL`, by default `INFO`. Each line has a timestamp,
/// because Lambda ignores the level of a line without one.
pub fn init() {
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
