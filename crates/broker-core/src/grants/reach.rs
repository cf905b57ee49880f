//! How far a grant reaches by what is known here; what must be asked upstream is a question.

use std::fmt;

use super::{Action, Grant, Grants, OnBehalfOf, Resources};
use crate::arn::{CaseArn, ConnectUserArn, ContactArn, ResourceArn};
use crate::caller::{Caller, Shape};
use crate::claim_name::ClaimName;
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
    /// It rests on a claim that cannot be used.
    UnusableClaim(ClaimName, UnusableClaim),
}

/// Why a claim that a grant rests on cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusableClaim {
    /// It is not of the shape that it must have.
    Shape(Shape),
    /// It has more entries than are read.
    TooMany,
    /// One of its entries is neither a case id nor the ARN of a case in the domain.
    NotACase,
}

impl fmt::Display for UnusableClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(found) => write!(f, "is {found}"),
            Self::TooMany => write!(f, "has more than {MAX_CASE_IDS} entries"),
            Self::NotACase => f.write_str("has an entry that is no case of the domain"),
        }
    }
}

/// What a grant says, with the grant as the subject; names claims and shapes, never a caller's values.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted => f.write_str("allows it"),
            Self::If(question) => write!(f, "allows it if {question}"),
            Self::OtherCaller(mismatch) => mismatch.fmt(f),
            Self::OtherAction => f.write_str("does not allow the action"),
            Self::OtherUser => f.write_str("does not let the caller ask for that user"),
            Self::OtherResource => f.write_str("is about other resources"),
            Self::UnusableClaim(name, fault) => write!(f, "rests on the claim `{name}`, which {fault}"),
        }
    }
}

/// What Connect must confirm for a grant to reach a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// That the case's customer is this one.
    CustomerOf(CaseArn, Box<str>),
    /// That the contact is open and its agent is this user.
    AgentOf(ContactArn, ConnectUserArn),
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CustomerOf(..) => "GetCase says that the case's customer_id equals the claim",
            Self::AgentOf(..) => "DescribeContact says that the contact is open and its agent is the user",
        })
    }
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
        let claims = &wanted.caller.claims;
        let unusable = |name: &ClaimName| UnusableClaim::Shape(claims.shape(name));
        match (&grant.resources, wanted.resource) {
            (Resources::AnyCase, ResourceArn::Case(_)) | (Resources::AnyContact, ResourceArn::Contact(_)) => {
                Reach::Granted
            }
            (Resources::Listed(arns), resource) if arns.contains(resource) => Reach::Granted,
            (Resources::CaseIdsClaim(name), ResourceArn::Case(case)) => {
                let entries = claims.list(name).ok_or_else(|| unusable(name));
                match entries.and_then(|entries| self.is_listed(entries, case)) {
                    Ok(true) => Reach::Granted,
                    Ok(false) => Reach::OtherResource,
                    Err(fault) => Reach::UnusableClaim(name.clone(), fault),
                }
            }
            (Resources::CaseCustomerClaim(name), ResourceArn::Case(case)) => match claims.text(name) {
                Some(customer) => Reach::If(Question::CustomerOf(case.clone(), customer.into())),
                None => Reach::UnusableClaim(name.clone(), unusable(name)),
            },
            (Resources::OwnContacts, ResourceArn::Contact(contact)) => {
                Reach::If(Question::AgentOf(contact.clone(), wanted.user.clone()))
            }
            (
                Resources::AnyCase | Resources::CaseIdsClaim(_) | Resources::CaseCustomerClaim(_),
                ResourceArn::Contact(_),
            )
            | (Resources::AnyContact | Resources::OwnContacts, ResourceArn::Case(_))
            | (Resources::Listed(_), _) => Reach::OtherResource,
        }
    }

    /// Whether `case` is one of `entries`, each a case id or the ARN of a case in the domain.
    ///
    /// INVARIANT: one malformed entry makes the whole claim unusable, because a claim that cannot be read
    /// fully is not evidence.
    fn is_listed(&self, entries: &[Box<str>], case: &CaseArn) -> Result<bool, UnusableClaim> {
        if entries.len() > MAX_CASE_IDS {
            return Err(UnusableClaim::TooMany);
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
            is_listed |= held.ok_or(UnusableClaim::NotACase)? == *case;
        }
        Ok(is_listed)
    }
}

impl Grant {
    /// Whether the grant's permission rests on who the caller is, so that it cannot be lent to another user.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        match self.resources {
            Resources::AnyCase | Resources::AnyContact | Resources::Listed(_) => false,
            Resources::CaseIdsClaim(_) | Resources::CaseCustomerClaim(_) | Resources::OwnContacts => true,
        }
    }

    /// Whether it may be used for other users although its permission is personal: a fault of the settings.
    #[must_use]
    pub fn lends_what_is_personal(&self) -> bool {
        self.is_personal() && self.on_behalf_of != OnBehalfOf::Nobody
    }
}
