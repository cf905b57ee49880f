//! One issuer of a deployment: its rules, and where its keys are.

use std::fmt;

use crate::discovery::KeyLocation;
use crate::issuer_name::check_issuer_name;
use crate::jwks::KeySet;
use crate::policy::{IssuerPolicy, PolicyError};
use crate::url_rule::key_url;

/// One issuer's entry in the settings; [`Issuer::parse`] checks it.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// Rules for its tokens.
    pub policy: IssuerPolicy,
    /// Location of its keys.
    pub keys: KeySource,
}

/// Where the keys of an issuer come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// Nowhere: API Gateway verifies the issuer's tokens, so no keys are fetched and no token is verified here.
    Gateway,
    /// The bytes of a JWK set: no network at all.
    Static(Vec<u8>),
    /// The URL of a JWK set.
    JwksUrl(String),
    /// The `jwks_uri` of the discovery document, at the issuer's URL less one trailing slash and
    /// `/.well-known/openid-configuration`.
    Discovery,
}

/// An issuer whose rules and key source passed every check.
#[derive(Clone)]
pub struct Issuer {
    policy: IssuerPolicy,
    keys: Keys,
}

/// Where the keys of a checked issuer come from.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    Gateway,
    Fixed(KeySet),
    At(KeyLocation),
}

impl Issuer {
    /// The issuer that `settings` describe.
    ///
    /// # Errors
    /// Every rule that `settings` break, at least one.
    pub fn parse(settings: IssuerSettings) -> Result<Self, Vec<PolicyError>> {
        let IssuerSettings { policy, keys } = settings;
        let mut errors = Vec::from_iter(url_error(&policy.url, &keys));
        errors.extend(policy.errors());
        match parse_keys(&policy, keys) {
            Ok(keys) if errors.is_empty() => Ok(Self { policy, keys }),
            Ok(_) => Err(errors),
            Err(error) => {
                errors.push(error);
                Err(errors)
            }
        }
    }

    /// The same issuer without keys, because API Gateway verifies its tokens.
    #[must_use]
    pub fn behind_gateway(self) -> Self {
        Self {
            keys: Keys::Gateway,
            ..self
        }
    }

    /// Rules for its tokens.
    #[must_use]
    pub fn policy(&self) -> &IssuerPolicy {
        &self.policy
    }

    pub(crate) fn into_parts(self) -> (IssuerPolicy, Keys) {
        (self.policy, self.keys)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, keys } = self;
        write!(f, "Issuer({policy:?}, {keys:?})")
    }
}

/// The rule that an issuer's `url` breaks: it is an address where the keys are discovered, and a name elsewhere.
fn url_error(url: &str, keys: &KeySource) -> Option<PolicyError> {
    match keys {
        KeySource::Discovery => key_url(url).err().map(PolicyError::Url),
        KeySource::Gateway | KeySource::Static(_) | KeySource::JwksUrl(_) => {
            check_issuer_name(url).err().map(PolicyError::IssuerName)
        }
    }
}

fn parse_keys(policy: &IssuerPolicy, source: KeySource) -> Result<Keys, PolicyError> {
    let url = &policy.url;
    match source {
        KeySource::Gateway => Ok(Keys::Gateway),
        KeySource::Static(document) => KeySet::load_fixed(url, &document, &policy.algorithms)
            .map(Keys::Fixed)
            .map_err(PolicyError::JwksFile),
        KeySource::JwksUrl(jwks_url) => {
            key_url(&jwks_url).map_err(PolicyError::JwksUrl)?;
            Ok(Keys::At(KeyLocation::JwksUrl(jwks_url)))
        }
        KeySource::Discovery if url.contains('?') => Err(PolicyError::QueryInUrl),
        KeySource::Discovery => Ok(Keys::At(KeyLocation::Discovery { issuer: url.clone() })),
    }
}

#[cfg(test)]
mod tests;
