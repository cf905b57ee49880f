//! The verifier of a deployment: its issuers, their rules and their keys.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;

use crate::claims::Claims;
use crate::discovery::{KeyLocation, RefreshFault};
use crate::fault::{NoKeys, TokenFault, VerifyError};
use crate::fetch::FetchDocument;
use crate::issuer_name::check_issuer_name;
use crate::jwk::VerifyingKey;
use crate::jwks::KeySurvey;
use crate::keys::IssuerKeys;
use crate::policy::{IssuerFault, IssuerPolicy, PolicyFault};
use crate::url_rule::key_url;
use crate::verify::{DecodedToken, Unproven};

/// One issuer: its rules, and where its keys are.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// Rules for its tokens.
    pub policy: IssuerPolicy,
    /// Where its keys are.
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

/// Verifier of bearer tokens of any of the configured issuers.
pub struct TokenVerifier<F> {
    issuers: Vec<Issuer>,
    fetch: Arc<F>,
}

struct Issuer {
    policy: IssuerPolicy,
    /// `None` where the gateway verifies this issuer's tokens.
    keys: Option<IssuerKeys>,
}

impl<F: FetchDocument> TokenVerifier<F> {
    /// A verifier for `issuers`; keys that are not static are fetched later, by
    /// [`warm_up`](Self::warm_up) or by the first token that needs them.
    ///
    /// # Errors
    /// Every fault of every issuer.
    pub fn new(issuers: Vec<IssuerSettings>, fetch: F) -> Result<Self, Vec<IssuerFault>> {
        let (mut known, mut faults, mut urls) = (Vec::new(), Vec::new(), HashSet::new());
        for (index, IssuerSettings { policy, keys }) in issuers.into_iter().enumerate() {
            let mut found = Vec::from_iter(url_fault(&policy.url, &keys));
            found.extend(policy.faults());
            if !urls.insert(policy.url.clone()) {
                found.push(PolicyFault::DuplicateUrl);
            }
            match issuer_keys(&policy, keys) {
                Ok(keys) => known.push(Issuer { policy, keys }),
                Err(fault) => found.push(fault),
            }
            faults.extend(found.into_iter().map(|fault| IssuerFault { index, fault }));
        }
        if faults.is_empty() {
            Ok(Self {
                issuers: known,
                fetch: Arc::new(fetch),
            })
        } else {
            Err(faults)
        }
    }

    /// Fetches the keys of all issuers at once, where there are none or half of their time is over.
    ///
    /// Meant for the init phase, and to run beside other work later, so that no request waits for it. A
    /// failure is logged and has no other effect.
    pub async fn warm_up(&self, now: SystemTime) {
        let keys = self.issuers.iter().filter_map(|issuer| issuer.keys.as_ref());
        join_all(keys.map(|keys| keys.freshen(&self.fetch, now))).await;
    }

    /// Age of the oldest keys of all issuers, at `now`; none where none were fetched.
    #[must_use]
    pub fn key_set_age(&self, now: SystemTime) -> Option<Duration> {
        self.issuers
            .iter()
            .filter_map(|issuer| issuer.keys.as_ref()?.age(now))
            .max()
    }

    /// How many issuers have no signing key at `now`, so that their tokens cannot be judged.
    #[must_use]
    pub fn issuers_without_keys(&self, now: SystemTime) -> usize {
        let keys = self.issuers.iter().filter_map(|issuer| issuer.keys.as_ref());
        keys.filter(|keys| keys.are_lacking(now)).count()
    }

    /// What the keys of each issuer look like now, in the order of the settings. Keys in use stay as they are.
    ///
    /// An issuer whose tokens the gateway verifies has none.
    pub async fn survey_keys(&self) -> Vec<Result<KeySurvey, RefreshFault>> {
        let survey = async |issuer: &Issuer| match &issuer.keys {
            Some(keys) => keys.survey(&*self.fetch).await,
            None => Ok(KeySurvey::default()),
        };
        join_all(self.issuers.iter().map(survey)).await
    }

    /// The claims of a token whose signature, times, audience, kind and scopes are all in order.
    ///
    /// Keys are looked for, and fetched, only once everything else about the token is in order; scopes
    /// are asked for last, so that only the holder of a genuine token learns about them.
    ///
    /// # Errors
    /// [`VerifyError`]; its `Invalid` must look the same to callers whatever the reason.
    pub async fn verify(&self, unverified_token: &str, now: SystemTime) -> Result<Claims, VerifyError> {
        let token = DecodedToken::parse(unverified_token)?;
        let issuer = self.issuer(token.issuer()).ok_or(TokenFault::UnknownIssuer)?;
        let token = token.check(&issuer.policy, now)?;
        let keys = issuer.keys.as_ref().ok_or(NoKeys::NeverFetched)?;
        let key = keys.find(token.key_id(), &self.fetch, now).await?;
        let claims = match token.prove(&key) {
            Ok(claims) => claims,
            // Boxed: the common way needs no place for what this one keeps while it waits.
            Err(unproven) => Box::pin(self.prove_by_successor(keys, *unproven, &key, now)).await?,
        };
        issuer.policy.require_scopes(&claims)?;
        Ok(claims)
    }

    /// The claims of a token that `refused` did not sign, if the issuer gave that key's name to one that did.
    async fn prove_by_successor(
        &self,
        keys: &IssuerKeys,
        unproven: Unproven<'_>,
        refused: &VerifyingKey,
        now: SystemTime,
    ) -> Result<Claims, VerifyError> {
        let Unproven { token, fault } = unproven;
        let finding = keys.find_successor(refused, token.key_id(), &self.fetch, now);
        let successor = finding.await?.ok_or(fault)?;
        Ok(token.prove(&successor).map_err(|unproven| unproven.fault)?)
    }

    fn issuer(&self, url: Option<&str>) -> Option<&Issuer> {
        let url = url?;
        self.issuers.iter().find(|issuer| issuer.policy.url == url)
    }
}

/// What is wrong with an issuer's `url`, which is an address where the keys are found by discovery and a name elsewhere.
fn url_fault(url: &str, keys: &KeySource) -> Option<PolicyFault> {
    match keys {
        KeySource::Discovery => key_url(url).err().map(PolicyFault::Url),
        KeySource::Gateway | KeySource::Static(_) | KeySource::JwksUrl(_) => {
            check_issuer_name(url).err().map(PolicyFault::IssuerName)
        }
    }
}

fn issuer_keys(policy: &IssuerPolicy, source: KeySource) -> Result<Option<IssuerKeys>, PolicyFault> {
    let IssuerPolicy { url, algorithms, .. } = policy;
    let location = match source {
        KeySource::Gateway => return Ok(None),
        KeySource::Static(document) => {
            let keys = IssuerKeys::fixed(url, algorithms, &document).map_err(PolicyFault::JwksFile);
            return keys.map(Some);
        }
        KeySource::JwksUrl(jwks_url) => {
            key_url(&jwks_url).map_err(PolicyFault::JwksUrl)?;
            KeyLocation::JwksUrl(jwks_url)
        }
        KeySource::Discovery if url.contains('?') => return Err(PolicyFault::QueryInUrl),
        KeySource::Discovery => KeyLocation::Discovery { issuer: url.clone() },
    };
    Ok(Some(IssuerKeys::at(url, algorithms, location)))
}

#[cfg(test)]
mod tests;
