//! The claims of a token whose signature and rules hold.

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

    /// `sub`: 1 to 255 characters without control characters; unique within its issuer only.
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

    /// Scopes that the token holds, in `scope` and in `scp`, which are read alike.
    ///
    /// Either claim is a string of words between single spaces (RFC 6749 section 3.3) or an array of strings.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let claims = ["scope", "scp"].into_iter().filter_map(|name| self.get(name));
        claims.flat_map(listed_scopes).filter(|scope| !scope.is_empty())
    }
}

/// Scopes that one claim lists.
///
/// INVARIANT: an array with an element that is not a string lists no scope at all, because a claim that
/// cannot be read fully does not count as evidence.
fn listed_scopes(claim: &Value) -> Vec<&str> {
    match claim {
        Value::String(words) => words.split(' ').collect(),
        Value::Array(elements) => {
            let scopes: Option<_> = elements.iter().map(Value::as_str).collect();
            scopes.unwrap_or_default()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![],
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
            (json!({"scope": ["a", "b/c.d"]}), &["a", "b/c.d"]),
            (json!({"scope": ["a"], "scp": ["b"]}), &["a", "b"]),
            (json!({"scope": ["a b", ""]}), &["a b"]),
            (json!({"scope": []}), &[]),
            (json!({"scope": ["a", 1]}), &[]),
            (json!({"scp": ["a", null]}), &[]),
            (json!({"scp": ["a", ["b"]]}), &[]),
            (json!({"scope": ["a", {}], "scp": "b"}), &["b"]),
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
