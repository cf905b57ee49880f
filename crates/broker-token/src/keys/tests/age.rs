//! Keys grow old by the callers' clock, whatever ran in between.

use std::time::Duration;

use super::{JWKS_URL, UNKNOWN, key, loaded, secs, token, verdict};
use crate::error::{NoKeysError, VerifyError};
use crate::fetch::FetchError;
use crate::issuer::{IssuerSettings, KeySource};
use crate::policy::IssuerPolicy;
use crate::testing::{self, CannedFetch, KEY_ID, SigningKey, TokenBuilder, jwks, now};

#[tokio::test]
async fn warming_up_again_renews_what_is_past_half_its_time() {
    let (verifier, fetch, _key) = loaded().await;
    for (at, calls) in [(60, 1), (1799, 1), (1800, 2), (1801, 2)] {
        verifier.warm_up(secs(at)).await;
        assert_eq!(fetch.calls().len(), calls, "after {at} s");
    }
}

#[tokio::test]
async fn a_set_that_is_too_old_is_renewed_by_its_next_user() {
    let (verifier, fetch, old) = loaded().await;
    let new = key("key-2");
    fetch.answer(JWKS_URL, Ok(jwks([&new])));
    assert_eq!(verdict(&verifier, &token(&old), secs(3599)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 1);
    assert_eq!(
        verdict(&verifier, &token(&old), secs(3600)).await,
        UNKNOWN,
        "the issuer has withdrawn it"
    );
    assert_eq!(verdict(&verifier, &token(&new), secs(3600)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_set_that_is_too_old_serves_while_its_renewal_fails() {
    let (verifier, fetch, key) = loaded().await;
    fetch.answer(JWKS_URL, Err(FetchError::Timeout));
    for (at, calls) in [(3600, 2), (3601, 2), (3659, 2), (3660, 3), (80_000, 4)] {
        assert_eq!(
            verdict(&verifier, &token(&key), secs(at)).await,
            Ok(()),
            "after {at} s"
        );
        assert_eq!(fetch.calls().len(), calls, "after {at} s");
    }
}

#[tokio::test]
async fn a_clock_that_steps_back_stops_no_refresh() {
    let (verifier, fetch, old) = loaded().await;
    let new = key("key-2");
    fetch.answer(JWKS_URL, Ok(jwks([&old, &new])));
    let earlier = |secs: u64| now() - Duration::from_secs(secs);
    let token = TokenBuilder::new()
        .header("kid", "key-2")
        .claim("iat", testing::NOW_SECS - 7200)
        .sign(&new);
    assert_eq!(
        verdict(&verifier, &token, earlier(9)).await,
        UNKNOWN,
        "a request that began a little before"
    );
    assert_eq!(verdict(&verifier, &token, earlier(3700)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn the_age_of_all_keys_is_that_of_the_oldest_that_were_fetched() {
    let (fetch, key) = (CannedFetch::new(), key(KEY_ID));
    let issuer = |url: &str, keys| IssuerSettings {
        policy: IssuerPolicy {
            url: url.to_owned(),
            ..testing::policy()
        },
        keys,
    };
    let urls = ["https://a.example/jwks", "https://b.example/jwks"];
    let settings = vec![
        issuer("https://a.example", KeySource::JwksUrl(urls[0].to_owned())),
        issuer("https://b.example", KeySource::JwksUrl(urls[1].to_owned())),
        issuer("https://c.example", KeySource::Static(jwks([&key]))),
    ];
    let verifier = testing::verifier(settings, fetch.clone());
    assert_eq!(verifier.key_set_age(now()), None, "fixed keys have no age");
    for (url, at) in urls.into_iter().zip([0, 100]) {
        fetch.answer(url, Ok(jwks([&key])));
        verifier.warm_up(secs(at)).await;
    }
    assert_eq!(verifier.key_set_age(secs(130)), Some(Duration::from_secs(130)));
}

/// A token that holds for ten minutes from `at` seconds.
fn token_at(key: &SigningKey, at: u64) -> String {
    let from = testing::NOW_SECS + at;
    let token = TokenBuilder::new().claim("iat", from).claim("exp", from + 600);
    token.sign(key)
}

#[tokio::test]
async fn the_last_good_keys_are_believed_for_a_day_and_no_longer() {
    const DAY: u64 = 86_400;
    let (verifier, fetch, key) = loaded().await;
    let too_old = Err(VerifyError::KeysUnavailable(NoKeysError::TooOld));
    let html = b"<html>maintenance</html>".to_vec();
    for (at, answer, expected, calls) in [
        (DAY - 1, Err(FetchError::Timeout), Ok(()), 2),
        (DAY, Err(FetchError::Status(503)), too_old.clone(), 2),
        (DAY + 9, Ok(html), too_old.clone(), 3),
        (DAY + 18, Ok(jwks([&key])), too_old, 3),
        (DAY + 19, Ok(jwks([&key])), Ok(()), 4),
    ] {
        fetch.answer(JWKS_URL, answer);
        assert_eq!(
            verdict(&verifier, &token_at(&key, at), secs(at)).await,
            expected,
            "{at} s"
        );
        assert_eq!(fetch.calls().len(), calls, "{at} s");
        assert_eq!(
            verifier.issuers_without_keys(secs(at)),
            usize::from(expected.is_err()),
            "{at} s"
        );
    }
}

#[tokio::test]
async fn fixed_keys_do_not_age() {
    let key = key(KEY_ID);
    let keys = KeySource::Static(jwks([&key]));
    let policy = testing::policy();
    let settings = vec![IssuerSettings { policy, keys }];
    let verifier = testing::verifier(settings, CannedFetch::new());
    let years = 10 * 365 * 86_400;
    assert_eq!(
        verdict(&verifier, &token_at(&key, years), secs(years)).await,
        Ok(())
    );
    assert_eq!(verifier.issuers_without_keys(secs(years)), 0);
}
