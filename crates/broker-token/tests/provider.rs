//! Which cryptography `jsonwebtoken` uses, seen from a process in which nothing chose one before.

use broker_token::{FetchDocument, FetchError, TokenVerifier};

struct NoFetch;

impl FetchDocument for NoFetch {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        unreachable!("no issuer, no document")
    }
}

#[test]
fn a_verifier_brings_its_provider_before_the_first_token() {
    let verifier = TokenVerifier::new(vec![], NoFetch);
    assert!(verifier.is_ok());
    let chosen = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    assert!(chosen.is_err(), "one was installed before");
}
