//! Logs: JSON lines on standard output, and panics without their message.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Dependencies that log requests and payloads below this level; they never get to.
const CHATTY: [&str; 6] = ["aws_", "h2", "hyper", "lambda_", "rustls", "tower"];

/// Sends events to standard output as `AWS_LAMBDA_LOG_LEVEL` says; default `INFO`.
pub(crate) fn init() {
    #[expect(
        clippy::disallowed_methods,
        reason = "Lambda's own variable, read once at start"
    )]
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok();
    let level = level
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    // INVARIANT: SDKs print presigned URLs and tokens at DEBUG and TRACE (RUSTSEC-2023-0125 was such a case).
    let capped = level.min(LevelFilter::INFO);
    let targets = CHATTY
        .iter()
        .fold(Targets::new().with_default(level), |targets, chatty| {
            targets.with_target(*chatty, capped)
        });
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .without_time();
    tracing_subscriber::registry().with(lines).with(targets).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}
