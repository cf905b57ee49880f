//! `[[identity]]`: the Connect user that an upload is attributed to.

use broker_core::arn::ConnectUserArn;
use broker_core::caller::CallerIssuer;
use broker_core::identity::{IdentityRule, UserSource};
use toml::Value;

use super::environment::Facts;
use super::error::{Faults, RuleError};
use super::grant::ReadGrant;
use super::item::{Item, Section};
use super::sources::{ClaimForm, Shape, Sources};
use super::when::ReadWhen;

/// The ways to find a user by a claim.
const FORMS: [ClaimForm<UserSource>; 2] = [
    ClaimForm {
        member: "username_claim",
        shape: Shape::Text,
        make: UserSource::UsernameClaim,
    },
    ClaimForm {
        member: "arn_claim",
        shape: Shape::Text,
        make: UserSource::ArnClaim,
    },
];

/// One entry, as far as it could be read.
pub(super) struct ReadIdentity {
    when: ReadWhen,
    user: Option<UserSource>,
}

impl ReadIdentity {
    /// The entries in `item`, which must have one.
    pub(super) fn read_all(item: &Item<'_>, facts: &Facts, sources: &Sources) -> Option<Vec<Self>> {
        item.each(|entry| entry.table(|section| Some(Self::read(section, facts, sources))))
    }

    /// Reports the entries of backends that no grant lets name a user.
    pub(super) fn check_all(entries: &[Self], grants: &[ReadGrant], faults: &Faults) {
        for (position, entry) in entries.iter().enumerate() {
            let names_users = entry.user == Some(UserSource::OnBehalfOf);
            if names_users && !grants.iter().any(|grant| grant.may_lend_to(&entry.when)) {
                faults.add(format!("identity[{position}].user"), RuleError::NobodyToName);
            }
        }
    }

    /// The entry; `None` where it is at fault.
    pub(super) fn rule(self) -> Option<IdentityRule> {
        Some(IdentityRule {
            when: self.when.when,
            user: self.user?,
        })
    }

    fn read(section: &mut Section<'_>, facts: &Facts, sources: &Sources) -> Self {
        let when = ReadWhen::read(section, sources);
        let issuer = when.issuer.as_ref();
        let user = section.required("user", |item| read_user(item, issuer, facts, sources));
        Self { when, user }
    }
}

fn read_user(
    item: &Item<'_>,
    issuer: Option<&CallerIssuer>,
    facts: &Facts,
    sources: &Sources,
) -> Option<UserSource> {
    match item.value() {
        Value::String(_) => item.parse(|text| fixed_user(text, facts)),
        Value::Table(_) => sources.one_claim(item, issuer, FORMS, RuleError::User),
        _ => item.fault(RuleError::User),
    }
}

fn fixed_user(text: &str, facts: &Facts) -> Result<UserSource, RuleError> {
    if text == "on-behalf-of" {
        return Ok(UserSource::OnBehalfOf);
    }
    let user: ConnectUserArn = text.parse().map_err(|_| RuleError::User)?;
    let is_foreign = facts
        .instance
        .as_ref()
        .is_some_and(|instance| !user.is_of(instance));
    if is_foreign {
        Err(RuleError::ForeignUser)
    } else {
        Ok(UserSource::Fixed(user))
    }
}
