//! Who can produce callers, and what their claims are worth: what rules are held against.

use super::authentication::{Authentication, EvidenceKind};
use super::fault::{Faults, Rule};
use super::issuer::Issuer;
use super::item::Item;

/// Issuer of callers that signed their request.
pub(super) const AWS_IAM: &str = "aws-iam";

/// Issuer of callers that a Lambda authorizer vouches for.
const LAMBDA_AUTHORIZER: &str = "lambda-authorizer";

/// Claims that many providers let their users edit, beside `custom:*`.
const EDITABLE: [&str; 4] = ["preferred_username", "nickname", "name", "email"];

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

/// A member that names a claim, and what it makes of it.
pub(super) struct ClaimForm<T> {
    pub(super) member: &'static str,
    pub(super) shape: Shape,
    pub(super) make: fn(Box<str>) -> T,
}

impl Sources {
    /// Reports issuers that are missing, unused, or refused by the verifier.
    pub(super) fn check(&self, faults: &Faults) {
        let Some(issuers) = &self.issuers else { return };
        Issuer::check_all(issuers, faults);
        match &self.authentication {
            Some(authentication) if !authentication.accepts_tokens() => {
                for position in 0..issuers.len() {
                    faults.add(format!("issuer[{position}]"), Rule::UnusedIssuer);
                }
            }
            Some(_) if issuers.is_empty() => faults.add("issuer", Rule::NoIssuer),
            _ => {}
        }
    }

    /// Whether some accepted evidence can have this issuer, or nobody can tell because of another fault.
    pub(super) fn may_produce(&self, issuer: &str) -> bool {
        let Some(authentication) = &self.authentication else {
            return true;
        };
        match issuer {
            AWS_IAM => authentication.accept.contains(&EvidenceKind::Iam),
            LAMBDA_AUTHORIZER => authentication.accept.contains(&EvidenceKind::Lambda),
            _ => {
                let has_url = |entry: &Issuer| entry.url.as_deref().is_none_or(|url| url == issuer);
                let is_listed = self.issuers.as_ref().is_none_or(|all| all.iter().any(has_url));
                is_listed && authentication.accepts_tokens()
            }
        }
    }

    /// The name of a claim of `issuer`, provided that a rule may rest on it.
    pub(super) fn claim(&self, item: &Item<'_>, issuer: Option<&str>, shape: Shape) -> Option<Box<str>> {
        item.parse(
            |name| match issuer.and_then(|issuer| self.against(issuer, name, shape)) {
                Some(rule) => Err(rule),
                None => Ok(name.into()),
            },
        )
    }

    /// What one of `forms` makes of its claim; `item` is a table with exactly one of them as its member.
    pub(super) fn one_claim<T, const N: usize>(
        &self,
        item: &Item<'_>,
        issuer: Option<&str>,
        forms: [ClaimForm<T>; N],
        otherwise: Rule,
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

    fn against(&self, issuer: &str, claim: &str, shape: Shape) -> Option<Rule> {
        if issuer == AWS_IAM {
            return Some(Rule::NoClaims);
        }
        let is_editable = EDITABLE.contains(&claim) || claim.starts_with("custom:");
        if is_editable && !self.may_be_immutable(issuer, claim) {
            return Some(Rule::EditableClaim);
        }
        let is_flattened = issuer != LAMBDA_AUTHORIZER && self.accepts(EvidenceKind::Jwt);
        (shape == Shape::List && is_flattened).then_some(Rule::FlattenedArray)
    }

    /// Whether `issuer` lists `claim`, or nobody can tell because of another fault.
    fn may_be_immutable(&self, issuer: &str, claim: &str) -> bool {
        if issuer == LAMBDA_AUTHORIZER {
            return false;
        }
        let Some(issuers) = &self.issuers else { return true };
        let entry = issuers.iter().find(|entry| entry.url.as_deref() == Some(issuer));
        let listed = entry.and_then(|entry| entry.immutable_claims.as_ref());
        listed.is_none_or(|listed| listed.iter().any(|name| **name == *claim))
    }

    fn accepts(&self, kind: EvidenceKind) -> bool {
        self.authentication
            .as_ref()
            .is_some_and(|authentication| authentication.accept.contains(&kind))
    }
}
