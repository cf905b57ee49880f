//! A document of keys, turned into the keys that may verify.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::fetch::MAX_DOCUMENT_BYTES;
use crate::jwk::{KeyError, VerifyingKey, is_private_key_of};
use crate::strict_json::{self, JsonError};

/// Most keys that a set may have, usable or not.
pub const MAX_KEYS: usize = 100;

/// Keys of one issuer by their `kid`, each bound to one algorithm.
#[derive(Clone)]
pub(crate) struct KeySet {
    keys: HashMap<Box<str>, Arc<VerifyingKey>>,
    skipped: Vec<SkippedKey>,
}

/// Key of a set that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Place in `keys`, counted from zero.
    pub index: usize,
    /// Why it is not used.
    pub fault: KeyError,
}

/// The keys of an issuer, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySurvey {
    /// Number of keys that can verify.
    pub usable_count: usize,
    /// Those that cannot, and why.
    pub skipped: Vec<SkippedKey>,
}

/// Reason why a whole document of keys is not used.
///
/// Carries nothing of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyDocumentError {
    /// Larger than [`MAX_DOCUMENT_BYTES`].
    #[error("is {size_bytes} bytes, the limit is {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// Length of the document.
        size_bytes: usize,
    },
    /// Not a strict JSON object.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// `keys` is absent or no array.
    #[error("has no array `keys`")]
    NoKeysArray,
    /// More than [`MAX_KEYS`] keys.
    #[error("has {count} keys, the limit is {MAX_KEYS}")]
    TooManyKeys {
        /// Number of keys.
        count: usize,
    },
    /// A `jwks_file` without a key that the issuer's algorithms can use. In a fetched set this is not a fault:
    /// the issuer has withdrawn its keys.
    #[error("has no usable key")]
    NoUsableKey,
}

