//! What the refresh of keys says in the log.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{JWKS_URL, NEVER_FETCHED, key, loaded, one_issuer, secs, verdict};
use crate::fetch::FetchError;
use crate::testing::{self, TokenBuilder, now};

/// What a test's own thread logs, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panics here").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn lines_with(&self, words: &str) -> usize {
        let text = String::from_utf8(self.0.lock().expect("no test panics here").clone()).expect("UTF-8");
        text.lines().filter(|line| line.contains(words)).count()
    }

    fn capture() -> (Self, tracing::subscriber::DefaultGuard) {
        // While no subscriber is the process's own, a call site that another test's thread meets first may
        // be remembered as one that has no listener.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }
}

#[tokio::test]
async fn a_key_that_is_not_used_is_logged_once_until_the_set_changes() {
    let (log, _guard) = Log::capture();
    let (verifier, fetch, key) = loaded().await;
    let secret = json!({"kty": "oct", "kid": "secret", "k": "AA"});
    let document = |skipped: &[&serde_json::Value]| {
        let keys: Vec<_> = skipped
            .iter()
            .map(|key| (*key).clone())
            .chain([key.jwk()])
            .collect();
        json!({ "keys": keys }).to_string().into_bytes()
    };
    fetch.answer(JWKS_URL, Ok(document(&[&secret])));
    for hour in 1..5 {
        verifier.warm_up(secs(hour * 3600)).await;
        assert_eq!(
            log.lines_with("index=0 reason=`kty` or `crv` is not supported"),
            1,
            "after {hour} h"
        );
    }
    fetch.answer(JWKS_URL, Ok(document(&[&secret, &secret])));
    verifier.warm_up(secs(5 * 3600)).await;
    assert_eq!(log.lines_with("signing key is not used"), 3);
    assert_eq!(log.lines_with(testing::ISSUER), 3);
}

#[tokio::test]
async fn a_failed_refresh_is_logged_with_its_issuer_and_nothing_of_the_token() {
    let (log, _guard) = Log::capture();
    let (verifier, fetch) = one_issuer();
    fetch.answer(JWKS_URL, Err(FetchError::Status(503)));
    let token = TokenBuilder::new()
        .header("kid", "mallory")
        .claim("sub", "mallory")
        .sign(&key("mallory"));
    assert_eq!(verdict(&verifier, &token, now()).await, NEVER_FETCHED);
    assert_eq!(log.lines_with("key document: the answer has status 503"), 1);
    assert_eq!(log.lines_with(testing::ISSUER), 1);
    assert_eq!(log.lines_with("mallory"), 0);
}

#[tokio::test]
async fn an_issuer_that_lists_no_usable_key_is_named_with_the_reasons() {
    let (log, _guard) = Log::capture();
    let (verifier, fetch, key) = loaded().await;
    let mut jwk = key.jwk();
    jwk["use"] = json!("enc");
    fetch.answer(JWKS_URL, Ok(json!({"keys": [jwk]}).to_string().into_bytes()));
    verifier.warm_up(secs(3600)).await;
    assert_eq!(log.lines_with("issuer lists no usable signing key"), 1);
    assert_eq!(log.lines_with("index=0 reason=`use` is not `sig`"), 1);
    assert_eq!(log.lines_with(testing::ISSUER), 2);
}
