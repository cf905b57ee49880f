//! Texts for the parts of rules.

use broker_core::grants::Resources;
use broker_core::identity::UserSource;

/// A text for the user that a rule finds.
pub(super) fn user(source: &UserSource) -> String {
    match source {
        UserSource::UsernameClaim(name) => {
            format!("the one user that SearchUsers finds by the claim `{name}`")
        }
        UserSource::ArnClaim(name) => format!("the user whose ARN is the claim `{name}`"),
        UserSource::Fixed(arn) => arn.to_string(),
        UserSource::OnBehalfOf => "the user that each request names".into(),
    }
}

/// A text for the resources of a grant, in the words of the settings.
pub(super) fn resources(resources: &Resources) -> String {
    match resources {
        Resources::AnyCase => "any-case".into(),
        Resources::AnyContact => "any-contact".into(),
        Resources::OwnContacts => "own-contacts".into(),
        Resources::Listed(arns) => format!("{} listed", arns.len()),
        Resources::CaseIdsClaim(name) => format!("case_ids_claim `{name}`"),
        Resources::CaseCustomerClaim(name) => format!("case_customer_claim `{name}`"),
    }
}
