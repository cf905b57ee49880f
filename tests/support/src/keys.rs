//! Keys that sign tokens in tests and nowhere else.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// An Ed25519 key from a seed of one repeated byte: the same in every run, and known to everybody.
pub struct TestKey {
    id: String,
    pair: Ed25519KeyPair,
}

impl TestKey {
    /// The key with this seed.
    ///
    /// # Panics
    /// Never: every 32 bytes are a seed.
    #[must_use]
    pub fn of_seed(seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed of 32 bytes");
        Self {
            id: format!("key-{seed}"),
            pair,
        }
    }

    /// A JWK set with this key alone.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": x},
        ]})
    }

    /// A compact JWS of `claims`.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": self.id});
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signing_input = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.pair.sign(signing_input.as_bytes());
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
