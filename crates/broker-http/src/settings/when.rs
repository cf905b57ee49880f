//! `when`: the condition on callers in every `[[identity]]` and `[[grant]]`.

use broker_core::caller::AWS_IAM;
use broker_core::rule::{ClaimTest, Expected, When};
use toml::Value;

use super::error::RuleError;
use super::item::{Item, Section};
use super::sources::{Shape, Sources};

/// A condition, as far as it could be read.
pub(super) struct ReadWhen {
    /// Its issuer; `None` where that is at fault.
    pub(super) issuer: Option<Box<str>>,
    /// The condition, with members left out that are at fault.
    pub(super) when: When,
}

impl ReadWhen {
    /// The member `when` of `rule`, which must be there.
    pub(super) fn read(rule: &mut Section<'_>, sources: &Sources) -> Self {
        let read = rule.required("when", |item| item.table(|section| Some(read(section, sources))));
        read.unwrap_or_else(|| Self {
            issuer: None,
            when: When::issuer(""),
        })
    }

    /// Whether some caller may meet both conditions, or nobody can tell because of another fault.
    pub(super) fn may_overlap(&self, other: &Self) -> bool {
        let may_agree = |one: &Option<Box<str>>, other: &Option<Box<str>>| match (one, other) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        may_agree(&self.issuer, &other.issuer) && may_agree(&self.when.subject, &other.when.subject)
    }
}

fn read(section: &mut Section<'_>, sources: &Sources) -> ReadWhen {
    let issuer: Option<Box<str>> = section.required("issuer", |item| {
        let is_known = |text: &str| sources.may_produce(text);
        item.parse(|text| {
            is_known(text)
                .then(|| text.into())
                .ok_or(RuleError::IssuerOfNothing)
        })
    });
    let has_claims = issuer.as_deref() != Some(AWS_IAM);
    let when = When {
        issuer: issuer.clone().unwrap_or_default(),
        subject: section.optional("subject", |item| read_subject(item, has_claims)),
        scope: section.optional("scope", |item| read_scope(item, has_claims)),
        claim: read_claim(section, issuer.as_deref(), sources),
    };
    ReadWhen { issuer, when }
}

fn read_subject(item: &Item<'_>, is_free: bool) -> Option<Box<str>> {
    item.parse(|text| {
        if is_free || is_role(text) {
            Ok(text.into())
        } else {
            Err(RuleError::IamSubject)
        }
    })
}

/// Whether `text` is `arn:P:iam::ACCOUNT:role/NAME`. Source: IAM, `CreateRole`, `RoleName`.
fn is_role(text: &str) -> bool {
    let Some(("arn", rest)) = text.split_once(':') else {
        return false;
    };
    let Some((partition, rest)) = rest.split_once(":iam::") else {
        return false;
    };
    let Some((account, name)) = rest.split_once(":role/") else {
        return false;
    };
    matches!(partition, "aws" | "aws-us-gov")
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

fn read_scope(item: &Item<'_>, has_claims: bool) -> Option<Box<str>> {
    item.parse(|text| match text {
        _ if !has_claims => Err(RuleError::NoClaims),
        _ if text.contains(' ') => Err(RuleError::Scope),
        _ => Ok(text.into()),
    })
}

fn read_claim(section: &mut Section<'_>, issuer: Option<&str>, sources: &Sources) -> Option<ClaimTest> {
    let (equals, contains) = (section.has("equals"), section.has("contains"));
    let is_named = section.has("claim");
    let shape = if contains { Shape::List } else { Shape::Text };
    let name = section.optional("claim", |item| sources.claim(item, issuer, shape));
    let is_flattened = issuer.is_some_and(|issuer| sources.is_flattened(issuer));
    let equal = section.optional("equals", |item| read_equals(item, is_flattened));
    let contained = section.optional("contains", |item| item.string().map(Expected::Contains));
    match (is_named, equals, contains) {
        (false, false, false) => None,
        (false, true, _) => section.fault("equals", RuleError::WithoutClaim),
        (false, false, true) => section.fault("contains", RuleError::WithoutClaim),
        (true, true, true) | (true, false, false) => section.fault("claim", RuleError::ClaimTest),
        (true, _, _) => Some(ClaimTest {
            name: name?,
            expected: equal.or(contained)?,
        }),
    }
}

/// INVARIANT: where claims are flattened, no value is accepted that a flattened array or object would equal.
fn read_equals(item: &Item<'_>, is_flattened: bool) -> Option<Expected> {
    match item.value() {
        Value::Boolean(_) if is_flattened => item.fault(RuleError::FlattenedFlag),
        Value::Boolean(flag) => Some(Expected::EqualsFlag(*flag)),
        Value::String(_) => item.parse(|text| {
            let looks_flattened = text.starts_with('[') || text.starts_with("map[");
            if is_flattened && looks_flattened {
                Err(RuleError::FlattenedText)
            } else {
                Ok(Expected::EqualsText(text.into()))
            }
        }),
        _ => item.fault(RuleError::Type("a string, true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_of_aws_iam_is_a_role_without_path_or_session() {
        for (text, expected) in [
            ("arn:aws:iam::111122223333:role/portal-backend", true),
            (
                "arn:aws-us-gov:iam::111122223333:role/Portal_Backend+=,.@-1",
                true,
            ),
            ("portal-backend", false),
            ("arn:aws:iam::111122223333:role/path/portal-backend", false),
            ("arn:aws:iam::111122223333:role/", false),
            ("arn:aws:iam::111122223333:role/*", false),
            ("arn:aws:iam::11112222333:role/portal-backend", false),
            ("arn:aws:iam::11112222333x:role/portal-backend", false),
            ("arn:aws:iam:eu-west-1:111122223333:role/portal-backend", false),
            ("arn:other:iam::111122223333:role/portal-backend", false),
            ("ARN:aws:iam::111122223333:role/portal-backend", false),
            ("arn:aws:iam::111122223333:user/ada", false),
            ("arn:aws:iam::111122223333:root", false),
            (
                "arn:aws:sts::111122223333:assumed-role/portal-backend/session",
                false,
            ),
            ("arn:aws:sts::111122223333:federated-user/ada", false),
        ] {
            assert_eq!(is_role(text), expected, "{text}");
        }
    }
}
