//! What a token says, once its signature and its rules hold.

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value};

/// Claims that an issuer made and that hold: the only thing verification gives away.
///
/// `iss`, `sub` and `exp` are present and typed; every other claim is looked up by name and has whatever
/// type the issuer chose. A caller is the pair of [`issuer`](Self::issuer) and
/// [`subject`](Self::subject), never the subject alone. `Debug` prints nothing of it.
#[derive(Clone, PartialEq)]
pub struct Claims {
    issuer: Box<str>,
    subject: Box<str>,
    expires_at: SystemTime,
    members: Map<String, Value>,
}

impl Claims {
    pub(crate) fn new(
        issuer: Box<str>,
        subject: Box<str>,
        expires_at: SystemTime,
        members: Map<String, Value>,
    ) -> Self {
        Self {
            issuer,
            subject,
            expires_at,
            members,
        }
    }

    /// `iss`, which is the `url` of one configured issuer byte for byte.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`, not empty; unique within its issuer only.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `exp`; the leeway is not added.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// The claim of this name, as the issuer wrote it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// All claims.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Scopes that the token holds: the words of `scope`, and those of `scp`, a string or an array.
    ///
    /// Words are separated by single spaces (RFC 6749 section 3.3); a claim of another type holds none.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.get("scope").and_then(Value::as_str).into_iter();
        let scp = self.get("scp");
        let listed = scp
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let words = scope
            .chain(scp.and_then(Value::as_str))
            .flat_map(|words| words.split(' '));
        words.chain(listed).filter(|word| !word.is_empty())
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use serde_json::json;

    use super::*;

    fn claims(members: &Value) -> Claims {
        let members = members.as_object().expect("an object").clone();
        Claims::new(
            "https://login.example.com".into(),
            "alice".into(),
            UNIX_EPOCH,
            members,
        )
    }

    #[test]
    fn scopes_are_whole_words_of_either_claim() {
        for (members, expected) in [
            (json!({}), &[][..]),
            (json!({"scope": "a b/c.d"}), &["a", "b/c.d"]),
            (json!({"scp": "a b"}), &["a", "b"]),
            (json!({"scp": ["a", "b"]}), &["a", "b"]),
            (json!({"scope": "a", "scp": ["b"]}), &["a", "b"]),
            (json!({"scope": ""}), &[]),
            (json!({"scope": " a  b "}), &["a", "b"]),
            (json!({"scope": "a\tb\u{a0}c"}), &["a\tb\u{a0}c"]),
            (json!({"scope": ["a"]}), &[]),
            (json!({"scp": ["a", 1, null, ["b"]]}), &["a"]),
            (json!({"scope": 7, "scp": {"a": "b"}}), &[]),
        ] {
            assert_eq!(
                claims(&members).scopes().collect::<Vec<_>>(),
                expected,
                "{members}"
            );
        }
    }

    #[test]
    fn every_claim_is_there_as_its_issuer_wrote_it() {
        let members = json!({"groups": ["a", 1], "scope": "b"});
        let claims = claims(&members);
        assert_eq!(Some(claims.members()), members.as_object());
        assert_eq!(claims.get("groups"), Some(&members["groups"]));
        assert_eq!(claims.get("Groups"), None);
    }

    #[test]
    fn debug_tells_nothing() {
        let claims = claims(&json!({"email": "alice@example.com"}));
        assert_eq!(format!("{claims:?}"), "Claims([redacted])");
    }
}
