//! The issuer as a value: its users, its keys, and the tokens that it signs.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use http::HeaderValue;
use serde_json::Value;
use time::OffsetDateTime;

use super::grant::{GrantError, Request, Shape, User};
use super::keys::{Keys, OldKey};

/// Options of an issuer.
pub struct Options {
    /// App client that the tokens are for: their `client_id`.
    pub client_id: String,
    /// Scopes that every token has.
    pub scopes: Vec<String>,
    /// Origins whose pages may ask for tokens.
    pub allowed_origins: Vec<String>,
    /// Lifetime of a token, unless the request asks for another.
    pub token_lifetime: Duration,
    /// Users who can have a token.
    pub users: Vec<User>,
}

/// An issuer, which can be served at any address; cheap to clone.
#[derive(Clone)]
pub struct Issuer(pub(super) Arc<State>);

pub(super) struct State {
    pub(super) shape: Shape,
    pub(super) allowed_origins: Vec<HeaderValue>,
    pub(super) fetches: Fetches,
    users: Vec<User>,
    keys: RwLock<Keys>,
}

/// How often each document was fetched.
#[derive(Default)]
pub(super) struct Fetches {
    pub(super) discovery: AtomicU64,
    pub(super) jwks: AtomicU64,
}

impl Issuer {
    /// Issuer with a new key, whose tokens have `url` as `iss`.
    ///
    /// # Errors
    /// An origin is invalid, or no key can be generated.
    pub fn new(url: String, options: Options) -> io::Result<Self> {
        let origins = options.allowed_origins.iter();
        Ok(Self(Arc::new(State {
            allowed_origins: origins.map(|text| origin(text)).collect::<io::Result<_>>()?,
            fetches: Fetches::default(),
            users: options.users,
            keys: RwLock::new(Keys::generate()?),
            shape: Shape {
                issuer: url,
                client_id: options.client_id,
                scopes: options.scopes,
                lifetime: options.token_lifetime,
            },
        })))
    }

    /// `iss` of the tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.shape.issuer
    }

    /// The published keys (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.keys().jwks()
    }

    /// Token of any user, with the usual lifetime.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn token(&self, user: &User) -> io::Result<String> {
        self.token_for(user, self.0.shape.lifetime_secs())
    }

    /// Publishes the key that will sign after the next rotation.
    ///
    /// # Errors
    /// No key can be generated.
    pub fn publish_next(&self) -> io::Result<()> {
        self.keys_mut().publish_next()
    }

    /// Signs with the published key from now on, or with a new one.
    ///
    /// # Errors
    /// No key can be generated; the old one continues to sign.
    pub fn rotate(&self, old: OldKey) -> io::Result<()> {
        self.keys_mut().rotate(old)
    }

    /// Token for the user and the lifetime in `request`, and that lifetime in seconds.
    pub(super) fn grant(&self, request: &Request) -> Result<(String, i64), GrantError> {
        let mut users = self.0.users.iter();
        let user = users
            .find(|user| user.username == request.username)
            .ok_or(GrantError::InvalidGrant)?;
        let lifetime_secs = request
            .expires_in_secs
            .unwrap_or_else(|| self.0.shape.lifetime_secs());
        let token = self.token_for(user, lifetime_secs);
        Ok((token.map_err(|_| GrantError::ServerError)?, lifetime_secs))
    }

    fn token_for(&self, user: &User, lifetime_secs: i64) -> io::Result<String> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        self.keys().token(&self.0.shape.claims(user, lifetime_secs, now))
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_mut(&self) -> RwLockWriteGuard<'_, Keys> {
        self.0.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(text: &str) -> io::Result<HeaderValue> {
    if text == "*" {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "`*` is not an origin; name each origin",
        ));
    }
    HeaderValue::from_str(text)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "an origin is not a header value"))
}
