//! The issuer of the callers' tokens: local-stack's, in the shape of a Cognito user pool.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local_stack::oidc::{Issuer, Options, User};
use serde_json::{Value, json};

use crate::connect::INSTANCE_ARN;

/// `iss` of the tokens: a user pool of Cognito.
pub(crate) const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
/// `client_id` of the tokens.
pub(crate) const AUDIENCE: &str = "app-client-id";
/// Path of the published keys.
pub(crate) const JWKS_PATH: &str = "/jwks.json";

/// An issuer with a new key.
pub(crate) fn issuer() -> io::Result<Issuer> {
    let options = Options {
        client_id: AUDIENCE.to_owned(),
        scopes: ["openid", "broker/attachments.write"].map(str::to_owned).into(),
        allowed_origins: Vec::new(),
        token_lifetime: Duration::from_hours(1),
        users: Vec::new(),
    };
    Issuer::new(ISSUER.to_owned(), options)
}

/// An agent, with `more` claims and all those that Cognito puts into an access token.
pub(crate) fn agent(more: &Value) -> User {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut claims = json!({
        "connect_user_arn": format!("{INSTANCE_ARN}/agent/aaaaaaaa-0000-4000-8000-000000000001"),
        "origin_jti": "0c8cbe5d-0000-4000-8000-000000000001",
        "event_id": "1f0f3f1a-0000-4000-8000-000000000001",
        "jti": "5e1b0a36-0000-4000-8000-000000000001",
        "version": 2,
        "auth_time": now.as_secs(),
    });
    if let (Some(claims), Some(more)) = (claims.as_object_mut(), more.as_object()) {
        claims.extend(more.clone());
    }
    User {
        username: "alice".to_owned(),
        subject: "8f2c1d4e-0000-4000-8000-alice0000000".to_owned(),
        groups: vec!["agents".to_owned()],
        claims: claims.as_object().cloned().unwrap_or_default(),
    }
}
