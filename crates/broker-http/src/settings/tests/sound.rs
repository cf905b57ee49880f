//! What sound settings mean.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use broker_core::claim_name::ClaimName;
use broker_core::file::Extension;
use broker_core::grants::{Action, Grant, OnBehalfOf, Resources};
use broker_core::identity::{IdentityRule, UserSource};
use broker_core::operation::{Operation, Quota};
use broker_core::request::UrlExpiry;
use broker_core::rule::{ClaimTest, Expected, When};
use broker_core::upload_hosts::UploadHosts;
use broker_token::{Algorithm, Issuer, IssuerPolicy, Profile};

use super::super::{
    Authentication, Ceilings, EvidenceKind, Origin, RequestHeader, Settings, SettingsError, SharedState,
};
use super::{DOMAIN, EVERY_MEMBER, INSTANCE, JWKS, surroundings};

const IDP: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";

/// An example, with one identity and one grant that fit its evidence.
const EXAMPLE: &str = r#"
allowed_origins = ["https://portal.example.com"]
upload_hosts    = ["*.amazonaws.com"]

[authentication]
accept  = ["token"]
api_ids = ["a1b2c3"]

[[issuer]]
url        = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
profile    = "cognito-access"
audiences  = ["app-client-id"]
algorithms = ["RS256"]
scopes     = ["broker/attachments.write"]
immutable_claims = []
leeway_seconds       = 60
max_lifetime_seconds = 86400

