//! Proof at start-up that signatures are checked in this very build.

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::jwks::KeySet;

/// The key that made [`SIGNATURE`]; its private half was thrown away. With the exponent 3 a verification costs
/// a third of what it costs with the usual one, and this one is part of every cold start.
const JWKS: &str = "{\"keys\":[{\"kid\":\"self-test\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"e\":\"Aw\",\"n\":\"\
    zAT2s5Y1Awfu8IjPVUjUkWhaeJKju07TecJsqjH_Fby93t_93RX6hctOeo_b7VRAubpQr9c0PYifhHRqfmU3tUUf7Du_xFeIs4dr\
    G9_S3LTKkbEkWD1evdX6X0IOJ6JAFzfkVoF9i30JjrkRFhJUgRoSnu4eEqNReV4qm1ae_SAUhZ9Mh42gxR8URw6l0atw1dW8O1RH\
    HpVX7npytaPrmUI3qcsSIU4SJwbKTSgqxQTBijmRqXYh8Frttax9FrKmYonK7Mgk0Doqs7m3sGrRI6Z016Zr7MWncQHktVhJ2_iN\
    _WUJo95OBlr9ykdgI2HWArX39DjkxzKtTxXL3BG-zw\"}]}";

/// The header `{"alg":"RS256","kid":"self-test"}` and a payload.
const SIGNING_INPUT: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InNlbGYtdGVzdCJ9.\
    eyJpc3MiOiJodHRwczovL3NlbGYtdGVzdC5pbnZhbGlkIiwic3ViIjoic2VsZi10ZXN0IiwiYXVkIjoic2VsZi10ZXN0Iiwi\
    aWF0IjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDAwNjB9";

const SIGNATURE: &str = "\
    ZJkVBvLKLHu2iHsXZVcTBIbhTvIv05MnLsqj1Mtk7TxImVy49tDeyzHHsNXslSrEFOEFP5AMtuVxRM7_g7NUuIloMqx_irG9L5Rt\
    IoU6ObqMC0e7Z3qJDjPhIwxR9KRTA_8QZCou_ACWBWxCEIo46v7OkpSCtQ9TF7Gb38NguQ5k1OCPhboF8aKzZLJZ8Cy5kJVS3cow\
    4oKNtQMiIhBsXvbOe5DsIstCaiLGDj9SweyeyBvC1L_75OotiDdF3eqKFfts-NG5TlsPAIHyPVAK2o6ZTBLlXh5dk7n289g9CEEk\
    Q8CYIlWDGyxQWiKkOEnFjXx73NsPzXzsjGmispkdgQ";

/// The build refuses a genuine signature, or accepts a forged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this build does not check signatures as it should")]
pub struct SelfTestError;

/// Verifies one fixed text with a genuine and with a forged signature.
///
/// To be called once in the init phase: a build whose cryptography does not work then fails to start, instead of at
/// its first request.
///
/// # Errors
/// [`SelfTestError`]
pub fn self_test() -> Result<(), SelfTestError> {
    check(JWKS, SIGNING_INPUT, SIGNATURE)
}

/// Fails where the one key of `jwks` did not make `signature` over `text`, or made a forged one.
fn check(jwks: &str, text: &str, signature: &str) -> Result<(), SelfTestError> {
    let keys = KeySet::load(jwks.as_bytes(), &[Algorithm::Rs256]).map_err(|_| SelfTestError)?;
    let key = keys.get("self-test").ok_or(SelfTestError)?;
    let genuine = base64url::decode(signature).ok_or(SelfTestError)?;
    let forged = forged(&genuine);
    judge(|signature| key.made(signature, text), &genuine, &forged)
}

fn judge(made: impl Fn(&[u8]) -> bool, genuine: &[u8], forged: &[u8]) -> Result<(), SelfTestError> {
    if made(genuine) && !made(forged) {
        Ok(())
    } else {
        Err(SelfTestError)
    }
}

/// `signature` with one bit changed.
fn forged(signature: &[u8]) -> Vec<u8> {
    let mut forged = signature.to_vec();
    forged[0] ^= 1;
    forged
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
    fn nothing_but_the_genuine_signature_passes() {
        assert_eq!(check(JWKS, SIGNING_INPUT, SIGNATURE), Ok(()));
        let other_key = JWKS.replacen("zAT2", "zAT3", 1);
        let other_text = SIGNING_INPUT.replacen("eyJh", "eyJi", 1);
        let other_signature = SIGNATURE.replacen("ZJkV", "ZJkW", 1);
        for (jwks, text, signature) in [
            (other_key.as_str(), SIGNING_INPUT, SIGNATURE),
            (JWKS, other_text.as_str(), SIGNATURE),
            (JWKS, SIGNING_INPUT, other_signature.as_str()),
            ("{\"keys\":[]}", SIGNING_INPUT, SIGNATURE),
        ] {
            assert_eq!(check(jwks, text, signature), Err(SelfTestError));
        }
    }

    #[test]
    fn a_build_that_refuses_the_genuine_or_accepts_the_forged_fails() {
        for (accepts_genuine, accepts_forged, expected) in [
            (true, false, Ok(())),
            (true, true, Err(SelfTestError)),
            (false, false, Err(SelfTestError)),
            (false, true, Err(SelfTestError)),
        ] {
            let made = |signature: &[u8]| match signature {
                b"genuine" => accepts_genuine,
                _ => accepts_forged,
            };
            assert_eq!(judge(made, b"genuine", b"forged"), expected);
        }
    }

    #[test]
    fn the_forged_signature_is_the_genuine_one_but_for_a_bit() {
        assert_eq!(forged(&[0x64, 0x99]), [0x65, 0x99]);
        assert_eq!(forged(&[0x65, 0x99]), [0x64, 0x99]);
    }
}
