//! The second Lambda function: ends the uploads that browsers left, and reports how each upload ended.
//!
//! A schedule invokes it. Nothing of the event counts, so a forged event only makes it run once more. It acts by the rules
//! in force and the rows of the shared table; a permission comes from both together (`Grants::decide_finish`).

mod event;
mod event_bridge;
mod run;
mod step;
mod telemetry;
#[cfg(test)]
mod testing;

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use broker_connect::{Connect, Lookup, Roots, SystemClock, connector, http_client, sdk_config};
use broker_core::pace::Pace;
use broker_core::ports::Deadline;
use broker_core::upload_hosts::UploadHosts;
use broker_http::settings::FinisherSettings;
use broker_table::Table;
use broker_telemetry::Figures;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::de::IgnoredAny;

use event_bridge::EventBridge;
use run::{Finisher, Outcome, RunClock, Span};
use telemetry::{Record, Telemetry};

/// How long a call to the shared table may take. Nobody waits for the finisher, so it is more patient than the broker.
const TABLE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// What is left of a run's time when the last call to Connect must be answered: enough to send events and to mark them.
const AFTER_CONNECT: Duration = Duration::from_secs(5);

type Function = Finisher<Connect<Table>, Table, EventBridge, Timer>;

/// The machine's clock.
struct Timer;

impl RunClock for Timer {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    broker_telemetry::init();
    let (finisher, telemetry) = match build() {
        Ok(built) => built,
        Err(faults) => return broker_telemetry::failed(&faults),
    };
    telemetry.write_start();
    if let Err(error) = finisher.table.connect().await {
        return broker_telemetry::failed(&[format!("SHARED_TABLE: {error}")]);
    }
    let handler = service_fn(async |event: LambdaEvent<IgnoredAny>| run(&finisher, &telemetry, event).await);
    match lambda_runtime::run(handler).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the Lambda runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs once, and writes the line of the run.
async fn run(
    finisher: &Function,
    telemetry: &Telemetry,
    event: LambdaEvent<IgnoredAny>,
) -> Result<(), Diagnostic> {
    let (began, ends_at) = (Instant::now(), event.context.deadline());
    let remaining = ends_at.duration_since(SystemTime::now()).unwrap_or_default();
    let span = Span {
        holder: &event.context.request_id,
        ends_at,
        deadline: Deadline(began + remaining.saturating_sub(AFTER_CONNECT)),
    };
    let ((tally, outcome), figures) = Figures::of(Box::pin(finisher.run(span))).await;
    let record = Record {
        outcome,
        tally,
        took: began.elapsed(),
        invocation_id: event.context.request_id,
    };
    telemetry.write(&record, &figures);
    match outcome {
        Outcome::Done | Outcome::OutOfTime | Outcome::Held => Ok(()),
        Outcome::NoTable => Err(Diagnostic {
            error_type: "SharedTableUnavailable".into(),
            error_message: "the shared table did not answer".into(),
        }),
    }
}

/// The finisher and its telemetry, or every fault that keeps it from running.
fn build() -> Result<(Function, Telemetry), Vec<String>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is read"
    )]
    let environment: Lookup = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let settings = FinisherSettings::from(environment, |path| std::fs::read(path));
    let settings = settings.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let roots = settings
        .ca_bundle
        .as_deref()
        .map_or_else(Roots::amazon, Roots::trusting);
    let connector = connector(&roots).map_err(|error| vec![error.to_string()])?;
    let sdk_config = sdk_config(environment, http_client(connector));
    if sdk_config.region().is_none() {
        return Err(vec!["AWS_REGION: is required".into()]);
    }
    let name = settings.shared_table.into_string();
    let table = Table::new(&sdk_config, name, TABLE_ANSWERS_WITHIN, Figures::observe_table);
    let pace = Pace::new(
        settings.quotas,
        Some(table.clone()),
        SystemClock::new(fastrand::f64),
    );
    let deployment = settings.grants.deployment().clone();
    // The finisher starts no upload, so no host is an upload host.
    let connect = Connect::new(&sdk_config, deployment, UploadHosts::default(), pace);
    let finisher = Finisher {
        connect: connect.observed_by(Figures::observe),
        table,
        bus: EventBridge::new(&sdk_config, settings.event_bus),
        clock: Timer,
        grants: settings.grants,
        stage: settings.stage,
    };
    Ok((finisher, Telemetry::new(settings.rules_digest)))
}
