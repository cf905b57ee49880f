//! Tests of the caller that a token or a file of claims proves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{CASE, claims, explain, explain_token, token, with, without};
use crate::common::RULES;

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
