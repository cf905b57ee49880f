//! Keys that their issuer withdraws: a key set that says no is an answer, not a missing answer.

use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::{
    JWKS_URL, UNKNOWN, Verifier, key, loaded, loaded_with_two_algorithms, one_issuer, secs, token, verdict,
};
use crate::algorithm::Algorithm;
use crate::error::{NoKeysError, TokenError, VerifyError};
use crate::fetch::FetchError;
use crate::issuer::{IssuerSettings, KeySource};
use crate::testing::{self, CannedFetch, ISSUER, KEY_ID, SigningKey, TokenBuilder, jwks, now};

const NONE_LISTED: Result<(), VerifyError> = Err(VerifyError::KeysUnavailable(NoKeysError::NoneListed));

fn document(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

fn with(key: &SigningKey, name: &str, value: impl Into<Value>) -> Value {
    let mut jwk = key.jwk();
    jwk[name] = value.into();
    jwk
}

/// Documents with which an issuer withdraws `key`, and the error that its tokens get from then on.
fn withdrawals(key: &SigningKey) -> [(&'static str, Vec<Value>, Result<(), VerifyError>); 10] {
    let secret = json!({"kty": "oct", "kid": KEY_ID, "k": "AA"});
    let other = SigningKey::new(Algorithm::Es256, "other");
    let other_kind = SigningKey::new(Algorithm::EdDSA, KEY_ID);
    let of_another_key = Err(VerifyError::Invalid(TokenError::AlgorithmOfKey));
    let rsa = [Algorithm::Rs256, Algorithm::Es384].map(|algorithm| SigningKey::new(algorithm, KEY_ID));
    [
        ("no key", vec![], NONE_LISTED),
        ("only another key", vec![other.jwk()], UNKNOWN),
        ("only a key of another kind", vec![other_kind.jwk()], NONE_LISTED),
        ("only a shared secret", vec![secret], NONE_LISTED),
        ("`use: enc`", vec![with(key, "use", "enc")], NONE_LISTED),
        (
            "`key_ops: []`",
            vec![with(key, "key_ops", json!([]))],
            NONE_LISTED,
        ),
        ("with `d`", vec![with(key, "d", "AQ")], NONE_LISTED),
        (
            "another `alg` of its kind of key",
            vec![with(key, "alg", "ES384")],
            NONE_LISTED,
        ),
        ("another `alg`", vec![with(key, "alg", "ES256K")], NONE_LISTED),
        (
            "a pinned `alg` of another key",
            vec![rsa[0].jwk()],
            of_another_key,
        ),
    ]
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_at_the_next_fetch() {
    for row in 0..withdrawals(&key(KEY_ID)).len() {
        let (verifier, fetch, key) = loaded_with_two_algorithms().await;
        let (what, keys, expected) = withdrawals(&key)[row].clone();
        fetch.answer(JWKS_URL, Ok(document(&keys)));
        let before = verdict(&verifier, &token(&key), secs(1)).await;
        assert_eq!(before, Ok(()), "before the fetch: {what}");
        verifier.warm_up(secs(1800)).await;
        assert_eq!(fetch.calls().len(), 2, "{what}");
        let after = verdict(&verifier, &token(&key), secs(1801)).now_or_never();
        assert_eq!(after, Some(expected), "{what}");
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_by_the_request_that_fetches() {
    for row in 0..withdrawals(&key(KEY_ID)).len() {
        let (verifier, fetch, key) = loaded_with_two_algorithms().await;
        let (what, keys, expected) = withdrawals(&key)[row].clone();
        fetch.answer(JWKS_URL, Ok(document(&keys)));
        assert_eq!(
            verdict(&verifier, &token(&key), secs(3600)).await,
            expected,
            "{what}"
        );
        assert_eq!(fetch.calls().len(), 2, "{what}");
    }
}

#[tokio::test]
async fn without_keys_every_token_waits_for_the_next_fetch_which_is_due_in_ten_seconds() {
    let (verifier, fetch, key) = loaded().await;
    let stranger = super::key("stranger");
    fetch.answer(JWKS_URL, Ok(document(&[])));
    verifier.warm_up(secs(1800)).await;
    for (at, calls) in [(1801, 2), (1809, 2), (1810, 3), (1819, 3), (1820, 4)] {
        for signer in [&key, &stranger] {
            assert_eq!(
                verdict(&verifier, &token(signer), secs(at)).await,
                NONE_LISTED,
                "{at} s"
            );
        }
        assert_eq!(fetch.calls().len(), calls, "{at} s");
    }
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    assert_eq!(verdict(&verifier, &token(&key), secs(1829)).await, NONE_LISTED);
    assert_eq!(verdict(&verifier, &token(&key), secs(1830)).await, Ok(()));
}

#[tokio::test]
async fn a_failed_fetch_after_a_withdrawal_brings_no_old_key_back() {
    let (verifier, fetch, key) = loaded().await;
    fetch.answer(JWKS_URL, Ok(document(&[])));
    verifier.warm_up(secs(1800)).await;
    fetch.answer(JWKS_URL, Err(FetchError::Timeout));
    assert_eq!(verdict(&verifier, &token(&key), secs(1810)).await, NONE_LISTED);
}

#[tokio::test]
async fn without_keys_a_refresh_beside_a_request_fetches_too() {
    let (verifier, fetch, key) = loaded().await;
    fetch.answer(JWKS_URL, Ok(document(&[])));
    verifier.warm_up(secs(1800)).await;
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    verifier.warm_up(secs(1809)).await;
    assert_eq!(fetch.calls().len(), 2, "within the interval");
    verifier.warm_up(secs(1810)).await;
    assert_eq!(fetch.calls().len(), 3);
    assert_eq!(
        verdict(&verifier, &token(&key), secs(1810)).now_or_never(),
        Some(Ok(()))
    );
}

#[tokio::test]
async fn a_token_that_is_refused_anyway_is_refused_without_keys_too() {
    let (verifier, fetch, key) = loaded().await;
    fetch.answer(JWKS_URL, Ok(document(&[])));
    verifier.warm_up(secs(1800)).await;
    let expired = TokenBuilder::new().claim("exp", testing::NOW_SECS + 1).sign(&key);
    let outcome = verdict(&verifier, &expired, secs(1810)).await;
    assert_eq!(outcome, Err(TokenError::Expired.into()));
    assert_eq!(fetch.calls().len(), 2);
}

/// A verifier whose issuer is found by discovery, with one key loaded, and the documents' addresses.
async fn discovered() -> (Verifier, std::sync::Arc<CannedFetch>, SigningKey, String) {
    let fetch = CannedFetch::new();
    let policy = testing::policy();
    let keys = KeySource::Discovery;
    let settings = vec![IssuerSettings { policy, keys }];
    let verifier = testing::verifier(settings, fetch.clone());
    let discovery = format!("{ISSUER}/.well-known/openid-configuration");
    let key = key(KEY_ID);
    let found = json!({"issuer": ISSUER, "jwks_uri": JWKS_URL});
    fetch.answer(&discovery, Ok(found.to_string().into_bytes()));
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    verifier.warm_up(now()).await;
    (verifier, fetch, key, discovery)
}

#[tokio::test]
async fn a_discovery_document_that_cannot_be_used_withdraws_nothing() {
    let other = "https://login.example.com/other";
    for (what, found) in [
        (
            "of another issuer",
            json!({"issuer": other, "jwks_uri": JWKS_URL}),
        ),
        ("without an address of keys", json!({"issuer": ISSUER})),
        (
            "with an address that is not asked",
            json!({"issuer": ISSUER, "jwks_uri": "http://a.example"}),
        ),
    ] {
        let (verifier, fetch, key, discovery) = discovered().await;
        fetch.answer(&discovery, Ok(found.to_string().into_bytes()));
        fetch.answer(JWKS_URL, Ok(document(&[])));
        assert_eq!(
            verdict(&verifier, &token(&key), secs(3600)).await,
            Ok(()),
            "{what}"
        );
        assert_eq!(fetch.calls().len(), 3, "{what}");
    }
}

#[tokio::test]
async fn issuers_without_keys_are_counted_once_it_is_known() {
    let (verifier, fetch) = one_issuer();
    assert_eq!(
        verifier.issuers_without_keys(now()),
        1,
        "nothing was ever fetched"
    );
    fetch.hang(true);
    assert_eq!(verifier.warm_up(now()).now_or_never(), None, "cut off");
    assert_eq!(
        verifier.issuers_without_keys(now()),
        0,
        "the first fetch is still under way"
    );
    fetch.hang(false);
    verifier.warm_up(secs(1)).await;
    assert_eq!(verifier.issuers_without_keys(secs(1)), 1, "it failed");
    let key = key(KEY_ID);
    for (at, answer, expected) in [
        (10, Ok(jwks([&key])), 0),
        (1810, Err(FetchError::Timeout), 0),
        (3610, Ok(document(&[])), 1),
        (3620, Ok(b"<html>".to_vec()), 1),
        (3630, Ok(jwks([&key])), 0),
    ] {
        fetch.answer(JWKS_URL, answer);
        verifier.warm_up(secs(at)).await;
        assert_eq!(verifier.issuers_without_keys(secs(at)), expected, "{at} s");
    }
}
