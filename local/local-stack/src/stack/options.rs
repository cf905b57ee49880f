//! What a stack is started with.

use std::path::PathBuf;
use std::time::Duration;

use connect_emulator::{Clock, Readings};
use serde_json::Value;

use crate::gateway::{Kind, PassageSink, Throttle};
use crate::instances::LogSink;

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
}

impl Ports {
    /// The ports that the documentation names.
    pub const DOCUMENTED: Self = Self {
        api: 3000,
        page: 8080,
        connect: 4510,
        store: 9000,
        oidc: 4520,
    };
}

/// Everything that can be chosen about a stack.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the parts listen.
    pub ports: Ports,
    /// Folder for the broker's settings and the stored files.
    pub root: PathBuf,
    /// The broker's executable.
    pub broker: PathBuf,
    /// HTTP API (payload format 2.0) or REST API (1.0).
    pub kind: Kind,
    /// Stage; `$default` for an HTTP API at the root.
    pub stage: String,
    /// What the outside sees in front of the routes, the broker's `BASE_PATH`; the stage's path unless another is given.
    pub base_path: Option<String>,
    /// Folder of the built pages.
    pub site: PathBuf,
    /// The one origin that the API's CORS rules admit; the page's unless another is named.
    pub api_admits: Option<String>,
    /// The one origin that the bucket's CORS rules admit; the page's unless another is named.
    pub bucket_admits: Option<String>,
    /// Whether an HTTP API's own CORS configuration answers preflights.
    pub gateway_cors: bool,
    /// Stage throttling.
    pub throttle: Option<Throttle>,
    /// What an authorizer would have put into the events.
    pub authorizer_context: Option<Value>,
    /// Whether Connect's stand-in keeps the service's quotas.
    pub quota: bool,
    /// How Connect's stand-in answers what nobody has seen yet.
    pub readings: Readings,
    /// What time it is for Connect's stand-in.
    pub clock: Clock,
    /// How long a file is being scanned.
    pub scan_delay: Duration,
    /// Life of a token.
    pub token_lifetime: Duration,
    /// Most broker processes at a time.
    pub max_instances: usize,
    /// Invocations that one process works on at a time.
    pub concurrency: usize,
    /// Function timeout.
    pub timeout: Duration,
    /// Further TOML for the end of `broker.toml`.
    pub further_settings: String,
    /// Further variables for the broker; a name of ours is replaced.
    pub broker_environment: Vec<(String, String)>,
    /// Where requests are told as they pass.
    pub passages: PassageSink,
    /// Where the broker's lines go.
    pub log: LogSink,
}

impl Options {
    /// Quiet stack on free ports, with its files under `root`.
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
            gateway_cors: false,
            throttle: None,
            authorizer_context: None,
            quota: true,
            readings: Readings::default(),
            clock: Clock::default(),
            scan_delay: Duration::from_secs(1),
            token_lifetime: Duration::from_hours(1),
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
