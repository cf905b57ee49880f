//! `[authentication]`: the kinds of evidence about callers that are accepted.

use std::collections::BTreeSet;

use super::error::RuleError;
use super::item::Item;

/// Which evidence of a caller is accepted, and from which APIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// The accepted kinds, never none.
    pub accept: BTreeSet<EvidenceKind>,
    /// Ids of the APIs whose events are answered; all where there is none.
    pub api_ids: BTreeSet<Box<str>>,
}

/// A kind of evidence that an event can hold.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum EvidenceKind {
    /// A bearer token, verified in the function.
    Token,
    /// The context of API Gateway's own JWT or Cognito authorizer.
    Jwt,
    /// The context of a Lambda authorizer.
    Lambda,
    /// The IAM principal that signed the request.
    Iam,
}

impl Default for Authentication {
    fn default() -> Self {
        Self {
            accept: BTreeSet::from([EvidenceKind::Token]),
            api_ids: BTreeSet::new(),
        }
    }
}

impl Authentication {
    /// Whether tokens of an `[[issuer]]` are accepted, whoever verifies them.
    #[must_use]
    pub(crate) fn accepts_tokens(&self) -> bool {
        self.accept.contains(&EvidenceKind::Token) || self.accept.contains(&EvidenceKind::Jwt)
    }

    /// The table, whose members all have defaults.
    pub(super) fn read(item: &Item<'_>) -> Option<Self> {
        item.table(|section| {
            let default = Self::default();
            let accept = section.or("accept", default.accept, read_accept);
            let api_ids = section.or("api_ids", default.api_ids, read_api_ids);
            Some(Self {
                accept: accept?,
                api_ids: api_ids?,
            })
        })
    }
}

fn read_accept(item: &Item<'_>) -> Option<BTreeSet<EvidenceKind>> {
    let kinds = BTreeSet::from_iter(item.at_least_one(Item::one_of::<EvidenceKind>)?);
    if kinds.contains(&EvidenceKind::Token) && kinds.contains(&EvidenceKind::Jwt) {
        return item.fault(RuleError::TokenAndJwt);
    }
    Some(kinds)
}

fn read_api_ids(item: &Item<'_>) -> Option<BTreeSet<Box<str>>> {
    let is_id = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    let read = |text: &str| is_id(text).then(|| text.into()).ok_or(RuleError::ApiId);
    let ids = item.at_least_one(|id| id.parse(read))?;
    Some(ids.into_iter().collect())
}
