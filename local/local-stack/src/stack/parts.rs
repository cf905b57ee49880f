//! Options of each part, derived from the stack's own.

use std::fs;
use std::io;
use std::sync::Arc;

use serde_json::Value;

use super::error::StartError;
use super::options::{Authorizer, Options};
use crate::dynamodb;
use crate::gateway::{self, Api, Cors, Kind};
use crate::instances::{Instances, InvokeError};
use crate::origins::{Origins, loopback};
use crate::seeds::{self, Arns, BACKEND, PEOPLE, Person};
use crate::settings::{CLIENT_ID, NO_QUOTA, SCOPE, broker_toml};
use crate::{events, finisher, instances, oidc, store};

/// Bucket of the store, which Connect uses.
const BUCKET: &str = "connect-attachments";

/// Credentials and region of everything that signs.
const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "test";
const REGION: &str = "eu-west-1";

/// Response headers that the broker lets scripts read.
const EXPOSED_HEADERS: [&str; 6] = [
    "Location",
    "Upload-Expires",
    "Retry-After",
    "WWW-Authenticate",
    "x-amzn-Remapped-WWW-Authenticate",
    "X-Request-Id",
];

pub(super) fn store(options: &Options, allowed_origins: Vec<String>) -> store::Options {
    // The rule that Connect's administrator guide asks for, and ETag, which upload libraries read.
    let rule = store::CorsRule {
        allowed_origins,
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

pub(super) fn connect(options: &Options, store: String) -> connect_emulator::Options {
    let credentials = credentials();
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
        scanner: connect_emulator::ScannerOptions {
            url: options.scanner.clone(),
            ..connect_emulator::ScannerOptions::default()
        },
        ..connect_emulator::Options::default()
    }
}

pub(super) fn events(options: &Options) -> events::Options {
    events::Options {
        listen: loopback(options.ports.events),
        region: REGION.to_owned(),
        credentials: credentials(),
    }
}

pub(super) fn oidc(options: &Options, allowed_origins: Vec<String>) -> oidc::Options {
    oidc::Options {
        client_id: CLIENT_ID.to_owned(),
        scopes: vec![SCOPE.to_owned()],
        allowed_origins,
        token_lifetime: options.token_lifetime,
        users: PEOPLE.iter().chain([&BACKEND]).map(oidc_user).collect(),
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

pub(super) fn api(options: &Options, allowed_origins: &[String]) -> Api {
    let base = match options.kind {
        Kind::Http => Api {
            stage: options.stage.clone(),
            ..Api::http()
        },
        Kind::Rest => Api::rest(&options.stage),
    };
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let cors = options.gateway_cors.then(|| Cors {
        allow_origins: allowed_origins.to_vec(),
        allow_methods: owned(&["GET", "POST", "DELETE"]),
        allow_headers: owned(&["Authorization", "Content-Type", "Idempotency-Key", "traceparent"]),
        expose_headers: owned(&EXPOSED_HEADERS),
        max_age_secs: Some(7200),
    });
    let proxy = format!("ANY {}/{{proxy+}}", options.prefix);
    let routes = if options.prefix.is_empty() {
        Vec::new()
    } else {
        vec![proxy.parse()]
    };
    Api {
        cors,
        throttle: options.throttle,
        mapping: options.mapping.clone(),
        routes: routes.into_iter().collect::<Result<_, _>>().unwrap_or_default(),
        ..base
    }
}

/// The gateway's authorizer; its function is started first.
pub(super) async fn authorizer(
    options: &Options,
    api: &Api,
) -> Result<gateway::Authorizer<Instances>, InvokeError> {
    Ok(match &options.authorizer {
        Authorizer::None => gateway::Authorizer::None,
        Authorizer::Iam => gateway::Authorizer::Iam(gateway::Iam {
            credentials: credentials(),
            principal: gateway::Principal {
                access_key_id: ACCESS_KEY.to_owned(),
                account: api.account_id.clone(),
                role: seeds::ROLE.to_owned(),
                session: "local".to_owned(),
            },
        }),
        Authorizer::Lambda(lambda) => {
            let function = instances::Options {
                region: REGION.to_owned(),
                function_name: "authorizer".to_owned(),
                ..instances::Options::new(&lambda.binary)
            };
            gateway::Authorizer::Lambda(gateway::Lambda {
                function: Arc::new(Instances::start(function, options.log.clone()).await?),
                token_only: lambda.token_only,
                simple_responses: lambda.simple_responses,
            })
        }
    })
}

fn credentials() -> connect_emulator::Credentials {
    connect_emulator::Credentials {
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_KEY.to_owned(),
        session_token: None,
    }
}

pub(super) fn base_path(options: &Options, api: &Api) -> String {
    let derived = || api.public_path() + &options.prefix;
    options.base_path.clone().unwrap_or_else(derived)
}

/// The variables of both functions; writes their settings files.
pub(super) fn environment(
    options: &Options,
    api: &Api,
    arns: &Arns,
    origins: &Origins,
    allowed_origins: &[String],
) -> Result<Vec<(String, String)>, StartError> {
    let mut rules = broker_toml(
        arns,
        origins,
        allowed_origins,
        &options.authorizer,
        &options.further_settings,
    );
    if !options.quota {
        rules += NO_QUOTA;
    }
    let settings = write_settings(options, "broker.toml", &rules)?;
    let mut environment = vec![
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
    if let Some(dynamodb) = &origins.dynamodb {
        let state = options.finisher.as_ref().map_or("pace", |_| "full");
        environment.push(("SHARED_TABLE", dynamodb::TABLE.to_owned()));
        environment.push(("SHARED_STATE", state.to_owned()));
        environment.push(("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.clone()));
    }
    write_settings(options, "broker.env", &broker_env(&environment, origins))?;
    let named = environment.into_iter().chain([("BROKER_CONFIG", settings)]);
    Ok(named.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The broker as Lambda would run it.
pub(super) fn broker(options: &Options, mut environment: Vec<(String, String)>) -> instances::Options {
    environment.extend(options.broker_environment.iter().cloned());
    instances::Options {
        region: REGION.to_owned(),
        timeout: options.timeout,
        max_instances: options.max_instances,
        concurrency: options.concurrency,
        environment,
        ..instances::Options::new(&options.broker)
    }
}

/// The finisher as Lambda would run it: with the broker's variables, but without its keys. Two processes may run at a time, because a schedule does not wait for the run
/// before.
pub(super) fn finisher(
    options: &finisher::Options,
    mut environment: Vec<(String, String)>,
    origins: &Origins,
) -> instances::Options {
    environment.retain(|(name, _)| name != "HANDLE_KEYS");
    environment.push(("AWS_ENDPOINT_URL_EVENTBRIDGE".to_owned(), origins.events.clone()));
    environment.extend(options.environment.iter().cloned());
    instances::Options {
        region: REGION.to_owned(),
        function_name: "upload-finisher".to_owned(),
        timeout: options.timeout,
        max_instances: 2,
        environment,
        ..instances::Options::new(&options.binary)
    }
}

/// The broker's variables, and those that point the AWS SDKs to this stack, for `brokerctl` and the AWS CLI.
fn broker_env(environment: &[(&str, String)], origins: &Origins) -> String {
    let further = [
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ENDPOINT_URL_S3", origins.store.clone()),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", origins.events.clone()),
    ];
    let lines = environment.iter().chain(&further);
    let lines: Vec<_> = lines.map(|(name, value)| format!("{name}={value}")).collect();
    lines.join("\n") + "\n"
}

/// Writes the file `name` and returns its absolute path.
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
