//! `[[grant]]`: who may do what with which resources.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use broker_core::arn::ResourceArn;
use broker_core::caller::CallerIssuer;
use broker_core::file::Extension;
use broker_core::grants::{Action, Grant, OnBehalfOf, Resources};
use broker_core::limits::Scope;
use broker_core::request::{Tags, Username};
use broker_core::rule::RuleHash;
use toml::Value;

use super::environment::{CasesDomain, Facts};
use super::error::{Faults, RuleError};
use super::item::{Item, Section};
use super::sources::{ClaimForm, Shape, Sources};
use super::when::ReadWhen;

/// The ways to find cases by a claim.
const FORMS: [ClaimForm<Resources>; 2] = [
    ClaimForm {
        member: "case_ids_claim",
        shape: Shape::List,
        make: Resources::CaseIdsClaim,
    },
    ClaimForm {
        member: "case_customer_claim",
        shape: Shape::Text,
        make: Resources::CaseCustomerClaim,
    },
];

/// One entry, as far as it could be read.
pub(super) struct ReadGrant {
    when: ReadWhen,
    /// `None` where it is at fault.
    on_behalf_of: Option<OnBehalfOf>,
    /// The entry; `None` where its resources are at fault.
    grant: Option<Grant>,
}

impl ReadGrant {
    /// The entries in `item`.
    pub(super) fn read_all(item: &Item<'_>, facts: &Facts, sources: &Sources) -> Option<Vec<Self>> {
        item.each(|entry| {
            let hash = hash_of(entry.value());
            entry.table(|section| Some(Self::read(section, hash, facts, sources)))
        })
    }

    /// Reports a Cases domain that is absent although an entry names cases.
    pub(super) fn check_all(entries: &[Self], facts: &Facts, faults: &Faults) {
        let names_cases = |entry: &Self| {
            entry
                .grant
                .as_ref()
                .is_some_and(|grant| grant.resources.are_of(Scope::Case))
        };
        if matches!(facts.cases_domain, CasesDomain::Absent) && entries.iter().any(names_cases) {
            faults.add("CASES_DOMAIN_ARN", RuleError::CasesDomain);
        }
    }

    /// Whether callers that meet `when` may use it for others, or another fault makes that unknown.
    pub(super) fn may_lend_to(&self, when: &ReadWhen) -> bool {
        self.on_behalf_of != Some(OnBehalfOf::Nobody) && self.when.may_overlap(when)
    }

    /// The entry; `None` where it is at fault.
    pub(super) fn grant(self) -> Option<Grant> {
        self.grant
    }

    fn read(section: &mut Section<'_>, hash: RuleHash, facts: &Facts, sources: &Sources) -> Self {
        let when = ReadWhen::read(section, sources);
        let issuer = when.issuer.as_ref();
        let resources = section.required("resources", |item| read_resources(item, issuer, facts, sources));
        let actions = section.or("actions", BTreeSet::from(Action::ALL), read_actions);
        let on_behalf_of = section.or("on_behalf_of", OnBehalfOf::Nobody, read_on_behalf_of);
        let max_file_size_bytes = section.optional("max_file_size_bytes", |item| item.number(1..=u64::MAX));
        let allowed_extensions = section.optional("allowed_extensions", read_extensions);
        let tag_keys = section.or("tag_keys", BTreeSet::new(), read_tag_keys);
        let grant = resources.map(|resources| Grant {
            hash,
            when: when.when.clone(),
            resources,
            actions: actions.unwrap_or_default(),
            on_behalf_of: on_behalf_of.clone().unwrap_or_default(),
            max_file_size_bytes,
            allowed_extensions,
            tag_keys: tag_keys.unwrap_or_default(),
        });
        if grant.as_ref().is_some_and(Grant::lends_what_is_personal) {
            section.fault::<()>("on_behalf_of", RuleError::LendsWhatIsPersonal);
        }
        Self {
            when,
            on_behalf_of,
            grant,
        }
    }
}

/// SHA-256 of the entry as JSON, whose members `toml` keeps in order of their names.
fn hash_of(entry: &Value) -> RuleHash {
    // Writing an entry of a rules file to memory cannot fail.
    let text = serde_json::to_vec(entry).unwrap_or_default();
    let digest = digest::digest(&digest::SHA256, &text);
    RuleHash(std::array::from_fn(|n| digest.as_ref()[n]))
}

fn read_resources(
    item: &Item<'_>,
    issuer: Option<&CallerIssuer>,
    facts: &Facts,
    sources: &Sources,
) -> Option<Resources> {
    match item.value() {
        Value::String(_) => item.parse(|text| match text {
            "any-case" => Ok(Resources::AnyCase),
            "any-contact" => Ok(Resources::AnyContact),
            "own-contacts" => Ok(Resources::OwnContacts),
            _ => Err(RuleError::Resources),
        }),
        Value::Array(_) => {
            let listed = item.at_least_one(|arn| arn.parse(|text| listed_resource(text, facts)));
            listed.map(Resources::Listed)
        }
        Value::Table(_) => sources.one_claim(item, issuer, FORMS, RuleError::Resources),
        _ => item.fault(RuleError::Resources),
    }
}

fn listed_resource(text: &str, facts: &Facts) -> Result<ResourceArn, RuleError> {
    let parsed = text.parse::<ResourceArn>();
    let resource = parsed.map_err(|fault| RuleError::Arn {
        expected: "a case or a contact",
        fault,
    })?;
    if facts.may_hold(&resource) {
        Ok(resource)
    } else {
        Err(RuleError::ForeignResource)
    }
}

fn read_actions(item: &Item<'_>) -> Option<BTreeSet<Action>> {
    let named = |text: &str| Action::ALL.into_iter().find(|action| action.name() == text);
    let rule = || RuleError::OneOf(&["start", "complete", "read", "delete"]);
    let actions = item.at_least_one(|name| name.parse(|text| named(text).ok_or_else(rule)))?;
    Some(actions.into_iter().collect())
}

fn read_on_behalf_of(item: &Item<'_>) -> Option<OnBehalfOf> {
    match item.value() {
        Value::Boolean(true) => Some(OnBehalfOf::Anyone),
        Value::Boolean(false) => Some(OnBehalfOf::Nobody),
        Value::Array(_) => {
            let username = |text: &str| Username::parse(text).ok_or(RuleError::Username);
            let names = item.at_least_one(|name| name.parse(username))?;
            Some(OnBehalfOf::Listed(names.into_iter().collect()))
        }
        _ => item.fault(RuleError::Type("true, false or an array of usernames")),
    }
}

fn read_extensions(item: &Item<'_>) -> Option<BTreeSet<Extension>> {
    let extension = |text: &str| match text.strip_prefix('.') {
        Some(_) => Err(RuleError::LeadingDot),
        None => Extension::parse(text).map_err(RuleError::Extension),
    };
    let extensions = item.at_least_one(|name| name.parse(extension))?;
    Some(extensions.into_iter().collect())
}

fn read_tag_keys(item: &Item<'_>) -> Option<BTreeSet<Box<str>>> {
    let key = |text: &str| match Tags::default().insert(text, "") {
        Ok(()) => Ok(text.into()),
        Err(fault) => Err(RuleError::TagKey(fault)),
    };
    let keys: BTreeSet<_> = item.each(|name| name.parse(key))?.into_iter().collect();
    if keys.len() > Tags::MAX {
        item.fault(RuleError::TooMany(Tags::MAX))
    } else {
        Some(keys)
    }
}
