//! The Lambda function: wires the crates together.
//!
//! A fault of the deployment ends the process in the init phase, with one line for each fault. After that every event of
//! API Gateway is answered, and any other event is an invocation error.

mod telemetry;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use broker_connect::{
    Connect, DocumentClient, Lookup, Roots, SystemClock, connector, http_client, sdk_config,
};
use broker_core::pace::Pace;
use broker_http::broker::{Answered, Broker};
use broker_http::clock_and_random::System;
use broker_http::inbound::event::EventError;
use broker_http::settings::{Settings, SharedState};
use broker_table::{ANSWER_WITHIN, StartError, Table};
use broker_telemetry::Figures;
use broker_token::TokenVerifier;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use telemetry::Telemetry;

/// The longest wait of the init phase for Connect and for signing keys.
const WARM_UP: Duration = Duration::from_secs(1);

type Function = Broker<Connect<Table>, DocumentClient, System, Table>;

/// Runs on one thread, because an invocation mostly waits for the network, and a second thread would cost reconnects.
///
/// Everything runs in a task, because waking the future that `main` itself waits for goes through the kernel.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    tokio::spawn(serve()).await.unwrap_or(ExitCode::FAILURE)
}

async fn serve() -> ExitCode {
    broker_telemetry::init();
    let (broker, telemetry, table) = match build() {
        Ok((broker, telemetry, table)) => (Arc::new(broker), Arc::new(telemetry), table),
        Err(faults) => return broker_telemetry::failed(&faults),
    };
    telemetry.write_start();
    let ((), table) = tokio::join!(broker.warm_up(WARM_UP), connect(table));
    if let Err(error) = table {
        return broker_telemetry::failed(&[format!("SHARED_TABLE: {error}")]);
    }
    let handler = service_fn(move |event| {
        let (broker, telemetry) = (Arc::clone(&broker), Arc::clone(&telemetry));
        async move { answer(&broker, &telemetry, event).await }
    });
    match lambda_runtime::run_concurrent(handler).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the Lambda runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Opens the connection to the shared table, if there is one.
async fn connect(table: Option<Table>) -> Result<(), StartError> {
    match table {
        Some(table) => table.connect().await,
        None => Ok(()),
    }
}

async fn answer(
    broker: &Function,
    telemetry: &Telemetry,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<ApiGatewayProxyResponse, Diagnostic> {
    let remaining = event
        .context
        .deadline()
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    let responding = broker.respond(event.payload.get(), remaining);
    let (answered, figures) = Figures::of(responding).await;
    match answered {
        Ok(Answered { response, record }) => {
            telemetry.write(&record, figures, event.context.xray_trace_id.as_deref());
            Ok(response)
        }
        Err(error @ EventError) => {
            tracing::error!(invocation_id = event.context.request_id, %error, "invocation refused");
            Err(Diagnostic {
                error_type: "NotAGatewayEvent".into(),
                error_message: error.to_string(),
            })
        }
    }
}

/// The broker and its telemetry, or every fault that keeps it from serving.
fn build() -> Result<(Function, Telemetry, Option<Table>), Vec<String>> {
    broker_token::self_test().map_err(|error| vec![error.to_string()])?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is read"
    )]
    let environment: Lookup = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let settings = Settings::from(environment, |path| std::fs::read(path));
    let settings = settings.map_err(texts)?;
    let bundle = settings.ca_bundle.as_deref().map(Roots::trusting);

    let roots = bundle.clone().unwrap_or_else(Roots::amazon);
    let connector = connector(&roots).map_err(text)?;
    let sdk_config = sdk_config(environment, http_client(connector.clone()));
    if sdk_config.region().is_none() {
        return Err(vec!["AWS_REGION: is required".into()]);
    }
    let (deployment, hosts) = (settings.deployment.clone(), settings.upload_hosts.clone());
    let table = settings.shared_table.as_deref();
    let table = table.map(|name| Table::new(&sdk_config, name.into(), ANSWER_WITHIN, Figures::observe_table));
    let clock = SystemClock::new(fastrand::f64);
    let pace = Pace::new(settings.quotas.clone(), table.clone(), clock);
    let connect = Connect::new(&sdk_config, deployment, hosts, pace).observed_by(Figures::observe);
    let documents = match bundle {
        Some(_) => DocumentClient::with_bundle(connector),
        None => DocumentClient::with_built_in_roots(connector),
    };
    let verifier = TokenVerifier::new(settings.issuers.clone(), documents);
    let telemetry = Telemetry::new(&settings);
    let uploads = match settings.shared_state {
        SharedState::Pace => None,
        SharedState::Full => table.clone(),
    };
    let broker = Broker::new(settings, connect, verifier, System, uploads);
    Ok((broker, telemetry, table))
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn text(error: impl ToString) -> Vec<String> {
    vec![error.to_string()]
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn texts(errors: Vec<impl ToString>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}
