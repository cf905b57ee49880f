//! The hash by which the request record names a caller.

use broker_core::caller::Caller;
use broker_core::pace::PlaceKey;
use broker_core::request::{Username, push};
use serde::Serialize;

use crate::keyed_hash::KeyedHash;
use crate::settings::HandleKey;

/// Purpose of the derived key.
const PURPOSE: &[u8] = b"upload-broker caller hash 1";

/// Keyed hash of a caller: 16 bytes, in hex. An issuer and a subject have the same hash as long as the handle key stays.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct CallerHash(Box<str>);

impl CallerHash {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A caller that acts for itself has its hash as its place.
impl From<PlaceKey> for CallerHash {
    fn from(place: PlaceKey) -> Self {
        Self(hex::encode(place.0).into())
    }
}

/// Makes the hashes under one handle key.
pub struct CallerHashes(KeyedHash);

impl CallerHashes {
    /// Derives the key of the hashes from `key`.
    #[must_use]
    pub fn under(key: &HandleKey) -> Self {
        Self(KeyedHash::new(key, PURPOSE))
    }

    /// The hash of `caller`, over its length-prefixed issuer and subject.
    #[must_use]
    pub fn of(&self, caller: &Caller) -> CallerHash {
        self.place_of(caller, None).into()
    }

    /// The caller's place in line, which is its hash; or the place of the user that it names, where it acts for others.
    #[must_use]
    pub fn place_of(&self, caller: &Caller, named: Option<&Username>) -> PlaceKey {
        let mut form = Vec::with_capacity(128);
        push(&mut form, caller.issuer.as_str().as_bytes());
        push(&mut form, caller.subject.as_bytes());
        if let Some(named) = named {
            push(&mut form, named.as_str().as_bytes());
        }
        PlaceKey(self.0.bytes_of(&form))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker_core::caller::{CallerClaims, CallerIssuer, Claim, ClaimSource};

    use super::*;
    use crate::settings::HandleKeys;

    fn hash(key: &str, issuer: &str, subject: &str, claims: CallerClaims) -> String {
        let keys = HandleKeys::parse(&key.repeat(4)).expect("a key");
        let caller = Caller {
            issuer: CallerIssuer::named(issuer),
            subject: subject.into(),
            claims,
        };
        CallerHashes::under(keys.sealing())
            .of(&caller)
            .as_str()
            .to_owned()
    }

    #[test]
    fn the_hash_is_of_the_key_the_issuer_and_the_subject_and_of_nothing_else() {
        const KEY: &str = "0123456789abcdef";
        const ISSUER: &str = "https://idp.example.com";
        let known = hash(KEY, ISSUER, "ada", CallerClaims::default());
        // Source: Python's hmac module.
        assert_eq!(known, "81068c55509c01906e2bbcaea3e2978d");
        let claims = CallerClaims::new(
            ClaimSource::Token,
            [("scope".into(), Claim::Text("uploads".into()))],
        );
        assert_eq!(hash(KEY, ISSUER, "ada", claims), known);

        let distinct = [
            (KEY, ISSUER, "ada"),
            ("fedcba9876543210", ISSUER, "ada"),
            (KEY, "https://idp.example.org", "ada"),
            (KEY, ISSUER, "Ada"),
            (KEY, "https://idp.example.coma", "da"),
            (KEY, "ada", ISSUER),
        ];
        let hashes: BTreeSet<_> = distinct
            .map(|(key, issuer, subject)| hash(key, issuer, subject, CallerClaims::default()))
            .into();
        assert_eq!(hashes.len(), distinct.len());
    }
}
