//! Strict verification of bearer tokens: claims, keys and signatures.
//!
//! [`TokenVerifier`] takes a compact JWS and gives back [`Claims`], or one of three answers: the token
//! is [`Invalid`](VerifyError::Invalid), it lacks a [scope](VerifyError::InsufficientScope), or
//! [its issuer has no signing keys](VerifyError::KeysUnavailable). It knows neither HTTP events nor
//! Amazon Connect; time is an argument and documents arrive through [`FetchDocument`].
//!
//! What is deliberately absent: HMAC and `none` (no type of this crate can name them), keys taken from
//! a token (`jwk`, `jku`, `x5c`, `x5u` are never read), encrypted tokens, and any switch that turns a
//! check off.

mod algorithm;
mod base64url;
mod claims;
mod context;
mod discovery;
mod fault;
mod fetch;
mod issuer_name;
mod jwk;
mod jwks;
mod keys;
mod policy;
mod proven;
mod self_test;
pub mod strict_json;

mod url_rule;
mod verifier;
mod verify;

#[cfg(test)]
mod hostile_tokens;
#[cfg(test)]
mod provider_tokens;
#[cfg(test)]
mod testing;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::Claims;
pub use context::{check_context_claims, check_unproven_claims, restore_context_claims};
pub use discovery::RefreshFault;
pub use fetch::{FetchDocument, FetchError, MAX_DOCUMENT_BYTES};

pub use fault::{NoKeys, Part, TokenFault, VerifyError};
pub use issuer_name::IssuerNameFault;
pub use jwk::KeyFault;
pub use jwks::{KeyDocumentFault, KeySurvey, MAX_KEYS, SkippedKey};
pub use keys::{MAX_AGE, MAX_UNCONFIRMED_AGE, MIN_REFETCH_INTERVAL};
pub use policy::{
    IssuerFault, IssuerPolicy, MAX_LEEWAY_SECS, PolicyFault, Profile, UnknownProfile, is_sound_subject,
};
pub use self_test::{SelfTestFailed, self_test};
pub use url_rule::{KeyUrlError, key_url};
pub use verifier::{IssuerSettings, KeySource, TokenVerifier};
pub use verify::MAX_TOKEN_BYTES;
