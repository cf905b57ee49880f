//! Keyed hashes of values that the request record must not show.
//!
//! An operator who has the handle key can search for a value. Without the key a guess cannot be tested against the log.

use aws_lc_rs::hmac;

use crate::settings::HandleKey;

/// Bytes of the hash that are kept, which are enough to keep values apart.
const LEN: usize = 16;

/// The key for `purpose`: its HMAC-SHA-256 under `key`, 32 bytes.
pub(crate) fn derived(key: &HandleKey, purpose: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), purpose)
}

/// HMAC-SHA-256 for one purpose, under one handle key.
pub(crate) struct KeyedHash(hmac::Key);

impl KeyedHash {
    /// Hashes under the key that is [`derived`] for `purpose`. Another purpose gives other hashes.
    pub(crate) fn new(key: &HandleKey, purpose: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived(key, purpose).as_ref()))
    }

    /// The first 16 bytes of the hash of `value`, in hex.
    pub(crate) fn of(&self, value: &[u8]) -> String {
        hex::encode(self.bytes_of(value))
    }

    /// The first 16 bytes of the hash of `value`.
    pub(crate) fn bytes_of(&self, value: &[u8]) -> [u8; LEN] {
        let tag = hmac::sign(&self.0, value);
        std::array::from_fn(|n| tag.as_ref()[n])
    }
}
