//! How far a grant reaches by what is known here; what must be asked upstream is a question.

use super::{Action, Grant, Grants, OnBehalfOf, Resources};
use crate::arn::{CaseArn, ConnectUserArn, ContactArn, ResourceArn};
use crate::caller::{Caller, Claim};
use crate::request::Username;
use crate::rule::Mismatch;

/// Most entries that a `case_ids_claim` may have.
const MAX_CASE_IDS: usize = 1_000;

/// Whether a grant reaches a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does.
    Granted,
    /// It does, where Connect confirms this.
    If(Question),
    /// It is about other callers.
    OtherCaller(Mismatch),
    /// It does not allow the action.
    OtherAction,
    /// It does not let the caller ask for that user.
    OtherUser,
    /// It is about other resources.
    OtherResource,
    /// It rests on a claim that is absent or not of the shape that it must have.
    UnusableClaim,
}

/// What Connect must confirm for a grant to reach a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// That the case's customer is this one.
    CustomerOf(CaseArn, Box<str>),
    /// That the contact is open and its agent is this user.
    AgentOf(ContactArn, ConnectUserArn),
}

/// Who wants to do what with which resource.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// As which user of Connect.
    pub user: &'a ConnectUserArn,
    /// The name by which a backend named that user.
    pub on_behalf_of: Option<&'a Username>,
    /// With which resource.
    pub resource: &'a ResourceArn,
    /// What.
    pub action: Action,
}

impl Grants {
    /// How far each grant reaches by what is known here, in order; none reaches outside of the deployment.
    #[must_use]
    pub fn reaches(&self, wanted: Use<'_>) -> Vec<Reach> {
        if !self.deployment.holds(wanted.resource) {
            return vec![Reach::OtherResource; self.entries.len()];
        }
        self.entries
            .iter()
            .map(|grant| self.reach(grant, wanted))
            .collect()
    }

    fn reach(&self, grant: &Grant, wanted: Use<'_>) -> Reach {
        if let Err(mismatch) = grant.when.holds(wanted.caller) {
            return Reach::OtherCaller(mismatch);
        }
        if !grant.actions.contains(&wanted.action) {
            return Reach::OtherAction;
        }
        if wanted
            .on_behalf_of
            .is_some_and(|name| !grant.on_behalf_of.admits(name))
        {
            return Reach::OtherUser;
        }
        match (&grant.resources, wanted.resource) {
            (Resources::AnyCase, ResourceArn::Case(_)) | (Resources::AnyContact, ResourceArn::Contact(_)) => {
                Reach::Granted
            }
            (Resources::Listed(arns), resource) if arns.contains(resource) => Reach::Granted,
            (Resources::CaseIdsClaim(name), ResourceArn::Case(case)) => {
                self.listed_in_claim(wanted.caller.claims.get(name), case)
            }
            (Resources::CaseCustomerClaim(name), ResourceArn::Case(case)) => wanted
                .caller
                .claims
                .text(name)
                .map_or(Reach::UnusableClaim, |customer| {
                    Reach::If(Question::CustomerOf(case.clone(), customer.into()))
                }),
            (Resources::OwnContacts, ResourceArn::Contact(contact)) => {
                Reach::If(Question::AgentOf(contact.clone(), wanted.user.clone()))
            }
            _ => Reach::OtherResource,
        }
    }

    /// INVARIANT: one entry that is neither a case id nor the ARN of a case in the domain denies all.
    fn listed_in_claim(&self, claim: Option<&Claim>, case: &CaseArn) -> Reach {
        let (Some(Claim::List(entries)), Some(domain)) = (claim, &self.deployment.cases_domain) else {
            return Reach::UnusableClaim;
        };
        if entries.len() > MAX_CASE_IDS {
            return Reach::UnusableClaim;
        }
        let mut is_listed = false;
        for entry in entries {
            let named = if entry.starts_with("arn:") {
                entry.parse::<CaseArn>()
            } else {
                domain.case(entry)
            };
            match named {
                Ok(named) if self.deployment.holds(&ResourceArn::Case(named.clone())) => {
                    is_listed |= named == *case;
                }
                _ => return Reach::UnusableClaim,
            }
        }
        if is_listed {
            Reach::Granted
        } else {
            Reach::OtherResource
        }
    }
}

impl Grant {
    /// Whether the grant's permission rests on who the caller is, so that it cannot be lent to another user.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(
            self.resources,
            Resources::CaseIdsClaim(_) | Resources::CaseCustomerClaim(_) | Resources::OwnContacts
        )
    }

    /// Whether it may be used for other users although its permission is personal: a fault of the settings.
    #[must_use]
    pub fn lends_what_is_personal(&self) -> bool {
        self.is_personal() && self.on_behalf_of != OnBehalfOf::Nobody
    }
}
