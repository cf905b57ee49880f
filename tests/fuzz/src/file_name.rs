//! File names: what is accepted is fit for every file system and header.

use broker_core::file::{FileName, MAX_NAME_CHARS};
use unicode_normalization::is_nfc;

/// Reads `bytes` as a file name.
///
/// # Panics
/// Where an accepted name is not in NFC, is refused when read again, holds what names must not hold or
/// has an extension that is not ASCII.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(name) = FileName::parse(text) else { return };
    let shown = name.as_str();
    assert!(is_nfc(shown), "{shown:?}");
    assert_eq!(FileName::parse(shown).as_ref(), Ok(&name), "{shown:?}");
    assert!(shown.chars().count() <= MAX_NAME_CHARS, "{shown:?}");
    assert!(!shown.contains(is_refused), "{shown:?}");
    let extension = name.extension();
    let is_ascii = extension.as_str().bytes().all(|b| b.is_ascii_alphanumeric());
    assert!(is_ascii && !extension.as_str().is_empty(), "{shown:?}");
}

fn is_refused(c: char) -> bool {
    c.is_control() || r#"/\:<>"|*?"#.contains(c)
}
