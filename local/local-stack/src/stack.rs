//! All parts started in order, wired to each other, and ended together.

mod error;
mod options;

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

pub use error::{Part, StartError};
pub use options::{Options, Ports};

use crate::gateway::{self, Api, Cors, Kind};
use crate::instances::{self, Instances};
use crate::page::{self, Site};
use crate::seeds::{self, Arns, PEOPLE, Person};
use crate::serving::{Bound, Server};
use crate::settings::{CLIENT_ID, SCOPE, broker_toml};
use crate::{oidc, store};

/// Bucket of the store, which Connect uses.
const BUCKET: &str = "connect-attachments";

/// Credentials and region of everything that signs.
const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "test";
const REGION: &str = "eu-west-1";

/// Response headers that the contract lets scripts read.
const EXPOSED: [&str; 6] = [
    "Location",
    "Upload-Expires",
    "Retry-After",
    "WWW-Authenticate",
    "x-amzn-Remapped-WWW-Authenticate",
    "X-Request-Id",
];

/// Where each part is reached. Only `api` has a path: that of a named stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origins {
    /// API Gateway's stand-in, with the stage's path.
    pub api: String,
    /// Demo page.
    pub page: String,
    /// Connect's stand-in.
    pub connect: String,
    /// Object store.
    pub store: String,
    /// OIDC issuer.
    pub oidc: String,
}

/// The running stack. Dropping it ends it too, but without waiting for the processes.
pub struct Stack {
    origins: Origins,
    arns: Arns,
    instances: Arc<Instances>,
    page: Server,
    gateway: gateway::Running,
    connect: connect_emulator::Running,
    oidc: oidc::Running,
    store: store::Running,
}

/// Starts everything; when this returns, the broker has finished its init phase and every part answers.
///
/// # Errors
/// The first part that could not be started, in words for whoever typed the command.
pub async fn start(options: Options) -> Result<Stack, StartError> {
    if !options.broker.is_file() {
        return Err(StartError::NoBroker { path: options.broker });
    }
    // Bound at first, answered at last: every other part names the page's origin, and the page names them.
    let page = bind(Part::Page, options.ports.page).await?;
    let page_origin = origin(page.addr);
    let gateway = bind(Part::Api, options.ports.api).await?;
    let admitted = |named: &Option<String>| named.clone().unwrap_or_else(|| page_origin.clone());
    let api_admits = admitted(&options.api_admits);
    let api = api(&options, &api_admits);
    let store = store::serve(store_options(&options, &admitted(&options.bucket_admits)))
        .await
        .map_err(|error| Part::Store.not_started(options.ports.store, error))?;
    let oidc = oidc::serve(oidc_options(&options, &page_origin))
        .await
        .map_err(|error| Part::Oidc.not_started(options.ports.oidc, error))?;
    let connect_options = connect_options(&options, origin(store.addr));
    let arns = Arns::of(&connect_options);
    let connect = connect_emulator::serve(connect_options)
        .await
        .map_err(|error| Part::Connect.not_started(options.ports.connect, error))?;
    let origins = Origins {
        api: format!("{}{}", origin(gateway.addr), base_path(&options, &api)),
        page: page_origin,
        connect: origin(connect.addr),
        store: origin(store.addr),
        oidc: oidc.issuer().to_owned(),
    };
    let function = function_options(
        &options,
        &api,
        &arns,
        &Origins {
            page: api_admits,
            ..origins.clone()
        },
    )?;
    let instances = Arc::new(Instances::start(function, options.log.clone()).await?);
    let site = Site {
        folder: options.site.clone(),
        seeds: seeds::document(&arns, &origins),
        peers: vec![origin(gateway.addr), origins.store.clone(), origins.oidc.clone()],
        parts: vec![
            (Part::Api.name(), gateway.addr),
            (Part::Connect.name(), connect.addr),
            (Part::Store.name(), store.addr),
            (Part::Oidc.name(), oidc.addr),
        ],
        broker: instances.readiness(),
    };
    let gateway = gateway::start(gateway, api, Arc::clone(&instances), options.passages.clone());
    let page = page.start(page::routes(site));
    Ok(Stack {
        origins,
        arns,
        instances,
        page,
        gateway,
        connect,
        oidc,
        store,
    })
}

impl Stack {
    /// Where each part is reached.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// ARNs of the instance and what is in it.
    #[must_use]
    pub fn arns(&self) -> &Arns {
        &self.arns
    }

    /// The broker's processes.
    #[must_use]
    pub fn instances(&self) -> &Instances {
        &self.instances
    }

    /// The OIDC issuer, whose keys may be rotated.
    #[must_use]
    pub fn oidc(&self) -> &oidc::Running {
        &self.oidc
    }

    /// The object store, whose CORS rules may be replaced.
    #[must_use]
    pub fn store(&self) -> &store::Running {
        &self.store
    }

    /// Ends every part, from the outside in, and waits until no process is left.
    pub async fn shutdown(self) {
        self.page.shutdown().await;
        self.gateway.shutdown().await;
        self.instances.shutdown().await;
        self.connect.shutdown().await;
        self.oidc.shutdown().await;
        self.store.shutdown().await;
    }
}

