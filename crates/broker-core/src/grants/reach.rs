//! Decides whether a grant reaches a resource, as far as that is known without asking Connect.

use std::fmt;

use super::{Action, Grant, Grants, OnBehalfOf, Question, Resources};
use crate::arn::{CaseArn, ConnectUserArn, ResourceArn};
use crate::caller::{Caller, Shape};
use crate::claim_name::ClaimName;
use crate::request::Username;
use crate::rule::MismatchError;

/// Most entries that a `case_ids_claim` may have.
const MAX_CASE_IDS: usize = 1_000;

/// How a grant reaches a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Unconditionally.
    Granted,
    /// Only if Connect confirms this.
    If(Question),
}

/// Why a grant does not reach a resource. Its text continues a sentence about the grant. It names claims and shapes,
/// never a caller's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// The grant is about other callers.
    #[error("{0}")]
    OtherCaller(MismatchError),
    /// The grant does not allow the action.
    #[error("does not allow the action")]
    OtherAction,
    /// The grant does not let the caller act for that user.
    #[error("does not let the caller act for that user")]
    OtherUser,
    /// The grant is about other resources.
    #[error("is about other resources")]
    OtherResource,
    /// The grant depends on a claim that cannot be used.
    #[error("depends on the claim `{0}`, which {1}")]
    UnusableClaim(ClaimName, ClaimError),
    /// Connect was asked, and did not confirm it.
    #[error("allows it only if {0}")]
    Unconfirmed(Question),
}

/// Why a claim that a grant depends on cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Its shape is not the one that the grant needs.
    #[error("is {0}")]
    Shape(Shape),
    /// The claim has too many entries.
    #[error("has more than {MAX_CASE_IDS} entries")]
    TooMany,
    /// An entry is neither a case id nor the ARN of a case in the domain.
    #[error("has an entry that is not a case of the domain")]
    NotACase,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted => f.write_str("allows it"),
            Self::If(question) => write!(f, "allows it if {question}"),
        }
    }
}

/// A caller's wish to take an action on a resource.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// The Connect user that the caller acts as.
    pub user: &'a ConnectUserArn,
    /// The name by which a backend named that user.
    pub on_behalf_of: Option<&'a Username>,
    /// The resource.
    pub resource: &'a ResourceArn,
    /// The action.
    pub action: Action,
}

impl Grants {
    /// How each grant reaches the resource, in order, without asking Connect. No grant reaches outside the deployment.
    #[must_use]
    pub fn reaches(&self, wanted: Use<'_>) -> Vec<Result<Reach, ReachError>> {
        if !self.deployment.holds(wanted.resource) {
            return vec![Err(ReachError::OtherResource); self.entries.len()];
        }
        self.entries
            .iter()
            .map(|grant| self.reach(grant, wanted))
            .collect()
    }

    fn reach(&self, grant: &Grant, wanted: Use<'_>) -> Result<Reach, ReachError> {
        grant.when.holds(wanted.caller).map_err(ReachError::OtherCaller)?;
        if !grant.actions.contains(&wanted.action) {
            return Err(ReachError::OtherAction);
        }
        if wanted
            .on_behalf_of
            .is_some_and(|name| !grant.on_behalf_of.admits(name))
        {
            return Err(ReachError::OtherUser);
        }
        let claims = &wanted.caller.claims;
        let unusable = |name: &ClaimName, error| ReachError::UnusableClaim(name.clone(), error);
        let wrong_shape = |name: &ClaimName| unusable(name, ClaimError::Shape(claims.shape(name)));
        match (&grant.resources, wanted.resource) {
            (Resources::AnyCase, ResourceArn::Case(_)) | (Resources::AnyContact, ResourceArn::Contact(_)) => {
                Ok(Reach::Granted)
            }
            (Resources::Listed(arns), resource) if arns.contains(resource) => Ok(Reach::Granted),
            (Resources::CaseIdsClaim(name), ResourceArn::Case(case)) => {
                let entries = claims.list(name).ok_or_else(|| wrong_shape(name))?;
                let is_listed = self.is_listed(entries, case);
                let is_listed = is_listed.map_err(|error| unusable(name, error))?;
                is_listed
                    .then_some(Reach::Granted)
                    .ok_or(ReachError::OtherResource)
            }
            (Resources::CaseCustomerClaim(name), ResourceArn::Case(case)) => {
                let customer = claims.text(name).ok_or_else(|| wrong_shape(name))?;
                Ok(Reach::If(Question::CustomerOf(case.clone(), customer.into())))
            }
            (Resources::OwnContacts, ResourceArn::Contact(contact)) => {
                Ok(Reach::If(Question::AgentOf(contact.clone(), wanted.user.clone())))
            }
            (
                Resources::AnyCase | Resources::CaseIdsClaim(_) | Resources::CaseCustomerClaim(_),
                ResourceArn::Contact(_),
            )
            | (Resources::AnyContact | Resources::OwnContacts, ResourceArn::Case(_))
            | (Resources::Listed(_), _) => Err(ReachError::OtherResource),
        }
    }

    /// Whether `case` is one of `entries`, each a case id or the ARN of a case in the domain.
    ///
    /// INVARIANT: one malformed entry makes the whole claim unusable, because a claim that cannot be read
    /// fully is not evidence.
    fn is_listed(&self, entries: &[Box<str>], case: &CaseArn) -> Result<bool, ClaimError> {
        if entries.len() > MAX_CASE_IDS {
            return Err(ClaimError::TooMany);
        }
        let domain = self.deployment.cases_domain.as_ref();
        let mut is_listed = false;
        for entry in entries {
            let named = if entry.starts_with("arn:") {
                entry.parse::<CaseArn>().ok()
            } else {
                domain.and_then(|domain| domain.case(entry).ok())
            };
            let held = named.filter(|named| self.deployment.holds(&ResourceArn::Case(named.clone())));
            is_listed |= held.ok_or(ClaimError::NotACase)? == *case;
        }
        Ok(is_listed)
    }
}

impl Grant {
    /// Whether the grant may be used for other users although its permission is personal, which the settings refuse.
    #[must_use]
    pub fn lends_what_is_personal(&self) -> bool {
        self.resources.is_personal() && self.on_behalf_of != OnBehalfOf::Nobody
    }
}
