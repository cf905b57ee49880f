//! `[[issuer]]`: whose tokens are accepted, and how they are verified.

use std::io;
use std::path::Path;

use broker_token::{
    Algorithm, FetchDocument, FetchError, IssuerPolicy, IssuerSettings, KeySource, MAX_LEEWAY_SECS,
    PolicyError, Profile, TokenVerifier,
};

use super::authentication::{Authentication, EvidenceKind};
use super::error::{Faults, RuleError};
use super::item::{Item, Section};

/// Most seconds between `iat` and `exp`, unless the entry says otherwise.
const DEFAULT_MAX_LIFETIME_SECS: u64 = 86_400;

/// One entry, as far as it could be read.
pub(super) struct Issuer {
    /// Its `url`; `None` where that is at fault.
    pub(super) url: Option<Box<str>>,
    /// Its `immutable_claims`; `None` where those are at fault.
    pub(super) immutable_claims: Option<Vec<Box<str>>>,
    /// The entry, with sound stand-ins for what is at fault.
    pub(super) settings: IssuerSettings,
}

impl Issuer {
    /// The entries in `item`; `read_file` reads a `jwks_file`, and `undiscovered` is [`keys_without_address`]'s.
    pub(super) fn read_all(
        item: &Item<'_>,
        undiscovered: &KeySource,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Option<Vec<Self>> {
        item.each(|entry| {
            let read = entry.table(|section| Some(Self::read(section, undiscovered, &read_file)));
            Some(read.unwrap_or_else(Self::stand_in))
        })
    }

    /// Reports what the verifier itself has against the entries.
    pub(super) fn check_all(entries: &[Self], faults: &Faults) {
        let url_of = |(index, entry): (usize, &Self)| {
            let mut settings = entry.settings.clone();
            if entry.url.is_none() {
                settings.policy.url = format!("https://unread.invalid/{index}");
            }
            settings
        };
        let settings = entries.iter().enumerate().map(url_of).collect();
        let found = TokenVerifier::new(settings, NoFetch).err().unwrap_or_default();
        for fault in found {
            let (member, rule) = told(fault.fault);
            faults.add(format!("issuer[{}].{member}", fault.index), rule);
        }
    }

    /// The entry, as its verifier needs it: without keys where the gateway verifies.
    pub(super) fn into_settings(self, authentication: &Authentication) -> IssuerSettings {
        let mut settings = self.settings;
        if authentication.accept.contains(&EvidenceKind::Jwt) {
            settings.keys = KeySource::Gateway;
        }
        settings
    }

    fn read(
        section: &mut Section<'_>,
        undiscovered: &KeySource,
        read_file: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Self {
        let mut entry = Self::stand_in();
        let policy = &mut entry.settings.policy;
        entry.url = section.required("url", Item::string);
        policy.url = entry.url.as_deref().unwrap_or_default().to_owned();
        let profile = section.required("profile", Item::one_of::<Profile>);
        set(&mut policy.profile, profile);
        set(
            &mut policy.audiences,
            section.required("audiences", |item| item.at_least_one(Item::string)),
        );
        set(
            &mut policy.authorized_parties,
            section.or("authorized_parties", vec![], |item| item.each(Item::string)),
        );
        set(
            &mut policy.resources,
            section.or("resources", vec![], |item| item.each(Item::string)),
        );
        let algorithms = |item: &Item<'_>| item.at_least_one(Item::one_of::<Algorithm>);
        set(
            &mut policy.algorithms,
            section.or("algorithms", vec![Algorithm::Rs256], algorithms),
        );
        set(
            &mut policy.scopes,
            section.or("scopes", vec![], |item| item.each(Item::string)),
        );
        let leeway = |item: &Item<'_>| item.number(0..=MAX_LEEWAY_SECS);
        set(
            &mut policy.leeway_secs,
            section.or("leeway_seconds", MAX_LEEWAY_SECS, leeway),
        );
        let lifetime = |item: &Item<'_>| item.number(1..=u64::MAX);
        set(
            &mut policy.max_lifetime_secs,
            section.or("max_lifetime_seconds", DEFAULT_MAX_LIFETIME_SECS, lifetime),
        );
        if let Some(profile) = profile {
            check_members_of(profile, policy, section);
        }
        entry.immutable_claims = section.or("immutable_claims", vec![], |item| item.each(Item::string));
        set(
            &mut entry.settings.keys,
            read_keys(section, undiscovered, read_file),
        );
        entry
    }

    /// An entry without fault, but for its `url`.
    fn stand_in() -> Self {
        let policy = IssuerPolicy {
            url: String::new(),
            profile: Profile::OidcId,
            audiences: vec!["unread".into()],
            authorized_parties: vec![],
            resources: vec![],
            algorithms: Algorithm::ALL.into(),
            scopes: vec![],
            leeway_secs: 0,
            max_lifetime_secs: 1,
        };
        Self {
            url: None,
            immutable_claims: None,
            settings: IssuerSettings {
                policy,
                keys: KeySource::JwksUrl("https://unread.invalid/".into()),
            },
        }
    }
}

/// Where the keys of an issuer are whose entry has neither `jwks_url` nor `jwks_file`.
///
/// Under "jwt" they are nowhere, and then `url` is only a name; so it is taken to be where `authentication`
/// itself is at fault, because nobody can tell.
pub(super) fn keys_without_address(authentication: Option<&Authentication>) -> KeySource {
    if authentication.is_none_or(|known| known.accept.contains(&EvidenceKind::Jwt)) {
        KeySource::Gateway
    } else {
        KeySource::Discovery
    }
}

/// Reports members that tokens of this profile have no use for, and scopes that none of them can hold.
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

/// Puts what was read in the place of its stand-in.
fn set<T>(place: &mut T, read: Option<T>) {
    if let Some(read) = read {
        *place = read;
    }
}

fn read_keys(
    section: &mut Section<'_>,
    undiscovered: &KeySource,
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
        return Some(undiscovered.clone());
    }
    url.map(KeySource::JwksUrl).or(file.map(KeySource::Static))
}

/// The verifier's fault as one of ours: which member, and what is expected of it.
fn told(fault: PolicyError) -> (&'static str, RuleError) {
    match fault {
        PolicyError::Url(fault) => ("url", RuleError::DiscoveryUrl(fault)),
        PolicyError::IssuerName(fault) => ("url", RuleError::IssuerName(fault)),
        PolicyError::QueryInUrl => ("url", RuleError::QueryInUrl),
        PolicyError::DuplicateUrl => ("url", RuleError::SameIssuer),
        PolicyError::Audiences => ("audiences", RuleError::Empty),
        PolicyError::Algorithms => ("algorithms", RuleError::Empty),
        PolicyError::Scopes => ("scopes", RuleError::Scope),
        PolicyError::Leeway => {
            let (min, max) = (0, MAX_LEEWAY_SECS);
            ("leeway_seconds", RuleError::Range { min, max })
        }
        PolicyError::MaxLifetime => ("max_lifetime_seconds", RuleError::AtLeast(1)),
        PolicyError::JwksUrl(fault) => ("jwks_url", RuleError::Url(fault)),
        PolicyError::JwksFile(fault) => ("jwks_file", RuleError::Keys(fault)),
    }
}

/// Fetches nothing: settings are checked without a network.
struct NoFetch;

impl FetchDocument for NoFetch {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NoAnswer("settings are checked offline".into()))
    }
}
