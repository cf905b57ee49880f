//! Tokens as attackers make them, each one change away from a token that is accepted.
//!
//! Rows of the threat table are named S1 to S13, D3 and D4.

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::base64url::encode;
use crate::claims::Claims;
use crate::error::{TokenError, VerifyError};
use crate::issuer::{IssuerSettings, KeySource};
use crate::policy::IssuerPolicy;
use crate::testing::{self, CannedFetch, KEY_ID, SigningKey, TokenBuilder, sign_parts};
use crate::verifier::TokenVerifier;

mod claims;
mod form;
mod keys;

const RSA_KEY_ID: &str = "rsa-1";

/// An issuer with one EC and one RSA key, beside a secret that it should not have published.
struct Target {
    ec: SigningKey,
    rsa: SigningKey,
    verifier: TokenVerifier<Arc<CannedFetch>>,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let ec = SigningKey::new(Algorithm::Es256, KEY_ID);
    let rsa = SigningKey::new(Algorithm::Rs256, RSA_KEY_ID);
    let secret = json!({"kty": "oct", "kid": "secret", "alg": "HS256", "k": encode(&[7; 32])});
    let document = json!({"keys": [ec.jwk(), rsa.jwk(), secret]})
        .to_string()
        .into_bytes();
    let algorithms = vec![Algorithm::Es256, Algorithm::Rs256];
    let policy = IssuerPolicy {
        algorithms,
        ..testing::policy()
    };
    let issuers = vec![IssuerSettings {
        policy,
        keys: KeySource::Static(document),
    }];
    let verifier = testing::verifier(issuers, CannedFetch::new());
    Target { ec, rsa, verifier }
});

fn verified(token: &str) -> Result<Claims, VerifyError> {
    TARGET
        .verifier
        .verify(token, testing::now())
        .now_or_never()
        .expect("nothing to wait for")
}

fn assert_refused(sentence: &str, token: &str, expected: TokenError) {
    assert_eq!(
        verified(token),
        Err(VerifyError::Invalid(expected)),
        "{sentence}: {token}"
    );
}

fn valid() -> TokenBuilder {
    TokenBuilder::new()
}

fn valid_rsa() -> TokenBuilder {
    TokenBuilder::new()
        .header("alg", "RS256")
        .header("kid", RSA_KEY_ID)
}

#[test]
fn the_tokens_we_start_from_are_accepted() {
    assert!(verified(&valid().sign(&TARGET.ec)).is_ok());
    assert!(verified(&valid_rsa().sign(&TARGET.rsa)).is_ok());
}

#[test]
fn no_error_tells_anything_of_the_token() {
    let marked = valid()
        .claim("sub", Value::Null)
        .claim("email", "mallory@example.com")
        .header("kid", "mallory");
    let error = verified(&marked.sign(&TARGET.ec)).expect_err("no subject");
    assert!(!format!("{error} {error:?}").contains("mallory"), "{error:?}");
}

/// Valid tokens of both kinds of key.
static VALID: LazyLock<[String; 2]> =
    LazyLock::new(|| [valid().sign(&TARGET.ec), valid_rsa().sign(&TARGET.rsa)]);

#[test]
fn any_flipped_bit_makes_a_token_invalid() {
    for token in &*VALID {
        for index in 0..token.len() * 8 {
            let mut bytes = token.clone().into_bytes();
            bytes[index / 8] ^= 1 << (index % 8);
            if let Ok(flipped) = String::from_utf8(bytes) {
                assert!(
                    matches!(verified(&flipped), Err(VerifyError::Invalid(_))),
                    "bit {index} of {token}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_shorter_token_is_invalid(token in 0_usize..2, length in any::<prop::sample::Index>()) {
        let token = &VALID[token];
        prop_assert!(verified(&token[..length.index(token.len())]).is_err());
    }

    #[test]
    fn d4_no_text_makes_it_panic(text in ".{0,200}") {
        prop_assert!(verified(&text).is_err());
    }

    #[test]
    fn d4_no_header_or_payload_makes_it_panic(
        header in prop::collection::vec(any::<u8>(), 1..100),
        payload in prop::collection::vec(any::<u8>(), 1..100),
    ) {
        prop_assert!(verified(&sign_parts(&header, &payload, &TARGET.ec)).is_err());
    }

    #[test]
    fn d4_no_claim_makes_it_panic(
        name in prop::sample::select(vec!["iss", "sub", "aud", "exp", "iat", "nbf", "scope", "scp", "token_use", "events"]),
        number in any::<i64>(),
        text in ".{0,20}",
    ) {
        for value in [json!(number), json!(text), json!([text]), json!({text.as_str(): number})] {
            let _ = verified(&valid().claim(name, value).sign(&TARGET.ec));
        }
    }
}
