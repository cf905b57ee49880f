//! The kinds of grant: the resources that a grant is about, and everything that depends on the kind alone.

use std::fmt;

use crate::arn::ResourceArn;
use crate::claim_name::ClaimName;
use crate::limits::Scope;
use crate::operation::Operation;

/// The resources that a grant is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    /// Every case of the domain.
    AnyCase,
    /// Every contact of the instance.
    AnyContact,
    /// The listed resources.
    Listed(Vec<ResourceArn>),
    /// The cases whose ids or ARNs the claim of this name lists.
    CaseIdsClaim(ClaimName),
    /// The cases whose `customer_id` equals the claim of this name.
    CaseCustomerClaim(ClaimName),
    /// The open contacts whose agent is the mapped user.
    OwnContacts,
}

impl Resources {
    /// The word in the settings, or the member that names the claim.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AnyCase => "any-case",
            Self::AnyContact => "any-contact",
            Self::Listed(_) => "listed",
            Self::CaseIdsClaim(_) => "case_ids_claim",
            Self::CaseCustomerClaim(_) => "case_customer_claim",
            Self::OwnContacts => "own-contacts",
        }
    }

    /// The claim that selects the resources.
    #[must_use]
    pub const fn claim(&self) -> Option<&ClaimName> {
        match self {
            Self::CaseIdsClaim(name) | Self::CaseCustomerClaim(name) => Some(name),
            Self::AnyCase | Self::AnyContact | Self::Listed(_) | Self::OwnContacts => None,
        }
    }

    /// The operation that confirms that a resource is one of these, if Connect must be asked.
    #[must_use]
    pub const fn confirmed_by(&self) -> Option<Operation> {
        match self {
            Self::CaseCustomerClaim(_) => Some(Operation::GetCase),
            Self::OwnContacts => Some(Operation::DescribeContact),
            Self::AnyCase | Self::AnyContact | Self::Listed(_) | Self::CaseIdsClaim(_) => None,
        }
    }

    /// Whether the permission depends on the caller, so that the caller cannot use it for another user.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        match self {
            Self::AnyCase | Self::AnyContact | Self::Listed(_) => false,
            Self::CaseIdsClaim(_) | Self::CaseCustomerClaim(_) | Self::OwnContacts => true,
        }
    }

    /// Whether some of these resources have files of `scope`.
    #[must_use]
    pub fn are_of(&self, scope: Scope) -> bool {
        let is_case = scope == Scope::Case;
        match self {
            Self::AnyCase | Self::CaseIdsClaim(_) | Self::CaseCustomerClaim(_) => is_case,
            Self::AnyContact | Self::OwnContacts => !is_case,
            Self::Listed(arns) => arns
                .iter()
                .any(|arn| matches!(arn, ResourceArn::Case(_)) == is_case),
        }
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.claim()) {
            (Self::Listed(arns), _) => write!(f, "{} listed", arns.len()),
            (_, Some(claim)) => write!(f, "{} `{claim}`", self.name()),
            (_, None) => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_the_kind_alone() {
        let claim = || "ids".parse().expect("a name");
        let listed = Resources::Listed(Vec::new());
        for (resources, name, has_claim, confirmed_by, is_personal, text) in [
            (Resources::AnyCase, "any-case", false, None, false, "any-case"),
            (
                Resources::AnyContact,
                "any-contact",
                false,
                None,
                false,
                "any-contact",
            ),
            (listed, "listed", false, None, false, "0 listed"),
            (
                Resources::CaseIdsClaim(claim()),
                "case_ids_claim",
                true,
                None,
                true,
                "case_ids_claim `ids`",
            ),
            (
                Resources::CaseCustomerClaim(claim()),
                "case_customer_claim",
                true,
                Some(Operation::GetCase),
                true,
                "case_customer_claim `ids`",
            ),
            (
                Resources::OwnContacts,
                "own-contacts",
                false,
                Some(Operation::DescribeContact),
                true,
                "own-contacts",
            ),
        ] {
            assert_eq!(resources.name(), name);
            assert_eq!(resources.claim().is_some(), has_claim, "{name}");
            assert_eq!(resources.confirmed_by(), confirmed_by, "{name}");
            assert_eq!(resources.is_personal(), is_personal, "{name}");
            assert_eq!(resources.to_string(), text);
        }
    }
}
