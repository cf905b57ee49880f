//! S1 to S7: tokens that ask for another algorithm, another key, or carry bytes that are not a signature.
//!
//! S8, keys that must not load, is tested beside the keys.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::json;

use super::{RSA_KEY_ID, TARGET, assert_refused, valid, valid_rsa, verified};
use crate::algorithm::Algorithm;
use crate::base64url::{decode, encode};
use crate::error::{Part, TokenError};
use crate::testing::{KEY_ID, SigningKey};

#[test]
fn s1_the_algorithm_is_one_of_the_issuers_by_its_exact_name() {
    use TokenError::{AlgorithmNotPinned, UnknownAlgorithm};
    for (algorithm, expected) in [
        (json!("none"), UnknownAlgorithm),
        (json!("None"), UnknownAlgorithm),
        (json!("nOnE"), UnknownAlgorithm),
        (json!(""), UnknownAlgorithm),
        (json!("es256"), UnknownAlgorithm),
        (json!("ES256 "), UnknownAlgorithm),
        (json!("ES256\u{0}"), UnknownAlgorithm),
        (json!("ES256K"), UnknownAlgorithm),
        (json!(null), UnknownAlgorithm),
        (json!(["ES256"]), UnknownAlgorithm),
        (json!({"ES256": true}), UnknownAlgorithm),
        (json!(256), UnknownAlgorithm),
        (json!("ES384"), AlgorithmNotPinned),
        (json!("RS512"), AlgorithmNotPinned),
        (json!("PS256"), AlgorithmNotPinned),
        (json!("EdDSA"), AlgorithmNotPinned),
    ] {
        let token = valid().header("alg", algorithm.clone()).sign(&TARGET.ec);
        assert_refused(&format!("alg {algorithm}"), &token, expected);
    }
    assert_refused(
        "no alg",
        &valid().without_header("alg").sign(&TARGET.ec),
        UnknownAlgorithm,
    );

    let unsigned = valid().header("alg", "none").sign(&TARGET.ec);
    let (signing_input, _) = unsigned.rsplit_once('.').expect("three parts");
    assert_refused(
        "alg none without a signature",
        &format!("{signing_input}."),
        TokenError::NotThreeParts,
    );
    assert_refused("alg none without a dot", signing_input, TokenError::NotThreeParts);
}

#[test]
fn s2_a_public_key_is_never_a_shared_secret() {
    let jwk = TARGET.rsa.jwk();
    let modulus = jwk["n"].as_str().expect("a modulus");
    let jwk_text = jwk.to_string();
    let raw_modulus = decode(modulus).expect("base64url");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{modulus}\n-----END PUBLIC KEY-----\n");
    let secrets: [&[u8]; 6] = [
        jwk_text.as_bytes(),
        modulus.as_bytes(),
        &raw_modulus,
        pem.as_bytes(),
        b"",
        &[7; 32],
    ];
    for (algorithm, hash) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        for (secret, key_id) in secrets
            .iter()
            .zip([RSA_KEY_ID, RSA_KEY_ID, RSA_KEY_ID, RSA_KEY_ID, KEY_ID, "secret"])
        {
            let token = valid().header("alg", algorithm).header("kid", key_id);
            let signing_input = format!(
                "{}.{}",
                encode(token.header.to_string().as_bytes()),
                encode(token.payload.to_string().as_bytes())
            );
            let tag = hmac::sign(&hmac::Key::new(hash, secret), signing_input.as_bytes());
            let token = format!("{signing_input}.{}", encode(tag.as_ref()));
            assert_refused(algorithm, &token, TokenError::UnknownAlgorithm);
        }
    }
    let token = valid().header("kid", "secret").sign(&TARGET.ec);
    assert_refused("a published secret as the key", &token, TokenError::UnknownKey);
}

#[test]
fn s3_the_header_and_the_key_agree_on_the_algorithm() {
    let token = valid().header("kid", RSA_KEY_ID).sign(&TARGET.ec);
    assert_refused("ES256 on an RSA key", &token, TokenError::AlgorithmOfKey);
    let token = valid_rsa().header("kid", KEY_ID).sign(&TARGET.rsa);
    assert_refused("RS256 on an EC key", &token, TokenError::AlgorithmOfKey);
    let ps256 = SigningKey::new(Algorithm::Ps256, RSA_KEY_ID);
    assert_refused(
        "a PS256 signature called RS256",
        &valid_rsa().sign(&ps256),
        TokenError::Signature,
    );
}

#[test]
fn s4_keys_in_the_token_are_never_read() {
    let attacker = SigningKey::new(Algorithm::Es256, KEY_ID);
    for (name, value) in [
        ("jwk", attacker.jwk()),
        ("x5c", json!(["MIIB"])),
        ("jku", json!("https://evil.example/jwks.json")),
        ("jku", json!("http://169.254.169.254/latest/meta-data")),
        (
            "x5u",
            json!("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"),
        ),
        ("x5t", json!("AA")),
    ] {
        let token = valid().header(name, value.clone());
        assert_refused(name, &token.sign(&attacker), TokenError::Signature);
        assert!(
            verified(&token.sign(&TARGET.ec)).is_ok(),
            "{name} is ignored beside the issuer's signature"
        );
    }
}

