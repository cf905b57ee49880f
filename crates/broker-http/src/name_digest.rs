//! The digest by which the request record names a file.

use broker_core::file::FileName;
use serde::Serialize;

use crate::keyed_hash::KeyedHash;
use crate::settings::HandleKey;

/// Purpose of the derived key.
const PURPOSE: &[u8] = b"upload-broker file name digest 1";

/// Digest of a file's name: 16 bytes, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NameDigest(String);

impl NameDigest {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes the digests under one handle key.
pub struct NameDigests(KeyedHash);

impl NameDigests {
    /// Derives the key of the digests from `key`.
    #[must_use]
    pub fn under(key: &HandleKey) -> Self {
        Self(KeyedHash::new(key, PURPOSE))
    }

    /// The digest of `name`.
    #[must_use]
    pub fn of(&self, name: &FileName) -> NameDigest {
        NameDigest(self.0.of(name.as_str().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::HandleKeys;

    fn digest(key: &str, name: &str) -> String {
        let keys = HandleKeys::parse(key).expect("keys");
        let name = FileName::parse(name).expect("a name");
        NameDigests::under(keys.sealing()).of(&name).as_str().to_owned()
    }

    #[test]
    fn the_digest_is_of_the_name_as_it_is_sent_and_of_the_key() {
        let (key, other) = ("0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4));
        // Source: Python's hmac module.
        assert_eq!(digest(&key, "report.pdf"), "47b3f18dcde8051b1fa2ef28a56b520b");
        assert_eq!(
            digest(&key, "re\u{301}sume\u{301}.pdf"),
            digest(&key, "r\u{e9}sum\u{e9}.pdf")
        );
        assert_ne!(digest(&key, "report.pdf"), digest(&other, "report.pdf"));
        assert_ne!(digest(&key, "report.pdf"), digest(&key, "Report.pdf"));
    }
}
