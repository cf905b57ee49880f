//! Tokens before a verifier of one issuer.

mod issuers;

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::json;

use super::*;
use crate::algorithm::Algorithm;
use crate::issuer::{IssuerSettings, KeySource};
use crate::policy::Profile;
use crate::testing::{self, CannedFetch, ISSUER, KEY_ID, SigningKey, TokenBuilder, jwks};

fn verifier(policy: IssuerPolicy, keys: &[&SigningKey]) -> TokenVerifier<Arc<CannedFetch>> {
    let keys = KeySource::Static(jwks(keys.iter().copied()));
    testing::verifier(vec![IssuerSettings { policy, keys }], CannedFetch::new())
}

/// With static keys there is nothing to wait for.
fn verified(verifier: &TokenVerifier<Arc<CannedFetch>>, token: &str) -> Result<Claims, VerifyError> {
    verifier
        .verify(token, testing::now())
        .now_or_never()
        .expect("nothing to wait for")
}

#[test]
fn each_algorithm_verifies_its_own_signatures_and_no_others() {
    let keys: Vec<_> = Algorithm::ALL
        .iter()
        .map(|algorithm| SigningKey::new(*algorithm, &algorithm.to_string()))
        .collect();
    let policy = IssuerPolicy {
        algorithms: Algorithm::ALL.to_vec(),
        ..testing::policy()
    };
    let verifier = verifier(policy, &keys.iter().collect::<Vec<_>>());
    for signer in &keys {
        for named in &keys {
            let token = TokenBuilder::new().header("alg", named.algorithm.to_string());
            let token = token.header("kid", named.key_id.as_str()).sign(signer);
            let is_own = signer.algorithm == named.algorithm;
            let expected = if is_own {
                Ok(())
            } else {
                Err(TokenError::Signature.into())
            };
            let (made, named) = (signer.algorithm, named.algorithm);
            assert_eq!(
                verified(&verifier, &token).map(drop),
                expected,
                "{made} signature called {named}"
            );
        }
    }
}

#[test]
fn a_key_verifies_the_one_algorithm_it_is_bound_to() {
    let key = SigningKey::new(Algorithm::Rs256, KEY_ID);
    let policy = IssuerPolicy {
        algorithms: Algorithm::ALL.to_vec(),
        ..testing::policy()
    };
    let verifier = verifier(policy, &[&key]);
    for &algorithm in Algorithm::ALL {
        let signer = SigningKey::new(algorithm, KEY_ID);
        let token = TokenBuilder::new()
            .header("alg", algorithm.to_string())
            .sign(&signer);
        let expected = match algorithm {
            Algorithm::Rs256 => Ok(()),
            _ => Err(TokenError::AlgorithmOfKey.into()),
        };
        assert_eq!(verified(&verifier, &token).map(drop), expected, "{algorithm}");
    }
}

#[tokio::test]
async fn a_token_that_was_accepted_is_judged_again() {
    let minutes = |minutes| testing::now() + Duration::from_mins(minutes);
    let until = minutes(120).duration_since(SystemTime::UNIX_EPOCH);
    let (key, successor) = (
        SigningKey::new(Algorithm::Es256, KEY_ID),
        SigningKey::new(Algorithm::Es256, KEY_ID),
    );
    let url = "https://login.example.com/keys";
    let fetch = CannedFetch::new();
    fetch.answer(url, Ok(jwks([&key])));
    let settings = IssuerSettings {
        policy: testing::policy(),
        keys: KeySource::JwksUrl(url.into()),
    };
    let verifier = testing::verifier(vec![settings], Arc::clone(&fetch));

    let token = TokenBuilder::new().claim("exp", until.expect("after the epoch").as_secs());
    let other = token.clone().claim("sub", "mallory").sign(&key);
    let token = token.sign(&key);
    for _ in 0..2 {
        assert_eq!(verifier.verify(&token, testing::now()).await.map(drop), Ok(()));
    }
    let (unsigned, signature) = (other.rsplit_once('.'), token.rsplit_once('.'));
    let borrowed = format!("{}.{}", unsigned.expect("parts").0, signature.expect("parts").1);
    let forged = verifier.verify(&borrowed, testing::now()).await;
    assert_eq!(forged, Err(TokenError::Signature.into()), "another's signature");
    let late = verifier.verify(&token, minutes(121)).await;
    assert_eq!(late, Err(TokenError::Expired.into()), "its time is over");

    fetch.answer(url, Ok(jwks([&successor])));
    verifier.warm_up(minutes(60)).await;
    let withdrawn = verifier.verify(&token, minutes(60)).await;
    assert_eq!(
        withdrawn,
        Err(TokenError::Signature.into()),
        "its key was replaced"
    );
}