#[test]
fn s5_a_key_name_is_an_opaque_string() {
    use TokenError::{KeyId, UnknownKey};
    for (key_id, expected) in [
        (json!("../../../../dev/null"), UnknownKey),
        (json!("' OR '1'='1"), UnknownKey),
        (json!("https://evil.example/key"), UnknownKey),
        (json!("KEY-1"), UnknownKey),
        (json!("key-1 "), UnknownKey),
        (json!("key-1\u{0}"), UnknownKey),
        (json!("kéy-1"), UnknownKey),
        (json!("k".repeat(256)), UnknownKey),
        (json!("k".repeat(257)), KeyId),
        (json!(""), KeyId),
        (json!(1), KeyId),
        (json!(null), KeyId),
        (json!(true), KeyId),
        (json!([KEY_ID]), KeyId),
        (json!({"kid": KEY_ID}), KeyId),
    ] {
        let token = valid().header("kid", key_id.clone()).sign(&TARGET.ec);
        assert_refused(&format!("kid {key_id}"), &token, expected);
    }
    assert_refused("no kid", &valid().without_header("kid").sign(&TARGET.ec), KeyId);
}

#[test]
fn s6_another_issuers_signature_does_not_count() {
    let other = SigningKey::new(Algorithm::Es256, KEY_ID);
    assert_refused(
        "another key of the same name",
        &valid().sign(&other),
        TokenError::Signature,
    );
    let token = valid()
        .claim("iss", "https://login.example.com/other")
        .sign(&TARGET.ec);
    assert_refused("another issuer", &token, TokenError::UnknownIssuer);
}

/// The token with its signature replaced.
fn with_signature(token: &str, signature: &[u8]) -> String {
    let (signing_input, _) = token.rsplit_once('.').expect("three parts");
    format!("{signing_input}.{}", encode(signature))
}

fn signature_of(token: &str) -> Vec<u8> {
    token
        .rsplit_once('.')
        .and_then(|(_, signature)| decode(signature))
        .expect("a signature")
}

/// `r` and `s` as ECDSA signatures stand in X.509: two DER integers in a sequence.
fn in_der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let sign: &[u8] = if number[zeros] < 0x80 { &[] } else { &[0] };
        let content = [sign, &number[zeros..]].concat();
        [&[0x02, u8::try_from(content.len()).expect("short")], &content[..]].concat()
    };
    let integers = [integer(r), integer(s)].concat();
    [
        &[0x30, u8::try_from(integers.len()).expect("short")],
        &integers[..],
    ]
    .concat()
}

/// Whether the EC key's own signature of `token` is this one, for a verifier that takes DER.
fn is_genuine_der(token: &str, der: &[u8]) -> bool {
    let jwk = TARGET.ec.jwk();
    let coordinate = |name: &str| decode(jwk[name].as_str().expect("text")).expect("base64url");
    let point = [&[0x04][..], &coordinate("x"), &coordinate("y")].concat();
    let (signing_input, _) = token.rsplit_once('.').expect("three parts");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
        .verify(signing_input.as_bytes(), der)
        .is_ok()
}

#[test]
fn s7_a_signature_is_of_the_right_form_and_not_degenerate() {
    let token = valid().sign(&TARGET.ec);
    let genuine = signature_of(&token);
    let (r, s) = genuine.split_at(32);
    let der = in_der(r, s);
    assert!(is_genuine_der(&token, &der), "the same signature in DER");
    // The order of P-256: r and s must lie below it.
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    for (sentence, signature) in [
        ("r = s = 0", vec![0; 64]),
        ("r = s = 1", [&[0; 31][..], &[1], &[0; 31], &[1]].concat()),
        ("r = 0", [&[0; 32], s].concat()),
        ("s = 0", [r, &[0; 32]].concat()),
        ("r and s are the order", [order, order].concat()),
        ("r and s swapped", [s, r].concat()),
        ("the same signature in DER", der),
        ("one byte too long", [&genuine[..], &[0]].concat()),
        ("one byte too short", genuine[..63].to_vec()),
        ("of P-384's length", [&[0; 16], r, &[0; 16], s].concat()),
        ("a single byte", vec![0]),
        ("as long as the longest", vec![0xff; 1024]),
    ] {
        assert_refused(
            sentence,
            &with_signature(&token, &signature),
            TokenError::Signature,
        );
    }
    let too_long = with_signature(&token, &[0xff; 1025]);
    assert_refused(
        "longer than the longest",
        &too_long,
        TokenError::NotBase64Url(Part::Signature),
    );

    let token = valid_rsa().sign(&TARGET.rsa);
    for (sentence, signature) in [
        ("RSA: zero", vec![0; 256]),
        ("RSA: one", [&[0; 255][..], &[1]].concat()),
        ("RSA: larger than the modulus", vec![0xff; 256]),
        (
            "RSA: shorter than the modulus",
            signature_of(&token)[1..].to_vec(),
        ),
        (
            "RSA: with a leading zero",
            [&[0], &signature_of(&token)[..]].concat(),
        ),
        (
            "RSA: padding without a signature",
            [&[0, 1][..], &[0xff; 201], &[0], &[0x30; 52]].concat(),
        ),
    ] {
        assert_refused(
            sentence,
            &with_signature(&token, &signature),
            TokenError::Signature,
        );
    }
}
