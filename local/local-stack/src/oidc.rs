//! Identity provider: RS256 access tokens in Cognito's shape, with discovery and JWKS.
//!
//! Everyone who is seeded gets a token, with any password or none: what it stands in for is a login,
//! not its protection. Beside `OpenID` Connect's own addresses it has three for tests and demonstrations:
//! `POST /_local/publish` puts the key that will sign next into the JWKS, as providers do some time before
//! they sign with it; `POST /_local/rotate` makes it sign, or a new one where none is published ahead
//! (`?drop=1` takes the old ones out of the JWKS); `GET /_local/fetches` counts what has been fetched. `POST /token` takes a field of our own,
//! `expires_in`, in seconds and possibly negative.

mod grant;
mod keys;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tower_http::cors::CorsLayer;

use crate::serving::Server;
use grant::{GrantError, Request, Shape};
use keys::Keys;

pub use keys::OldKey;

/// What an identity provider is started with.
pub struct Options {
    /// Address to listen on; port 0 takes a free one. The issuer's URL is built from it.
    pub listen: SocketAddr,
    /// App client that the tokens are for: their `client_id`.
    pub client_id: String,
    /// Scopes that every token has.
    pub scopes: Vec<String>,
    /// Origins whose pages may ask for tokens.
    pub allowed_origins: Vec<String>,
    /// How long a token lives unless it is asked for otherwise.
    pub token_lifetime: Duration,
    /// Everyone who can have a token.
    pub users: Vec<User>,
}

/// One seeded user.
#[derive(Clone, Debug)]
pub struct User {
    /// Name to ask for a token with: the claim `username`.
    pub username: String,
    /// What never changes about the user: the claim `sub`.
    pub subject: String,
    /// The claim `cognito:groups`; left out, as Cognito does, where there are none.
    pub groups: Vec<String>,
    /// Further claims; they replace the usual ones of the same name.
    pub claims: Map<String, Value>,
}

/// An identity provider that is serving; dropping it stops it.
pub struct Running {
    /// Address that it listens on.
    pub addr: SocketAddr,
    provider: Arc<Provider>,
    server: Server,
}

/// Generates a key and serves.
///
/// # Errors
/// An origin is no header value, or the address cannot be listened on.
pub async fn serve(options: Options) -> io::Result<Running> {
    let cors = cors(&options.allowed_origins)?;
    let keys = RwLock::new(Keys::generate()?);
    let bound = Server::bind(options.listen).await?;
    let shape = Shape {
        issuer: format!("http://{}", bound.addr),
        client_id: options.client_id,
        scopes: options.scopes,
        lifetime: options.token_lifetime,
    };
    let provider = Arc::new(Provider {
        shape,
        users: options.users,
        keys,
        fetches: Fetches::default(),
    });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks.json", get(jwks))
        .route("/token", post(token))
        .route("/_local/publish", post(publish))
        .route("/_local/rotate", post(rotate))
        .route("/_local/fetches", get(fetches))
        .layer(cors)
        .with_state(Arc::clone(&provider));
    Ok(Running {
        addr: bound.addr,
        provider,
        server: bound.start(router),
    })
}

impl Running {
    /// The issuer's URL: its origin, without a trailing slash.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider.shape.issuer
    }

    /// Publishes the key that will sign after the next rotation; nothing is signed with it yet.
    ///
    /// # Errors
    /// No key can be generated.
    pub fn publish_next(&self) -> io::Result<()> {
        self.provider.publish_next()
    }

    /// Makes the key published ahead, or else a new one, sign from the next token on.
    ///
    /// # Errors
    /// No key can be generated; the old one goes on signing.
    pub fn rotate(&self, old: OldKey) -> io::Result<()> {
        self.provider.rotate(old)
    }

    /// Stops listening, gives requests under way a second, and closes every connection.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

struct Provider {
    shape: Shape,
    users: Vec<User>,
    keys: RwLock<Keys>,
    fetches: Fetches,
}

#[derive(Default)]
struct Fetches {
    discovery: AtomicU64,
    jwks: AtomicU64,
}

impl Provider {
    fn publish_next(&self) -> io::Result<()> {
        self.keys
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .publish_next()
    }

    fn rotate(&self, old: OldKey) -> io::Result<()> {
        self.keys
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .rotate(old)
    }

    fn grant(&self, headers: &HeaderMap, form: &[u8]) -> Result<Value, GrantError> {
        let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        if !content_type.starts_with(b"application/x-www-form-urlencoded") {
            return Err(GrantError::InvalidRequest);
        }
        let request = Request::parse(form)?;
        let mut users = self.users.iter();
        let user = users
            .find(|user| user.username == request.username)
            .ok_or(GrantError::InvalidGrant)?;
        let expires_in = self.shape.expires_in_secs(&request);
        let claims = self
            .shape
            .claims(user, expires_in, OffsetDateTime::now_utc().unix_timestamp());
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let token = keys.token(&claims).map_err(|_| GrantError::ServerError)?;
        Ok(json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in }))
    }
}

async fn discovery(State(provider): State<Arc<Provider>>) -> Json<Value> {
    provider.fetches.discovery.fetch_add(1, Ordering::Relaxed);
    let issuer = &provider.shape.issuer;
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks.json"),
        "token_endpoint": format!("{issuer}/token"),
        "grant_types_supported": ["password"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": provider.shape.scopes,
    }))
}

async fn jwks(State(provider): State<Arc<Provider>>) -> Json<Value> {
    provider.fetches.jwks.fetch_add(1, Ordering::Relaxed);
    Json(
        provider
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .jwks(),
    )
}

async fn token(State(provider): State<Arc<Provider>>, headers: HeaderMap, form: Bytes) -> Response {
    let no_store = [(CACHE_CONTROL, "no-store")];
    match provider.grant(&headers, &form) {
        Ok(token) => (no_store, Json(token)).into_response(),
        Err(error) => (
            error.status(),
            no_store,
            Json(json!({ "error": error.to_string() })),
        )
            .into_response(),
    }
}

async fn publish(State(provider): State<Arc<Provider>>) -> StatusCode {
    outcome(&provider.publish_next())
}

async fn rotate(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> StatusCode {
    let old = if query.as_deref() == Some("drop=1") {
        OldKey::Dropped
    } else {
        OldKey::Published
    };
    outcome(&provider.rotate(old))
}

fn outcome(done: &io::Result<()>) -> StatusCode {
    match done {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn fetches(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let Fetches { discovery, jwks } = &provider.fetches;
    Json(json!({
        "discovery": discovery.load(Ordering::Relaxed),
        "jwks": jwks.load(Ordering::Relaxed),
    }))
}

fn cors(origins: &[String]) -> io::Result<CorsLayer> {
    let origins = origins.iter().map(|origin| match origin.as_str() {
        "*" => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "origins are named, `*` is none",
        )),
        origin => HeaderValue::from_str(origin)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "an origin is no header value")),
    });
    let origins = origins.collect::<io::Result<Vec<HeaderValue>>>()?;
    Ok(CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE]))
}
