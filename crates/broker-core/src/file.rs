//! The file that a caller announces: its name, its extension, its size.

mod name_rule;
mod suggestion;

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::character::Character;
use name_rule::MAX_MARKS;

/// Longest file name, in Unicode scalar values. Source: `StartAttachedFileUpload`, `FileName`.
pub const MAX_NAME_CHARS: usize = 256;

/// Why a file name is refused. Carries at most one character of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// Empty, or over 256 Unicode scalar values.
    #[error("must be 1 to {MAX_NAME_CHARS} characters long")]
    Length,
    /// A character that cannot be seen where it stands.
    #[error("must not hold {0}, because it cannot be seen")]
    Unseen(Character),
    /// A control, format, unassigned, private-use, line or paragraph separator character.
    #[error("must not hold {0}, because it is a control, format, unassigned or separator character")]
    ControlCharacter(Character),
    /// One of `/ \ : < > " | * ?` or the full-width quotation mark.
    #[error("must not hold {0}, because file systems or headers give it a meaning")]
    RefusedCharacter(Character),
    /// Too many combining characters in a row.
    #[error("must not hold {0} behind {MAX_MARKS} other combining characters")]
    TooManyMarks(Character),
    /// A space or a dot at an end.
    #[error("must not begin or end with {0}")]
    OuterSpaceOrDot(Character),
    /// No stem, or no extension of ASCII letters and digits after the last dot.
    #[error("must have a stem and an extension of 1 to 32 ASCII letters and digits")]
    NoExtension,
    /// A character of the extension, or a dot-like character in its place.
    #[error("must have an extension of ASCII letters and digits after a full stop, without {0}")]
    ExtensionCharacter(Character),
    /// A name that Windows opens a device for.
    #[error("must not be {0} before the first dot, because Windows takes that for a device")]
    Device(&'static str),
    /// The compatibility form (NFKC) of the name is a path that leaves its directory.
    #[error("must not be a path in its compatibility form, as {0} makes it one")]
    LookAlike(Character),
    /// A character beyond ASCII, although the deployment asks for ASCII names.
    #[error("must be ASCII, without {0}")]
    NotAscii(Character),
}

/// Name of a file, in NFC; sent upstream as `FileName`. Its `Debug` is redacted, because names are personal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FileName {
    text: Box<str>,
    extension: Extension,
}

impl FileName {
    /// The name in NFC, checked.
    ///
    /// # Errors
    /// The first [`FileNameError`] that holds.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        // The length is bounded before normalisation. NFC composes at most 4 characters into one.
        if text.chars().nth(4 * MAX_NAME_CHARS).is_some() {
            return Err(FileNameError::Length);
        }
        let name: String = text.nfc().collect();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            return Err(FileNameError::Length);
        }
        let extension = name_rule::check(&name)?;
        let text = name.into();
        Ok(Self { text, extension })
    }

    /// A name to suggest in place of `refused`: it passes the rule and keeps the extension. It is ASCII if
    /// `must_be_ascii`. `None` if `refused` has no extension.
    #[must_use]
    pub fn suggestion(refused: &str, must_be_ascii: bool) -> Option<Self> {
        suggestion::suggestion(refused, must_be_ascii)
    }

    /// The name, in NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every character is ASCII.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    /// The name, if every character is ASCII.
    ///
    /// # Errors
    /// [`FileNameError::NotAscii`] with the first other character.
    pub fn into_ascii(self) -> Result<Self, FileNameError> {
        match self.text.chars().find(|c| !c.is_ascii()) {
            Some(c) => Err(FileNameError::NotAscii(c.into())),
            None => Ok(self),
        }
    }

    /// The extension: what follows the last dot, in lower case.
    #[must_use]
    pub const fn extension(&self) -> &Extension {
        &self.extension
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileName([redacted])")
    }
}

/// A file name's extension: 1..32 ASCII letters and digits, lower case, without the dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extension(Box<str>);

/// Why a text is not an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 ASCII letters and digits")]
pub struct ExtensionError;

