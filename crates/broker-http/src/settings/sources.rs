//! The issuers that callers can have, and which of their claims a rule may rely on.

use broker_core::caller::CallerIssuer;
use broker_core::claim_name::ClaimName;

use super::authentication::{Authentication, EvidenceKind};
use super::error::{Faults, RuleError};
use super::issuer::Issuer;
use super::item::Item;

/// Claims that their subject may edit at some provider, beside [`EDITABLE_PREFIX`]. Sources: `OpenID` Connect
/// Core 1.0, section 5.1, but `sub`; Entra ID; Supabase; Clerk.
const EDITABLE: [&str; 23] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "upn",
    "unique_name",
    "user_metadata",
    "unsafe_metadata",
];

/// Prefix of Cognito's custom attributes, which an app client may let its users write.
const EDITABLE_PREFIX: &str = "custom:";

/// The issuers that callers can have, as far as `[authentication]` and `[[issuer]]` could be read.
pub(super) struct Sources {
    /// `None` where it is at fault.
    pub(super) authentication: Option<Authentication>,
    /// `None` where they are at fault.
    pub(super) issuers: Option<Vec<Issuer>>,
}

/// The shape that a rule needs a claim to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    List,
}

/// A member that names a claim, and the conversion of that name.
pub(super) struct ClaimForm<T> {
    pub(super) member: &'static str,
    pub(super) shape: Shape,
    pub(super) make: fn(ClaimName) -> T,
}

impl Sources {
    /// Reports issuers that are missing, unused, or refused by the verifier.
    pub(super) fn check(&self, faults: &Faults) {
        let Some(issuers) = &self.issuers else { return };
        for (position, issuer) in issuers.iter().enumerate() {
            check_names(position, issuer, faults);
            let has_this_url = |earlier: &Issuer| issuer.url.is_some() && earlier.url == issuer.url;
            if issuers.iter().take(position).any(has_this_url) {
                faults.add(format!("issuer[{position}].url"), RuleError::SameIssuer);
            }
        }
        match &self.authentication {
            Some(authentication) if !authentication.accepts_tokens() => {
                for position in 0..issuers.len() {
                    faults.add(format!("issuer[{position}]"), RuleError::UnusedIssuer);
                }
            }
            Some(_) if issuers.is_empty() => faults.add("issuer", RuleError::NoIssuer),
            _ => {}
        }
    }

    /// Whether some accepted evidence can have this issuer, or another fault makes that unknown.
    pub(super) fn may_produce(&self, issuer: &CallerIssuer) -> bool {
        let Some(authentication) = &self.authentication else {
            return true;
        };
        match issuer {
            CallerIssuer::AwsIam => authentication.accept.contains(&EvidenceKind::Iam),
            CallerIssuer::LambdaAuthorizer => authentication.accept.contains(&EvidenceKind::Lambda),
            CallerIssuer::Token(iss) => {
                let has_url = |entry: &Issuer| entry.url.as_deref().is_none_or(|url| *url == **iss);
                let is_listed = self.issuers.as_ref().is_none_or(|all| all.iter().any(has_url));
                is_listed && authentication.accepts_tokens()
            }
        }
    }

    /// The name of a claim of `issuer`, provided that a rule may rest on it.
    pub(super) fn claim(
        &self,
        item: &Item<'_>,
        issuer: Option<&CallerIssuer>,
        shape: Shape,
    ) -> Option<ClaimName> {
        item.parse(|text| {
            let name: ClaimName = text.parse().map_err(RuleError::ClaimName)?;
            match issuer.and_then(|issuer| self.objection(issuer, &name, shape)) {
                Some(rule) => Err(rule),
                None => Ok(name),
            }
        })
    }

    /// Reads `item`, a table with exactly one of `forms` as its member, and converts that member's claim.
    pub(super) fn one_claim<T, const N: usize>(
        &self,
        item: &Item<'_>,
        issuer: Option<&CallerIssuer>,
        forms: [ClaimForm<T>; N],
        otherwise: RuleError,
    ) -> Option<T> {
        item.table(|section| {
            let given_count = forms.iter().filter(|form| section.has(form.member)).count();
            let read = forms.map(|form| {
                let name = section.optional(form.member, |claim| self.claim(claim, issuer, form.shape));
                name.map(form.make)
            });
            if given_count == 1 {
                read.into_iter().flatten().next()
            } else {
                item.fault(otherwise)
            }
        })
    }

    /// Whether API Gateway makes texts of every claim of `issuer`.
    pub(super) fn is_flattened(&self, issuer: &CallerIssuer) -> bool {
        !issuer.is_reserved() && self.accepts(EvidenceKind::Jwt)
    }

    fn objection(&self, issuer: &CallerIssuer, claim: &ClaimName, shape: Shape) -> Option<RuleError> {
        if *issuer == CallerIssuer::AwsIam {
            return Some(RuleError::NoClaims);
        }
        if is_editable(claim) && !self.may_be_immutable(issuer, claim) {
            return Some(RuleError::EditableClaim);
        }
        if !self.is_flattened(issuer) {
            return None;
        }
        if claim.is_pointer() {
            return Some(RuleError::FlattenedObject);
        }
        match shape {
            Shape::List => Some(RuleError::FlattenedArray),
            Shape::Text => None,
        }
    }

    /// Whether `issuer` lists `claim`, or another fault makes that unknown.
    fn may_be_immutable(&self, issuer: &CallerIssuer, claim: &ClaimName) -> bool {
        let iss = match issuer {
            CallerIssuer::AwsIam | CallerIssuer::LambdaAuthorizer => return false,
            CallerIssuer::Token(iss) => iss,
        };
        let Some(issuers) = &self.issuers else { return true };
        let entry = issuers.iter().find(|entry| entry.url.as_deref() == Some(&**iss));
        let listed = entry.and_then(|entry| entry.immutable_claims.as_ref());
        let lists = |text: &str| {
            let listed = text.parse::<ClaimName>();
            listed.is_ok_and(|listed| folded(&listed) == folded(claim))
        };
        listed.is_none_or(|listed| listed.iter().any(|text| lists(text)))
    }

    fn accepts(&self, kind: EvidenceKind) -> bool {
        self.authentication
            .as_ref()
            .is_some_and(|authentication| authentication.accept.contains(&kind))
    }
}

/// Reports names of an issuer that would stand for something else.
fn check_names(position: usize, issuer: &Issuer, faults: &Faults) {
    let is_reserved = |url: &str| CallerIssuer::named(url).is_reserved();
    if issuer.url.as_deref().is_some_and(is_reserved) {
        faults.add(format!("issuer[{position}].url"), RuleError::ReservedIssuer);
    }
    let listed = issuer.immutable_claims.iter().flatten().enumerate();
    for (entry, fault) in listed.filter_map(|(entry, text)| Some((entry, text.parse::<ClaimName>().err()?))) {
        let name = format!("issuer[{position}].immutable_claims[{entry}]");
        faults.add(name, RuleError::ClaimName(fault));
    }
}

/// Whether the subject of `claim` may edit it at some provider. A pointer is judged by the claim that it
/// points into.
fn is_editable(claim: &ClaimName) -> bool {
    let name = folded(claim);
    EDITABLE.contains(&&*name) || name.starts_with(EDITABLE_PREFIX)
}

/// The claim that is named, without case, because providers and authorizers differ in it.
fn folded(claim: &ClaimName) -> String {
    claim.first().to_lowercase()
}
