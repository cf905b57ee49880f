//! A document of keys, turned into the keys that may verify.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::fetch::MAX_DOCUMENT_BYTES;
use crate::jwk::{KeyFault, VerifyingKey};
use crate::strict_json::{self, JsonFault};

/// Most keys that a set may have, usable or not.
pub const MAX_KEYS: usize = 100;

/// Keys of one issuer by their `kid`, each bound to one algorithm.
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
    pub fault: KeyFault,
}

/// Reason why a whole document of keys is not used.
///
/// Carries nothing of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyDocumentFault {
    /// Larger than [`MAX_DOCUMENT_BYTES`].
    #[error("is {size_bytes} bytes, the limit is {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// Length of the document.
        size_bytes: usize,
    },
    /// Not a strict JSON object.
    #[error("{0}")]
    Json(#[from] JsonFault),
    /// `keys` is absent or no array.
    #[error("has no array `keys`")]
    NoKeys,
    /// More than [`MAX_KEYS`] keys.
    #[error("has {count} keys, the limit is {MAX_KEYS}")]
    TooManyKeys {
        /// Number of keys.
        count: usize,
    },
    /// No key that an issuer's algorithms can use: an empty set never replaces a good one.
    #[error("has no usable key")]
    NoUsableKey,
}

impl KeySet {
    /// The usable keys of a JWK set; `pinned` are the issuer's algorithms.
    ///
    /// One bad key is skipped with its reason. Keys that share a `kid` are all skipped, so that no order
    /// of the document decides which of them verifies. The set may be empty.
    pub(crate) fn load(document: &[u8], pinned: &[Algorithm]) -> Result<Self, KeyDocumentFault> {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(KeyDocumentFault::TooLarge {
                size_bytes: document.len(),
            });
        }
        let document = strict_json::parse_object(document, strict_json::TOKEN_DEPTH)?;
        let jwks = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeyDocumentFault::NoKeys)?;
        if jwks.len() > MAX_KEYS {
            return Err(KeyDocumentFault::TooManyKeys { count: jwks.len() });
        }
        Ok(Self::from_jwks(jwks, pinned))
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
        for (key_id, mut same) in by_key_id {
            match (same.pop(), same.is_empty()) {
                (Some((_, only)), true) => drop(keys.insert(key_id, Arc::new(only))),
                (last, _) => skipped.extend(same.into_iter().chain(last).map(duplicate)),
            }
        }
        skipped.sort_unstable_by_key(|key| key.index);
        Self { keys, skipped }
    }

    pub(crate) fn get(&self, key_id: &str) -> Option<Arc<VerifyingKey>> {
        self.keys.get(key_id).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }
}

fn duplicate((index, _): (usize, VerifyingKey)) -> SkippedKey {
    SkippedKey {
        index,
        fault: KeyFault::DuplicateKeyId,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{SigningKey, jwks};

    fn load(document: &Value) -> Result<KeySet, KeyDocumentFault> {
        KeySet::load(document.to_string().as_bytes(), &Algorithm::ALL)
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
        let expected = [(1, KeyFault::Use), (2, KeyFault::NotAnObject)];
        assert_eq!(
            keys.skipped(),
            expected.map(|(index, fault)| SkippedKey { index, fault })
        );
    }

    #[test]
    fn keys_of_one_name_are_all_skipped_in_any_order() {
        let same = [0, 1, 2].map(|_| SigningKey::new(Algorithm::Es256, "same"));
        let other = SigningKey::new(Algorithm::Es256, "other");
        for document in [
            json!({"keys": [same[0].jwk(), other.jwk(), same[1].jwk(), same[2].jwk()]}),
            json!({"keys": [same[2].jwk(), other.jwk(), same[1].jwk(), same[0].jwk()]}),
            json!({"keys": [same[0].jwk(), other.jwk(), same[0].jwk(), same[0].jwk()]}),
        ] {
            let keys = load(&document).expect("a set");
            assert_eq!(names(&keys), ["other"]);
            let expected = [0, 2, 3].map(|index| SkippedKey {
                index,
                fault: KeyFault::DuplicateKeyId,
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
        let keys = KeySet::load(&jwks(&keys), &Algorithm::ALL).expect("a set");
        assert_eq!(names(&keys), ["KEY", "key"]);
        assert!(keys.get("Key").is_none());
    }

    #[test]
    fn a_document_is_bounded_strict_json_with_keys() {
        let padding = " ".repeat(MAX_DOCUMENT_BYTES);
        let deep = format!(r#"{{"keys":[],"x":{}{}}}"#, "[".repeat(32), "]".repeat(32));
        for (document, expected) in [
            ("<html>", KeyDocumentFault::Json(JsonFault::Syntax)),
            ("[]", KeyDocumentFault::Json(JsonFault::NotAnObject)),
            (
                r#"{"keys":[],"keys":[]}"#,
                KeyDocumentFault::Json(JsonFault::DuplicateMember),
            ),
            (
                r#"{"keys":[{"kid":"a","kid":"b"}]}"#,
                KeyDocumentFault::Json(JsonFault::DuplicateMember),
            ),
            (
                &deep,
                KeyDocumentFault::Json(JsonFault::TooDeep { max_depth: 32 }),
            ),
            ("{}", KeyDocumentFault::NoKeys),
            (r#"{"keys":{}}"#, KeyDocumentFault::NoKeys),
            (r#"{"keys":null}"#, KeyDocumentFault::NoKeys),
            (&padding, KeyDocumentFault::Json(JsonFault::Syntax)),
        ] {
            assert_eq!(
                KeySet::load(document.as_bytes(), &Algorithm::ALL).err(),
                Some(expected)
            );
        }
        let document = format!(r#"{{"keys":[]}}{padding}"#);
        let expected = KeyDocumentFault::TooLarge {
            size_bytes: document.len(),
        };
        assert_eq!(
            KeySet::load(document.as_bytes(), &Algorithm::ALL).err(),
            Some(expected)
        );
    }

    #[test]
    fn a_set_has_at_most_100_keys_usable_or_not() {
        let full = load(&json!({"keys": vec![Value::Null; 100]})).expect("a set");
        assert!(full.is_empty());
        let over = load(&json!({"keys": vec![Value::Null; 101]}));
        assert_eq!(over.err(), Some(KeyDocumentFault::TooManyKeys { count: 101 }));
    }
}
