//! Tokens that start valid, keys to sign them, and a fetcher that counts: for this crate's own tests.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::algorithm::Algorithm;
use crate::base64url::encode;
use crate::fetch::{FetchDocument, FetchError};
use crate::issuer::{Issuer, IssuerSettings};
use crate::policy::{IssuerPolicy, Profile};
use crate::verifier::TokenVerifier;

pub(crate) const ISSUER: &str = "https://login.example.com/tenant";
pub(crate) const KEY_ID: &str = "key-1";
pub(crate) const NOW_SECS: u64 = 1_800_000_000;

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW_SECS)
}

/// Policy that accepts [`TokenBuilder::new`]'s token.
pub(crate) fn policy() -> IssuerPolicy {
    IssuerPolicy {
        url: ISSUER.to_owned(),
        profile: Profile::OidcAccess,
        audiences: vec!["ours".to_owned()],
        authorized_parties: vec![],
        resources: vec![],
        algorithms: vec![Algorithm::Es256],
        scopes: vec![],
        leeway_secs: 0,
        max_lifetime_secs: 86_400,
    }
}

/// A verifier for these issuers, whose settings must be sound.
pub(crate) fn verifier<F: FetchDocument>(
    settings: impl IntoIterator<Item = IssuerSettings>,
    fetch: F,
) -> TokenVerifier<F> {
    let issuers = settings.into_iter().map(Issuer::parse);
    let issuers: Result<Vec<_>, _> = issuers.collect();
    TokenVerifier::new(issuers.expect("sound settings"), fetch)
}

/// One RSA key for the whole process: generating it is slow.
static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key"));

/// Key pair of an issuer, bound to one algorithm.
pub(crate) struct SigningKey {
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa(&'static RsaKeyPair, &'static dyn RsaEncoding),
    Ec(Box<EcdsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

impl SigningKey {
    /// A new key, or for RSA the process's one.
    pub(crate) fn new(algorithm: Algorithm, key_id: &str) -> Self {
        let ec = |curve| Pair::Ec(Box::new(EcdsaKeyPair::generate(curve).expect("an EC key")));
        let pair = match algorithm {
            Algorithm::Rs256 => Pair::Rsa(&RSA, &RSA_PKCS1_SHA256),
            Algorithm::Rs384 => Pair::Rsa(&RSA, &RSA_PKCS1_SHA384),
            Algorithm::Rs512 => Pair::Rsa(&RSA, &RSA_PKCS1_SHA512),
            Algorithm::Ps256 => Pair::Rsa(&RSA, &RSA_PSS_SHA256),
            Algorithm::Ps384 => Pair::Rsa(&RSA, &RSA_PSS_SHA384),
            Algorithm::Ps512 => Pair::Rsa(&RSA, &RSA_PSS_SHA512),
            Algorithm::Es256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::Es384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::EdDSA => Pair::Ed(Box::new(Ed25519KeyPair::generate().expect("an Ed25519 key"))),
        };
        Self {
            key_id: key_id.to_owned(),
            algorithm,
            pair,
        }
    }

    /// The public key as an issuer publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = json!({"kid": self.key_id, "alg": self.algorithm.to_string(), "use": "sig"});
        let mut set = |name: &str, value: String| jwk[name] = json!(value);
        match &self.pair {
            Pair::Rsa(pair, _) => {
                let public = pair.public_key();
                set("kty", "RSA".to_owned());
                set("n", encode(public.modulus().big_endian_without_leading_zero()));
                set("e", encode(public.exponent().big_endian_without_leading_zero()));
            }
            Pair::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                set("kty", "EC".to_owned());
                set("crv", if x.len() == 32 { "P-256" } else { "P-384" }.to_owned());
                set("x", encode(x));
                set("y", encode(y));
            }
            Pair::Ed(pair) => {
                set("kty", "OKP".to_owned());
                set("crv", "Ed25519".to_owned());
                set("x", encode(pair.public_key().as_ref()));
            }
        }
        jwk
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)
                    .expect("a signature");
                signature
            }
            Pair::Ec(pair) => pair
                .sign(&random, message)
                .expect("a signature")
                .as_ref()
                .to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// A JWK set of these keys.
pub(crate) fn jwks<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> Vec<u8> {
    let keys: Vec<_> = keys.into_iter().map(SigningKey::jwk).collect();
    json!({ "keys": keys }).to_string().into_bytes()
}

/// Token that [`policy`] accepts as it is; a test changes one thing.
#[derive(Clone)]
pub(crate) struct TokenBuilder {
    pub(crate) header: Value,
    pub(crate) payload: Value,
}

impl TokenBuilder {
    pub(crate) fn new() -> Self {
        Self {
            header: json!({"alg": "ES256", "kid": KEY_ID, "typ": "JWT"}),
            payload: json!({
                "iss": ISSUER, "sub": "alice", "aud": "ours", "scope": "openid broker/write",
                "iat": NOW_SECS - 60, "exp": NOW_SECS + 600,
            }),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.payload[name] = value.into();
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().expect("an object").remove(name);
        self
    }

    pub(crate) fn without_claim(mut self, name: &str) -> Self {
        self.payload.as_object_mut().expect("an object").remove(name);
        self
    }

    pub(crate) fn sign(&self, key: &SigningKey) -> String {
        sign_parts(
            self.header.to_string().as_bytes(),
            self.payload.to_string().as_bytes(),
            key,
        )
    }
}

/// A token of these very bytes.
pub(crate) fn sign_parts(header: &[u8], payload: &[u8], key: &SigningKey) -> String {
    let signing_input = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(&key.sign(signing_input.as_bytes()));
    format!("{signing_input}.{signature}")
}

/// Fetcher of canned answers that remembers what it was asked, and can be made to hang.
pub(crate) struct CannedFetch {
    answers: Mutex<HashMap<String, Result<Vec<u8>, FetchError>>>,
    calls: watch::Sender<Vec<String>>,
    is_hung: watch::Sender<bool>,
}

impl CannedFetch {
    pub(crate) fn new() -> Arc<Self> {
        let (calls, is_hung) = (watch::Sender::new(vec![]), watch::Sender::new(false));
        Arc::new(Self {
            answers: Mutex::default(),
            calls,
            is_hung,
        })
    }

    pub(crate) fn answer(&self, url: &str, answer: Result<Vec<u8>, FetchError>) {
        self.answers
            .lock()
            .expect("no test panics here")
            .insert(url.to_owned(), answer);
    }

    /// From now on nothing is answered, until this is called with `false`.
    pub(crate) fn hang(&self, is_hung: bool) {
        self.is_hung.send_replace(is_hung);
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    /// Waits until so many requests have been made.
    pub(crate) async fn called(&self, times: usize) {
        self.calls
            .subscribe()
            .wait_for(|calls| calls.len() >= times)
            .await
            .expect("the sender lives");
    }
}

impl FetchDocument for Arc<CannedFetch> {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.calls.send_modify(|calls| calls.push(url.to_owned()));
        self.is_hung
            .subscribe()
            .wait_for(|is_hung| !is_hung)
            .await
            .expect("the sender lives");
        let answers = self.answers.lock().expect("no test panics here");
        answers.get(url).cloned().unwrap_or(Err(FetchError::Status(404)))
    }
}
