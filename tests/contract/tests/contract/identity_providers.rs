//! docs/identity-providers.md: each block of TOML accepts the tokens that it names, maps their callers and grants their
//! requests, and refuses the provider's other kinds of token.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use broker_http::settings::Settings;
use broker_token::{FetchDocument, FetchError, Profile, TokenVerifier, VerifyError};
use test_support::{Bench, CannedPorts, INSTANCE, NOW_SECS, ProviderToken, Rules, upload_event};

const PAGE: &str = include_str!("../../../../docs/identity-providers.md");

/// How a caller is mapped to a Connect user.
#[derive(Clone, Copy)]
enum Acts {
    /// The directory is asked for this username.
    As(&'static str),
    /// The rule names the user with this id, without the directory.
    AsFixed(&'static str),
    /// The request names the user.
    ForOthers,
}

use Acts::{As, AsFixed, ForOthers};

const ADA: &str = "ada.agent";

/// A token and the user that its holder acts as under the block that names it, and the provider's other tokens, which
/// that block must refuse.
const ROWS: &[(&str, Acts, &[&str])] = &[
    (
        "cognito-access",
        As(ADA),
        &["cognito-id-as-access", "cognito-resource-not-listed"],
    ),
    ("cognito-resource", As(ADA), &["cognito-id-as-access"]),
    ("cognito-id", As(ADA), &["cognito-access-as-id"]),
    ("cognito-client-credentials", ForOthers, &["cognito-id-as-access"]),
    (
        "entra-v2-access",
        As("ada@example.com"),
        &["entra-v2-id-as-access"],
    ),
    (
        "entra-150-groups",
        As("ada@example.com"),
        &["entra-v2-id-as-access"],
    ),
    (
        "entra-v2-id",
        As("690222be-ff1a-4d56-abd1-7e4f7d38e474"),
        &["entra-v2-access-as-id"],
    ),
    ("entra-v1-access", As("ada@example.com"), &[]),
    (
        "entra-application",
        ForOthers,
        &["entra-v2-access", "entra-v2-id-as-access"],
    ),
    ("entra-external-id", As(ADA), &[]),
    ("entra-b2c-access", As(ADA), &["entra-b2c-id-as-access"]),
    ("okta-custom", As("ada@example.com"), &[]),
    ("auth0-access", As(ADA), &[]),
    ("auth0-rfc9068", As(ADA), &["auth0-access"]),
    ("keycloak-25", As(ADA), &["keycloak-without-audience"]),
    ("keycloak-24", As(ADA), &["keycloak-without-audience"]),
    ("adfs", As("ada@example.com"), &[]),
    (
        "duende",
        As(ADA),
        &["duende-client-credentials", "duende-without-scope"],
    ),
    ("identityserver4", As(ADA), &[]),
    ("spring", As(ADA), &[]),
    ("pingone", As(ADA), &[]),
    ("pingone-2027", As(ADA), &[]),
    ("pingam", As(ADA), &["pingam-compressed"]),
    ("google-id", As("ada@example.com"), &[]),
    ("google-android", As("ada@example.com"), &[]),
    ("firebase", As(ADA), &[]),
    ("apple", AsFixed("u-ada"), &[]),
    ("supabase", As(ADA), &[]),
    ("zitadel", As(ADA), &[]),
    ("ory-hydra", As(ADA), &[]),
    ("logto", As(ADA), &[]),
    ("asgardeo", As(ADA), &[]),
    ("salesforce", AsFixed("u-ada"), &[]),
    ("oracle", As(ADA), &[]),
    ("uaa", As(ADA), &[]),
    ("github-actions", ForOthers, &[]),
    ("eks", ForOthers, &[]),
    ("aws-sts-rs256", ForOthers, &[]),
    ("aws-sts-es384", ForOthers, &[]),
];

/// Accepted tokens that show a form of JSON or of a signature, and not a provider.
const FORMS: [&str; 4] = [
    "bare-name",
    "ed25519",
    "eddsa-with-an-ed25519-key",
    "fraction-of-a-second",
];

/// Accepted tokens for the sentences beside a section's block.
const ASIDES: [&str; 3] = ["entra-b2c-id", "google-bare-issuer", "keycloak-id"];

/// The page's blocks of TOML, each with the names of its tokens.
fn blocks() -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    PAGE.split("\n```toml ").skip(1).map(|block| {
        let (names, rest) = block.split_once('\n').expect("a line of names");
        let (text, _) = rest.split_once("\n```").expect("a block that ends");
        (names.split(' ').collect(), text)
    })
}

fn block_of(name: &str) -> &'static str {
    let mut blocks = blocks().filter(|(names, _)| names.contains(&name));
    let (_, text) = blocks
        .next()
        .unwrap_or_else(|| panic!("no block of the page is named {name}"));
    assert!(blocks.next().is_none(), "two blocks of the page are named {name}");
    text
}

