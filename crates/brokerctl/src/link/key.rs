//! The key that signs upload links: ECDSA on P-256, so its tokens are `ES256`.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_token::Algorithm;
use pem::{EncodeConfig, LineEnding, Pem};
use serde_json::{Value, json};

/// The label of a PKCS#8 key. Source: RFC 7468, section 10.
const LABEL: &str = "PRIVATE KEY";

/// The algorithm of the links' tokens.
pub(super) const ALGORITHM: Algorithm = Algorithm::Es256;

/// A private key. It has no `Debug`, so it cannot reach a log.
pub(super) struct LinkKey(EcdsaKeyPair);

/// The text is not a private key for links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must hold one PKCS#8 key on P-256 in PEM form (`brokerctl new-link-key` makes one)")]
pub(crate) struct LinkKeyError;

/// The cryptographic library failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub(crate) struct CryptoError;

impl LinkKey {
    /// A new key.
    pub(super) fn generate() -> Result<Self, CryptoError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(Self)
            .map_err(|_| CryptoError)
    }

    /// The key in a PEM file.
    pub(super) fn parse(text: &str) -> Result<Self, LinkKeyError> {
        let pem = pem::parse(text).map_err(|_| LinkKeyError)?;
        if pem.tag() != LABEL {
            return Err(LinkKeyError);
        }
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.contents())
            .map(Self)
            .map_err(|_| LinkKeyError)
    }

    /// The PEM file.
    pub(super) fn to_pem(&self) -> Result<String, CryptoError> {
        let document = self.0.to_pkcs8v1().map_err(|_| CryptoError)?;
        let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
        Ok(pem::encode_config(&Pem::new(LABEL, document.as_ref()), lines))
    }

    /// The public key's thumbprint, so that a key always has the same `kid`. Source: RFC 7638.
    pub(super) fn id(&self) -> String {
        let (x, y) = self.coordinates();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
    }

    /// The JWK set for `jwks_file`.
    pub(super) fn jwks(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": ALGORITHM.to_string(), "kid": self.id(),
            "x": x, "y": y,
        }]})
    }

    /// The signed access token of `claims`.
    pub(super) fn token(&self, claims: &Value) -> Result<String, CryptoError> {
        let header = json!({"alg": ALGORITHM.to_string(), "kid": self.id(), "typ": "at+jwt"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| CryptoError)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// `x` and `y` as a JWK has them: the halves of the uncompressed point behind its first byte.
    fn coordinates(&self) -> (String, String) {
        let point = &self.0.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file() {
        let key = LinkKey::generate().expect("a key");
        let text = key.to_pem().expect("a file");
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let read = LinkKey::parse(&text).expect("the same key");
        assert_eq!(read.jwks(), key.jwks());
    }

    #[test]
    fn refuses_what_is_not_a_private_key_on_p256() {
        let key = LinkKey::generate().expect("a key").to_pem().expect("a file");
        let other_curve = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING);
        let other_curve = other_curve.expect("a key").to_pkcs8v1().expect("a file");
        for text in [
            "",
            "secret",
            &key.replace(LABEL, "EC PRIVATE KEY"),
            &key.replace("MIG", "MIH"),
            &pem::encode(&Pem::new(LABEL, other_curve.as_ref())),
        ] {
            assert_eq!(LinkKey::parse(text).err(), Some(LinkKeyError), "{text}");
        }
    }
}
