use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, join_all, select};
use serde_json::json;

use super::*;
use crate::fetch::{FetchError, MAX_DOCUMENT_BYTES};
use crate::issuer::{IssuerSettings, KeySource};
use crate::policy::IssuerPolicy;
use crate::testing::{self, CannedFetch, KEY_ID, SigningKey, TokenBuilder, jwks, now};
use crate::verifier::TokenVerifier;

mod age;
mod cut_off;
mod log;
mod successor;
mod withdrawn;

const JWKS_URL: &str = "https://keys.example.com/jwks";

type Verifier = TokenVerifier<Arc<CannedFetch>>;

/// A verifier of one issuer whose keys are at [`JWKS_URL`], and the fetcher that it asks.
fn one_issuer() -> (Verifier, Arc<CannedFetch>) {
    let fetch = CannedFetch::new();
    let keys = KeySource::JwksUrl(JWKS_URL.to_owned());
    let settings = vec![IssuerSettings {
        policy: testing::policy(),
        keys,
    }];
    (testing::verifier(settings, fetch.clone()), fetch)
}

/// The same, with one key loaded at `now()`.
async fn loaded() -> (Verifier, Arc<CannedFetch>, SigningKey) {
    let (verifier, fetch) = one_issuer();
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    verifier.warm_up(now()).await;
    assert_eq!(fetch.calls().len(), 1);
    (verifier, fetch, key)
}

/// The same, for an issuer that may sign with RS256 too.
async fn loaded_with_two_algorithms() -> (Verifier, Arc<CannedFetch>, SigningKey) {
    let fetch = CannedFetch::new();
    let mut policy = testing::policy();
    policy.algorithms.push(Algorithm::Rs256);
    let keys = KeySource::JwksUrl(JWKS_URL.to_owned());
    let settings = vec![IssuerSettings { policy, keys }];
    let verifier = testing::verifier(settings, fetch.clone());
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    verifier.warm_up(now()).await;
    (verifier, fetch, key)
}

fn key(key_id: &str) -> SigningKey {
    SigningKey::new(Algorithm::Es256, key_id)
}

/// A token that holds for a whole day from `now()`.
fn token(key: &SigningKey) -> String {
    let token = TokenBuilder::new().header("kid", key.key_id.as_str());
    token
        .claim("iat", testing::NOW_SECS)
        .claim("exp", testing::NOW_SECS + 86_400)
        .sign(key)
}

fn secs(secs: u64) -> SystemTime {
    now() + Duration::from_secs(secs)
}

const NEVER_FETCHED: Result<(), VerifyError> = Err(VerifyError::KeysUnavailable(NoKeysError::NeverFetched));
const UNKNOWN: Result<(), VerifyError> = Err(VerifyError::Invalid(TokenError::UnknownKey));

async fn verdict(verifier: &Verifier, token: &str, at: SystemTime) -> Result<(), VerifyError> {
    verifier.verify(token, at).await.map(drop)
}

/// The result of `asking`, while the fetcher answers only after it was asked so many times.
async fn hung_until_called<T>(times: usize, fetch: &CannedFetch, asking: impl Future<Output = T>) -> T {
    fetch.hang(true);
    let release = async {
        fetch.called(times).await;
        fetch.hang(false);
    };
    match select(pin!(asking), pin!(release)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), asking)) => asking.await,
    }
}

#[tokio::test]
async fn the_first_token_brings_the_keys_and_the_next_ones_use_them() {
    let (verifier, fetch) = one_issuer();
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    for second in 0..100 {
        assert_eq!(verdict(&verifier, &token(&key), secs(second)).await, Ok(()));
    }
    assert_eq!(fetch.calls(), [JWKS_URL]);
}

#[tokio::test]
async fn discovery_leads_to_the_keys() {
    let fetch = CannedFetch::new();
    let settings = vec![IssuerSettings {
        policy: testing::policy(),
        keys: KeySource::Discovery,
    }];
    let verifier = testing::verifier(settings, fetch.clone());
    let key = key(KEY_ID);
    let discovery = "https://login.example.com/tenant/.well-known/openid-configuration";
    let document = json!({"issuer": testing::ISSUER, "jwks_uri": JWKS_URL});
    fetch.answer(discovery, Ok(document.to_string().into_bytes()));
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    assert_eq!(verdict(&verifier, &token(&key), now()).await, Ok(()));
    assert_eq!(fetch.calls(), [discovery, JWKS_URL]);
}

