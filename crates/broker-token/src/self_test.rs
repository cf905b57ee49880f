//! Proof at start-up that signatures are checked in this very build.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::algorithm::Algorithm;
use crate::fault::TokenFault;
use crate::jwks::KeySet;
use crate::policy::{IssuerPolicy, Profile};
use crate::verify::DecodedToken;

/// The key that made [`SIGNATURE`]; its private half was thrown away. With the exponent 3 a verification costs
/// a third of what it costs with the usual one, and this one is part of every cold start.
const JWKS: &str = "{\"keys\":[{\"kid\":\"self-test\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"e\":\"Aw\",\"n\":\"\
    zAT2s5Y1Awfu8IjPVUjUkWhaeJKju07TecJsqjH_Fby93t_93RX6hctOeo_b7VRAubpQr9c0PYifhHRqfmU3tUUf7Du_xFeIs4dr\
    G9_S3LTKkbEkWD1evdX6X0IOJ6JAFzfkVoF9i30JjrkRFhJUgRoSnu4eEqNReV4qm1ae_SAUhZ9Mh42gxR8URw6l0atw1dW8O1RH\
    HpVX7npytaPrmUI3qcsSIU4SJwbKTSgqxQTBijmRqXYh8Frttax9FrKmYonK7Mgk0Doqs7m3sGrRI6Z016Zr7MWncQHktVhJ2_iN\
    _WUJo95OBlr9ykdgI2HWArX39DjkxzKtTxXL3BG-zw\"}]}";

/// `{"alg":"RS256","kid":"self-test"}` and a payload of [`ISSUER`] that holds for one minute from [`ISSUED_SECS`].
const SIGNING_INPUT: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InNlbGYtdGVzdCJ9.\
    eyJpc3MiOiJodHRwczovL3NlbGYtdGVzdC5pbnZhbGlkIiwic3ViIjoic2VsZi10ZXN0IiwiYXVkIjoic2VsZi10ZXN0Iiwi\
    aWF0IjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDAwNjB9";

const SIGNATURE: &str = "\
    ZJkVBvLKLHu2iHsXZVcTBIbhTvIv05MnLsqj1Mtk7TxImVy49tDeyzHHsNXslSrEFOEFP5AMtuVxRM7_g7NUuIloMqx_irG9L5Rt\
    IoU6ObqMC0e7Z3qJDjPhIwxR9KRTA_8QZCou_ACWBWxCEIo46v7OkpSCtQ9TF7Gb38NguQ5k1OCPhboF8aKzZLJZ8Cy5kJVS3cow\
    4oKNtQMiIhBsXvbOe5DsIstCaiLGDj9SweyeyBvC1L_75OotiDdF3eqKFfts-NG5TlsPAIHyPVAK2o6ZTBLlXh5dk7n289g9CEEk\
    Q8CYIlWDGyxQWiKkOEnFjXx73NsPzXzsjGmispkdgQ";

const ISSUER: &str = "https://self-test.invalid";
const ISSUED_SECS: u64 = 1_800_000_000;

/// The build refuses a genuine signature, or accepts a forged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signatures are not checked as they should be in this build")]
pub struct SelfTestFailed;

/// Installs the crypto provider, and verifies one fixed token with a genuine and with a forged signature.
///
/// To be called once in the init phase: a build whose crypto is missing or does not work then fails to
/// start, instead of at its first request.
///
/// # Errors
/// [`SelfTestFailed`]
pub fn self_test() -> Result<(), SelfTestFailed> {
    install_crypto_provider();
    judge(verdict(SIGNATURE), verdict(&forged_signature()))
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

/// [`SIGNATURE`] with its first bits changed.
fn forged_signature() -> String {
    format!("A{}", &SIGNATURE[1..])
}

fn verdict(signature: &str) -> Result<(), TokenFault> {
    let policy = policy();
    let token = format!("{SIGNING_INPUT}.{signature}");
    let token = DecodedToken::parse(&token)?.check(&policy, now())?;
    let keys = KeySet::load(JWKS.as_bytes(), &policy.algorithms).map_err(|_| TokenFault::UnknownKey)?;
    let key = keys.get(token.key_id()).ok_or(TokenFault::UnknownKey)?;
    token.prove(&key).map(drop)
}

fn policy() -> IssuerPolicy {
    IssuerPolicy {
        url: ISSUER.to_owned(),
        profile: Profile::OidcAccess,
        audiences: vec!["self-test".to_owned()],
        algorithms: vec![Algorithm::Rs256],
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
    fn only_the_genuine_signature_is_one() {
        assert_eq!(verdict(SIGNATURE), Ok(()));
        assert_eq!(verdict(&forged_signature()), Err(TokenFault::Signature));
    }
}
