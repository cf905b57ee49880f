//! The verifier of a deployment: its issuers, their rules and their keys.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;

use crate::claims::Claims;
use crate::discovery::RefreshError;
use crate::error::{NoKeysError, TokenError, VerifyError};
use crate::fetch::FetchDocument;
use crate::issuer::{Issuer, Keys};
use crate::jwk::VerifyingKey;
use crate::jwks::KeySurvey;
use crate::keys::IssuerKeys;
use crate::policy::IssuerPolicy;
use crate::verify::{DecodedToken, Unproven};

/// Verifier of bearer tokens of any of the configured issuers.
pub struct TokenVerifier<F> {
    issuers: Vec<KnownIssuer>,
    fetch: Arc<F>,
}

struct KnownIssuer {
    policy: IssuerPolicy,
    /// `None` where the gateway verifies this issuer's tokens.
    keys: Option<IssuerKeys>,
}

impl KnownIssuer {
    fn new(issuer: Issuer) -> Self {
        let (policy, keys) = issuer.into_parts();
        let keys = match keys {
            Keys::Gateway => None,
            Keys::Fixed(keys) => Some(IssuerKeys::fixed(&policy, keys)),
            Keys::At(location) => Some(IssuerKeys::at(&policy, location)),
        };
        Self { policy, keys }
    }
}

impl<F: FetchDocument> TokenVerifier<F> {
    /// A verifier for `issuers`; keys that are not fixed are fetched later, by
    /// [`warm_up`](Self::warm_up) or by the first token that needs them.
    pub fn new(issuers: impl IntoIterator<Item = Issuer>, fetch: F) -> Self {
        Self {
            issuers: issuers.into_iter().map(KnownIssuer::new).collect(),
            fetch: Arc::new(fetch),
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

    /// Number of issuers without a signing key at `now`, whose tokens cannot be verified.
    #[must_use]
    pub fn issuers_without_keys(&self, now: SystemTime) -> usize {
        let keys = self.issuers.iter().filter_map(|issuer| issuer.keys.as_ref());
        keys.filter(|keys| keys.are_lacking(now)).count()
    }

    /// Surveys the keys of each issuer, in the order of the settings. Keys in use stay as they are.
    ///
    /// An issuer whose tokens the gateway verifies has none.
    pub async fn survey_keys(&self) -> Vec<Result<KeySurvey, RefreshError>> {
        let survey = async |issuer: &KnownIssuer| match &issuer.keys {
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
        let issuer = self.issuer(token.issuer()).ok_or(TokenError::UnknownIssuer)?;
        let token = token.check(&issuer.policy, now)?;
        let keys = issuer.keys.as_ref().ok_or(NoKeysError::NeverFetched)?;
        let key = keys.find(token.key_id(), &self.fetch, now).await?;
        let claims = match token.prove(&key) {
            Ok(claims) => claims,
            // Boxed, so that the future of the common path does not reserve space for this one.
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

    fn issuer(&self, url: Option<&str>) -> Option<&KnownIssuer> {
        let url = url?;
        self.issuers.iter().find(|issuer| issuer.policy.url == url)
    }
}

#[cfg(test)]
mod tests;
