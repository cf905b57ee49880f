//! Tests of `brokerctl explain`, as operators run it.

mod callers;
mod decisions;

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
