//! File names: an accepted name follows every rule of the contract.

use broker_core::file::{FileName, MAX_NAME_CHARS};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Reads `bytes` as a file name.
///
/// # Panics
/// If an accepted name or a suggestion breaks one of these rules: it is in NFC, parses to itself again, contains no
/// refused character, starts and ends with neither a space nor a dot, has an ASCII extension that NFKC does not change,
/// and in NFKC is not a path that leaves its directory. If a suggestion that must be ASCII is not.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for must_be_ascii in [false, true] {
        if let Some(name) = FileName::suggestion(text, must_be_ascii) {
            check(&name);
            assert!(!must_be_ascii || name.is_ascii(), "{:?}", name.as_str());
        }
    }
    if let Ok(name) = FileName::parse(text) {
        check(&name);
    }
}

fn check(name: &FileName) {
    let shown = name.as_str();
    assert!(is_nfc(shown), "{shown:?}");
    assert_eq!(FileName::parse(shown).as_ref(), Ok(name), "{shown:?}");
    assert!(shown.chars().count() <= MAX_NAME_CHARS, "{shown:?}");
    assert!(!shown.contains(is_refused), "{shown:?}");
    assert!(
        !shown.starts_with([' ', '.']) && !shown.ends_with([' ', '.']),
        "{shown:?}"
    );
    let extension = name.extension();
    let is_ascii = extension.as_str().bytes().all(|b| b.is_ascii_alphanumeric());
    assert!(is_ascii && !extension.as_str().is_empty(), "{shown:?}");
    let narrowed: String = shown.nfkc().collect();
    let narrowed_extension = narrowed.rsplit('.').next().map(str::to_ascii_lowercase);
    assert_eq!(
        narrowed_extension.as_deref(),
        Some(extension.as_str()),
        "{shown:?}"
    );
    let mut segments = narrowed.split(['/', '\\']);
    assert!(!narrowed.starts_with(['/', '\\']), "{shown:?}");
    assert!(
        !segments.any(|segment| [".", ".."].contains(&segment)),
        "{shown:?}"
    );
}

/// Whether a name must not contain the character, by another crate's tables than the rule itself uses.
///
/// Variation selectors are not covered here: the rule's own tests cover them.
fn is_refused(c: char) -> bool {
    let is_other = matches!(c.general_category_group(), GeneralCategoryGroup::Other);
    let is_separator = matches!(
        c.general_category(),
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
    );
    let is_blank = "\u{34f}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{2800}\u{3164}\u{ffa0}".contains(c);
    is_other || is_separator || is_blank || "/\\:<>\"|*?\u{ff02}".contains(c)
}
