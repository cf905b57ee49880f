//! Tokens in the form of identity providers: a file of `tests/provider-tokens`, signed with a test key.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broker_token::{FetchDocument, FetchError};
use serde_json::{Value, json};

/// The end of a discovery document's address.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// One RSA key for the whole process, because making one is slow.
static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key"));

/// A file of `tests/provider-tokens`; its README says what the members mean.
#[derive(Clone)]
pub struct ProviderToken(Value);

/// The documents of a token's issuer: its discovery document, and its keys at every other address.
pub struct ProviderKeys {
    issuer: Value,
    jwks: Value,
}

enum SigningKey {
    Rsa(&'static RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl ProviderToken {
    /// The token in the file of this name.
    ///
    /// # Panics
    /// If there is no such file.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../provider-tokens/{name}.json"));
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self(serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}")))
    }

    /// Names of all files.
    ///
    /// # Panics
    /// If their directory cannot be read.
    pub fn names() -> impl Iterator<Item = String> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider-tokens");
        let files = fs::read_dir(directory).expect("the directory of the tokens");
        files.filter_map(|file| {
            let name = file.expect("a file").file_name().into_string().expect("a name");
            name.strip_suffix(".json").map(str::to_owned)
        })
    }

    /// Why the token must be refused, as its file says; none if it must be accepted.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.0["refused"].as_str()
    }

    /// With the member `name` of its header set to `value`.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0["header"][name] = value.into();
        self
    }

    /// With the claim `name` set to `value`.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0["claims"][name] = value.into();
        self
    }

    /// Without the claim `name`.
    ///
    /// # Panics
    /// If the token has no claims.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        self.0["claims"].as_object_mut().expect("claims").remove(name);
        self
    }

    /// The signed token, and the documents that its issuer publishes.
    ///
    /// # Panics
    /// If its `alg` is not RS256, ES256 or ES384.
    #[must_use]
    pub fn sign(&self) -> (String, ProviderKeys) {
        let algorithm = self.0["header"]["alg"].as_str().unwrap_or_default();
        let key = SigningKey::new(algorithm);
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signing_input = format!("{}.{}", encode(&self.0["header"]), encode(&self.0["claims"]));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signing_input.as_bytes()));
        let keys = ProviderKeys {
            issuer: self.0["issuer"]["url"].clone(),
            jwks: json!({ "keys": [self.jwk(&key, algorithm)] }),
        };
        (format!("{signing_input}.{signature}"), keys)
    }

    /// The key as the issuer publishes it: with the members that the file names.
    fn jwk(&self, key: &SigningKey, algorithm: &str) -> Value {
        let mut jwk = key.jwk();
        jwk["alg"] = algorithm.into();
        jwk["kid"] = self.0["header"]["kid"].clone();
        let jwk = jwk.as_object_mut().expect("an object");
        for (name, value) in self.0["key"].as_object().into_iter().flatten() {
            jwk.insert(name.clone(), value.clone());
        }
        jwk.retain(|_, value| !value.is_null());
        json!(jwk)
    }
}

impl FetchDocument for ProviderKeys {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let document = if url.ends_with(DISCOVERY) {
            json!({"issuer": self.issuer, "jwks_uri": "https://keys.example.com/"})
        } else {
            self.jwks.clone()
        };
        Ok(document.to_string().into_bytes())
    }
}

impl SigningKey {
    fn new(algorithm: &str) -> Self {
        let ec = |curve| Self::Ec(EcdsaKeyPair::generate(curve).expect("an EC key"));
        match algorithm {
            "RS256" => Self::Rsa(&RSA),
            "ES256" => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            other => panic!("no key signs with {other:?} here"),
        }
    }

    fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let modulus = encode(public.modulus().big_endian_without_leading_zero());
                let exponent = encode(public.exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "use": "sig", "n": modulus, "e": exponent})
            }
            Self::Ec(pair) => {
                // A byte 4 stands before the two coordinates.
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "use": "sig", "crv": curve, "x": encode(x), "y": encode(y)})
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.expect("a signature");
                signature
            }
            Self::Ec(pair) => {
                let signature = pair.sign(&random, message).expect("a signature");
                signature.as_ref().to_vec()
            }
        }
    }
}
