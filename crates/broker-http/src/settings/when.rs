//! `when`: the condition on callers in every `[[identity]]` and `[[grant]]`.

use broker_core::arn::IamRoleArn;
use broker_core::caller::CallerIssuer;
use broker_core::rule::{ClaimTest, Expected, When};
use toml::Value;

use super::error::RuleError;
use super::item::{Item, Section};
use super::sources::{Shape, Sources};

/// A condition, as far as it could be read.
pub(super) struct ReadWhen {
    /// Its issuer; `None` where that is at fault.
    pub(super) issuer: Option<CallerIssuer>,
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

    /// Whether some caller may meet both conditions, or another fault makes that unknown.
    pub(super) fn may_overlap(&self, other: &Self) -> bool {
        fn may_agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            match (one, other) {
                (Some(one), Some(other)) => one == other,
                (None, _) | (_, None) => true,
            }
        }
        may_agree(self.issuer.as_ref(), other.issuer.as_ref())
            && may_agree(self.when.subject.as_ref(), other.when.subject.as_ref())
    }
}

fn read(section: &mut Section<'_>, sources: &Sources) -> ReadWhen {
    let issuer = section.required("issuer", |item| {
        item.parse(|text| {
            let issuer = Some(CallerIssuer::named(text));
            let known = issuer.filter(|issuer| sources.may_produce(issuer));
            known.ok_or(RuleError::IssuerOfNothing)
        })
    });
    let has_claims = issuer != Some(CallerIssuer::AwsIam);
    let when = When {
        issuer: issuer.clone().unwrap_or_else(|| CallerIssuer::named("")),
        subject: section.optional("subject", |item| read_subject(item, has_claims)),
        scope: section.optional("scope", |item| read_scope(item, has_claims)),
        claim: read_claim(section, issuer.as_ref(), sources),
    };
    ReadWhen { issuer, when }
}

fn read_subject(item: &Item<'_>, is_free: bool) -> Option<Box<str>> {
    item.parse(|text| {
        if is_free || text.parse::<IamRoleArn>().is_ok() {
            Ok(text.into())
        } else {
            Err(RuleError::IamSubject)
        }
    })
}

fn read_scope(item: &Item<'_>, has_claims: bool) -> Option<Box<str>> {
    item.parse(|text| match text {
        _ if !has_claims => Err(RuleError::NoClaims),
        _ if text.contains(' ') => Err(RuleError::Scope),
        _ => Ok(text.into()),
    })
}

fn read_claim(
    section: &mut Section<'_>,
    issuer: Option<&CallerIssuer>,
    sources: &Sources,
) -> Option<ClaimTest> {
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
