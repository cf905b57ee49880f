//! The whole stack: starts its parts in order and ends them together.

mod error;
mod options;
mod parts;

use std::sync::Arc;

use serde_json::{Value, json};

pub use crate::origins::{DevOrigins, Origins};
pub use error::{Part, StartError};
pub use options::{Authorizer, LambdaAuthorizer, Options, Ports};

use crate::dynamodb;
use crate::events;
use crate::finisher;
use crate::gateway;
use crate::instances::Instances;
use crate::origins::{loopback, origin};
use crate::page::{self, Site};
use crate::seeds::{self, Arns};
use crate::serving::{Bound, Server};
use crate::{oidc, store};

/// A running stack. Dropping it ends it too, without waiting for the broker's processes.
pub struct Stack {
    origins: Origins,
    arns: Arns,
    instances: Arc<Instances>,
    page: Server,
    gateway: gateway::Running,
    authorizer: Option<Arc<Instances>>,
    finisher: Option<finisher::Running>,
    events: events::Running,
    connect: connect_emulator::Running,
    oidc: oidc::Running,
    store: store::Running,
    dynamodb: Option<dynamodb::Running>,
}

/// Starts every part; when this returns, the broker has finished its init phase and every part answers.
///
/// # Errors
/// The first part that could not be started.
pub async fn start(options: Options) -> Result<Stack, StartError> {
    functions_are_built(&options)?;
    // Bound first and served last, because the other parts need the page's origin and the page needs theirs.
    let page = bind(Part::Page, options.ports.page).await?;
    let page_origin = origin(page.addr);
    let gateway = bind(Part::Api, options.ports.api).await?;
    let admitted = |named: &Option<String>| options.dev_origins.and(named.as_ref().unwrap_or(&page_origin));
    let allowed_origins = admitted(&options.api_admits);
    let api = parts::api(&options, &allowed_origins);
    let store = store::serve(parts::store(&options, admitted(&options.bucket_admits)))
        .await
        .map_err(|error| Part::Store.not_started(options.ports.store, error))?;
    let oidc = oidc::serve(
        loopback(options.ports.oidc),
        parts::oidc(&options, admitted(&None)),
    )
    .await
    .map_err(|error| Part::Oidc.not_started(options.ports.oidc, error))?;
    let connect_options = parts::connect(&options, origin(store.addr));
    let arns = Arns::of(&connect_options);
    let connect = connect_emulator::serve(connect_options)
        .await
        .map_err(|error| Part::Connect.not_started(options.ports.connect, error))?;
    let events = events::serve(parts::events(&options))
        .await
        .map_err(|error| Part::Events.not_started(options.ports.events, error))?;
    let dynamodb = shared_table(&options).await?;
    let origins = Origins {
        api: format!("{}{}", origin(gateway.addr), parts::base_path(&options, &api)),
        page: page_origin,
        connect: origin(connect.addr),
        store: origin(store.addr),
        oidc: oidc.issuer().to_owned(),
        events: origin(events.addr),
        dynamodb: dynamodb.as_ref().map(|table| origin(table.addr)),
    };
    let environment = parts::environment(&options, &api, &arns, &origins, &allowed_origins)?;
    let broker = parts::broker(&options, environment.clone());
    let broker = Instances::start(broker, options.log.clone()).await;
    let instances = Arc::new(broker.map_err(StartError::Broker)?);
    let finisher = finisher(&options, environment, &origins).await?;
    let mut parts = vec![
        (Part::Api.to_string(), gateway.addr),
        (Part::Connect.to_string(), connect.addr),
        (Part::Store.to_string(), store.addr),
        (Part::Oidc.to_string(), oidc.addr),
        (Part::Events.to_string(), events.addr),
    ];
    parts.extend(
        dynamodb
            .as_ref()
            .map(|table| (Part::Dynamodb.to_string(), table.addr)),
    );
    let mut functions = vec![("broker", instances.readiness())];
    functions.extend(
        finisher
            .as_ref()
            .map(|finisher| ("finisher", finisher.instances().readiness())),
    );
    let site = Site {
        folder: options.site.clone(),
        seeds: seeds::document(&arns, &origins),
        peers: vec![origin(gateway.addr), origins.store.clone(), origins.oidc.clone()],
        parts,
        functions,
    };
    let authorizer = parts::authorizer(&options, &api).await;
    let authorizer = authorizer.map_err(StartError::Authorizer)?;
    let authorizer_function = match &authorizer {
        gateway::Authorizer::Lambda(lambda) => Some(Arc::clone(&lambda.function)),
        gateway::Authorizer::None | gateway::Authorizer::Iam(_) => None,
    };
    let gateway = gateway::start(
        gateway,
        api,
        Arc::clone(&instances),
        authorizer,
        options.passages.clone(),
    );
    let page = page.serve(page::routes(site));
    Ok(Stack {
        origins,
        arns,
        instances,
        page,
        gateway,
        authorizer: authorizer_function,
        finisher,
        events,
        connect,
        oidc,
        store,
        dynamodb,
    })
}

