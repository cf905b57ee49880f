//! Options of a stack.

use std::path::PathBuf;
use std::time::Duration;

use connect_emulator::{Clock, Readings};

use crate::dynamodb::Server;
use crate::finisher;
use crate::gateway::{Kind, PassageSink, Throttle};
use crate::instances::LogSink;
use crate::origins::DevOrigins;

/// Port of each part on 127.0.0.1; 0 takes a free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// API Gateway stand-in.
    pub api: u16,
    /// Demo page.
    pub page: u16,
    /// Connect stand-in.
    pub connect: u16,
    /// Object store.
    pub store: u16,
    /// OIDC issuer.
    pub oidc: u16,
    /// EventBridge stand-in.
    pub events: u16,
    /// DynamoDB-compatible server.
    pub dynamodb: u16,
}

impl Ports {
    /// The ports that the documentation names.
    pub const DOCUMENTED: Self = Self {
        api: 3000,
        page: 8080,
        connect: 4510,
        store: 9000,
        oidc: 4520,
        events: 4530,
        dynamodb: 4540,
    };
}

/// Who may pass the gateway, and so the evidence that the broker's rules accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorizer {
    /// Everybody: the broker verifies the issuer's tokens.
    None,
    /// Requests that a Lambda function lets pass.
    Lambda(LambdaAuthorizer),
    /// Requests that are signed with the stack's credentials, which belong to the role of the seeds.
    Iam,
}

/// A Lambda authorizer, which names the user as `username` in its context, and with payload format 2.0 as `sub` too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaAuthorizer {
    /// Its executable, which speaks the Runtime API.
    pub binary: PathBuf,
    /// Of a REST API: `TOKEN` instead of `REQUEST`.
    pub token_only: bool,
    /// Of an HTTP API: `isAuthorized` instead of a policy.
    pub simple_responses: bool,
}

/// Options of a stack, of which most have a flag.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ports of the parts.
    pub ports: Ports,
    /// Folder for the broker's settings and the stored files.
    pub root: PathBuf,
    /// The broker's executable.
    pub broker: PathBuf,
    /// HTTP API (payload format 2.0) or REST API (1.0).
    pub kind: Kind,
    /// Stage; `$default` for an HTTP API at the root.
    pub stage: String,
    /// Path before the broker's routes as clients see it, its `BASE_PATH`; mapping or stage, and prefix, unless given.
    pub base_path: Option<String>,
    /// Folder of the built pages.
    pub site: PathBuf,
    /// The origin in the API's CORS rules in place of the demo page's.
    pub api_admits: Option<String>,
    /// The origin in the bucket's CORS rules in place of the demo page's.
    pub bucket_admits: Option<String>,
    /// Origins that the API, the bucket and the issuer admit beside that one.
    pub dev_origins: DevOrigins,
    /// Whether an HTTP API answers preflights instead of the broker.
    pub gateway_cors: bool,
    /// Stage throttling.
    pub throttle: Option<Throttle>,
    /// Path before the broker's routes below the stage, as in an API that has other routes; empty if there is none.
    pub prefix: String,
    /// Path of a custom domain's mapping, which clients use in place of the stage's.
    pub mapping: Option<String>,
    /// Who may pass the gateway.
    pub authorizer: Authorizer,
    /// Whether the Connect stand-in enforces the service's quotas.
    pub quota: bool,
    /// How the Connect stand-in answers where the live service's answer is unknown.
    pub readings: Readings,
    /// Clock of the Connect stand-in.
    pub clock: Clock,
    /// How long Connect scans a file.
    pub scan_delay: Duration,
    /// Plain http URL of the Lambda function that scans files for Connect.
    pub scanner: Option<String>,
    /// Lifetime of a token.
    pub token_lifetime: Duration,
    /// The DynamoDB-compatible server with the table that all broker processes share; `None` runs them without one.
    pub shared_table: Option<Server>,
    /// The finisher, which needs the shared table; `None` runs the stack without it, and `SHARED_STATE` is `pace`.
    pub finisher: Option<finisher::Options>,
    /// Limit for broker processes that run at the same time.
    pub max_instances: usize,
    /// Invocations that one process handles at the same time.
    pub concurrency: usize,
    /// Function timeout.
    pub timeout: Duration,
    /// Further TOML for the end of `broker.toml`.
    pub further_settings: String,
    /// Further variables for the broker; they replace the stack's own.
    pub broker_environment: Vec<(String, String)>,
    /// Receives a report of every request.
    pub passages: PassageSink,
    /// Receives the broker's log lines.
    pub log: LogSink,
}

impl Options {
    /// Stack on free ports, with its files under `root`, that prints nothing.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, broker: impl Into<PathBuf>) -> Self {
        Self {
            ports: Ports::default(),
            root: root.into(),
            broker: broker.into(),
            kind: Kind::Http,
            stage: "$default".to_owned(),
            base_path: None,
            site: PathBuf::from("web/demo/dist"),
            api_admits: None,
            bucket_admits: None,
            dev_origins: DevOrigins::none(),
            gateway_cors: false,
            throttle: None,
            prefix: String::new(),
            mapping: None,
            authorizer: Authorizer::None,
            quota: true,
            readings: Readings::default(),
            clock: Clock::default(),
            scan_delay: Duration::from_secs(1),
            scanner: None,
            token_lifetime: Duration::from_hours(1),
            shared_table: None,
            finisher: None,
            max_instances: 32,
            concurrency: 1,
            timeout: Duration::from_secs(29),
            further_settings: String::new(),
            broker_environment: Vec::new(),
            passages: PassageSink::none(),
            log: LogSink::none(),
        }
    }
}
