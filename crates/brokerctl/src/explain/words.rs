//! Texts for the parts of rules.

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