impl Stack {
    /// Address of each part.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// ARNs of the Connect instance and its contents.
    #[must_use]
    pub fn arns(&self) -> &Arns {
        &self.arns
    }

    /// The broker's processes.
    #[must_use]
    pub fn instances(&self) -> &Instances {
        &self.instances
    }

    /// The finisher, if the stack has one.
    #[must_use]
    pub fn finisher(&self) -> Option<&finisher::Running> {
        self.finisher.as_ref()
    }

    /// The event bus.
    #[must_use]
    pub fn events(&self) -> &events::Bus {
        self.events.bus()
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

    /// Ends every part, the outermost first, and waits until no process is left.
    pub async fn shutdown(self) {
        self.page.shutdown().await;
        self.gateway.shutdown().await;
        self.instances.shutdown().await;
        if let Some(authorizer) = self.authorizer {
            authorizer.shutdown().await;
        }
        if let Some(finisher) = self.finisher {
            finisher.shutdown().await;
        }
        self.events.shutdown().await;
        self.connect.shutdown().await;
        self.oidc.shutdown().await;
        self.store.shutdown().await;
        if let Some(dynamodb) = self.dynamodb {
            dynamodb.shutdown().await;
        }
    }
}

/// # Errors
/// The first executable that is missing.
fn functions_are_built(options: &Options) -> Result<(), StartError> {
    let finisher = options.finisher.as_ref().map(|finisher| &finisher.binary);
    let authorizer = match &options.authorizer {
        Authorizer::Lambda(lambda) => Some(&lambda.binary),
        Authorizer::None | Authorizer::Iam => None,
    };
    let mut binaries = std::iter::once(&options.broker).chain(finisher).chain(authorizer);
    match binaries.find(|path| !path.is_file()) {
        Some(path) => Err(StartError::NoFunction { path: path.clone() }),
        None => Ok(()),
    }
}

async fn bind(which: Part, port: u16) -> Result<Bound, StartError> {
    Bound::new(loopback(port))
        .await
        .map_err(|error| which.not_started(port, error))
}

/// The finisher, if the stack has one.
async fn finisher(
    options: &Options,
    environment: Vec<(String, String)>,
    origins: &Origins,
) -> Result<Option<finisher::Running>, StartError> {
    let Some(finisher) = &options.finisher else {
        return Ok(None);
    };
    let function = parts::finisher(finisher, environment, origins);
    let running = finisher::Running::start(function, finisher).await;
    running.map(Some).map_err(StartError::Finisher)
}

/// The server of the shared table, if the stack has one.
async fn shared_table(options: &Options) -> Result<Option<dynamodb::Running>, StartError> {
    let Some(server) = &options.shared_table else {
        return Ok(None);
    };
    // Only to name a port that is taken; the server binds it again.
    drop(bind(Part::Dynamodb, options.ports.dynamodb).await?);
    Ok(Some(server.start(options.ports.dynamodb).await?))
}

/// Content of `--ready-file`: the origins, and the page's `seeds.json`.
#[must_use]
pub fn ready_document(stack: &Stack) -> Value {
    json!({"origins": stack.origins, "seeds": seeds::document(&stack.arns, &stack.origins)})
}
