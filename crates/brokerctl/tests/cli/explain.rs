//! `brokerctl explain`, as operators run it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::{ENVIRONMENT, Files, RULES, Ran};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const CASE: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1";
const CONTACT: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/contact/c-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/backend";

/// An agent's claims, live for five minutes from now.
fn claims() -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    json!({
        "iss": "https://login.example.com", "sub": "u-7", "aud": "broker", "iat": now, "exp": now + 300,
        "username": "ada", "groups": ["agents"], "case_ids": ["c-1"],
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove(name);
    claims
}

fn key_pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed")
}

fn token(claims: &Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key_pair().sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn jwks() -> String {
    let x = URL_SAFE_NO_PAD.encode(key_pair().public_key());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]}).to_string()
}

/// Explains with rules whose issuer has a `jwks_file`, unless `rules` are others.
fn explain(rules: Option<&str>, files_of_caller: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let verifying = RULES.replace("algorithms", "jwks_file = \"jwks.json\"\nalgorithms");
    let files = Files::new(rules.unwrap_or(&verifying), ENVIRONMENT);
    files.write("jwks.json", &jwks());
    for (name, text) in files_of_caller {
        files.write(name, text);
    }
    let fixed = ["explain", "--config", "broker.toml", "--env-file", "broker.env"];
    files.run(&[&fixed, arguments].concat())
}

fn explain_token(rules: Option<&str>, token: &str, arguments: &[&str]) -> Ran {
    explain(
        rules,
        &[("token", token)],
        &[&["--token-file", "token"], arguments].concat(),
    )
}

#[test]
fn a_verified_agent_is_mapped_and_its_grant_named() {
    let ran = explain_token(None, &format!("{}\n", token(&claims())), &["--resource", CASE]);
    let expected = "\
caller: issuer https://login.example.com, subject u-7 (token verified)
identity[0]: maps the caller to the one user that SearchUsers finds by the claim `username`
grant[0] (case_ids_claim `case_ids`): allows it
grant[1] (own-contacts): is about other resources
grant[2] (1 listed): is about another issuer
allowed by grant[0]
";
    assert_eq!((ran.status, &*ran.stdout), (0, expected), "{ran:?}");
}

