//! The name of a claim in a rule: a plain name, or a JSON Pointer into objects.

use std::fmt;
use std::str::FromStr;

/// The name of a claim in a rule.
///
/// A text that begins with `/` is a JSON Pointer (RFC 6901) through the members of objects; a segment never
/// indexes an array. Every other text is the plain name of one claim, whatever characters it has:
/// `https://example.com/roles` and `cognito:groups` are plain names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimName {
    text: Box<str>,
    first: Box<str>,
    rest: Box<[Box<str>]>,
}

/// Why a text names no claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimNameError {
    /// No character at all.
    #[error("must not be empty")]
    Empty,
    /// A pointer with nothing between two slashes or after the last one, such as `/`.
    #[error("must have no empty segment, because no claim has an empty name")]
    EmptySegment,
    /// A `~` that is followed by neither `0` nor `1`.
    #[error("must write `~` as `~0` and `/` as `~1` within a segment (RFC 6901)")]
    Escape,
}

impl ClaimName {
    /// The name of the claim itself: the plain name, or a pointer's first segment, unescaped.
    #[must_use]
    pub fn first(&self) -> &str {
        &self.first
    }

    /// The members to follow inside the claim, unescaped. A plain name has no such members.
    pub fn rest(&self) -> impl Iterator<Item = &str> {
        self.rest.iter().map(|segment| &**segment)
    }

    /// Whether the name is a JSON Pointer.
    #[must_use]
    pub fn is_pointer(&self) -> bool {
        self.text.starts_with('/')
    }

    /// The text, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ClaimName {
    type Err = ClaimNameError;

    fn from_str(text: &str) -> Result<Self, ClaimNameError> {
        if text.is_empty() {
            return Err(ClaimNameError::Empty);
        }
        let (first, rest) = match text.strip_prefix('/') {
            None => (text.into(), Box::default()),
            Some(pointer) => {
                let mut segments = pointer.split('/').map(unescaped);
                let first = segments.next().unwrap_or(Err(ClaimNameError::EmptySegment))?;
                (first, segments.collect::<Result<_, _>>()?)
            }
        };
        let text = text.into();
        Ok(Self { text, first, rest })
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One segment of a pointer. Source: RFC 6901, section 4.
fn unescaped(segment: &str) -> Result<Box<str>, ClaimNameError> {
    if segment.is_empty() {
        return Err(ClaimNameError::EmptySegment);
    }
    let mut parts = segment.split('~');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (character, rest) = match (part.strip_prefix('0'), part.strip_prefix('1')) {
            (Some(rest), _) => ('~', rest),
            (_, Some(rest)) => ('/', rest),
            (None, None) => return Err(ClaimNameError::Escape),
        };
        name.push(character);
        name.push_str(rest);
    }
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_that_begins_with_a_slash_is_a_pointer_and_any_other_a_plain_name() {
        for (text, first, rest) in [
            ("groups", "groups", &[][..]),
            ("cognito:groups", "cognito:groups", &[]),
            ("https://example.com/roles", "https://example.com/roles", &[]),
            ("realm_access.roles", "realm_access.roles", &[]),
            ("a~2b", "a~2b", &[]),
            ("/realm_access/roles", "realm_access", &["roles"]),
            (
                "/resource_access/my.client/roles",
                "resource_access",
                &["my.client", "roles"],
            ),
            (
                "/https:~1~1example.com~1roles/0",
                "https://example.com/roles",
                &["0"],
            ),
            ("/a~0b~1c~01", "a~b/c~1", &[]),
            ("/ ", " ", &[]),
        ] {
            let name: ClaimName = text.parse().expect(text);
            assert_eq!(name.first(), first, "{text}");
            assert_eq!(name.rest().collect::<Vec<_>>(), rest, "{text}");
            assert_eq!(name.is_pointer(), text.starts_with('/'), "{text}");
            assert_eq!((name.as_str(), name.to_string()), (text, text.to_owned()));
        }
    }

    #[test]
    fn a_pointer_with_a_wrong_escape_or_an_empty_segment_names_nothing() {
        use ClaimNameError::{Empty, EmptySegment, Escape};
        for (text, expected) in [
            ("", Empty),
            ("/", EmptySegment),
            ("//", EmptySegment),
            ("//a", EmptySegment),
            ("/a/", EmptySegment),
            ("/a//b", EmptySegment),
            ("/~", Escape),
            ("/a~", Escape),
            ("/a~2", Escape),
            ("/a~b/c", Escape),
            ("/a/~~0", Escape),
        ] {
            assert_eq!(text.parse::<ClaimName>(), Err(expected), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_path_has_a_pointer(path in prop::collection::vec("[~/a-z01]{1,8}", 1..5)) {
            let escaped = |segment: &String| segment.replace('~', "~0").replace('/', "~1");
            let segments: Vec<_> = path.iter().map(escaped).collect();
            let pointer = format!("/{}", segments.join("/"));
            let name: ClaimName = pointer.parse().expect("a pointer");
            let segments: Vec<_> = std::iter::once(name.first()).chain(name.rest()).collect();
            prop_assert_eq!(segments, path);
        }
    }
}
