//! The warnings of `brokerctl check`: settings that are valid, but weak or never matched.

use std::fmt;

use broker_core::caller::CallerIssuer;
use broker_core::claim_name::ClaimName;
use broker_core::identity::UserSource;
use broker_core::rule::{Expected, When};
use broker_token::{Issuer, IssuerPolicy, Profile, is_sound_subject};

use super::{EvidenceKind, Settings};

/// One warning; its text is one line, and has nothing of the value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    name: Box<str>,
    weakness: Weakness,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.weakness)
    }
}

/// The weakness of a member, or the reason why it can never match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Weakness {
    #[error("is plain http, so any program on the user's machine can call as this site")]
    PlainHttp,
    #[error("names one claim with a dot in its name; a member of an object is named `/OBJECT/MEMBER`")]
    Dot,
    #[error("is empty, so an ID token for the same audience could pass as an access token")]
    NoScopes,
    #[error("can never hold, because an ID token has no scopes")]
    ScopeOfIdToken,
    #[error("compares the whole claim; `scope` in `when` finds one scope in it")]
    ScopeAsClaim,
    #[error("is never in an access token of Cognito, which calls it `username`")]
    UsernameOfIdToken,
    #[error("is never in an ID token of Cognito, which calls it `cognito:username`")]
    UsernameOfAccessToken,
    #[error("could match a flattened array too: a REST API joins its elements with commas")]
    Comma,
    #[error("can never match, because a subject has at most 255 characters and no control character")]
    Subject,
    #[error("can never match, because identity[{0}] comes before it and is about all these callers")]
    Shadowed(usize),
    #[error("no [[identity]] is about these callers, so each of them gets a 403")]
    NoIdentity,
    #[error("no [[grant]] is about these callers, so each of them gets a 403")]
    NoGrant,
}

impl Settings {
    /// Settings that are valid, but weak or never matched.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let mut found = Found(vec![]);
        for (position, origin) in self.allowed_origins.iter().enumerate() {
            if origin.is_plain_http() {
                found.add(format!("allowed_origins[{position}]"), Weakness::PlainHttp);
            }
        }
        for (position, issuer) in self.issuers.iter().enumerate() {
            self.look_at_issuer(&format!("issuer[{position}]"), issuer.policy(), &mut found);
        }
        for (kind, issuer) in [
            (EvidenceKind::Lambda, CallerIssuer::LambdaAuthorizer),
            (EvidenceKind::Iam, CallerIssuer::AwsIam),
        ] {
            if self.authentication.accept.contains(&kind) && !self.maps(&issuer) {
                found.add("authentication.accept", Weakness::NoIdentity);
            }
        }
        self.look_at_identities(&mut found);
        self.look_at_grants(&mut found);
        found.0
    }

    fn look_at_issuer(&self, name: &str, policy: &IssuerPolicy, found: &mut Found) {
        if policy.profile == Profile::OidcAccess && policy.scopes.is_empty() {
            found.add(format!("{name}.scopes"), Weakness::NoScopes);
        }
        if !self.maps(&CallerIssuer::Token(policy.url.as_str().into())) {
            found.add(name, Weakness::NoIdentity);
        }
    }

    fn look_at_identities(&self, found: &mut Found) {
        let rules = self.identity.rules();
        for (position, rule) in rules.iter().enumerate() {
            let name = format!("identity[{position}]");
            self.look_at_when(&name, &rule.when, found);
            let (member, claim) = match &rule.user {
                UserSource::UsernameClaim(claim) => ("username_claim", Some(claim)),
                UserSource::ArnClaim(claim) => ("arn_claim", Some(claim)),
                UserSource::Fixed(_) | UserSource::OnBehalfOf => ("", None),
            };
            self.look_at_claim(&format!("{name}.user.{member}"), &rule.when, claim, found);
            let earlier = rules.iter().take(position);
            if let Some(first) = earlier
                .clone()
                .position(|earlier| earlier.when.covers(&rule.when))
            {
                found.add(name.clone(), Weakness::Shadowed(first));
            }
            let grants = self.grants.entries();
            if !grants.iter().any(|grant| grant.when.issuer == rule.when.issuer) {
                found.add(format!("{name}.when.issuer"), Weakness::NoGrant);
            }
        }
    }

    fn look_at_grants(&self, found: &mut Found) {
        for (position, grant) in self.grants.entries().iter().enumerate() {
            let name = format!("grant[{position}]");
            self.look_at_when(&name, &grant.when, found);
            let claim_name = format!("{name}.resources.{}", grant.resources.name());
            self.look_at_claim(&claim_name, &grant.when, grant.resources.claim(), found);
            if !self.maps(&grant.when.issuer) {
                found.add(format!("{name}.when.issuer"), Weakness::NoIdentity);
            }
        }
    }

    fn look_at_when(&self, name: &str, when: &When, found: &mut Found) {
        if when
            .subject
            .as_deref()
            .is_some_and(|subject| !is_sound_subject(subject))
        {
            found.add(format!("{name}.when.subject"), Weakness::Subject);
        }
        if when.scope.is_some() && self.profile_of(&when.issuer) == Some(Profile::OidcId) {
            found.add(format!("{name}.when.scope"), Weakness::ScopeOfIdToken);
        }
        let Some(asked) = &when.claim else { return };
        self.look_at_claim(&format!("{name}.when.claim"), when, Some(&asked.name), found);
        if matches!(asked.name.as_str(), "scope" | "scp") {
            found.add(format!("{name}.when.claim"), Weakness::ScopeAsClaim);
        }
        match &asked.expected {
            Expected::EqualsText(text) if text.contains(',') && self.is_flattened(&when.issuer) => {
                found.add(format!("{name}.when.equals"), Weakness::Comma);
            }
            Expected::EqualsText(_) | Expected::EqualsFlag(_) | Expected::Contains(_) => {}
        }
    }

    fn look_at_claim(&self, name: &str, when: &When, claim: Option<&ClaimName>, found: &mut Found) {
        let Some(claim) = claim.map(ClaimName::as_str) else {
            return;
        };
        if claim.contains('.') && !claim.contains([':', '/']) {
            found.add(name, Weakness::Dot);
        }
        let is_of_cognito = when.issuer.as_str().starts_with("https://cognito-idp.");
        match (self.profile_of(&when.issuer), claim) {
            (Some(Profile::CognitoAccess), "cognito:username") => {
                found.add(name, Weakness::UsernameOfIdToken);
            }
            (Some(Profile::OidcId), "username") if is_of_cognito => {
                found.add(name, Weakness::UsernameOfAccessToken);
            }
            _ => {}
        }
    }

    /// Whether some identity rule is about callers of `issuer`.
    fn maps(&self, issuer: &CallerIssuer) -> bool {
        let rules = self.identity.rules();
        rules.iter().any(|rule| rule.when.issuer == *issuer)
    }

    fn profile_of(&self, issuer: &CallerIssuer) -> Option<Profile> {
        let mut policies = self.issuers.iter().map(Issuer::policy);
        policies
            .find(|policy| policy.url == issuer.as_str())
            .map(|policy| policy.profile)
    }

    fn is_flattened(&self, issuer: &CallerIssuer) -> bool {
        let is_by_gateway = self.authentication.accept.contains(&EvidenceKind::Jwt);
        is_by_gateway && self.profile_of(issuer).is_some()
    }
}

/// The warnings so far.
struct Found(Vec<Warning>);

impl Found {
    fn add(&mut self, name: impl Into<Box<str>>, weakness: Weakness) {
        let name = name.into();
        self.0.push(Warning { name, weakness });
    }
}