#[test]
fn what_only_connect_can_say_is_told() {
    let ran = explain_token(None, &token(&claims()), &["--resource", CONTACT]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let condition = "grant[1] (own-contacts): allows it if DescribeContact says that the contact is open";
    assert!(ran.stdout.contains(condition), "{ran:?}");
    assert!(
        ran.stdout
            .ends_with("allowed by grant[1], if Connect confirms what it asks\n"),
        "{ran:?}"
    );
}

#[test]
fn each_denial_says_what_denies() {
    let foreign = CASE.replace("d-1", "d-2");
    let unlisted = CASE.replace("c-1", "c-2");
    for (claims, arguments, told) in [
        (
            claims(),
            &["--resource", &*unlisted][..],
            "grant[0] (case_ids_claim `case_ids`): is about other resources",
        ),
        (
            claims(),
            &["--resource", &foreign],
            "denied: the resource is of another instance or Cases domain",
        ),
        (
            claims(),
            &["--resource", CONTACT, "--action", "delete"],
            "grant[1] (own-contacts): does not allow the action",
        ),
        (
            claims(),
            &["--resource", CASE, "--on-behalf-of", "bob"],
            "does not let the caller act for that user",
        ),
        (
            with("case_ids", json!(["c-1", 7])),
            &["--resource", CASE],
            "grant[0] (case_ids_claim `case_ids`): depends on the claim `case_ids`, which is an array with an \
             element that is not a string",
        ),
        (
            with("groups", json!({"agents": true})),
            &["--resource", CASE],
            "identity[0]: needs `contains` to hold for the claim `groups`, which is an object",
        ),
        (
            with("groups", json!("staff")),
            &["--resource", CASE],
            "identity[0]: needs `contains` to hold for the claim `groups`, which is a string",
        ),
        (
            with("groups", json!(["staff"])),
            &["--resource", CASE],
            "denied: no identity rule matches: identity[0] needs `contains` to hold for the claim `groups`, which \
             is an array of strings",
        ),
        (
            with("groups", json!(null)),
            &["--resource", CASE],
            "for the claim `groups`, which is null",
        ),
        (
            with("username", json!("")),
            &["--resource", CASE],
            "denied: identity[0]: the claim `username` is an empty string, and must be a Connect username",
        ),
    ] {
        let ran = explain_token(None, &token(&claims), arguments);
        assert_eq!(ran.status, 1, "{told}: {ran:?}");
        assert!(
            ran.stdout.contains(told) && ran.stdout.contains("\ndenied: "),
            "{told}: {ran:?}"
        );
    }
}

#[test]
fn a_token_that_the_broker_would_refuse_is_denied_with_its_fault() {
    let genuine = token(&claims());
    let tampered = genuine.replacen(&genuine[..4], "eyJi", 1);
    let (signed, _) = genuine.rsplit_once('.').expect("three parts");
    let unsigned = format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 64]));
    for (token, fault) in [
        (&*token(&with("exp", json!(1))), "token is invalid: "),
        (
            &token(&with("iss", json!("https://evil.example"))),
            "no configured issuer",
        ),
        (&token(&with("aud", json!("other"))), "another audience"),
        (&token(&without("aud")), "claim `aud` is missing"),
        (&token(&without("sub")), "claim `sub` is missing"),
        (
            &token(&with("sub", json!("u\n7"))),
            "claim `sub` is over 255 characters or has control",
        ),
        (&unsigned, "signature was not made by the signing key"),
        (&tampered, "token is invalid: "),
        ("not a token", "three parts"),
    ] {
        let ran = explain_token(None, token, &["--resource", CASE]);
        assert_eq!(ran.status, 1, "{fault}: {ran:?}");
        assert!(
            ran.stdout.starts_with("denied: ") && ran.stdout.contains(fault),
            "{fault}: {ran:?}"
        );
    }
}

#[test]
fn a_token_whose_keys_would_be_fetched_is_not_called_verified() {
    let jwt = RULES.replace("\"token\", \"iam\"", "\"jwt\", \"iam\"");
    let jwt = jwt
        .replace("contains = \"agents\"", "equals = \"agents\"")
        .replace("case_ids_claim", "case_customer_claim");
    for (rules, source, status) in [
        (
            RULES,
            "token NOT verified: its issuer has no jwks_file; its claims fit",
            0,
        ),
        (
            &jwt,
            "token NOT verified: API Gateway does that; its claims fit, as texts",
            1,
        ),
    ] {
        let ran = explain_token(Some(rules), &token(&claims()), &["--resource", CASE]);
        assert!(ran.stdout.contains(source), "{ran:?}");
        assert_eq!(ran.status, status, "{ran:?}");
        let foreign = explain_token(
            Some(rules),
            &token(&with("aud", json!("other"))),
            &["--resource", CASE],
        );
        assert_eq!(foreign.status, 1, "claims are checked all the same: {foreign:?}");
        assert!(foreign.stdout.contains("another audience"), "{foreign:?}");
    }
}

/// Rules under "jwt", where one condition on the claims is `test`.
fn jwt_rules(test: &str) -> String {
    let jwt = RULES.replace("\"token\", \"iam\"", "\"jwt\", \"iam\"");
    let jwt = jwt.replace("case_ids_claim", "case_customer_claim");
    jwt.replace("claim = \"groups\", contains = \"agents\"", test)
}