impl Extension {
    /// The extension, in lower case.
    ///
    /// # Errors
    /// [`ExtensionError`] if it is empty, over 32 bytes or holds anything but letters and digits.
    pub fn parse(text: &str) -> Result<Self, ExtensionError> {
        if !(1..=32).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ExtensionError);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The extension, without a dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Size of a file in bytes, at least 1; sent upstream as `FileSizeInBytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileSize(u64);

impl FileSize {
    /// The size, if it is at least 1 and fits Connect's signed 64-bit member.
    #[must_use]
    pub fn from_bytes(bytes: u64) -> Option<Self> {
        (bytes >= 1 && i64::try_from(bytes).is_ok()).then_some(Self(bytes))
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_ascii_or_its_first_other_character_is_at_fault() {
        let into_ascii = |text| FileName::parse(text).expect("a name").into_ascii();
        assert_eq!(
            into_ascii("plan.pdf").map(|name| name.as_str().to_owned()),
            Ok("plan.pdf".to_owned())
        );
        let expected = FileNameError::NotAscii('\u{fc}'.into());
        assert_eq!(into_ascii("Pr\u{fc}f\u{e9}.pdf").err(), Some(expected));
    }

    #[test]
    fn accepts_what_people_call_their_files() {
        for (input, name, extension) in [
            ("scan 001.pdf", "scan 001.pdf", "pdf"),
            ("a.tar.GZ", "a.tar.GZ", "gz"),
            ("re\u{301}sume\u{301}.docx", "r\u{e9}sum\u{e9}.docx", "docx"),
            (
                "\u{8acb}\u{6c42}\u{66f8}.pdf",
                "\u{8acb}\u{6c42}\u{66f8}.pdf",
                "pdf",
            ),
            (
                "photo (1) & co #2 100%.JPEG",
                "photo (1) & co #2 100%.JPEG",
                "jpeg",
            ),
        ] {
            let parsed = FileName::parse(input).expect(input);
            assert_eq!(parsed.as_str(), name);
            assert_eq!(parsed.extension().as_str(), extension);
        }
    }

    #[test]
    fn counts_characters_after_normalisation() {
        let longest = format!("{}.pdf", "\u{e9}".repeat(252));
        assert!(FileName::parse(&longest).is_ok());
        assert!(FileName::parse(&format!("{}.pdf", "e\u{301}".repeat(252))).is_ok());
        let of_four = "\u{3b1}\u{313}\u{300}\u{345}".repeat(252);
        assert!(FileName::parse(&format!("{of_four}.pdf")).is_ok());
        assert_eq!(
            FileName::parse(&format!("a{longest}")),
            Err(FileNameError::Length)
        );
        assert_eq!(
            FileName::parse(&"e\u{301}".repeat(5000)),
            Err(FileNameError::Length)
        );
    }

    #[test]
    fn only_a_name_of_ascii_is_ascii() {
        for (text, is_ascii) in [("a.pdf", true), ("\u{e9}.pdf", false), ("e\u{301}.pdf", false)] {
            let name = FileName::parse(text).expect("valid");
            assert_eq!(name.is_ascii(), is_ascii, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_no_name() {
        let name = FileName::parse("ada.pdf").expect("valid");
        assert_eq!(format!("{name:?}"), "FileName([redacted])");
    }

    #[test]
    fn a_size_is_at_least_one_byte_and_fits_connects_member() {
        for (bytes, fits) in [(0, false), (1, true), (i64::MAX as u64, true), (1 << 63, false)] {
            assert_eq!(FileSize::from_bytes(bytes).is_some(), fits, "{bytes}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_accepted_again_unchanged(text in "\\PC{1,20}\\.[a-z]{1,4}") {
            if let Ok(name) = FileName::parse(&text) {
                prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
            }
        }

        #[test]
        fn no_name_makes_the_parser_panic(text in any::<String>()) {
            let _ = FileName::parse(&text);
        }
    }
}
