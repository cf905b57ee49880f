//! An issuer that gives the name of a key to a new one.

use std::pin::pin;

use futures_util::FutureExt as _;
use serde_json::json;

use super::{JWKS_URL, hung_until_called, key, loaded, loaded_with_two_algorithms, secs, token, verdict};
use crate::algorithm::Algorithm;
use crate::error::{NoKeysError, TokenError, VerifyError};
use crate::fetch::FetchError;
use crate::testing::{KEY_ID, SigningKey, TokenBuilder, jwks};

const NOT_SIGNED: Result<(), VerifyError> = Err(VerifyError::Invalid(TokenError::Signature));

#[tokio::test]
async fn a_new_key_under_an_old_name_is_fetched_within_the_cool_down() {
    let (verifier, fetch, old) = loaded().await;
    let new = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&new])));
    assert_eq!(verdict(&verifier, &token(&new), secs(9)).await, NOT_SIGNED);
    assert_eq!(fetch.calls().len(), 1, "within the interval nothing is fetched");
    assert_eq!(verdict(&verifier, &token(&new), secs(10)).await, Ok(()));
    assert_eq!(verdict(&verifier, &token(&old), secs(11)).await, NOT_SIGNED);
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_new_key_of_another_kind_is_found_as_well() {
    let (verifier, fetch, _old) = loaded_with_two_algorithms().await;
    let new = SigningKey::new(Algorithm::Rs256, KEY_ID);
    let token = TokenBuilder::new().header("alg", "RS256").sign(&new);
    let other_algorithm = Err(TokenError::AlgorithmOfKey.into());
    fetch.answer(JWKS_URL, Ok(jwks([&new])));
    assert_eq!(verdict(&verifier, &token, secs(9)).await, other_algorithm);
    assert_eq!(verdict(&verifier, &token, secs(10)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn what_the_fetch_brings_decides() {
    let unavailable = Err(VerifyError::KeysUnavailable(NoKeysError::NoneListed));
    let unknown = Err(VerifyError::Invalid(TokenError::UnknownKey));
    let third = key(KEY_ID);
    for (what, answer, expected) in [
        ("a third key of that name", Ok(jwks([&third])), NOT_SIGNED),
        ("only another name", Ok(jwks([&key("other")])), unknown),
        (
            "no key",
            Ok(json!({"keys": []}).to_string().into_bytes()),
            unavailable,
        ),
        ("nothing", Err(FetchError::Timeout), NOT_SIGNED),
    ] {
        let (verifier, fetch, _old) = loaded().await;
        fetch.answer(JWKS_URL, answer);
        let new = key(KEY_ID);
        assert_eq!(
            verdict(&verifier, &token(&new), secs(10)).await,
            expected,
            "{what}"
        );
        assert_eq!(fetch.calls().len(), 2, "{what}");
    }
}

#[tokio::test]
async fn a_thousand_forged_signatures_cause_one_fetch_per_interval() {
    let (verifier, fetch, key) = loaded().await;
    let forged = token(&super::key(KEY_ID));
    for at in 0..1_000 {
        assert_eq!(verdict(&verifier, &forged, secs(at / 25)).await, NOT_SIGNED);
    }
    assert_eq!(
        fetch.calls().len(),
        4,
        "at 0 s by warming up, then at 10, 20 and 30 s"
    );
    assert_eq!(verdict(&verifier, &token(&key), secs(40)).await, Ok(()));
}

#[tokio::test]
async fn only_the_request_that_fetches_waits() {
    let (verifier, fetch, old) = loaded().await;
    let new = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&new])));
    let (old_token, new_token) = (token(&old), token(&new));
    fetch.hang(true);
    let mut waiting = pin!(verdict(&verifier, &new_token, secs(10)));
    assert_eq!((&mut waiting).now_or_never(), None);
    for (what, token, expected) in [
        ("signed by the known key", &old_token, Ok(())),
        ("not signed by it", &new_token, NOT_SIGNED),
    ] {
        let outcome = verdict(&verifier, token, secs(11)).now_or_never();
        assert_eq!(outcome, Some(expected), "{what}");
    }
    fetch.hang(false);
    assert_eq!(waiting.await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_fetch_that_was_cut_off_is_carried_on() {
    let (verifier, fetch, _old) = loaded().await;
    let new = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&new])));
    fetch.hang(true);
    assert_eq!(verifier.warm_up(secs(1800)).now_or_never(), None, "cut off");
    fetch.hang(false);
    assert_eq!(verdict(&verifier, &token(&new), secs(1811)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_fetch_for_an_unknown_name_serves_a_new_key_under_an_old_one() {
    let (verifier, fetch, _old) = loaded().await;
    let (new, other) = (key(KEY_ID), key("other"));
    fetch.answer(JWKS_URL, Ok(jwks([&new, &other])));
    let other_token = token(&other);
    let outcome = hung_until_called(2, &fetch, verdict(&verifier, &other_token, secs(10))).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(verdict(&verifier, &token(&new), secs(11)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}