[[identity]]
when = { issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE", claim = "cognito:groups", contains = "agents" }
user = { username_claim = "username" }

[[grant]]
when      = { issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE" }
resources = "any-case"
actions             = ["start", "complete", "read", "delete"]
on_behalf_of        = false
max_file_size_bytes = 20971520
allowed_extensions  = ["pdf", "png"]
tag_keys            = ["department"]

[limits]
url_expiry_seconds = 300
ascii_file_names   = false
"#;

fn extensions(names: &[&str]) -> BTreeSet<Extension> {
    let parsed = names.iter().map(|name| Extension::parse(name).expect("valid"));
    parsed.collect()
}

fn name(text: &str) -> ClaimName {
    text.parse().expect("a claim's name")
}

#[test]
fn every_byte_of_the_rules_counts_in_their_digest() {
    let digest = |surroundings: super::Surroundings| surroundings.settings().expect("sound").rules_digest;
    let known = digest(surroundings().rules(EXAMPLE));
    assert_eq!(
        digest(surroundings().rules(EXAMPLE).variable("STAGE", "prod")),
        known
    );
    assert_ne!(
        digest(surroundings().rules(&format!("{EXAMPLE}# a comment"))),
        known
    );
}

#[test]
fn an_example_means_what_it_says() {
    let settings = surroundings().rules(EXAMPLE).settings().expect("sound");
    assert_eq!(settings.deployment.instance.as_str(), INSTANCE);
    assert_eq!(settings.deployment.cases_domain, DOMAIN.parse().ok());
    assert_eq!(&settings.deployment, settings.grants.deployment());
    assert_eq!(
        settings.handle_keys.sealing().expose()[..4],
        [0x01, 0x23, 0x45, 0x67]
    );
    assert_eq!((&*settings.stage, &*settings.base_path), ("default", ""));
    assert_eq!(settings.ca_bundle, None);
    let origins: Vec<_> = settings.allowed_origins.iter().map(Origin::as_str).collect();
    assert_eq!(origins, ["https://portal.example.com"]);
    assert_eq!(Ok(settings.upload_hosts), UploadHosts::parse(["*.amazonaws.com"]));
    let authentication = Authentication {
        accept: [EvidenceKind::Token].into(),
        api_ids: ["a1b2c3".into()].into(),
    };
    assert_eq!(settings.authentication, authentication);
    assert_eq!(settings.limits, Ceilings::default());
    let [issuer] = &settings.issuers[..] else {
        panic!("one issuer")
    };
    let policy = IssuerPolicy {
        url: IDP.into(),
        profile: Profile::CognitoAccess,
        audiences: vec!["app-client-id".into()],
        authorized_parties: vec![],
        resources: vec![],
        algorithms: vec![Algorithm::Rs256],
        scopes: vec!["broker/attachments.write".into()],
        leeway_secs: 60,
        max_lifetime_secs: 86_400,
    };
    assert_eq!(issuer.policy(), &policy);
    assert!(shows_keys(
        issuer,
        &format!("At(Discovery {{ issuer: {IDP:?} }})")
    ));
}

/// Whether `issuer` takes its keys from where `expected` says, in the words of its `Debug`.
fn shows_keys(issuer: &Issuer, expected: &str) -> bool {
    format!("{issuer:?}").ends_with(&format!(", {expected})"))
}

#[test]
fn an_example_has_these_rules() {
    let settings = surroundings().rules(EXAMPLE).settings().expect("sound");
    let claim = ClaimTest {
        name: name("cognito:groups"),
        expected: Expected::Contains("agents".into()),
    };
    let identity = IdentityRule {
        when: When {
            claim: Some(claim),
            ..When::issuer(IDP)
        },
        user: UserSource::UsernameClaim(name("username")),
    };
    assert_eq!(settings.identity.rules(), [identity]);
    let grant = Grant {
        hash: settings.grants.entries()[0].hash,
        when: When::issuer(IDP),
        resources: Resources::AnyCase,
        actions: Action::ALL.into(),
        on_behalf_of: OnBehalfOf::Nobody,
        max_file_size_bytes: Some(20_971_520),
        allowed_extensions: Some(extensions(&["pdf", "png"])),
        tag_keys: ["department".into()].into(),
    };
    assert_eq!(settings.grants.entries(), [grant]);
}

#[test]
fn every_member_arrives_where_it_belongs() {
    let settings = surroundings().settings().expect("sound");
    let [first, second] = &settings.issuers[..] else {
        panic!("two issuers")
    };
    assert!(shows_keys(
        first,
        r#"At(JwksUrl("https://login.example.com/keys"))"#
    ));
    assert!(shows_keys(second, r#"Fixed({"k"})"#));
    assert_eq!(
        (first.policy().leeway_secs, first.policy().max_lifetime_secs),
        (30, 3600)
    );
    let headers: Vec<_> = settings
        .allowed_headers
        .iter()
        .map(RequestHeader::as_str)
        .collect();
    assert_eq!(headers, ["sentry-trace", "X-Amzn-Trace-Id"]);
    let users: Vec<_> = settings.identity.rules().iter().map(|rule| &rule.user).collect();
    let fixed = format!("{INSTANCE}/agent/u-1").parse().expect("valid");
    let expected = [
        &UserSource::UsernameClaim(name("email")),
        &UserSource::ArnClaim(name("connect_user_arn")),
        &UserSource::Fixed(fixed),
        &UserSource::OnBehalfOf,
    ];
    assert_eq!(users, expected);
    let resources: Vec<_> = settings
        .grants
        .entries()
        .iter()
        .map(|grant| &grant.resources)
        .collect();
    let listed = format!("{DOMAIN}/case/c-1").parse().expect("valid");
    let expected = [
        &Resources::AnyCase,
        &Resources::Listed(vec![listed]),
        &Resources::CaseIdsClaim(name("case_ids")),
        &Resources::CaseCustomerClaim(name("profile_arn")),
    ];
    assert_eq!(resources, expected);
    let first = &settings.grants.entries()[0];
    assert_eq!(first.actions, [Action::Start, Action::Complete].into());
    assert_eq!(first.on_behalf_of, OnBehalfOf::Anyone);
    assert_eq!(first.allowed_extensions, Some(extensions(&["pdf", "png"])));
    let limits = Ceilings {
        url_expiry: UrlExpiry::from_secs(120).expect("valid"),
        ascii_file_names: true,
    };
    assert_eq!(settings.limits, limits);
    let quota = |operation| settings.quotas.of(operation);
    assert_eq!(quota(Operation::GetCase), Quota { rate: 20, burst: 30 });
    assert_eq!(quota(Operation::SearchUsers), Operation::SearchUsers.quota());
    assert_eq!(
        (settings.shared_table, settings.shared_state),
        (None, SharedState::Pace)
    );
}

/// Settings whose one issuer has these members.
fn with_issuer(url: &str, kind: &str, members: &str) -> Result<Settings, Vec<SettingsError>> {
    let rules = format!(
        r#"
        authentication = {{ accept = ["{kind}"] }}
        issuer = [{{ url = "{url}", audiences = ["a"], {members} }}]
        identity = [{{ when = {{ issuer = "{url}" }}, user = {{ username_claim = "sub" }} }}]
        grant = [{{ when = {{ issuer = "{url}" }}, resources = "own-contacts" }}]
        "#
    );
    surroundings().rules(&rules).settings()
}

#[test]
fn what_only_one_profile_reads_arrives_there() {
    let google = r#"profile = "oidc-id", authorized_parties = ["android", "ios"]"#;
    let settings = with_issuer("https://accounts.google.com", "token", google).expect("sound");
    assert_eq!(
        settings.issuers[0].policy().authorized_parties,
        ["android", "ios"]
    );
    let cognito = r#"profile = "cognito-access", resources = ["https://api.example.com"]"#;
    let settings = with_issuer(IDP, "token", cognito).expect("sound");
    assert_eq!(
        settings.issuers[0].policy().resources,
        ["https://api.example.com"]
    );
}

#[test]
fn both_names_of_eddsa_are_one_algorithm() {
    let members = r#"profile = "oidc-access", algorithms = ["Ed25519"]"#;
    let settings = with_issuer(IDP, "token", members).expect("sound");
    assert_eq!(settings.issuers[0].policy().algorithms, [Algorithm::EdDSA]);
}

#[test]
fn an_issuer_has_any_name_where_nothing_is_fetched_from_it() {
    let (url, file) = (
        r#"profile = "oidc-access", jwks_url = "https://adfs.example.com/keys""#,
        r#"profile = "oidc-access", algorithms = ["EdDSA"], jwks_file = "jwks.json""#,
    );
    let neither = r#"profile = "oidc-access""#;
    let discovery = "issuer[0].url: must be https, or http on a literal loopback address, unless \
                     `jwks_url` or `jwks_file` is given: URL ";
    for (name, fault) in [
        (
            "http://adfs.example.com/adfs/services/trust",
            "is plain http, and its host is not a literal loopback address",
        ),
        ("accounts.google.com", "does not start with `https://`"),
        ("acme.com", "does not start with `https://`"),
    ] {
        for members in [url, file] {
            assert!(with_issuer(name, "token", members).is_ok(), "{name} {members}");
        }
        for members in [url, file, neither] {
            let settings = with_issuer(name, "jwt", members).expect("the gateway verifies");
            assert!(shows_keys(&settings.issuers[0], "Gateway"), "{members}");
        }
        let faults = with_issuer(name, "token", neither).expect_err("discovery needs an address");
        let faults: Vec<_> = faults.iter().map(SettingsError::to_string).collect();
        assert_eq!(faults, [format!("{discovery}{fault}")], "{name}");
    }
    let jwks_url = url.replace("https:", "http:");
    assert!(
        with_issuer("acme.com", "jwt", &jwks_url).is_err(),
        "`jwks_url` stays an address"
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let rules = r#"
        issuer = [{ url = "https://idp.example", profile = "oidc-id", audiences = ["a"] }]
        identity = [{ when = { issuer = "https://idp.example" }, user = { username_claim = "sub" } }]
        grant = [{ when = { issuer = "https://idp.example" }, resources = "own-contacts" }]
    "#;
    let surroundings = surroundings().rules(rules).without("CASES_DOMAIN_ARN");
    let settings = surroundings.settings().expect("sound");
    assert_eq!(settings.deployment.cases_domain, None);
    assert_eq!(settings.authentication, Authentication::default());
    assert_eq!(settings.upload_hosts, UploadHosts::default());
    assert_eq!(settings.allowed_origins, []);
    assert_eq!(settings.allowed_headers, []);
    assert_eq!(settings.limits.url_expiry.secs(), 300);
    let policy = settings.issuers[0].policy();
    assert_eq!((policy.leeway_secs, policy.max_lifetime_secs), (60, 86_400));
    assert_eq!(policy.algorithms, [Algorithm::Rs256]);
    let grant = &settings.grants.entries()[0];
    assert_eq!(grant.actions, Action::ALL.into());
    assert_eq!(
        (grant.max_file_size_bytes, &grant.allowed_extensions),
        (None, &None)
    );
    assert!(grant.tag_keys.is_empty());
}

/// A switch for development would be one more.
#[test]
fn no_variable_is_asked_for_but_the_documented_ones() {
    let asked = RefCell::new(BTreeSet::new());
    let surroundings = surroundings();
    let lookup = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        surroundings.variables.get(name).cloned()
    };
    let read = |path: &Path| Ok(surroundings.files[path].clone());
    assert!(Settings::from(lookup, read).is_ok());
    let expected = [
        "AWS_CA_BUNDLE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_CONNECT",
        "AWS_ENDPOINT_URL_CONNECTCASES",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "BASE_PATH",
        "BROKER_CONFIG",
        "CASES_DOMAIN_ARN",
        "CONNECT_INSTANCE_ARN",
        "HANDLE_KEYS",
        "SHARED_STATE",
        "SHARED_TABLE",
        "STAGE",
    ];
    assert_eq!(asked.into_inner(), expected.map(str::to_owned).into());
}

#[test]
fn variables_move_the_file_and_an_empty_one_counts_as_absent() {
    let bundle = include_str!("../ca_bundle/root.pem");
    let moved = surroundings()
        .file("/etc/b/rules.toml", EVERY_MEMBER)
        .file("/etc/b/jwks.json", JWKS)
        .file("/roots.pem", bundle)
        .variable("BROKER_CONFIG", "/etc/b/rules.toml")
        .variable("STAGE", "prod")
        .variable("BASE_PATH", "/v1/up-load_s.~/Uploads/limits2")
        .variable("SHARED_TABLE", "upload-broker_Shared.1")
        .variable("SHARED_STATE", "full")
        .variable("AWS_CA_BUNDLE", "/roots.pem");
    let settings = moved.settings().expect("sound");
    assert_eq!(settings.shared_table.as_deref(), Some("upload-broker_Shared.1"));
    assert_eq!(settings.shared_state, SharedState::Full);
    assert_eq!(
        (&*settings.stage, &*settings.base_path),
        ("prod", "/v1/up-load_s.~/Uploads/limits2")
    );
    assert_eq!(settings.ca_bundle.map(|anchors| anchors.len()), Some(1));
    let empty = ["BROKER_CONFIG", "STAGE", "BASE_PATH", "AWS_CA_BUNDLE"];
    let blank = empty
        .iter()
        .fold(surroundings(), |all, name| all.variable(name, ""));
    assert_eq!(&*blank.settings().expect("sound").stage, "default");
}

#[test]
fn accepts_what_the_rules_allow() {
    let listed = r#"resources = ["arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1"]"#;
    let contact = format!("resources = [\"{INSTANCE}/contact/c-1\"]");
    for (old, new) in [
        (r#"subject = "ada""#, r#"subject = "of any form""#),
        (
            r#""token", "lambda", "iam""#,
            r#""iam", "token", "lambda", "token""#,
        ),
        ("equals = true", r#"equals = "yes""#),
        (
            "equals = true",
            r#"contains = "arrays reach a Lambda authorizer's context whole""#,
        ),
        (r#"["https://portal.example.com", "http://127.0.0.1:8080"]"#, "[]"),
        (
            r#"["https://portal.example.com", "http://127.0.0.1:8080"]"#,
            r#"["capacitor://localhost", "ionic://localhost", "http://localhost:3000"]"#,
        ),
        (r#"["sentry-trace", "X-Amzn-Trace-Id"]"#, "[]"),
        ("leeway_seconds = 30", "leeway_seconds = 0"),
        ("url_expiry_seconds = 120", "url_expiry_seconds = 5"),
        ("max_file_size_bytes = 20971520", "max_file_size_bytes = 1"),
        (r#"tag_keys = ["department"]"#, "tag_keys = []"),
        (listed, &contact),
        (r#"claim = "groups""#, r#"claim = "/realm_access/roles""#),
        (r#"claim = "groups""#, r#"claim = "realm_access.roles""#),
        (r#"claim = "is_agent""#, r#"claim = "/agent/is_active""#),
        ("equals = true", r#"equals = "[a b]""#),
        (r#"username_claim = "email""#, r#"username_claim = "/email""#),
        (
            r#"case_ids_claim = "case_ids""#,
            r#"case_ids_claim = "/app/case_ids""#,
        ),
    ] {
        surroundings().with(old, new).assert_sound(new);
    }
    let renamed = EVERY_MEMBER.replace("role/portal-backend", "role/Portal_Backend+=,.@-1");
    surroundings().rules(&renamed).assert_sound("a role's name");
}