/// The outcome of an upload.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u16,
    /// The usernames that the directory was asked for.
    asked: Vec<String>,
    /// The user that Connect records.
    user: Option<String>,
}

impl Outcome {
    fn refused(status: u16) -> Self {
        Self {
            status,
            asked: vec![],
            user: None,
        }
    }

    /// An upload that Connect records for the user with this id.
    fn started(asked: &[&str], user_id: &str) -> Self {
        Self {
            status: 201,
            asked: asked.iter().copied().map(str::to_owned).collect(),
            user: Some(format!("{INSTANCE}/agent/{user_id}")),
        }
    }
}

async fn upload(token: &ProviderToken, rules: &Rules, on_behalf_of: Option<&str>) -> Outcome {
    let (text, keys) = token.sign();
    let bench = Bench::fetching(rules, CannedPorts::default(), keys);
    let event = upload_event().header("authorization", &format!("Bearer {text}"));
    let event = match on_behalf_of {
        Some(name) => event.member("onBehalfOf", name),
        None => event,
    };
    let status = bench.respond(&event).await.status;
    let calls = bench.calls();
    let asked = calls.iter().filter(|call| call.operation == "user-named");
    let start = calls.iter().find(|call| call.operation == "start");
    Outcome {
        status,
        asked: asked.map(|call| call.about.clone()).collect(),
        user: start.and_then(|call| call.given["user"].as_str().map(str::to_owned)),
    }
}

async fn verdict(token: &ProviderToken, settings: &Settings) -> Result<(), VerifyError> {
    let (text, keys) = token.sign();
    let verifier = TokenVerifier::new(settings.issuers.clone(), keys).expect("sound issuers");
    let now = UNIX_EPOCH + Duration::from_secs(NOW_SECS);
    verifier.verify(&text, now).await.map(drop)
}

/// The same token turned into another kind, for the same audience.
fn of_another_kind(token: &ProviderToken, profile: Profile) -> ProviderToken {
    let token = token.clone();
    match profile {
        Profile::OidcId => token.claim("scope", "openid"),
        Profile::CognitoAccess => token.claim("token_use", "id"),
        Profile::Rfc9068 => token.header("typ", "JWT"),
        Profile::OidcAccess => {
            let token = token.without_claim("scope").without_claim("scp");
            token.claim("at_hash", "kW9sQ0vYw1Yq2n1h2c0k3A")
        }
    }
}

/// The same token without the claims that the block's grant needs.
fn without_grant(token: &ProviderToken, settings: &Settings) -> ProviderToken {
    let when = &settings.grants.entries()[0].when;
    match (&when.claim, &when.scope, &when.subject) {
        (Some(test), _, _) => token.clone().without_claim(test.name.first()),
        (None, Some(_), _) => token.clone().claim("scope", "openid").without_claim("scp"),
        (None, None, Some(_)) => token.clone().claim("sub", "somebody-else"),
        (None, None, None) => panic!("the block grants to everyone"),
    }
}

#[tokio::test]
async fn each_block_maps_and_grants_the_tokens_that_it_names() {
    for &(name, acts, _) in ROWS {
        let (token, rules) = (ProviderToken::named(name), Rules::of(block_of(name)));
        let alone = upload(&token, &rules, None).await;
        let expected = match acts {
            As(username) => Outcome::started(&[username], &format!("u-{}", username.replace('@', ""))),
            AsFixed(user_id) => Outcome::started(&[], user_id),
            ForOthers => Outcome::refused(422),
        };
        assert_eq!(alone, expected, "{name}");

        let for_ada = upload(&token, &rules, Some(ADA)).await;
        let expected = match acts {
            As(_) | AsFixed(_) => (403, None),
            ForOthers => (201, Some(format!("{INSTANCE}/agent/u-{ADA}"))),
        };
        assert_eq!((for_ada.status, for_ada.user), expected, "{name} for {ADA}");
    }
}

