//! The members of `POST /uploads`, each parsed once.

use std::collections::BTreeMap;
use std::fmt;

use crate::arn::ResourceArn;
use crate::character::{Character, first_unseen, is_letter_number_or_separator, is_other};
use crate::file::{FileName, FileSize};

/// A file that a caller asks to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// Its name.
    pub file_name: FileName,
    /// Its size.
    pub file_size: FileSize,
    /// The case or contact that it is attached to.
    pub resource: ResourceArn,
    /// How long the URL is valid.
    pub url_expiry: UrlExpiry,
    /// Tags on the file.
    pub tags: Tags,
    /// The Connect user that a backend acts for.
    pub on_behalf_of: Option<Username>,
}

impl UploadRequest {
    /// The request in one unambiguous form: every member after its length, in a fixed order.
    ///
    /// INVARIANT: two requests have the same form exactly if they ask for the same upload, because the upstream
    /// `ClientToken` is derived from it.
    #[must_use]
    pub fn canonical_form(&self) -> Vec<u8> {
        let mut form = Vec::with_capacity(256);
        push(&mut form, self.file_name.as_str().as_bytes());
        push(&mut form, &self.file_size.bytes().to_be_bytes());
        push(&mut form, self.resource.as_str().as_bytes());
        push(&mut form, &self.url_expiry.secs().to_be_bytes());
        push(&mut form, &self.tags.0.len().to_be_bytes());
        for (key, value) in &self.tags.0 {
            push(&mut form, key.as_bytes());
            push(&mut form, value.as_bytes());
        }
        push(
            &mut form,
            self.on_behalf_of.as_ref().map_or("", Username::as_str).as_bytes(),
        );
        form
    }
}

/// Appends the length of `part` and `part`, so that different sequences of parts have different forms.
pub fn push(form: &mut Vec<u8>, part: &[u8]) {
    form.extend_from_slice(&(part.len() as u64).to_be_bytes());
    form.extend_from_slice(part);
}

/// How long an upload URL is valid, in seconds; sent upstream as `UrlExpiryInSeconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UrlExpiry(u16);

impl UrlExpiry {
    /// Shortest time that Connect accepts.
    pub const MIN_SECS: u16 = 5;
    /// Longest time that Connect accepts, and its default.
    pub const MAX_SECS: u16 = 300;

    /// The expiry, if it is from 5 to 300.
    #[must_use]
    pub fn from_secs(secs: u64) -> Option<Self> {
        let secs = u16::try_from(secs).ok()?;
        (Self::MIN_SECS..=Self::MAX_SECS)
            .contains(&secs)
            .then_some(Self(secs))
    }

    /// The expiry in seconds.
    #[must_use]
    pub const fn secs(self) -> u16 {
        self.0
    }
}

impl Default for UrlExpiry {
    fn default() -> Self {
        Self(Self::MAX_SECS)
    }
}

/// Name with which an Amazon Connect user signs in: 1 to 100 characters without controls. Its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(Box<str>);

impl Username {
    /// The username, unless no user of Connect can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_clean = !text.chars().any(char::is_control) && text.trim() == text;
        (is_clean && (1..=100).contains(&text.chars().count())).then(|| Self(text.into()))
    }

    /// The username.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username([redacted])")
    }
}

/// Why a tag is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// A key that is empty, over 128 characters, or has a character that Connect refuses.
    #[error("must be a tag key: 1 to 128 letters, digits, spaces or any of _ . : / = + - @")]
    Key,
    /// A key in the namespace that AWS reserves.
    #[error("must be a tag key that does not begin with aws:")]
    ReservedKey,
    /// A value over 256 characters.
    #[error("must be at most 256 characters long")]
    Value,
    /// A character of a value that cannot be seen in its place, or belongs to category C.
    #[error("must not hold {0}, because it cannot be seen or is not text")]
    ValueCharacter(Character),
    /// One more than [`Tags::MAX`].
    #[error("a file has at most {} tags", Tags::MAX)]
    TooMany,
}

/// Tags of a file, at most 50; sent upstream as `Tags`, unless there are none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<Box<str>, Box<str>>);

impl Tags {
    /// Most tags that a file can have.
    pub const MAX: usize = 50;

    /// Adds a tag.
    ///
    /// # Errors
    /// The [`TagError`] that holds; nothing is added.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), TagError> {
        if key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
        {
            return Err(TagError::ReservedKey);
        }
        if !(1..=128).contains(&key.chars().count()) || !key.chars().all(is_tag_character) {
            return Err(TagError::Key);
        }
        if value.chars().count() > 256 {
            return Err(TagError::Value);
        }
        if let Some(c) = first_unseen(value).or_else(|| value.chars().find(|c| is_other(*c))) {
            return Err(TagError::ValueCharacter(c.into()));
        }
        if self.0.len() == Self::MAX && !self.0.contains_key(key) {
            return Err(TagError::TooMany);
        }
        self.0.insert(key.into(), value.into());
        Ok(())
    }

    /// The tags, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tags({} of them, [redacted])", self.0.len())
    }
}

