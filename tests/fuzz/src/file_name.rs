//! File names: what is accepted keeps the contract's list.

use broker_core::file::{FileName, MAX_NAME_CHARS};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Reads `bytes` as a file name.
///
/// # Panics
/// Where an accepted name is not in NFC, is refused when read again, holds what names must not hold, in NFC or
/// NFKC, begins or ends as none may, or has an extension that is not ASCII.
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
    assert!(
        !shown.starts_with([' ', '.']) && !shown.ends_with([' ', '.']),
        "{shown:?}"
    );
    let compatible: String = shown.nfkc().collect();
    assert!(!compatible.contains(is_refused), "{shown:?}");
    let extension = name.extension();
    let is_ascii = extension.as_str().bytes().all(|b| b.is_ascii_alphanumeric());
    assert!(is_ascii && !extension.as_str().is_empty(), "{shown:?}");
}

fn is_refused(c: char) -> bool {
    let is_invisible = matches!(c.general_category_group(), GeneralCategoryGroup::Other)
        || matches!(
            c.general_category(),
            GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
        );
    is_invisible || r#"/\:<>"|*?"#.contains(c)
}
