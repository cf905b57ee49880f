//! Runs the emulator as a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use connect_emulator::{Credentials, Options, Quota, Readings, ScannerOptions, Seeds, StoreOptions, serve};
use serde_json::{Map, Value};
use thiserror::Error;

/// Users, cases and contacts that exist without `--seeds`.
const SAMPLE_SEEDS: &str = include_str!("../seeds.json");

/// Stand-in for Amazon Connect's attached-file API.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:4510")]
    listen: SocketAddr,
    /// Region in ARNs and signatures.
    #[arg(long)]
    region: Option<String>,
    /// Account in ARNs.
    #[arg(long)]
    account: Option<String>,
    /// Id of the Connect instance.
    #[arg(long)]
    instance_id: Option<String>,
    /// Id of the Cases domain.
    #[arg(long)]
    cases_domain_id: Option<String>,
    /// Access key id that callers sign with.
    #[arg(long, env = "EMULATOR_ACCESS_KEY_ID", default_value = "test")]
    access_key_id: String,
    /// Secret access key that callers sign with.
    #[arg(
        long,
        env = "EMULATOR_SECRET_ACCESS_KEY",
        default_value = "test",
        hide_env_values = true
    )]
    secret_access_key: String,
    /// Session token that every call must carry.
    #[arg(long, env = "EMULATOR_SESSION_TOKEN", hide_env_values = true)]
    session_token: Option<String>,
    /// Origin of the S3-compatible store.
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    store_endpoint: String,
    /// Bucket in the store; it must exist.
    #[arg(long, default_value = "connect-attachments")]
    store_bucket: String,
    /// Region in the store's signatures.
    #[arg(long, default_value = "eu-west-1")]
    store_region: String,
    /// Access key id for the store.
    #[arg(long, env = "STORE_ACCESS_KEY_ID", default_value = "test")]
    store_access_key_id: String,
    /// Secret access key for the store.
    #[arg(
        long,
        env = "STORE_SECRET_ACCESS_KEY",
        default_value = "test",
        hide_env_values = true
    )]
    store_secret_access_key: String,
    /// JSON file with users, cases and contacts.
    #[arg(long)]
    seeds: Option<PathBuf>,
    /// Lift Connect's quotas.
    #[arg(long)]
    no_quota: bool,
    /// Time that a completed file stays PROCESSING.
    #[arg(long, default_value_t = 1000)]
    scan_delay_ms: u64,
    /// Plain http URL of the Lambda function that scans files.
    #[arg(long, value_name = "URL")]
    scanner: Option<String>,
    /// Answer to an open question, such as `unknownResource=access-denied`; may be repeated.
    #[arg(long, value_name = "QUESTION=ANSWER")]
    reading: Vec<String>,
}

/// Why the emulator cannot start.
#[derive(Debug, Error)]
enum StartError {
    #[error("`--seeds` cannot be read: {0}")]
    SeedsFile(std::io::Error),
    #[error("`--seeds` does not hold users, cases and contacts: {0}")]
    Seeds(serde_json::Error),
    #[error("`--reading`: {0}")]
    Reading(serde_json::Error),
    #[error("cannot listen on the address: {0}")]
    Listen(std::io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("connect-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let running = serve(options(arguments)?).await.map_err(StartError::Listen)?;
    println!("connect-emulator listens on http://{}", running.addr);
    tokio::signal::ctrl_c().await.map_err(StartError::Listen)?;
    running.shutdown().await;
    Ok(())
}

fn options(arguments: Arguments) -> Result<Options, StartError> {
    let default = Options::default();
    Ok(Options {
        listen: arguments.listen,
        region: arguments.region.unwrap_or(default.region),
        account: arguments.account.unwrap_or(default.account),
        instance_id: arguments.instance_id.unwrap_or(default.instance_id),
        cases_domain_id: arguments.cases_domain_id.unwrap_or(default.cases_domain_id),
        credentials: Credentials {
            access_key_id: arguments.access_key_id,
            secret_access_key: arguments.secret_access_key,
            session_token: arguments.session_token,
        },
        store: StoreOptions {
            endpoint: arguments.store_endpoint,
            bucket: arguments.store_bucket,
            region: arguments.store_region,
            credentials: Credentials {
                access_key_id: arguments.store_access_key_id,
                secret_access_key: arguments.store_secret_access_key,
                session_token: None,
            },
        },
        quota: (!arguments.no_quota).then(Quota::default),
        limits: default.limits,
        seeds: seeds(arguments.seeds)?,
        readings: readings(&arguments.reading)?,
        scan_delay: Duration::from_millis(arguments.scan_delay_ms),
        scanner: ScannerOptions {
            url: arguments.scanner,
            ..default.scanner
        },
        clock: default.clock,
    })
}

fn seeds(file: Option<PathBuf>) -> Result<Seeds, StartError> {
    let text = match file {
        Some(file) => std::fs::read_to_string(file).map_err(StartError::SeedsFile)?,
        None => SAMPLE_SEEDS.to_owned(),
    };
    serde_json::from_str(&text).map_err(StartError::Seeds)
}

fn readings(given: &[String]) -> Result<Readings, StartError> {
    let members: Map<String, Value> = given
        .iter()
        .map(|reading| reading.split_once('=').unwrap_or((reading, "")))
        .map(|(question, answer)| (question.to_owned(), Value::from(answer)))
        .collect();
    serde_json::from_value(Value::Object(members)).map_err(StartError::Reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_with_the_librarys_defaults_without_flags() {
        let options = options(Arguments::parse_from(["connect-emulator"])).expect("defaults");
        let default = Options {
            seeds: options.seeds.clone(),
            ..Options::default()
        };
        assert_eq!(format!("{options:?}"), format!("{default:?}"));
        assert!(!options.seeds.users.is_empty(), "the sample seeds name a user");
    }

    #[test]
    fn answers_an_open_question_as_a_flag_says() {
        let given = |text: &str| readings(&[text.to_owned()]);
        let denied = format!("{:?}", given("unknownResource=access-denied").expect("a reading"));
        assert!(denied.contains("unknown_resource: AccessDenied"), "{denied}");
        for wrong in ["unknownResource", "unknownResource=maybe", "weather=fine"] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}
