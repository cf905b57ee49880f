//! The token issuer: one RSA key, its published half, and one caller's access token.

use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hyper::Method;
use rustls::ServerConfig;
use serde_json::{Value, json};

use crate::connect::INSTANCE_ARN;
use crate::https::Https;

/// `iss` of the tokens: a user pool of Cognito.
pub(crate) const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
/// `client_id` of the tokens.
pub(crate) const AUDIENCE: &str = "app-client-id";
/// Path of the published keys.
pub(crate) const JWKS_PATH: &str = "/jwks.json";

const KID: &str = "bench-key-1";

/// One signing key.
pub(crate) struct Issuer(KeyPair);

impl Issuer {
    /// An issuer with a new key of 2048 bits.
    pub(crate) fn new() -> Result<Self, Unspecified> {
        KeyPair::generate(KeySize::Rsa2048).map(Self)
    }

    /// The published half of the key.
    pub(crate) fn jwks(&self) -> String {
        let key = self.0.public_key();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [{
            "kty": "RSA", "kid": KID, "alg": "RS256", "use": "sig",
            "n": encoded(key.modulus().big_endian_without_leading_zero()),
            "e": encoded(key.exponent().big_endian_without_leading_zero()),
        }]})
        .to_string()
    }

    /// An access token of an agent, as Cognito makes them, with `more` claims.
    pub(crate) fn token(&self, more: &Value) -> Result<String, Unspecified> {
        let mut claims = claims();
        if let (Some(claims), Some(more)) = (claims.as_object_mut(), more.as_object()) {
            claims.extend(more.clone());
        }
        let header = json!({"alg": "RS256", "kid": KID});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// A server of the published half.
    pub(crate) async fn serve(&self, tls: Arc<ServerConfig>) -> io::Result<Https> {
        let keys = Bytes::from(self.jwks());
        Https::start(tls, move |method, path, _| {
            (method == Method::GET && path == JWKS_PATH).then(|| keys.clone())
        })
        .await
    }
}

fn claims() -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    json!({
        "iss": ISSUER,
        "sub": "8f2c1d4e-0000-4000-8000-alice0000000",
        "client_id": AUDIENCE,
        "token_use": "access",
        "username": "alice",
        "cognito:groups": ["agents"],
        "scope": "openid broker/attachments.write",
        "connect_user_arn": format!("{INSTANCE_ARN}/agent/aaaaaaaa-0000-4000-8000-000000000001"),
        "origin_jti": "0c8cbe5d-0000-4000-8000-000000000001",
        "event_id": "1f0f3f1a-0000-4000-8000-000000000001",
        "jti": "5e1b0a36-0000-4000-8000-000000000001",
        "version": 2,
        "auth_time": now,
        "iat": now,
        "exp": now + 3600,
    })
}
