//! `[[issuer]]`: the issuers whose tokens are accepted, and how their tokens are verified.

use std::io;
use std::path::Path;

use broker_token::{Algorithm, IssuerPolicy, IssuerSettings, KeySource, MAX_LEEWAY_SECS, Profile};

use super::error::RuleError;
use super::item::{Item, Section};

/// Most seconds between `iat` and `exp`, unless the entry says otherwise.
const DEFAULT_MAX_LIFETIME_SECS: u64 = 86_400;

/// A sound name that no issuer has, for an entry whose `url` could not be read.
const UNREAD: &str = "https://unread.invalid/";

/// One entry, as far as it could be read.
pub(super) struct Issuer {
    /// Its `url`; `None` where that is at fault.
    pub(super) url: Option<Box<str>>,
    /// Its `immutable_claims`; `None` where those are at fault.
    pub(super) immutable_claims: Option<Vec<Box<str>>>,
    /// The entry, with sound stand-ins for what could not be read; `None` where a rule refuses it.
    pub(super) checked: Option<broker_token::Issuer>,
}

impl Issuer {
    /// The entries in `item`; `read_file` reads a `jwks_file`.
    ///
    /// Behind a gateway that verifies tokens, an issuer needs no keys, and its `url` is only a name.
    pub(super) fn read_all(
        item: &Item<'_>,
        is_behind_gateway: bool,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Option<Vec<Self>> {
        const UNREADABLE: Issuer = Issuer {
            url: None,
            immutable_claims: None,
            checked: None,
        };
        item.each(|entry| {
            let read = entry.table(|section| Some(Self::read(section, is_behind_gateway, &read_file)));
            Some(read.unwrap_or(UNREADABLE))
        })
    }

    fn read(
        section: &mut Section<'_>,
        is_behind_gateway: bool,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Self {
        let url: Option<Box<str>> = section.required("url", Item::string);
        let policy = read_policy(section, url.as_deref().unwrap_or(UNREAD));
        let immutable_claims = section.or("immutable_claims", vec![], |item| item.each(Item::string));
        let keys = read_keys(section, is_behind_gateway, read_file);
        let keys = keys.unwrap_or_else(|| KeySource::JwksUrl(UNREAD.into()));
        let checked = match broker_token::Issuer::parse(IssuerSettings { policy, keys }) {
            Ok(issuer) if is_behind_gateway => Some(issuer.behind_gateway()),
            Ok(issuer) => Some(issuer),
            Err(errors) => {
                for error in errors {
                    section.fault::<()>(error.member(), RuleError::Issuer(error));
                }
                None
            }
        };
        Self {
            url,
            immutable_claims,
            checked,
        }
    }
}

/// The entry's rules, with sound stand-ins for what is at fault.
fn read_policy(section: &mut Section<'_>, url: &str) -> IssuerPolicy {
    let strings = |item: &Item<'_>| item.each(Item::string);
    let profile = section.required("profile", Item::one_of::<Profile>);
    let policy = IssuerPolicy {
        url: url.into(),
        profile: profile.unwrap_or(Profile::OidcId),
        audiences: section
            .required("audiences", |item| item.at_least_one(Item::string))
            .unwrap_or_else(|| vec![UNREAD.into()]),
        authorized_parties: section
            .or("authorized_parties", vec![], strings)
            .unwrap_or_default(),
        resources: section.or("resources", vec![], strings).unwrap_or_default(),
        algorithms: section
            .or("algorithms", vec![Algorithm::Rs256], |item| {
                item.at_least_one(Item::one_of::<Algorithm>)
            })
            .unwrap_or_else(|| Algorithm::ALL.into()),
        scopes: section.or("scopes", vec![], strings).unwrap_or_default(),
        leeway_secs: section
            .or("leeway_seconds", MAX_LEEWAY_SECS, |item| {
                item.number(0..=MAX_LEEWAY_SECS)
            })
            .unwrap_or_default(),
        max_lifetime_secs: section
            .or("max_lifetime_seconds", DEFAULT_MAX_LIFETIME_SECS, |item| {
                item.number(1..=u64::MAX)
            })
            .unwrap_or(1),
    };
    if let Some(profile) = profile {
        check_members_of(profile, &policy, section);
    }
    policy
}

/// Reports members that this profile's tokens do not use, and scopes that they cannot hold.
fn check_members_of(profile: Profile, policy: &IssuerPolicy, section: &Section<'_>) {
    let (takes_parties, takes_resources, may_have_scopes) = match profile {
        Profile::CognitoAccess => (false, true, true),
        Profile::OidcId => (true, false, false),
        Profile::Rfc9068 | Profile::OidcAccess => (false, false, true),
    };
    if !takes_parties && !policy.authorized_parties.is_empty() {
        section.fault::<()>("authorized_parties", RuleError::OnlyInProfile(Profile::OidcId));
    }
    if !takes_resources && !policy.resources.is_empty() {
        section.fault::<()>("resources", RuleError::OnlyInProfile(Profile::CognitoAccess));
    }
    if !may_have_scopes && !policy.scopes.is_empty() {
        section.fault::<()>("scopes", RuleError::ScopesOfIdTokens);
    }
}

fn read_keys(
    section: &mut Section<'_>,
    is_behind_gateway: bool,
    read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
) -> Option<KeySource> {
    let has_both = section.has("jwks_url") && section.has("jwks_file");
    let has_none = !section.has("jwks_url") && !section.has("jwks_file");
    let url = section.optional("jwks_url", Item::string);
    let file = section.optional("jwks_file", |item| {
        item.parse(|path| read_file(Path::new(path)).map_err(|error| RuleError::Unreadable(error.kind())))
    });
    if has_both {
        return section.fault("jwks_file", RuleError::TwoKeySources);
    }
    if has_none {
        return Some(if is_behind_gateway {
            KeySource::Gateway
        } else {
            KeySource::Discovery
        });
    }
    url.map(KeySource::JwksUrl).or(file.map(KeySource::Static))
}
