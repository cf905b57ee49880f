//! The init phase ends even if nothing answers in it.

use std::future::pending;
use std::time::Duration;

use broker_http::broker::Broker;
use broker_token::{FetchDocument, FetchError, TokenVerifier};
use test_support::{CannedPorts, FixedClockAndRandom, MemoryUploads, Rules};
use tokio::time::timeout;

/// An issuer that accepts connections and never answers.
struct Silent;

impl FetchDocument for Silent {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        pending().await
    }
}

#[tokio::test]
async fn an_issuer_that_never_answers_is_not_waited_for() {
    let rules = Rules::accepting("token");
    let rules = rules.with(
        "jwks_file = \"jwks.json\"",
        "jwks_url = \"https://keys.example.com\"",
    );
    let settings = rules.settings();
    let verifier = TokenVerifier::new(settings.issuers.clone(), Silent);
    let ports = CannedPorts::default();
    let clock = FixedClockAndRandom::default();
    let broker = Broker::new(settings, ports.clone(), verifier, clock, None::<MemoryUploads>);
    let warm_up = broker.warm_up(Duration::from_millis(1));
    let ended = timeout(Duration::from_secs(30), warm_up).await;
    assert_eq!(ended, Ok(()), "still waiting");
    assert!(!ports.calls().is_empty(), "Connect was asked beside");
}
