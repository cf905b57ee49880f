//! A fetch whose request ended first: the next one carries it on.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;

use super::{JWKS_URL, NEVER_FETCHED, UNKNOWN, key, loaded, one_issuer, secs, token, verdict};
use crate::fetch::{FetchDocument, FetchError};
use crate::issuer::{IssuerSettings, KeySource};
use crate::testing::{self, KEY_ID, jwks, now};

#[tokio::test]
async fn the_next_token_carries_on_the_fetch_of_one_that_went_away() {
    let (verifier, fetch) = one_issuer();
    let key = key(KEY_ID);
    fetch.answer(JWKS_URL, Ok(jwks([&key])));
    fetch.hang(true);
    assert_eq!(
        verdict(&verifier, &token(&key), now()).now_or_never(),
        None,
        "waits, and is dropped"
    );
    fetch.hang(false);
    assert_eq!(verdict(&verifier, &token(&key), secs(1)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 1);
}

#[tokio::test]
async fn a_refresh_beside_a_request_that_ends_first_delays_no_new_key() {
    let (verifier, fetch, old) = loaded().await;
    let new = key("key-2");
    fetch.answer(JWKS_URL, Ok(jwks([&old, &new])));
    fetch.hang(true);
    assert_eq!(verifier.warm_up(secs(1800)).now_or_never(), None, "cut off");
    assert_eq!(
        verdict(&verifier, &token(&old), secs(1801)).now_or_never(),
        Some(Ok(())),
        "a known key waits for nothing"
    );
    fetch.hang(false);
    assert_eq!(verdict(&verifier, &token(&new), secs(1801)).await, Ok(()));
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn refreshes_that_are_always_cut_off_make_one_fetch() {
    let (verifier, fetch, _key) = loaded().await;
    fetch.hang(true);
    for at in [1800, 1805, 1811, 1900] {
        assert_eq!(verifier.warm_up(secs(at)).now_or_never(), None, "cut off");
    }
    fetch.hang(false);
    verifier.warm_up(secs(1901)).await;
    assert_eq!(fetch.calls().len(), 2);
}

#[tokio::test]
async fn what_an_old_fetch_brings_is_as_old_as_the_fetch() {
    for answer in [true, false] {
        let (verifier, fetch, old) = loaded().await;
        let new = key("key-2");
        fetch.hang(true);
        assert_eq!(verifier.warm_up(secs(1800)).now_or_never(), None, "cut off");
        fetch.hang(false);
        let late = if answer {
            Ok(jwks([&old]))
        } else {
            Err(FetchError::Timeout)
        };
        fetch.answer(JWKS_URL, late);
        assert_eq!(verdict(&verifier, &token(&new), secs(1809)).await, UNKNOWN);
        assert_eq!(fetch.calls().len(), 2, "within the interval of its beginning");
        fetch.answer(JWKS_URL, Ok(jwks([&old, &new])));
        assert_eq!(verdict(&verifier, &token(&new), secs(1810)).await, Ok(()));
        assert_eq!(fetch.calls().len(), 3);
    }
}

/// Fetcher that panics at first, and answers afterwards.
struct Panicking {
    calls: AtomicUsize,
    document: Vec<u8>,
}

impl FetchDocument for Panicking {
    async fn fetch(&self, _url: &str) -> Result<Vec<u8>, FetchError> {
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(before > 0, "a fetch that panics, as it should");
        Ok(self.document.clone())
    }
}

#[tokio::test]
async fn a_fetch_that_panics_is_one_that_failed() {
    let key = key(KEY_ID);
    let fetch = Panicking {
        calls: AtomicUsize::new(0),
        document: jwks([&key]),
    };
    let settings = vec![IssuerSettings {
        policy: testing::policy(),
        keys: KeySource::JwksUrl(JWKS_URL.to_owned()),
    }];
    let verifier = testing::verifier(settings, fetch);
    for (at, expected) in [(0, NEVER_FETCHED), (9, NEVER_FETCHED), (10, Ok(()))] {
        let outcome = verifier.verify(&token(&key), secs(at)).await.map(drop);
        assert_eq!(outcome, expected, "{at} s");
    }
}
