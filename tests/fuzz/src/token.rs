//! Bearer tokens: the genuine token is accepted, and nothing that is made from it.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use broker_token::TokenVerifier;
use futures_util::FutureExt as _;
use serde_json::json;
use test_support::{NOW_SECS, NoNetwork, Rules, TestKey};

static VERIFIER: LazyLock<TokenVerifier<NoNetwork>> = LazyLock::new(|| {
    let issuers = Rules::accepting("token").settings().issuers;
    TokenVerifier::new(issuers, NoNetwork)
});

static GENUINE: LazyLock<String> = LazyLock::new(|| {
    TestKey::of_seed(1).token(&json!({
        "iss": "https://idp.example.com", "aud": "upload-broker", "sub": "alice",
        "scope": "uploads", "iat": NOW_SECS - 60, "exp": NOW_SECS + 600,
    }))
});

/// The genuine token.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    vec![GENUINE.as_bytes().to_vec()]
}

/// Verifies `bytes` as a token.
///
/// # Panics
/// If the genuine token is refused, or another text is accepted.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW_SECS);
    let verified = VERIFIER.verify(text, now).now_or_never();
    let claims = verified.expect("keys that are given are not waited for");
    assert_eq!(claims.is_ok(), text == *GENUINE, "{text:?}");
}
