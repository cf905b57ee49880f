//! Who calls: an issuer's word about a subject.

use std::collections::BTreeMap;
use std::fmt;

/// An authenticated caller. Its identity is the pair of issuer and subject, never one of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// The issuer, as its `[[issuer]]` entry or evidence kind names it.
    pub issuer: Box<str>,
    /// The subject, unique for this issuer.
    pub subject: Box<str>,
    /// What else the issuer says.
    pub claims: Claims,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// A claim's value, in the shapes that rules can ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A string.
    Text(Box<str>),
    /// `true` or `false`.
    Flag(bool),
    /// An array in which every element is a string.
    List(Vec<Box<str>>),
    /// Anything else: no rule matches it.
    Other,
}

/// The claims of a caller, by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<Box<str>, Claim>);

impl Claims {
    /// The claim called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Claim> {
        self.0.get(name)
    }

    /// The claim called `name`, where it is a string that is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Claim::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether the caller holds `scope`: a token of `scope`, or of `scp` (a string or an array).
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        ["scope", "scp"].iter().any(|name| match self.get(name) {
            Some(Claim::Text(text)) => text.split(' ').any(|token| token == scope),
            Some(Claim::List(tokens)) if *name == "scp" => tokens.iter().any(|token| &**token == scope),
            _ => false,
        })
    }
}

impl FromIterator<(Box<str>, Claim)> for Claims {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Claim)>>(claims: I) -> Self {
        Self(claims.into_iter().collect())
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({} of them, [redacted])", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_whole_token_of_scope_or_scp() {
        let list = |items: &[&str]| Claim::List(items.iter().map(|&item| item.into()).collect());
        for (name, value, expected) in [
            ("scope", Claim::Text("openid files.write".into()), true),
            ("scp", Claim::Text("files.write".into()), true),
            ("scp", list(&["files.write"]), true),
            ("scope", list(&["files.write"]), false),
            ("scope", Claim::Text("files.writer".into()), false),
            ("scope", Claim::Text("[files.write other]".into()), false),
            ("roles", Claim::Text("files.write".into()), false),
            ("scope", Claim::Other, false),
        ] {
            let claims: Claims = [(name.into(), value.clone())].into_iter().collect();
            assert_eq!(claims.has_scope("files.write"), expected, "{name}: {value:?}");
        }
    }

    #[test]
    fn debug_shows_neither_subject_nor_claim() {
        let claims: Claims = [("email".into(), Claim::Text("ada@example.com".into()))]
            .into_iter()
            .collect();
        let caller = Caller {
            issuer: "i".into(),
            subject: "secret-subject".into(),
            claims,
        };
        assert_eq!(format!("{caller:?}"), r#"Caller { issuer: "i", .. }"#);
        assert_eq!(format!("{:?}", caller.claims), "Claims(1 of them, [redacted])");
    }
}
