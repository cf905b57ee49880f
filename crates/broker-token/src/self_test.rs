//! Proof at start-up that signatures are checked in this very build.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::algorithm::Algorithm;
use crate::fault::TokenFault;
use crate::jwks::KeySet;
use crate::policy::{IssuerPolicy, Profile};
use crate::verify::DecodedToken;

/// Public key that made [`SIGNATURE`]; its private half was thrown away.
const JWKS: &[u8] = br#"{"keys":[{"kid":"self-test","kty":"EC","crv":"P-256","alg":"ES256","use":"sig",
    "x":"vUCazddoXYJ1q5O72bOKQHHunCIk08J5jQli1O2GuZI",
    "y":"bibA9IDC6zhKpVMS4tR_Y130rZH4KbiIq5K_af3lJL4"}]}"#;

/// `{"alg":"ES256","kid":"self-test"}` and a payload of [`ISSUER`] that holds for one minute from [`ISSUED_SECS`].
const SIGNING_INPUT: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6InNlbGYtdGVzdCJ9.\
    eyJpc3MiOiJodHRwczovL3NlbGYtdGVzdC5pbnZhbGlkIiwic3ViIjoic2VsZi10ZXN0IiwiYXVkIjoic2VsZi10ZXN0Iiwi\
    aWF0IjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDAwNjB9";

const SIGNATURE: &str =
    "_g4ePlXnjftDKA7kfcE8DP4rsJBJ_tjoMTJujCNDTCZlTPlSW0hBMqXFWUppxyygNYntNY0C8sw8AZY9cJ-L4Q";

/// [`SIGNATURE`] with its first bits changed.
const FORGED_SIGNATURE: &str =
    "Ag4ePlXnjftDKA7kfcE8DP4rsJBJ_tjoMTJujCNDTCZlTPlSW0hBMqXFWUppxyygNYntNY0C8sw8AZY9cJ-L4Q";

const ISSUER: &str = "https://self-test.invalid";
const ISSUED_SECS: u64 = 1_800_000_000;

/// The build refuses a genuine signature, or accepts a forged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signatures are not checked as they should be in this build")]
pub struct SelfTestFailed;

/// Installs the crypto provider, and verifies one fixed token with a genuine and with a forged signature.
///
/// To be called once in the init phase: a build whose crypto is missing or does not work then fails to
/// start, instead of at its first request. Costs two ECDSA verifications.
///
/// # Errors
/// [`SelfTestFailed`]
pub fn self_test() -> Result<(), SelfTestFailed> {
    install_crypto_provider();
    let genuine = verdict(&format!("{SIGNING_INPUT}.{SIGNATURE}"));
    let forged = verdict(&format!("{SIGNING_INPUT}.{FORGED_SIGNATURE}"));
    judge(genuine, forged)
}

fn judge(genuine: Result<(), TokenFault>, forged: Result<(), TokenFault>) -> Result<(), SelfTestFailed> {
    match (genuine, forged) {
        (Ok(()), Err(TokenFault::Signature)) => Ok(()),
        _ => Err(SelfTestFailed),
    }
}

/// Makes AWS-LC the crypto of `jsonwebtoken`, which would otherwise panic at its first use if another
/// crate's features had turned on a second provider, or none.
///
/// Whoever installs first wins; that a provider is there already is no fault.
pub(crate) fn install_crypto_provider() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

fn verdict(token: &str) -> Result<(), TokenFault> {
    let policy = policy();
    let token = DecodedToken::parse(token)?.check(&policy, now())?;
    let keys = KeySet::load(JWKS, &policy.algorithms).map_err(|_| TokenFault::UnknownKey)?;
    let key = keys.get(token.key_id()).ok_or(TokenFault::UnknownKey)?;
    token.prove(&key).map(drop)
}

fn policy() -> IssuerPolicy {
    IssuerPolicy {
        url: ISSUER.to_owned(),
        profile: Profile::OidcAccess,
        audiences: vec!["self-test".to_owned()],
        algorithms: vec![Algorithm::Es256],
        scopes: vec![],
        leeway_secs: 0,
        max_lifetime_secs: 60,
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(ISSUED_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_build_passes_however_often_it_is_asked() {
        assert_eq!(self_test(), Ok(()));
        assert_eq!(self_test(), Ok(()));
    }

    #[test]
    fn a_build_that_refuses_the_genuine_or_accepts_the_forged_fails() {
        let (accepted, refused) = (Ok(()), Err(TokenFault::Signature));
        for (genuine, forged, expected) in [
            (accepted, refused, Ok(())),
            (accepted, accepted, Err(SelfTestFailed)),
            (refused, refused, Err(SelfTestFailed)),
            (accepted, Err(TokenFault::Expired), Err(SelfTestFailed)),
            (
                Err(TokenFault::Expired),
                Err(TokenFault::Expired),
                Err(SelfTestFailed),
            ),
        ] {
            assert_eq!(judge(genuine, forged), expected, "{genuine:?} {forged:?}");
        }
    }

    #[test]
    fn the_fixed_tokens_differ_in_their_signature_alone() {
        assert_eq!(verdict(&format!("{SIGNING_INPUT}.{SIGNATURE}")), Ok(()));
        assert_eq!(
            verdict(&format!("{SIGNING_INPUT}.{FORGED_SIGNATURE}")),
            Err(TokenFault::Signature)
        );
        assert_eq!(FORGED_SIGNATURE[1..], SIGNATURE[1..]);
    }
}
