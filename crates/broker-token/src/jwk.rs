//! One JSON Web Key, turned into a key that verifies exactly one algorithm.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, KeyKind};
use crate::base64url;
use crate::proven::Proven;

/// Longest `kid`, in bytes, of keys and of tokens.
pub(crate) const MAX_KEY_ID_BYTES: usize = 256;

/// Public key bound to one algorithm.
pub(crate) struct VerifyingKey {
    algorithm: Algorithm,
    key: ParsedPublicKey,
    proven: Proven,
}

/// Reason why one key of a set is not used; the others are.
///
/// Carries nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The element of `keys` is not an object.
    #[error("key is not a JSON object")]
    NotAnObject,
    /// `kid` is absent, not a string, or not 1..256 bytes long.
    #[error("`kid` is missing or malformed")]
    KeyId,
    /// A different key of the set has the same `kid`, so neither is used.
    #[error("a different key has the same `kid`")]
    DuplicateKeyId,
    /// `d` is present, here or in another listing of the same `kid`: whoever can read the set can sign.
    #[error("key is a private key")]
    Private,
    /// `use` is present and not `sig`. For this and every optional member, `null` is absent.
    #[error("`use` is not `sig`")]
    Use,
    /// `key_ops` is present and not an array of strings with `verify` among them.
    #[error("`key_ops` does not allow `verify`")]
    Operations,
    /// `kty` and `crv` name no kind of key that we verify with; `oct` never does.
    #[error("`kty` or `crv` is not supported")]
    Kind,
    /// `alg` is present and not one of the issuer's algorithms.
    #[error("`alg` is not one of the issuer's algorithms")]
    AlgorithmNotPinned,
    /// `alg` does not go with `kty` and `crv`.
    #[error("`alg` does not fit the key")]
    AlgorithmNotOfKind,
    /// `alg` is absent, and the issuer's algorithms leave none or several for this kind of key.
    #[error("`alg` is absent, and not exactly one of the issuer's algorithms fits")]
    AlgorithmAmbiguous,
    /// `n`, `e`, `x` or `y` is absent or no canonical base64url.
    #[error("`{0}` is missing or malformed")]
    Member(&'static str),
    /// The modulus is even, or not 2048 to 8192 bits long without a leading zero.
    #[error("modulus is not 2048 to 8192 bits")]
    Modulus,
    /// The exponent is even, below 3, longer than four bytes, or has a leading zero.
    #[error("exponent is not an odd number from 3 to 2^32")]
    Exponent,
    /// A coordinate of another length than the curve's, a point that is not on it, or, of Ed25519, where that is not
    /// asked, one of small order: anybody could sign for it.
    #[error("point is not on its curve, or is not usable as a key")]
    Point,
}

impl VerifyingKey {
    /// The `kid` and the key of one JWK; `pinned` are the issuer's algorithms.
    pub(crate) fn from_jwk(jwk: &Value, pinned: &[Algorithm]) -> Result<(Box<str>, Self), KeyError> {
        let jwk = jwk.as_object().ok_or(KeyError::NotAnObject)?;
        let key_id = jwk
            .get("kid")
            .and_then(Value::as_str)
            .filter(|kid| is_key_id(kid));
        let key_id = key_id.ok_or(KeyError::KeyId)?;
        check_purpose(jwk)?;
        let algorithm = algorithm(jwk, kind(jwk)?, pinned)?;
        let key = match algorithm {
            Algorithm::Rs256 => rsa_key(jwk, &RSA_PKCS1_2048_8192_SHA256)?,
            Algorithm::Rs384 => rsa_key(jwk, &RSA_PKCS1_2048_8192_SHA384)?,
            Algorithm::Rs512 => rsa_key(jwk, &RSA_PKCS1_2048_8192_SHA512)?,
            Algorithm::Ps256 => rsa_key(jwk, &RSA_PSS_2048_8192_SHA256)?,
            Algorithm::Ps384 => rsa_key(jwk, &RSA_PSS_2048_8192_SHA384)?,
            Algorithm::Ps512 => rsa_key(jwk, &RSA_PSS_2048_8192_SHA512)?,
            Algorithm::Es256 => ec_key::<32>(jwk, &ECDSA_P256_SHA256_FIXED)?,
            Algorithm::Es384 => ec_key::<48>(jwk, &ECDSA_P384_SHA384_FIXED)?,
            Algorithm::EdDSA => ed_key(jwk)?,
        };
        let key = Self {
            algorithm,
            key,
            proven: Proven::default(),
        };
        Ok((key_id.into(), key))
    }

    /// The one algorithm that this key verifies.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the other key is this one: the same algorithm, the same public parameters.
    ///
    /// The parameters are compared as they were parsed, so no base64url or order of members can hide a difference.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.key.as_ref() == other.key.as_ref()
    }

    /// Whether this key made `signature` over `signing_input`.
    pub(crate) fn made(&self, signature: &[u8], signing_input: &str) -> bool {
        let verify = || self.key.verify_sig(signing_input.as_bytes(), signature).is_ok();
        self.proven.or(signature, signing_input, verify)
    }
}

/// Whether `text` can be a key's name: opaque, compared byte for byte.
pub(crate) fn is_key_id(text: &str) -> bool {
    (1..=MAX_KEY_ID_BYTES).contains(&text.len())
}

/// Whether `jwk` shows the private key of `key_id`.
pub(crate) fn is_private_key_of(jwk: &Value, key_id: &str) -> bool {
    let jwk = jwk.as_object().filter(|jwk| present(jwk, "d").is_some());
    jwk.is_some_and(|jwk| jwk.get("kid").and_then(Value::as_str) == Some(key_id))
}