#[tokio::test]
async fn each_block_refuses_callers_without_its_group_role_scope_or_subject() {
    for &(name, ..) in ROWS {
        let (token, rules) = (ProviderToken::named(name), Rules::of(block_of(name)));
        let lacking = without_grant(&token, &rules.settings());
        for on_behalf_of in [None, Some(ADA)] {
            let outcome = upload(&lacking, &rules, on_behalf_of).await;
            assert_eq!((outcome.status, outcome.user), (403, None), "{name}");
        }
    }
}

#[tokio::test]
async fn each_block_refuses_the_providers_other_tokens() {
    for &(name, _, others) in ROWS {
        let rules = Rules::of(block_of(name));
        let settings = rules.settings();
        let turned = of_another_kind(&ProviderToken::named(name), settings.issuers[0].policy.profile);
        let fault = verdict(&turned, &settings).await.err();
        let fault = fault.map(|fault| fault.to_string()).unwrap_or_default();
        assert!(
            fault.contains("belongs to another kind of token"),
            "{name}: {fault}"
        );
        assert_eq!(
            upload(&turned, &rules, None).await,
            Outcome::refused(401),
            "{name}"
        );

        for other in others {
            let outcome = upload(&ProviderToken::named(other), &rules, Some(ADA)).await;
            assert!([401, 403].contains(&outcome.status), "{other} under {name}");
            assert_eq!(outcome.user, None, "{other} under {name}");
        }
    }
}

/// Tokens whose reason the page's last table quotes.
const STAY_REFUSED: [&str; 17] = [
    "clerk",
    "workos",
    "keycloak-without-audience",
    "okta-org",
    "cognito-identity-pool",
    "cognito-resource-not-listed",
    "duende-client-credentials",
    "auth0-opaque",
    "alg-es512",
    "alg-es256k",
    "alg-none",
    "supabase-hs256",
    "keycloak-refresh-hs512",
    "aws-sts-es384-not-pinned",
    "pingam-compressed",
    "google-android-not-listed",
    "long-subject",
];

#[test]
fn the_page_names_each_accepted_token_once_and_quotes_why_others_stay_refused() {
    let named: Vec<_> = blocks().flat_map(|(names, _)| names).collect();
    let rows: BTreeSet<_> = ROWS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(named.len(), rows.len());
    assert_eq!(BTreeSet::from_iter(named), rows);
    for name in ProviderToken::names().filter(|name| ProviderToken::named(name).refusal().is_none()) {
        let name = name.as_str();
        let is_shown = rows.contains(name) || FORMS.contains(&name) || ASIDES.contains(&name);
        assert!(
            is_shown,
            "{name} is accepted, and no block of the page is named so"
        );
    }
    for name in STAY_REFUSED {
        let token = ProviderToken::named(name);
        let reason = token.refusal().expect("a token that is refused");
        assert!(PAGE.contains(reason), "{name}: {reason}");
    }
}

/// The discovery document for all tenants of Entra.
struct AllTenants;

impl FetchDocument for AllTenants {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        let document = r#"{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
            "jwks_uri": "https://login.microsoftonline.com/common/discovery/v2.0/keys"}"#;
        Ok(document.into())
    }
}

#[tokio::test]
async fn the_page_quotes_why_an_issuer_for_all_tenants_has_no_keys() {
    let issuers = Rules::of(block_of("entra-v2-access")).settings().issuers;
    let verifier = TokenVerifier::new(issuers, AllTenants).expect("a sound issuer");
    let faults = verifier.survey_keys().await;
    let fault = faults[0].as_ref().expect_err("no keys").to_string();
    assert!(PAGE.contains(&fault), "{fault}");
}

/// Names of the blocks for providers whose tokens have no scopes.
const WITHOUT_SCOPES: [&str; 5] = ["aws-sts-rs256", "eks", "entra-application", "supabase", "zitadel"];

#[test]
fn the_only_weakness_of_a_block_is_a_provider_without_scopes() {
    let mut weak = BTreeSet::new();
    for (names, text) in blocks() {
        for warning in Rules::of(text).settings().warnings() {
            let warning = warning.to_string();
            assert!(warning.starts_with("issuer[0].scopes: "), "{names:?}: {warning}");
            weak.insert(names[0]);
        }
    }
    assert_eq!(weak, BTreeSet::from(WITHOUT_SCOPES));
}