async fn bind(of: Part, port: u16) -> Result<Bound, StartError> {
    Server::bind(loopback(port))
        .await
        .map_err(|error| of.not_started(port, error))
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn origin(addr: SocketAddr) -> String {
    format!("http://{addr}")
}

fn store_options(options: &Options, page: &str) -> store::Options {
    // What Connect's administrator guide asks of the bucket, and ETag, which upload libraries wait for.
    let rule = store::CorsRule {
        allowed_origins: vec![page.to_owned()],
        allowed_methods: vec!["PUT".to_owned(), "GET".to_owned()],
        allowed_headers: vec!["*".to_owned()],
        expose_headers: vec!["ETag".to_owned()],
        max_age_seconds: Some(3000),
    };
    store::Options {
        listen: loopback(options.ports.store),
        root: options.root.join("store"),
        bucket: BUCKET.to_owned(),
        access_key: ACCESS_KEY.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        session_token: None,
        region: REGION.to_owned(),
        cors: vec![rule],
    }
}

fn connect_options(options: &Options, store: String) -> connect_emulator::Options {
    let credentials = connect_emulator::Credentials {
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_KEY.to_owned(),
        session_token: None,
    };
    let store = connect_emulator::StoreOptions {
        endpoint: store,
        bucket: BUCKET.to_owned(),
        region: REGION.to_owned(),
        credentials: credentials.clone(),
    };
    connect_emulator::Options {
        listen: loopback(options.ports.connect),
        region: REGION.to_owned(),
        credentials,
        store,
        quota: options.quota.then(connect_emulator::Quota::default),
        seeds: seeds::of_connect(),
        readings: options.readings.clone(),
        clock: options.clock.clone(),
        scan_delay: options.scan_delay,
        ..connect_emulator::Options::default()
    }
}

fn oidc_options(options: &Options, page: &str) -> oidc::Options {
    oidc::Options {
        listen: loopback(options.ports.oidc),
        client_id: CLIENT_ID.to_owned(),
        scopes: vec![SCOPE.to_owned()],
        allowed_origins: vec![page.to_owned()],
        token_lifetime: options.token_lifetime,
        users: PEOPLE.iter().map(oidc_user).collect(),
    }
}

fn oidc_user(person: &Person) -> oidc::User {
    let claims = match person.case_ids {
        [] => serde_json::Map::new(),
        case_ids => serde_json::Map::from_iter([("case_ids".to_owned(), Value::from(case_ids.to_vec()))]),
    };
    oidc::User {
        username: person.username.to_owned(),
        subject: person.subject.to_owned(),
        groups: vec![person.group.to_owned()],
        claims,
    }
}

fn api(options: &Options, page: &str) -> Api {
    let base = match options.kind {
        Kind::Http => Api {
            stage: options.stage.clone(),
            ..Api::http()
        },
        Kind::Rest => Api::rest(&options.stage),
    };
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let cors = options.gateway_cors.then(|| Cors {
        allow_origins: vec![page.to_owned()],
        allow_methods: owned(&["GET", "POST", "DELETE"]),
        allow_headers: owned(&["Authorization", "Content-Type", "Idempotency-Key", "traceparent"]),
        expose_headers: owned(&EXPOSED),
        max_age_secs: Some(7200),
    });
    let authorizer_context = options.authorizer_context.clone();
    Api {
        cors,
        throttle: options.throttle,
        authorizer_context,
        ..base
    }
}

fn base_path(options: &Options, api: &Api) -> String {
    options.base_path.clone().unwrap_or_else(|| api.base_path())
}

/// The broker as Lambda would run it; writes its settings file on the way.
fn function_options(
    options: &Options,
    api: &Api,
    arns: &Arns,
    origins: &Origins,
) -> Result<instances::Options, StartError> {
    let rules = broker_toml(arns, origins, &options.further_settings);
    let settings = write_settings(options, "broker.toml", &rules)?;
    let environment = [
        ("CONNECT_INSTANCE_ARN", arns.instance.clone()),
        ("CASES_DOMAIN_ARN", arns.cases_domain.clone()),
        ("HANDLE_KEYS", random_key().map_err(|_| StartError::NoRandomness)?),
        ("STAGE", "local".to_owned()),
        ("BASE_PATH", base_path(options, api)),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("AWS_ENDPOINT_URL_CONNECT", origins.connect.clone()),
        ("AWS_ENDPOINT_URL_CONNECTCASES", origins.connect.clone()),
    ];
    write_settings(options, "broker.env", &broker_env(&environment, origins))?;
    let named = environment.into_iter().chain([("BROKER_CONFIG", settings)]);
    let mut environment: Vec<_> = named.map(|(name, value)| (name.to_owned(), value)).collect();
    environment.extend(options.broker_environment.iter().cloned());
    Ok(instances::Options {
        region: REGION.to_owned(),
        timeout: options.timeout,
        max_instances: options.max_instances,
        concurrency: options.concurrency,
        environment,
        ..instances::Options::new(&options.broker)
    })
}

/// The broker's variables, and those that lead the AWS SDK to this stack: for `brokerctl` and the AWS CLI.
fn broker_env(environment: &[(&str, String)], origins: &Origins) -> String {
    let further = [
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ENDPOINT_URL_S3", origins.store.clone()),
    ];
    let lines = environment.iter().chain(&further);
    let lines: Vec<_> = lines.map(|(name, value)| format!("{name}={value}")).collect();
    lines.join("\n") + "\n"
}

/// Absolute path of the file called `name`, written.
fn write_settings(options: &Options, name: &str, text: &str) -> Result<String, StartError> {
    let path = options.root.join(name);
    let written = || -> io::Result<String> {
        fs::create_dir_all(&options.root)?;
        fs::write(&path, text)?;
        Ok(fs::canonicalize(&path)?.to_string_lossy().into_owned())
    };
    written().map_err(|source| StartError::Settings {
        path: path.clone(),
        source,
    })
}

fn random_key() -> Result<String, getrandom::Error> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    Ok(hex::encode(key))
}

/// What `--ready-file` holds: the origins, and what the page's `seeds.json` holds.
#[must_use]
pub fn ready_document(stack: &Stack) -> Value {
    json!({"origins": stack.origins, "seeds": seeds::document(&stack.arns, &stack.origins)})
}