#[test]
fn under_jwt_claims_are_read_as_the_gateway_writes_them() {
    let needs = |claim: &str| {
        format!("identity[0]: needs `equals` to hold for the claim `{claim}`, which is a string")
    };
    for (test, claims, told) in [
        (
            "claim = \"is_agent\", equals = \"true\"",
            with("is_agent", json!(true)),
            "identity[0]: maps the caller".to_owned(),
        ),
        (
            "claim = \"tier\", equals = \"7\"",
            with("tier", json!(7)),
            "identity[0]: maps the caller".to_owned(),
        ),
        (
            "claim = \"groups\", equals = \"agents\"",
            with("groups", json!(["agents"])),
            needs("groups"),
        ),
        (
            "scope = \"uploads.write\"",
            with("scp", json!(["openid", "uploads.write"])),
            "identity[0]: maps the caller".to_owned(),
        ),
    ] {
        let rules = jwt_rules(test);
        let ran = explain_token(Some(&rules), &token(&claims), &["--resource", CASE]);
        assert!(ran.stdout.contains(&told), "{told}: {ran:?}");
        let at_its_word = [
            "--claims-file",
            "claims.json",
            "--issuer",
            "https://login.example.com",
        ];
        let files = [("claims.json", &*claims.to_string())];
        let ran = explain(
            Some(&rules),
            &files,
            &[&at_its_word[..], &["--resource", CASE]].concat(),
        );
        assert!(ran.stdout.contains(&told), "{told}: {ran:?}");
    }
}

#[test]
fn a_nested_role_and_a_lambda_authorizers_context_are_read_as_the_broker_reads_them() {
    let nested = RULES
        .replace("\"groups\"", "\"/realm_access/roles\"")
        .replace("algorithms", "jwks_file = \"jwks.json\"\nalgorithms");
    for (roles, told) in [
        (json!({"roles": ["agents"]}), "identity[0]: maps the caller"),
        (json!({"roles": "agents"}), "identity[0]: maps the caller"),
        (
            json!({"roles": {}}),
            "for the claim `/realm_access/roles`, which is an object",
        ),
        (
            json!(["agents"]),
            "for the claim `/realm_access/roles`, which is absent",
        ),
    ] {
        let ran = explain_token(
            Some(&nested),
            &token(&with("realm_access", roles)),
            &["--resource", CASE],
        );
        assert!(ran.stdout.contains(told), "{told}: {ran:?}");
    }
    let lambda = RULES
        .replace("\"token\", \"iam\"", "\"token\", \"iam\", \"lambda\"")
        .replace(
            "when = { issuer = \"https://login.example.com\", claim = \"groups\"",
            "when = { issuer = \"lambda-authorizer\", claim = \"groups\"",
        );
    let caller = [
        "--claims-file",
        "claims.json",
        "--issuer",
        "lambda-authorizer",
        "--subject",
        "ada",
    ];
    let context = json!({"groups": "agents"}).to_string();
    let ran = explain(
        Some(&lambda),
        &[("claims.json", &context)],
        &[&caller[..], &["--resource", CASE]].concat(),
    );
    let told = "needs `contains` to hold for the claim `groups`, which is a string";
    assert!(ran.stdout.contains(told), "a context's text is no list: {ran:?}");
}

#[test]
fn a_missing_scope_is_told_with_what_stands_there() {
    let scoped = RULES.replace(
        "algorithms",
        "jwks_file = \"jwks.json\"\nscopes = [\"uploads.write\"]\nalgorithms",
    );
    for (scope, told) in [
        (json!("openid"), "`scope` is a string, `scp` is absent"),
        (
            json!(["uploads.write", 7]),
            "`scope` is an array with an element that is not a string, `scp` is absent",
        ),
    ] {
        let ran = explain_token(
            Some(&scoped),
            &token(&with("scope", scope)),
            &["--resource", CASE],
        );
        let told = format!(
            "denied: the issuer's `scopes` are `uploads.write`, and the token does not hold all of them: {told}\n"
        );
        assert_eq!((ran.status, &*ran.stdout), (1, &*told), "{ran:?}");
    }
}