/// Source: `TagKey`, pattern `^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`.
fn is_tag_character(c: char) -> bool {
    "_.:/=+-@".contains(c) || is_letter_number_or_separator(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_at_most_fifty_tags() {
        let mut tags = Tags::default();
        for number in 1..=50 {
            assert_eq!(tags.insert(&format!("key-{number}"), "x"), Ok(()));
        }
        assert_eq!(tags.insert("one-more", "x"), Err(TagError::TooMany));
        assert_eq!(tags.insert("key-1", "another value"), Ok(()));
        assert_eq!(tags.iter().count(), Tags::MAX);
    }

    #[test]
    fn tags_keep_connects_rules_and_hide_nothing() {
        let refused = |c: char| Err(TagError::ValueCharacter(c.into()));
        for (key, value, expected) in [
            ("department", "claims", Ok(())),
            ("\u{e9}quipe/1 a:b=c+d-e@f.g_h", "", Ok(())),
            ("", "x", Err(TagError::Key)),
            ("a\u{0}", "x", Err(TagError::Key)),
            ("a,b", "x", Err(TagError::Key)),
            (&"k".repeat(129), "x", Err(TagError::Key)),
            (&"\u{e9}".repeat(128), "x", Ok(())),
            ("aws:x", "x", Err(TagError::ReservedKey)),
            ("AWS:x", "x", Err(TagError::ReservedKey)),
            ("k", &"v".repeat(256), Ok(())),
            ("k", &"v".repeat(257), Err(TagError::Value)),
            ("k", "a\nb", refused('\n')),
            ("k", "a\u{81}b", refused('\u{81}')),
            ("k", "a\u{200b}b", refused('\u{200b}')),
            ("k", "a\u{2800}b", refused('\u{2800}')),
            ("k", "a\u{3164}b", refused('\u{3164}')),
            ("k", "a\u{fe0f}b", refused('\u{fe0f}')),
            ("k", "\u{2764}\u{fe0f}", Ok(())),
            ("k", "\u{845b}\u{e0100}", Ok(())),
            ("k", "1\u{fe0f}\u{20e3}", Ok(())),
            ("k", "\u{1820}\u{180b}", Ok(())),
            ("k", "a\u{600}b", refused('\u{600}')),
            ("k", "a\u{e000}b", refused('\u{e000}')),
            ("k", "a\u{378}b", refused('\u{378}')),
            ("k", "\u{202e}fdp", refused('\u{202e}')),
            ("k", "/ \\ : < > \" | * ? \u{ff02}", Ok(())),
        ] {
            assert_eq!(Tags::default().insert(key, value), expected, "{key:?}");
        }
    }

    #[test]
    fn an_expiry_is_what_connect_accepts() {
        for (secs, fits) in [
            (4, false),
            (5, true),
            (300, true),
            (301, false),
            (65_536 + 5, false),
        ] {
            assert_eq!(UrlExpiry::from_secs(secs).is_some(), fits, "{secs}");
        }
    }

    #[test]
    fn a_username_is_something_that_connect_can_hold() {
        for (text, fits) in [
            ("ada.agent", true),
            ("", false),
            (" ada", false),
            ("a\nb", false),
            (&"a".repeat(100), true),
            (&"a".repeat(101), false),
        ] {
            assert_eq!(Username::parse(text).is_some(), fits, "{text:?}");
        }
    }

    #[test]
    fn the_canonical_form_tells_requests_apart() {
        let request = |name: &str, tags: &[(&str, &str)]| {
            let mut all = Tags::default();
            for (key, value) in tags {
                all.insert(key, value).expect("valid");
            }
            let resource = "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c".parse();
            UploadRequest {
                file_name: FileName::parse(name).expect("valid"),
                file_size: FileSize::from_bytes(1).expect("valid"),
                resource: resource.expect("valid"),
                url_expiry: UrlExpiry::default(),
                tags: all,
                on_behalf_of: None,
            }
        };
        let base = request("a.pdf", &[("a", "bc")]);
        assert_eq!(base.canonical_form(), base.clone().canonical_form());
        for other in [
            request("b.pdf", &[("a", "bc")]),
            request("a.pdf", &[("ab", "c")]),
            request("a.pdf", &[]),
            UploadRequest {
                file_size: FileSize::from_bytes(2).expect("valid"),
                ..base.clone()
            },
            UploadRequest {
                url_expiry: UrlExpiry::from_secs(5).expect("valid"),
                ..base.clone()
            },
            UploadRequest {
                on_behalf_of: Username::parse("ada"),
                ..base.clone()
            },
        ] {
            assert_ne!(base.canonical_form(), other.canonical_form(), "{other:?}");
        }
    }

    #[test]
    fn debug_shows_no_name_and_no_tag() {
        let mut tags = Tags::default();
        tags.insert("diagnosis", "secret").expect("valid");
        assert_eq!(format!("{tags:?}"), "Tags(1 of them, [redacted])");
        let username = Username::parse("ada.agent").expect("valid");
        assert_eq!(format!("{username:?}"), "Username([redacted])");
        assert_eq!(username.as_str(), "ada.agent");
    }
}
