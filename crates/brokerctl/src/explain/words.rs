//! What rules and their answers are called.

use broker_core::grants::{Question, Reach, Resources};
use broker_core::identity::UserSource;
use broker_core::rule::Mismatch;

/// Why a rule is not about the caller.
pub(super) const fn mismatch(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Issuer => "is about another issuer",
        Mismatch::Subject => "is about another subject",
        Mismatch::Scope => "needs a scope that the caller does not hold",
        Mismatch::Claim => "needs a claim that the caller lacks, or that says something else",
    }
}

/// The user that a rule finds.
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

/// The resources of a grant, as they are called in the settings.
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

/// What a grant says.
pub(super) fn reach(reach: &Reach) -> String {
    match reach {
        Reach::Granted => "allows it".into(),
        Reach::If(question) => format!("allows it if {}", condition(question)),
        Reach::OtherCaller(other) => mismatch(*other).into(),
        Reach::OtherAction => "does not allow the action".into(),
        Reach::OtherUser => "does not let the caller ask for that user".into(),
        Reach::OtherResource => "is about other resources".into(),
        Reach::UnusableClaim => "rests on a claim that is absent or not of the shape it must have".into(),
    }
}

const fn condition(question: &Question) -> &'static str {
    match question {
        Question::CustomerOf(..) => "GetCase says that the case's customer_id equals the claim",
        Question::AgentOf(..) => "DescribeContact says that the contact is open and its agent is the user",
    }
}
