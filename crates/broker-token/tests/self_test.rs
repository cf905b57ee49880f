//! The self-test, seen from a process in which nothing was verified before.

#[test]
fn the_self_test_uses_the_cryptography_that_tokens_will_be_verified_with() {
    assert_eq!(broker_token::self_test(), Ok(()));
    let chosen = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    assert!(chosen.is_err(), "one was installed before");
}