#[tokio::test]
async fn warming_up_fetches_for_all_issuers_at_once() {
    let fetch = CannedFetch::new();
    let urls = ["https://a.example", "https://b.example", "https://c.example"];
    let settings = urls.map(|url| IssuerSettings {
        policy: IssuerPolicy {
            url: url.to_owned(),
            ..testing::policy()
        },
        keys: KeySource::JwksUrl(format!("{url}/jwks")),
    });
    let verifier = testing::verifier(settings.to_vec(), fetch.clone());
    hung_until_called(3, &fetch, verifier.warm_up(now())).await;
    verifier.warm_up(secs(1)).await;
    assert_eq!(
        fetch.calls(),
        urls.map(|url| format!("{url}/jwks")),
        "a failure is not repeated at once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_fetch_serves_all_that_wait_for_it() {
    let (verifier, fetch) = one_issuer();
    let (verifier, key) = (Arc::new(verifier), key(KEY_ID));
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    let waiting = async {
        let spawned = (0..50).map(|_| {
            let (verifier, token) = (verifier.clone(), token(&key));
            tokio::spawn(async move { verdict(&verifier, &token, now()).await })
        });
        join_all(spawned).await
    };
    for outcome in hung_until_called(1, &fetch, waiting).await {
        assert_eq!(outcome.expect("no panic"), Ok(()));
    }
    assert_eq!(fetch.calls().len(), 1);
}

#[tokio::test]
async fn one_fetch_serves_all_that_wait_on_a_single_thread() {
    let (verifier, fetch) = one_issuer();
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    fetch.hang(true);
    let token = token(&key);
    let waiting = join_all((0..50).map(|_| verdict(&verifier, &token, now())));
    let (outcomes, ()) = tokio::join!(waiting, async { fetch.hang(false) });
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(fetch.calls().len(), 1);
}

#[tokio::test]
async fn ten_thousand_unknown_keys_cause_one_fetch_per_interval() {
    let (verifier, fetch, key) = loaded().await;
    for round in 0..4_u64 {
        for index in 0..2500 {
            let unknown = TokenBuilder::new().header("kid", format!("unknown-{round}-{index}"));
            let token = unknown.sign(&key);
            assert_eq!(
                verdict(&verifier, &token, secs(round * 10 + index / 250)).await,
                UNKNOWN
            );
        }
    }
    assert_eq!(
        fetch.calls().len(),
        4,
        "at 0 s by warming up, then at 10, 20 and 30 s"
    );
    assert_eq!(verdict(&verifier, &token(&key), secs(40)).await, Ok(()));
}

#[tokio::test]
async fn a_rotated_key_is_picked_up_after_the_interval() {
    let (verifier, fetch, old) = loaded().await;
    let new = key("key-2");
    fetch.answer(JWKS_URL, Ok(jwks([&old, &new])));
    assert_eq!(verdict(&verifier, &token(&new), secs(9)).await, UNKNOWN);
    assert_eq!(fetch.calls().len(), 1, "within the interval nothing is fetched");
    assert_eq!(verdict(&verifier, &token(&new), secs(10)).await, Ok(()));
    assert_eq!(verdict(&verifier, &token(&old), secs(10)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_last_good_keys() {
    let many = json!({"keys": vec![json!({}); 101]}).to_string().into_bytes();
    for answer in [
        Err(FetchError::Timeout),
        Err(FetchError::Status(302)),
        Err(FetchError::TooLarge),
        Err(FetchError::NoAnswer("connection refused".to_owned())),
        Ok(b"<html>503</html>".to_vec()),
        Ok(b"".to_vec()),
        Ok(br#"{"keys":[]"#.to_vec()),
        Ok(br#"{"keys":[],"keys":[]}"#.to_vec()),
        Ok(br#"{"keys":{}}"#.to_vec()),
        Ok(br#"{"keys":null}"#.to_vec()),
        Ok(b"{}".to_vec()),
        Ok(b"[]".to_vec()),
        Ok(many),
        Ok(vec![b' '; MAX_DOCUMENT_BYTES + 1]),
    ] {
        let (verifier, fetch, key) = loaded().await;
        fetch.answer(JWKS_URL, answer.clone());
        assert_eq!(
            verdict(&verifier, &token(&self::key("key-2")), secs(10)).await,
            UNKNOWN,
            "{answer:?}"
        );
        assert_eq!(fetch.calls().len(), 2);
        assert_eq!(
            verdict(&verifier, &token(&key), secs(10)).await,
            Ok(()),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn keys_are_unavailable_only_until_a_set_was_loaded() {
    let (verifier, fetch) = one_issuer();
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Err(FetchError::Timeout));
    for (at, calls) in [(0, 1), (1, 1), (9, 1), (10, 2), (19, 2)] {
        assert_eq!(
            verdict(&verifier, &token(&key), secs(at)).await,
            NEVER_FETCHED,
            "{at} s"
        );
        assert_eq!(fetch.calls().len(), calls, "{at} s");
    }
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    assert_eq!(verdict(&verifier, &token(&key), secs(20)).await, Ok(()));
    fetch.answer(JWKS_URL, Err(FetchError::Timeout));
    assert_eq!(
        verdict(&verifier, &token(&self::key("key-2")), secs(30)).await,
        UNKNOWN
    );
}

#[tokio::test]
async fn a_hung_fetch_blocks_only_those_whose_key_is_unknown() {
    let (verifier, fetch, key) = loaded().await;
    let new = self::key("key-2");
    fetch.answer(JWKS_URL, Ok(jwks([&key, &new])));
    fetch.hang(true);
    let new_token = token(&new);
    let mut waiting = Box::pin(verdict(&verifier, &new_token, secs(10)));
    assert_eq!((&mut waiting).now_or_never(), None);
    for at in [10, 11, 3600, 90 * 60] {
        let known = verdict(&verifier, &token(&key), secs(at)).now_or_never();
        assert_eq!(known, Some(Ok(())), "a known key does not wait, {at} s");
    }
    fetch.hang(false);
    assert_eq!(waiting.await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_token_that_would_be_refused_anyway_causes_no_fetch() {
    let (verifier, fetch) = one_issuer();
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    let base = TokenBuilder::new();
    for hostile in [
        base.clone().claim("iss", "https://evil.example"),
        base.clone().claim("iss", json!([testing::ISSUER])),
        base.clone().claim("exp", testing::NOW_SECS),
        base.clone().claim("exp", "soon"),
        base.clone().claim("aud", "theirs"),
        base.clone().claim("sub", ""),
        base.clone().without_claim("scope").claim("nonce", "n"),
        base.clone().header("alg", "RS256"),
        base.clone().header("alg", "none"),
        base.clone().header("typ", "logout+jwt"),
        base.clone().header("kid", 1),
        base.clone().header("crit", json!(["exp"])),
        base.clone().header("jku", JWKS_URL).header("alg", "HS256"),
    ] {
        let refused = verdict(&verifier, &hostile.sign(&key), now()).await;
        assert!(
            matches!(refused, Err(VerifyError::Invalid(_))),
            "{refused:?} {}",
            hostile.header
        );
    }
    let signed = base.sign(&key);
    for garbled in [format!("{signed}="), format!("{signed}.AA"), "x".repeat(9000)] {
        assert!(verdict(&verifier, &garbled, now()).await.is_err());
    }
    assert_eq!(fetch.calls(), [""; 0]);
    assert_eq!(verdict(&verifier, &signed, now()).await, Ok(()));
}

#[tokio::test]
async fn one_issuers_trouble_is_no_others() {
    let fetch = CannedFetch::new();
    let (url, good) = ("https://good.example", key(KEY_ID));
    let policy = IssuerPolicy {
        url: url.to_owned(),
        ..testing::policy()
    };
    let settings = vec![
        IssuerSettings {
            policy: testing::policy(),
            keys: KeySource::JwksUrl(JWKS_URL.to_owned()),
        },
        IssuerSettings {
            policy,
            keys: KeySource::Static(jwks([&good])),
        },
    ];
    let verifier = testing::verifier(settings, fetch.clone());
    fetch.hang(true);
    let stuck_token = token(&good);
    let mut stuck = Box::pin(verdict(&verifier, &stuck_token, now()));
    assert_eq!((&mut stuck).now_or_never(), None);
    let token = TokenBuilder::new().claim("iss", url).sign(&good);
    assert_eq!(verdict(&verifier, &token, now()).now_or_never(), Some(Ok(())));
    assert_eq!(fetch.calls(), [JWKS_URL]);
}

#[tokio::test]
async fn fixed_keys_are_never_fetched() {
    let (fetch, key) = (CannedFetch::new(), key(KEY_ID));
    let keys = KeySource::Static(jwks([&key]));
    let settings = vec![IssuerSettings {
        policy: testing::policy(),
        keys,
    }];
    let verifier = testing::verifier(settings, fetch.clone());
    verifier.warm_up(now()).await;
    assert_eq!(
        verdict(&verifier, &token(&self::key("key-2")), secs(7200)).await,
        UNKNOWN
    );
    assert_eq!(verdict(&verifier, &token(&key), secs(7200)).await, Ok(()));
    assert_eq!(fetch.calls(), [""; 0]);
}
