//! The issuer's signing keys, which are kept in memory only.

use std::io;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

/// Treatment of the keys that signed before a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldKey {
    /// They stay in the JWKS, so that their tokens still verify.
    Published,
    /// They leave the JWKS.
    Dropped,
}

/// The published keys.
pub(super) struct Keys {
    signing: Key,
    /// The key that signs after the next rotation, if it is published already.
    next: Option<Key>,
    retired: Vec<Key>,
}

struct Key {
    id: String,
    pair: KeyPair,
}

impl Keys {
    /// A new RSA key of 2048 bits.
    pub(super) fn generate() -> io::Result<Self> {
        Ok(Self {
            signing: Key::generate()?,
            next: None,
            retired: Vec::new(),
        })
    }

    /// Publishes the key that will sign next, unless it is published already.
    pub(super) fn publish_next(&mut self) -> io::Result<()> {
        if self.next.is_none() {
            self.next = Some(Key::generate()?);
        }
        Ok(())
    }

    /// Signs with the published next key, or with a new one.
    pub(super) fn rotate(&mut self, old: OldKey) -> io::Result<()> {
        let next = self.next.take().map_or_else(Key::generate, Ok)?;
        let retired = std::mem::replace(&mut self.signing, next);
        match old {
            OldKey::Published => self.retired.push(retired),
            OldKey::Dropped => self.retired.clear(),
        }
        Ok(())
    }

    /// The public keys (RFC 7517); the one that signs is first.
    pub(super) fn jwks(&self) -> Value {
        let keys = std::iter::once(&self.signing)
            .chain(&self.next)
            .chain(&self.retired);
        json!({ "keys": keys.map(Key::jwk).collect::<Vec<_>>() })
    }

    /// `claims` as a compact RS256 token; like Cognito's, its header has no `typ`.
    pub(super) fn token(&self, claims: &Value) -> io::Result<String> {
        let header = json!({ "kid": self.signing.id, "alg": "RS256" });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let pair = &self.signing.pair;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .map_err(|_| io::Error::other("the signing key does not sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Key {
    fn generate() -> io::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048)
            .map_err(|_| io::Error::other("no RSA key can be generated"))?;
        Ok(Self {
            id: Uuid::new_v4().to_string(),
            pair,
        })
    }

    fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "kid": self.id,
            "alg": "RS256",
            "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        })
    }
}
