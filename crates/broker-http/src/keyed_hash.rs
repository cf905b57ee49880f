//! Keyed hashes of values that the request record must not show.
//!
//! An operator who has the handle key can search for a value. Without the key a guess cannot be tested against the log.

use aws_lc_rs::hmac;

use crate::settings::HandleKey;

/// Bytes of the hash that are kept, which are enough to keep values apart.
const LEN: usize = 16;

/// HMAC-SHA-256 for one purpose, under one handle key.
pub(crate) struct KeyedHash(hmac::Key);

impl KeyedHash {
    /// Derives the key for `purpose`: the HMAC-SHA-256 of `purpose` under `key`. Another purpose gives other hashes.
    pub(crate) fn new(key: &HandleKey, purpose: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
        let derived = hmac::sign(&key, purpose);
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// The first 16 bytes of the hash of `value`, in hex.
    pub(crate) fn of(&self, value: &[u8]) -> String {
        hex::encode(&hmac::sign(&self.0, value).as_ref()[..LEN])
    }
}
