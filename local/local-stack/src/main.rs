//! `local-stack`: runs the whole upload path on this machine, in the foreground.

mod console;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use local_stack::dynamodb;
use local_stack::finisher;
use local_stack::gateway::{Kind, Throttle};
use local_stack::stack::{
    self, Authorizer, DevOrigins, LambdaAuthorizer, Options, Ports, Stack, ready_document,
};
use tokio::signal::unix::{SignalKind, signal};

/// Format of the events that the gateway makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Payload {
    /// HTTP API.
    #[value(name = "2.0")]
    Http,
    /// REST API.
    #[value(name = "1.0")]
    Rest,
}

/// Who may pass the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AuthorizerKind {
    /// Everybody; the broker verifies tokens.
    None,
    /// Requests that `--authorizer-function` lets pass.
    Lambda,
    /// Requests that are signed with the stack's credentials.
    Iam,
}

/// What a REST API sends to its Lambda authorizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AuthorizerType {
    /// The request's head.
    Request,
    /// The header `Authorization`.
    Token,
}

/// A path that can stand before others.
fn path(text: &str) -> Result<String, String> {
    let segments = text.strip_prefix('/').filter(|rest| !rest.is_empty());
    match segments.filter(|rest| rest.split('/').all(|segment| !segment.is_empty())) {
        Some(_) => Ok(text.to_owned()),
        None => Err("write /SEGMENT or /SEGMENT/SEGMENT, without a slash at the end".to_owned()),
    }
}