/// An optional member that says something.
///
/// `null` is absent: RFC 7517 and 7518 give it no meaning, and serialisers write it for members that are not set. So a
/// `d` of `null` shows no private key, and a `key_ops` of `null` forbids nothing; `[]` does.
fn present<'j>(jwk: &'j Map<String, Value>, name: &str) -> Option<&'j Value> {
    jwk.get(name).filter(|value| !value.is_null())
}

fn check_purpose(jwk: &Map<String, Value>) -> Result<(), KeyError> {
    if present(jwk, "d").is_some() {
        return Err(KeyError::Private);
    }
    if present(jwk, "use").is_some_and(|purpose| purpose != "sig") {
        return Err(KeyError::Use);
    }
    match present(jwk, "key_ops") {
        None => Ok(()),
        Some(Value::Array(ops))
            if ops.iter().all(Value::is_string) && ops.iter().any(|op| op == "verify") =>
        {
            Ok(())
        }
        Some(_) => Err(KeyError::Operations),
    }
}

fn kind(jwk: &Map<String, Value>) -> Result<KeyKind, KeyError> {
    let text = |name| jwk.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv")) {
        (Some("RSA"), _) => Ok(KeyKind::Rsa),
        (Some("EC"), Some("P-256")) => Ok(KeyKind::P256),
        (Some("EC"), Some("P-384")) => Ok(KeyKind::P384),
        (Some("OKP"), Some("Ed25519")) => Ok(KeyKind::Ed25519),
        _ => Err(KeyError::Kind),
    }
}

/// The algorithm that `alg` names, or without `alg` the one pinned algorithm that fits the kind.
fn algorithm(jwk: &Map<String, Value>, kind: KeyKind, pinned: &[Algorithm]) -> Result<Algorithm, KeyError> {
    if let Some(name) = present(jwk, "alg") {
        let named = name.as_str().and_then(|name| name.parse().ok());
        let named: Algorithm = named.ok_or(KeyError::AlgorithmNotPinned)?;
        return match named {
            _ if named.key_kind() != kind => Err(KeyError::AlgorithmNotOfKind),
            _ if !pinned.contains(&named) => Err(KeyError::AlgorithmNotPinned),
            _ => Ok(named),
        };
    }
    let mut fitting = Algorithm::ALL
        .iter()
        .copied()
        .filter(|one| one.key_kind() == kind && pinned.contains(one));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(KeyError::AlgorithmAmbiguous),
    }
}

fn rsa_key(jwk: &Map<String, Value>, algorithm: &'static RsaParameters) -> Result<ParsedPublicKey, KeyError> {
    let modulus = member(jwk, "n")?;
    let exponent = member(jwk, "e")?;
    let bits = 8 * modulus.len();
    let has_leading_zero_bit = modulus[0] < 0x80;
    let is_size_sound = (2048..=8192).contains(&bits) && !(has_leading_zero_bit && bits == 2048);
    if modulus[0] == 0 || !is_size_sound || !is_odd(&modulus) {
        return Err(KeyError::Modulus);
    }
    let is_one = exponent == [1];
    if exponent[0] == 0 || exponent.len() > 4 || is_one || !is_odd(&exponent) {
        return Err(KeyError::Exponent);
    }
    let components = RsaPublicKeyComponents {
        n: modulus,
        e: exponent,
    };
    components
        .to_parsed_public_key(algorithm)
        .map_err(|_| KeyError::Modulus)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte % 2 == 1)
}

fn ec_key<const SIZE: usize>(
    jwk: &Map<String, Value>,
    algorithm: &'static EcdsaVerificationAlgorithm,
) -> Result<ParsedPublicKey, KeyError> {
    let x = member(jwk, "x")?;
    let y = member(jwk, "y")?;
    if x.len() != SIZE {
        return Err(KeyError::Point);
    }
    // A point has one length, so `y` has what `x` leaves of it.
    let point = [&[0x04], x.as_slice(), &y].concat();
    ParsedPublicKey::new(algorithm, point).map_err(|_| KeyError::Point)
}

fn ed_key(jwk: &Map<String, Value>) -> Result<ParsedPublicKey, KeyError> {
    let x = member(jwk, "x")?;
    let point = x.as_slice().try_into().map_err(|_| KeyError::Point)?;
    if is_of_small_order(point) {
        return Err(KeyError::Point);
    }
    ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyError::Point)
}

/// Whether a point has an order of 1, 2, 4 or 8: for such a key one signature fits every text.
fn is_of_small_order(mut point: [u8; 32]) -> bool {
    /// Encodings of the curve's eight points of small order, two of them in two forms, without the sign of x.
    const SMALL: [[u8; 32]; 7] = [
        // 0 and 1; and p - 1, p and p + 1, where p is 2^255 - 19.
        ends_and_middle(0, 0, 0),
        ends_and_middle(1, 0, 0),
        ends_and_middle(0xec, 0xff, 0x7f),
        ends_and_middle(0xed, 0xff, 0x7f),
        ends_and_middle(0xee, 0xff, 0x7f),
        // Order 8.
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    const fn ends_and_middle(first: u8, middle: u8, last: u8) -> [u8; 32] {
        let mut point = [middle; 32];
        point[0] = first;
        point[31] = last;
        point
    }
    point[31] &= 0x7f;
    SMALL.contains(&point)
}

/// A member that holds at least one byte.
fn member(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    let text = jwk.get(name).and_then(Value::as_str);
    text.and_then(base64url::decode).ok_or(KeyError::Member(name))
}

#[cfg(test)]
mod tests;
