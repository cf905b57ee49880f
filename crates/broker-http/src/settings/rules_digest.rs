//! Which rules are in force.

use std::fmt;

use aws_lc_rs::digest;
use serde::Serialize;

/// SHA-256 of the rules file's bytes, in hex: what `sha256sum broker.toml` prints.
///
/// A `jwks_file` beside the rules is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RulesDigest(Box<str>);

impl RulesDigest {
    pub(super) fn of(file: &[u8]) -> Self {
        let digest = digest::digest(&digest::SHA256, file);
        Self(hex::encode(digest.as_ref()).into())
    }
}

impl fmt::Display for RulesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        // Source: FIPS 180-4's example, "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(RulesDigest::of(b"abc").to_string(), expected);
    }
}