/// The whole upload path on this machine: page, gateway, broker, Connect, store and identity provider.
#[derive(Debug, Parser)]
#[command(version)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
struct Args {
    /// Port of the API Gateway stand-in.
    #[arg(long, env = "API_PORT", default_value_t = Ports::DOCUMENTED.api)]
    api_port: u16,
    /// Port of the demo page.
    #[arg(long, env = "PAGE_PORT", default_value_t = Ports::DOCUMENTED.page)]
    page_port: u16,
    /// Port of the Connect stand-in.
    #[arg(long, env = "CONNECT_PORT", default_value_t = Ports::DOCUMENTED.connect)]
    connect_port: u16,
    /// Port of the object store.
    #[arg(long, env = "STORE_PORT", default_value_t = Ports::DOCUMENTED.store)]
    store_port: u16,
    /// Port of the OIDC issuer.
    #[arg(long, env = "OIDC_PORT", default_value_t = Ports::DOCUMENTED.oidc)]
    oidc_port: u16,
    /// Port of the EventBridge stand-in.
    #[arg(long, env = "EVENTS_PORT", default_value_t = Ports::DOCUMENTED.events)]
    events_port: u16,
    /// Port of the DynamoDB-compatible server.
    #[arg(long, env = "DYNAMODB_PORT", default_value_t = Ports::DOCUMENTED.dynamodb)]
    dynamodb_port: u16,
    /// Run the broker's processes without the table that they share, and no finisher.
    #[arg(long)]
    no_shared_table: bool,
    /// Node, which runs the DynamoDB-compatible server; `tools/dynalite` prints the one that it installed.
    #[arg(long, env = "NODE", default_value = "node")]
    node: PathBuf,
    /// Folder for the broker's settings, its log and the stored files.
    #[arg(long, default_value = "target/local")]
    root: PathBuf,
    /// The broker's executable [default: `upload-broker` beside this program].
    #[arg(long)]
    broker: Option<PathBuf>,
    /// The finisher's executable [default: `upload-finisher` beside this program].
    #[arg(long)]
    finisher: Option<PathBuf>,
    /// Time between two runs of the finisher in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    finish_every_secs: u64,
    /// Format of the gateway's events: 2.0 is an HTTP API, 1.0 a REST API.
    #[arg(long, value_enum, default_value = "2.0")]
    payload: Payload,
    /// Stage [default: $default with 2.0, prod with 1.0].
    #[arg(long)]
    stage: Option<String>,
    /// Path before the broker's routes as clients see it, its `BASE_PATH` [default: mapping or stage, and prefix].
    #[arg(long)]
    base_path: Option<String>,
    /// Rules to add at the end of the broker's; a `jwks_file` in them is relative to the root.
    #[arg(long, env = "DEV_RULES", value_name = "FILE", value_parser = |path: &str| fs::read_to_string(path))]
    rules: Option<String>,
    /// Path before the broker's routes below the stage, as in an API that has other routes.
    #[arg(long, value_name = "PATH", value_parser = path)]
    prefix: Option<String>,
    /// Path of a custom domain's mapping, which clients use in place of the stage's.
    #[arg(long, value_name = "PATH", value_parser = path)]
    mapping: Option<String>,
    /// Who may pass the gateway; the broker's rules accept its evidence.
    #[arg(long, value_enum, default_value = "none")]
    authorizer: AuthorizerKind,
    /// Executable of the Lambda authorizer, which speaks the Runtime API.
    #[arg(long, value_name = "FILE", required_if_eq("authorizer", "lambda"))]
    authorizer_function: Option<PathBuf>,
    /// Ask the Lambda authorizer of a REST API with the header alone (TOKEN) or with the request.
    #[arg(long, value_enum, default_value = "request", requires = "authorizer_function")]
    authorizer_type: AuthorizerType,
    /// Expect `isAuthorized` of an HTTP API's Lambda authorizer, not a policy.
    #[arg(long, requires = "authorizer_function")]
    simple_responses: bool,
    /// Folder of the built pages; `tools/web` builds them.
    #[arg(long, default_value = "web/demo/dist")]
    site: PathBuf,
    /// The origin in the API's CORS rules [default: the demo page's].
    #[arg(long)]
    api_admits: Option<String>,
    /// The origin in the bucket's CORS rules [default: the demo page's].
    #[arg(long)]
    bucket_admits: Option<String>,
    /// Origins that the API, the bucket and the issuer admit beside that one.
    #[arg(long, env = "DEV_ORIGINS", value_name = "ORIGINS", default_value_t = DevOrigins::default())]
    dev_origins: DevOrigins,
    /// Lifetime of a token in seconds.
    #[arg(long, default_value_t = 3600)]
    token_lifetime_secs: u64,
    /// Let the HTTP API answer preflights instead of the broker.
    #[arg(long)]
    gateway_cors: bool,
    /// Requests per second that the stage accepts.
    #[arg(long, requires = "burst")]
    rate: Option<f64>,
    /// Requests at once that the stage accepts.
    #[arg(long, requires = "rate")]
    burst: Option<u32>,
    /// Run Connect without its quotas.
    #[arg(long)]
    no_quota: bool,
    /// How long Connect scans a file, in milliseconds.
    #[arg(long, default_value_t = 1000)]
    scan_delay_ms: u64,
    /// Plain http URL of a Lambda function that scans files for Connect, such as
    /// `http://127.0.0.1:9001/2015-03-31/functions/function/invocations`.
    #[arg(long, value_name = "URL")]
    scanner: Option<String>,
    /// Limit for broker processes that run at the same time.
    #[arg(long, default_value_t = 4)]
    max_instances: usize,
    /// Invocations that one process handles at the same time.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// Function timeout in seconds.
    #[arg(long, default_value_t = 29)]
    timeout_secs: u64,
    /// Print the functions' logs here too, not only to their files.
    #[arg(long)]
    show_log: bool,
    /// File that receives the addresses and seeds, as JSON, once everything is up.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

impl Args {
    fn options(&self) -> io::Result<Options> {
        let beside = |named: &Option<PathBuf>, usual: &str| match named {
            Some(path) => Ok(path.clone()),
            None => std::env::current_exe().map(|path| path.with_file_name(usual)),
        };
        let broker = beside(&self.broker, "upload-broker")?;
        let finisher = finisher::Options {
            every: Some(Duration::from_secs(self.finish_every_secs)),
            log: console::function_log(&self.root, "finisher", self.show_log)?,
            ..finisher::Options::new(beside(&self.finisher, "upload-finisher")?)
        };
        let (kind, usual_stage) = match self.payload {
            Payload::Http => (Kind::Http, "$default"),
            Payload::Rest => (Kind::Rest, "prod"),
        };
        Ok(Options {
            ports: Ports {
                api: self.api_port,
                page: self.page_port,
                connect: self.connect_port,
                store: self.store_port,
                oidc: self.oidc_port,
                events: self.events_port,
                dynamodb: self.dynamodb_port,
            },
            kind,
            stage: self.stage.clone().unwrap_or_else(|| usual_stage.to_owned()),
            base_path: self.base_path.clone(),
            prefix: self.prefix.clone().unwrap_or_default(),
            mapping: self.mapping.clone(),
            authorizer: self.authorizer(),
            site: self.site.clone(),
            api_admits: self.api_admits.clone(),
            bucket_admits: self.bucket_admits.clone(),
            dev_origins: self.dev_origins.clone(),
            token_lifetime: Duration::from_secs(self.token_lifetime_secs),
            gateway_cors: self.gateway_cors,
            throttle: self
                .rate
                .zip(self.burst)
                .map(|(rate, burst)| Throttle { rate, burst }),
            quota: !self.no_quota,
            scan_delay: Duration::from_millis(self.scan_delay_ms),
            scanner: self.scanner.clone(),
            shared_table: (!self.no_shared_table).then(|| dynamodb::Server {
                node: self.node.clone(),
                folder: PathBuf::from("local/dynamodb"),
            }),
            finisher: (!self.no_shared_table).then_some(finisher),
            max_instances: self.max_instances,
            concurrency: self.concurrency,
            timeout: Duration::from_secs(self.timeout_secs),
            further_settings: self.rules.clone().unwrap_or_default(),
            passages: console::passages(),
            log: console::function_log(&self.root, "broker", self.show_log)?,
            ..Options::new(&self.root, broker)
        })
    }
}

impl Args {
    fn authorizer(&self) -> Authorizer {
        match (self.authorizer, &self.authorizer_function) {
            (AuthorizerKind::Iam, _) => Authorizer::Iam,
            (AuthorizerKind::Lambda, Some(binary)) => Authorizer::Lambda(LambdaAuthorizer {
                binary: binary.clone(),
                token_only: self.authorizer_type == AuthorizerType::Token,
                simple_responses: self.simple_responses,
            }),
            (AuthorizerKind::Lambda | AuthorizerKind::None, _) => Authorizer::None,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::builder()
                .with_default_directive(tracing::Level::WARN.into())
                .from_env_lossy(),
        )
        .with_writer(io::stderr)
        .init();
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("local-stack: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the stack until a signal arrives, which may be while it starts.
async fn run(args: &Args) -> Result<(), String> {
    let mut interrupts = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let mut terminations = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut ended = async || {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
    };
    let options = args
        .options()
        .map_err(|error| format!("`{}`: {error}", args.root.display()))?;
    let stack = tokio::select! {
        started = stack::start(options) => started.map_err(|error| error.to_string())?,
        () = ended() => return Ok(()),
    };
    println!("{}", console::welcome(stack.origins(), &args.root));
    let announced = args
        .ready_file
        .as_deref()
        .map_or(Ok(()), |path| announce(&stack, path));
    if announced.is_ok() {
        ended().await;
    }
    stack.shutdown().await;
    announced
}

/// Writes the ready file in one step, so that a program that waits for it never reads half of it.
fn announce(stack: &Stack, path: &Path) -> Result<(), String> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, ready_document(stack).to_string())
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|error| format!("`{}`: {error}", path.display()))
}