#[test]
fn rules_alone_take_an_unknown_deployment_from_the_resource() {
    let any = RULES.replace("\"own-contacts\"", "\"any-contact\"").replace(
        "resources = { case_ids_claim = \"case_ids\" }",
        "resources = \"any-case\"",
    );
    let (any, _) = any.rsplit_once("[[grant]]").expect("a grant with an ARN");
    let any = format!(
        "{any}[[grant]]\nwhen = {{ issuer = \"aws-iam\" }}\nresources = \"any-case\"\non_behalf_of = [\"ada\"]\n"
    );
    let files = Files::new(&any, "");
    files.write("claims.json", &claims().to_string());
    for resource in [CASE, CONTACT] {
        let ran = files.run(&[
            "explain",
            "--config",
            "broker.toml",
            "--rules-only",
            "--claims-file",
            "claims.json",
            "--issuer",
            "https://login.example.com",
            "--resource",
            resource,
        ]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
}

#[test]
fn a_backend_must_name_a_user_whom_its_grant_admits() {
    let caller = [
        "--claims-file",
        "claims.json",
        "--issuer",
        "aws-iam",
        "--subject",
        ROLE,
        "--resource",
        CASE,
    ];
    for (name, status, told) in [
        (None, 1, "denied: the caller must name a user: --on-behalf-of"),
        (
            Some("bob"),
            1,
            "grant[2] (1 listed): does not let the caller act for that user",
        ),
        (Some("ada"), 0, "allowed by grant[2]"),
    ] {
        let named = name.map_or(vec![], |name| vec!["--on-behalf-of", name]);
        let ran = explain(None, &[("claims.json", "{}")], &[&caller[..], &named].concat());
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.stdout.contains(told), "{ran:?}");
        assert!(
            ran.stdout
                .contains("identity[0]: is about another issuer\nidentity[1]: maps"),
            "{ran:?}"
        );
    }
}

#[test]
fn claims_are_taken_at_their_word() {
    let caller = [
        "--claims-file",
        "claims.json",
        "--issuer",
        "https://login.example.com",
        "--resource",
        CASE,
    ];
    let expired = with("exp", json!(1)).to_string();
    let ran = explain(None, &[("claims.json", &expired)], &caller);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("subject u-7 (claims taken at their word)"),
        "{ran:?}"
    );
}

#[test]
fn what_cannot_be_explained_is_an_error_of_usage() {
    let claims = ["--claims-file", "claims.json", "--issuer", "aws-iam"];
    let [with_resource, case] = ["--resource", CASE];
    for (text, arguments, told) in [
        ("{}", &[][..], "--token-file"),
        (
            "{}",
            &["--claims-file", "claims.json", with_resource, case],
            "--issuer",
        ),
        (
            "{}",
            &[claims.as_slice(), &[with_resource, case]].concat(),
            "give --subject",
        ),
        (
            "[]",
            &[claims.as_slice(), &[with_resource, case]].concat(),
            "claims.json is not a JSON object",
        ),
        (
            "{\"sub\":1,\"sub\":2}",
            &[claims.as_slice(), &[with_resource, case]].concat(),
            "the same member twice",
        ),
        (
            "{}",
            &[claims.as_slice(), &[with_resource, "c-1"]].concat(),
            "not an ARN",
        ),
        (
            "{}",
            &[claims.as_slice(), &[with_resource, case, "--action", "list"]].concat(),
            "start, complete",
        ),
        (
            "{}",
            &[claims.as_slice(), &[with_resource, case, "--on-behalf-of", " a"]].concat(),
            "no user of Connect",
        ),
        ("{}", &["--token-file", "none", with_resource, case], "none: "),
    ] {
        let ran = explain(None, &[("claims.json", text)], arguments);
        assert_eq!(ran.status, 2, "{told}: {ran:?}");
        assert!(ran.stderr.contains(told), "{told}: {ran:?}");
    }
    let faulty = explain_token(Some("[[issuer"), "a.b.c", &["--resource", CASE]);
    assert_eq!(faulty.status, 2, "{faulty:?}");
    assert!(
        faulty.stdout.starts_with("BROKER_CONFIG: ") && faulty.stderr.contains("at fault"),
        "{faulty:?}"
    );
}
