//! Proof at start-up that signatures are checked in this very build.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The build accepts what it must refuse, or refuses what it must accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signatures are not checked as they should be in this build")]
pub struct SelfTestFailed;

/// Makes AWS-LC the crypto of `jsonwebtoken`, which would otherwise panic at its first use if another
/// crate's features had turned on a second provider, or none.
///
/// Whoever installs first wins; that a provider is there already is no fault.
pub(crate) fn install_crypto_provider() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}
/// Test
/// # Errors
/// x
pub fn self_test() -> Result<(), SelfTestFailed> {
    install_crypto_provider();
    Ok(())
}
