//! The handlers that are compared, and how each is started.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::rules;
use crate::scene::Scene;

/// Paths of the handlers.
#[derive(Args)]
pub(crate) struct Places {
    /// The broker as it is deployed.
    #[arg(long)]
    bootstrap: PathBuf,
    /// The empty Rust function.
    #[arg(long)]
    floor_0: PathBuf,
    /// The naive Rust function.
    #[arg(long)]
    naive: PathBuf,
    /// The plausible Rust function.
    #[arg(long)]
    plausible: PathBuf,
    /// A Python that has what the Python handler imports.
    #[arg(long)]
    python: PathBuf,
    /// Folder of `handler.py`.
    #[arg(long)]
    python_folder: PathBuf,
    /// Node.
    #[arg(long)]
    node: PathBuf,
    /// The Node handler, bundled with its runtime client.
    #[arg(long)]
    node_bundle: PathBuf,
}

/// One of the handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Name {
    /// The broker.
    Broker,
    /// The broker, with a new token in every call.
    BrokerNewTokens,
    /// The broker with its issuer's keys in a file and a Connect that never answers.
    BrokerNotConnected,
    /// The empty Rust function.
    Floor0,
    /// The SDK's call without authentication.
    Floor1,
    /// The same with a token, typed bodies and logs.
    Plausible,
    /// `boto3` and `PyJWT`.
    Python,
    /// The JavaScript SDK and aws-jwt-verify.
    Node,
}

impl Name {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 8] = [
        Self::Broker,
        Self::BrokerNewTokens,
        Self::BrokerNotConnected,
        Self::Floor0,
        Self::Floor1,
        Self::Plausible,
        Self::Python,
        Self::Node,
    ];

    /// Its name in the table and the report.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::BrokerNewTokens => "broker-new-tokens",
            Self::BrokerNotConnected => "broker-not-connected",
            Self::Floor0 => "floor-0",
            Self::Floor1 => "floor-1",
            Self::Plausible => "plausible",
            Self::Python => "python",
            Self::Node => "node",
        }
    }

    /// A short description.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Broker => "upload broker",
            Self::BrokerNewTokens => "the same, each call with another token",
            Self::BrokerNotConnected => "the same up to its first connection",
            Self::Floor0 => "empty Rust function",
            Self::Floor1 => "Rust and the SDK, no authentication",
            Self::Plausible => "the same with JWT and JSON logs",
            Self::Python => "Python 3.11, boto3, PyJWT",
            Self::Node => "Node 20, SDK v3, aws-jwt-verify",
        }
    }

    /// Whether its instructions are counted.
    pub(crate) const fn is_rust(self) -> bool {
        !matches!(self, Self::Python | Self::Node)
    }

    /// Whether it calls Connect.
    pub(crate) const fn calls_connect(self) -> bool {
        !matches!(self, Self::Floor0 | Self::BrokerNotConnected)
    }

    /// Number of tokens that its callers use in turn. It is more than the broker remembers if every token is to be new.
    pub(crate) const fn tokens(self) -> usize {
        if matches!(self, Self::BrokerNewTokens) {
            200
        } else {
            1
        }
    }

    /// Whether it is measured up to its first connection only.
    pub(crate) const fn is_init_alone(self) -> bool {
        matches!(self, Self::BrokerNotConnected)
    }
}

/// How a handler is started.
pub(crate) struct Handler {
    /// Which it is.
    pub(crate) name: Name,
    /// Program and arguments.
    pub(crate) command: Vec<OsString>,
    /// Variables beside those of every function.
    pub(crate) environment: Vec<(String, OsString)>,
    /// Its working directory.
    pub(crate) folder: PathBuf,
    /// The file that is deployed, if the user builds one.
    pub(crate) package: Option<PathBuf>,
}

/// Every handler; writes their settings files.
pub(crate) fn all(places: &Places, scene: &Scene) -> Result<Vec<Handler>, Box<dyn Error>> {
    Name::ALL
        .into_iter()
        .map(|name| handler(name, places, scene))
        .collect()
}

/// The broker under `rules`, with `environment` beside its settings.
pub(crate) fn broker_under(
    rules: &str,
    environment: Vec<(String, OsString)>,
    places: &Places,
    scene: &Scene,
) -> Result<Handler, Box<dyn Error>> {
    let mut broker = handler(Name::Broker, places, scene)?;
    broker.environment = self::broker(scene, rules)?;
    broker.environment.extend(environment);
    Ok(broker)
}

fn handler(name: Name, places: &Places, scene: &Scene) -> Result<Handler, Box<dyn Error>> {
    let environment = match name {
        Name::Broker | Name::BrokerNewTokens => broker(scene, &rules::strict(&scene.published_keys()))?,
        Name::BrokerNotConnected => not_connected(scene)?,
        _ => scene.system_trust(),
    };
    let (command, folder): (Vec<OsString>, _) = match name {
        Name::Python => {
            let arguments = ["-m", "awslambdaric", "handler.handler"].map(OsString::from);
            let command = [places.python.clone().into()].into_iter().chain(arguments);
            (command.collect(), places.python_folder.clone())
        }
        Name::Node => {
            let command = [&places.node, &places.node_bundle].map(OsString::from);
            (command.into(), scene.file("home"))
        }
        _ => (vec![program(name, places).into()], scene.file("home")),
    };
    Ok(Handler {
        name,
        command,
        environment,
        folder,
        package: (name != Name::Python).then(|| program(name, places)),
    })
}

fn program(name: Name, places: &Places) -> PathBuf {
    match name {
        Name::Broker | Name::BrokerNewTokens | Name::BrokerNotConnected => &places.bootstrap,
        Name::Floor0 => &places.floor_0,
        Name::Floor1 => &places.naive,
        Name::Plausible => &places.plausible,
        Name::Python => &places.python,
        Name::Node => &places.node_bundle,
    }
    .clone()
}

/// The environment of a broker that calls Connect, under `rules`.
fn broker(scene: &Scene, rules: &str) -> Result<Vec<(String, OsString)>, Box<dyn Error>> {
    let file = scene.file("broker.toml");
    fs::write(&file, rules::without_quota(rules))?;
    Ok(scene.broker_settings(&file))
}

fn not_connected(scene: &Scene) -> Result<Vec<(String, OsString)>, Box<dyn Error>> {
    let file = scene.file("not-connected.toml");
    fs::write(&file, rules::strict(rules::KEYS_IN_A_FILE))?;
    let mut settings = scene.broker_settings(&file);
    settings.push(scene.nobody_to_connect_to());
    Ok(settings)
}