#[test]
fn the_claims_are_the_tokens_own() {
    let key = SigningKey::new(Algorithm::Es256, KEY_ID);
    let token = TokenBuilder::new()
        .claim("cognito:groups", json!(["agents"]))
        .sign(&key);
    let claims = verified(&verifier(testing::policy(), &[&key]), &token).expect("a valid token");
    assert_eq!((claims.issuer(), claims.subject()), (ISSUER, "alice"));
    assert_eq!(
        claims.expires_at(),
        testing::now() + std::time::Duration::from_mins(10)
    );
    assert_eq!(claims.get("cognito:groups"), Some(&json!(["agents"])));
    assert_eq!(claims.members().get("aud"), Some(&json!("ours")));
    assert_eq!(claims.scopes().collect::<Vec<_>>(), ["openid", "broker/write"]);
}

#[test]
fn only_a_genuine_token_learns_which_scopes_are_missing() {
    let key = SigningKey::new(Algorithm::Es256, KEY_ID);
    let scopes = vec!["broker/write".to_owned(), "broker/read".to_owned()];
    let verifier = verifier(
        IssuerPolicy {
            scopes: scopes.clone(),
            ..testing::policy()
        },
        &[&key],
    );
    for (scope, expected) in [
        ("broker/write broker/read", Ok(())),
        ("broker/read x broker/write", Ok(())),
        (
            "broker/write",
            Err(VerifyError::InsufficientScope {
                required: scopes.clone(),
            }),
        ),
        (
            "broker/write broker/reader",
            Err(VerifyError::InsufficientScope {
                required: scopes.clone(),
            }),
        ),
        (
            "",
            Err(VerifyError::InsufficientScope {
                required: scopes.clone(),
            }),
        ),
    ] {
        let token = TokenBuilder::new().claim("scope", scope).sign(&key);
        assert_eq!(verified(&verifier, &token).map(drop), expected, "{scope:?}");
    }
    let mallory = SigningKey::new(Algorithm::Es256, KEY_ID);
    let forged = TokenBuilder::new().without_claim("scope").sign(&mallory);
    assert_eq!(verified(&verifier, &forged), Err(TokenError::Signature.into()));
}

#[test]
fn a_scope_claim_of_another_type_holds_no_scope_and_refuses_nothing_else() {
    let key = SigningKey::new(Algorithm::Es256, KEY_ID);
    let required = vec!["broker/write".to_owned()];
    let with_scopes = |scopes: Vec<String>| IssuerPolicy {
        scopes,
        ..testing::policy()
    };
    let (none, one) = (
        verifier(with_scopes(vec![]), &[&key]),
        verifier(with_scopes(required.clone()), &[&key]),
    );
    for (name, value) in [
        ("scope", json!(["broker/write", 7])),
        ("scp", json!(["broker/write", null])),
        ("scope", json!({"broker/write": true})),
        ("scope", json!(7)),
        ("scope", json!(null)),
        ("scp", json!({"broker/write": true})),
        ("scp", json!([["broker/write"]])),
        ("scp", json!(true)),
    ] {
        let token = TokenBuilder::new().without_claim("scope");
        let token = token.claim(name, value.clone()).sign(&key);
        let claims = verified(&none, &token).expect("no scope is required");
        assert_eq!(claims.scopes().count(), 0, "{name} {value}");
        let lacking = VerifyError::InsufficientScope {
            required: required.clone(),
        };
        assert_eq!(verified(&one, &token), Err(lacking), "{name} {value}");
    }
}

#[test]
fn every_profile_accepts_its_own_kind_of_token() {
    let key = SigningKey::new(Algorithm::Es256, KEY_ID);
    let base = TokenBuilder::new();
    for (profile, token) in [
        (
            Profile::CognitoAccess,
            base.clone()
                .without_header("typ")
                .without_claim("aud")
                .claim("token_use", "access")
                .claim("client_id", "ours"),
        ),
        (
            Profile::OidcId,
            base.clone()
                .without_claim("scope")
                .claim("nonce", "n")
                .claim("token_use", "id"),
        ),
        (
            Profile::Rfc9068,
            base.clone()
                .header("typ", "at+jwt")
                .claim("client_id", "app")
                .claim("jti", "1"),
        ),
        (Profile::OidcAccess, base),
    ] {
        let token = token.sign(&key);
        let accepting: Vec<_> = Profile::ALL
            .iter()
            .copied()
            .filter(|profile| {
                let policy = IssuerPolicy {
                    profile: *profile,
                    ..testing::policy()
                };
                verified(&verifier(policy, &[&key]), &token).is_ok()
            })
            .collect();
        assert!(
            accepting.contains(&profile),
            "{profile:?}: accepted by {accepting:?}"
        );
    }
}