impl KeySet {
    /// The usable keys of a JWK set; `pinned` are the issuer's algorithms.
    ///
    /// One bad key is skipped with its reason. Listings of one `kid` that are the same key are one; different keys of
    /// one `kid` are all skipped, so that no order of the document decides which of them verifies. The set may be
    /// empty.
    pub(crate) fn load(document: &[u8], pinned: &[Algorithm]) -> Result<Self, KeyDocumentError> {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(KeyDocumentError::TooLarge {
                size_bytes: document.len(),
            });
        }
        let document = strict_json::parse_object(document, strict_json::TOKEN_DEPTH)?;
        let jwks = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeyDocumentError::NoKeysArray)?;
        if jwks.len() > MAX_KEYS {
            return Err(KeyDocumentError::TooManyKeys { count: jwks.len() });
        }
        Ok(Self::from_jwks(jwks, pinned))
    }

    /// The keys of a `jwks_file`, at least one; those that are skipped are logged.
    pub(crate) fn load_fixed(
        issuer: &str,
        document: &[u8],
        pinned: &[Algorithm],
    ) -> Result<Self, KeyDocumentError> {
        let keys = Self::load(document, pinned)?;
        keys.log_skipped(issuer);
        if keys.is_empty() {
            return Err(KeyDocumentError::NoUsableKey);
        }
        Ok(keys)
    }

    fn from_jwks(jwks: &[Value], pinned: &[Algorithm]) -> Self {
        let mut skipped = Vec::new();
        let mut by_key_id: HashMap<Box<str>, Vec<(usize, VerifyingKey)>> = HashMap::new();
        for (index, jwk) in jwks.iter().enumerate() {
            match VerifyingKey::from_jwk(jwk, pinned) {
                Ok((key_id, key)) => by_key_id.entry(key_id).or_default().push((index, key)),
                Err(fault) => skipped.push(SkippedKey { index, fault }),
            }
        }
        let mut keys = HashMap::with_capacity(by_key_id.len());
        for (key_id, listings) in by_key_id {
            let is_published = jwks.iter().any(|jwk| is_private_key_of(jwk, &key_id));
            match the_one_key_of(listings, is_published) {
                Ok(key) => drop(keys.insert(key_id, Arc::new(key))),
                Err(unusable) => skipped.extend(unusable),
            }
        }
        skipped.sort_unstable_by_key(|key| key.index);
        Self { keys, skipped }
    }

    pub(crate) fn get(&self, key_id: &str) -> Option<Arc<VerifyingKey>> {
        self.keys.get(key_id).cloned()
    }

    pub(crate) fn survey(&self) -> KeySurvey {
        KeySurvey {
            usable_count: self.keys.len(),
            skipped: self.skipped.clone(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    pub(crate) fn log_skipped(&self, issuer: &str) {
        for SkippedKey { index, fault } in &self.skipped {
            tracing::warn!(issuer, index, reason = %fault, "signing key is not used");
        }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

/// The one key that all usable listings of a `kid` agree on, or why no listing is used.
///
/// INVARIANT: a private key that the set shows under that `kid` makes the key unusable, however often the set lists it
/// without, because everyone who can read the set can sign.
fn the_one_key_of(
    mut listings: Vec<(usize, VerifyingKey)>,
    is_private_key_published: bool,
) -> Result<VerifyingKey, Vec<SkippedKey>> {
    let are_same = listings.windows(2).all(|pair| pair[0].1.is_same_as(&pair[1].1));
    let fault = match (is_private_key_published, are_same) {
        (true, _) => KeyError::Private,
        (false, false) => KeyError::DuplicateKeyId,
        (false, true) => return listings.pop().map(|(_, key)| key).ok_or_else(Vec::new),
    };
    let skipped = |(index, _)| SkippedKey { index, fault };
    Err(listings.into_iter().map(skipped).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{SigningKey, jwks};

    fn load(document: &Value) -> Result<KeySet, KeyDocumentError> {
        KeySet::load(document.to_string().as_bytes(), Algorithm::ALL)
    }

    fn names(keys: &KeySet) -> Vec<&str> {
        let mut names: Vec<_> = keys.keys.keys().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_bad_key_is_skipped_and_the_rest_load() {
        let good = [
            SigningKey::new(Algorithm::Es256, "a"),
            SigningKey::new(Algorithm::EdDSA, "b"),
        ];
        let encryption = json!({"kty": "RSA", "kid": "c", "use": "enc", "n": "AQ", "e": "AQAB"});
        let keys = load(&json!({"keys": [good[0].jwk(), encryption, null, good[1].jwk()]})).expect("a set");
        assert_eq!(names(&keys), ["a", "b"]);
        let expected = [(1, KeyError::Use), (2, KeyError::NotAnObject)];
        assert_eq!(
            keys.skipped(),
            expected.map(|(index, fault)| SkippedKey { index, fault })
        );
    }

    fn skipped(keys: &KeySet) -> Vec<(usize, KeyError)> {
        keys.skipped().iter().map(|key| (key.index, key.fault)).collect()
    }

    /// `jwk` with one member set.
    fn with(jwk: &Value, name: &str, value: impl Into<Value>) -> Value {
        let mut jwk = jwk.clone();
        jwk[name] = value.into();
        jwk
    }

    #[test]
    fn listings_of_the_very_same_key_are_one_key() {
        let key = SigningKey::new(Algorithm::Es256, "same").jwk();
        let mut unmarked = with(&key, "x5c", json!(["MIIB"]));
        unmarked["alg"] = Value::Null;
        let encryption = with(&key, "use", "enc");
        for (what, listings, expected) in [
            ("twice", json!([key, key]), vec![]),
            ("three times", json!([key, key, key]), vec![]),
            (
                "without `alg`, which is clear all the same",
                json!([unmarked, key]),
                vec![],
            ),
            (
                "once for encryption",
                json!([encryption, key]),
                vec![(0, KeyError::Use)],
            ),
            (
                "the other way round",
                json!([key, encryption]),
                vec![(1, KeyError::Use)],
            ),
        ] {
            let document = json!({ "keys": listings }).to_string();
            let keys = KeySet::load(document.as_bytes(), &[Algorithm::Es256]).expect("a set");
            assert_eq!((names(&keys), skipped(&keys)), (vec!["same"], expected), "{what}");
        }
    }

    #[test]
    fn another_algorithm_or_another_coordinate_is_another_key() {
        let rsa = SigningKey::new(Algorithm::Rs256, "same").jwk();
        let ec = [0, 1].map(|_| SigningKey::new(Algorithm::Es256, "same").jwk());
        let negative_y = {
            let y = crate::base64url::decode(ec[0]["y"].as_str().expect("text")).expect("base64url");
            with(&ec[0], "y", crate::base64url::encode(&negated(&y)))
        };
        for (what, listings) in [
            ("another algorithm", json!([rsa, with(&rsa, "alg", "PS256")])),
            ("another exponent", json!([rsa, with(&rsa, "e", "Aw")])),
            ("another key", json!([ec[0], ec[1]])),
            ("the same x only", json!([ec[0], negative_y])),
            ("another kind", json!([rsa, ec[0]])),
        ] {
            let keys = load(&json!({ "keys": listings })).expect("a set");
            let expected = [0, 1].map(|index| (index, KeyError::DuplicateKeyId));
            assert_eq!(
                (names(&keys), skipped(&keys)),
                (vec![], expected.into()),
                "{what}"
            );
        }
    }

    /// The y of the point's inverse on P-256: the prime less `y`.
    fn negated(y: &[u8]) -> Vec<u8> {
        const PRIME: [u8; 32] = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ];
        let mut negated = PRIME.to_vec();
        let mut borrows = false;
        for (digit, less) in negated.iter_mut().zip(y).rev() {
            let (first, under) = digit.overflowing_sub(*less);
            let (second, under_again) = first.overflowing_sub(u8::from(borrows));
            (*digit, borrows) = (second, under || under_again);
        }
        negated
    }

    #[test]
    fn a_key_whose_private_part_the_set_shows_is_used_from_no_listing() {
        let [key, other] = ["shown", "other"].map(|kid| SigningKey::new(Algorithm::Es256, kid).jwk());
        let private = with(&key, "d", "AQ");
        for listings in [json!([key, private, other]), json!([private, key, other])] {
            let keys = load(&json!({ "keys": listings })).expect("a set");
            let expected = [0, 1].map(|index| (index, KeyError::Private));
            assert_eq!(
                (names(&keys), skipped(&keys)),
                (vec!["other"], expected.into()),
                "{listings}"
            );
        }
    }

    #[test]
    fn different_keys_of_one_name_are_all_skipped_in_any_order() {
        let same = [0, 1, 2].map(|_| SigningKey::new(Algorithm::Es256, "same"));
        let other = SigningKey::new(Algorithm::Es256, "other");
        for document in [
            json!({"keys": [same[0].jwk(), other.jwk(), same[1].jwk(), same[2].jwk()]}),
            json!({"keys": [same[2].jwk(), other.jwk(), same[1].jwk(), same[0].jwk()]}),
            json!({"keys": [same[0].jwk(), other.jwk(), same[0].jwk(), same[1].jwk()]}),
        ] {
            let keys = load(&document).expect("a set");
            assert_eq!(names(&keys), ["other"]);
            let expected = [0, 2, 3].map(|index| SkippedKey {
                index,
                fault: KeyError::DuplicateKeyId,
            });
            assert_eq!(keys.skipped(), expected);
        }
    }

    #[test]
    fn names_are_compared_byte_for_byte() {
        let keys = [
            SigningKey::new(Algorithm::Es256, "key"),
            SigningKey::new(Algorithm::Es256, "KEY"),
        ];
        let keys = KeySet::load(&jwks(&keys), Algorithm::ALL).expect("a set");
        assert_eq!(names(&keys), ["KEY", "key"]);
        assert!(keys.get("Key").is_none());
    }

    #[test]
    fn a_document_is_bounded_strict_json_with_keys() {
        let padding = " ".repeat(MAX_DOCUMENT_BYTES);
        let deep = format!(r#"{{"keys":[],"x":{}{}}}"#, "[".repeat(32), "]".repeat(32));
        for (document, expected) in [
            ("<html>", KeyDocumentError::Json(JsonError::Syntax)),
            ("[]", KeyDocumentError::Json(JsonError::NotAnObject)),
            (
                r#"{"keys":[],"keys":[]}"#,
                KeyDocumentError::Json(JsonError::DuplicateMember),
            ),
            (
                r#"{"keys":[{"kid":"a","kid":"b"}]}"#,
                KeyDocumentError::Json(JsonError::DuplicateMember),
            ),
            (
                &deep,
                KeyDocumentError::Json(JsonError::TooDeep { max_depth: 32 }),
            ),
            ("{}", KeyDocumentError::NoKeysArray),
            (r#"{"keys":{}}"#, KeyDocumentError::NoKeysArray),
            (r#"{"keys":null}"#, KeyDocumentError::NoKeysArray),
            (&padding, KeyDocumentError::Json(JsonError::Syntax)),
        ] {
            assert_eq!(
                KeySet::load(document.as_bytes(), Algorithm::ALL).err(),
                Some(expected)
            );
        }
        let document = format!(r#"{{"keys":[]}}{padding}"#);
        let expected = KeyDocumentError::TooLarge {
            size_bytes: document.len(),
        };
        assert_eq!(
            KeySet::load(document.as_bytes(), Algorithm::ALL).err(),
            Some(expected)
        );
    }

    #[test]
    fn a_set_has_at_most_100_keys_usable_or_not() {
        let full = load(&json!({"keys": vec![Value::Null; 100]})).expect("a set");
        assert!(full.is_empty());
        let over = load(&json!({"keys": vec![Value::Null; 101]}));
        assert_eq!(over.err(), Some(KeyDocumentError::TooManyKeys { count: 101 }));
    }
}
