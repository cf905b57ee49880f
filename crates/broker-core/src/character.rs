//! Characters that cannot be seen, and the text that names a character in an error.

mod names;

use std::fmt;

use icu_properties::props::{
    BinaryProperty as _, DefaultIgnorableCodePoint, Emoji, EnumeratedProperty as _, GeneralCategory,
    GeneralCategoryGroup, Script,
};

use names::NAMES;

/// A character in an error: its code point, and its name if it is known here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Character(char);

impl From<char> for Character {
    fn from(c: char) -> Self {
        Self(c)
    }
}

impl fmt::Display for Character {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code_point = u32::from(self.0);
        write!(f, "U+{code_point:04X}")?;
        match code_point {
            0xfe00..=0xfe0f => write!(f, " VARIATION SELECTOR-{}", code_point - 0xfe00 + 1),
            0xe0100..=0xe01ef => write!(f, " VARIATION SELECTOR-{}", code_point - 0xe0100 + 17),
            _ => NAMES
                .binary_search_by_key(&self.0, |(c, _)| *c)
                .map_or(Ok(()), |at| write!(f, " {}", NAMES[at].1)),
        }
    }
}

impl fmt::Debug for Character {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Character({self})")
    }
}

/// The first character of `text` that cannot be seen.
pub(crate) fn first_unseen(text: &str) -> Option<char> {
    let nexts = text.chars().skip(1).map(Some).chain([None]);
    let mut previous = None;
    text.chars().zip(nexts).find_map(|(c, next)| {
        let is_unseen = is_unseen(previous, c, next);
        previous = Some(c);
        is_unseen.then_some(c)
    })
}

/// Whether `c` cannot be seen between its neighbours: text with and without it would look the same.
pub(crate) fn is_unseen(previous: Option<char>, c: char, next: Option<char>) -> bool {
    let is_blank = c == '\u{2800}' || DefaultIgnorableCodePoint::for_char(c);
    is_blank && !previous.is_some_and(|base| selects_a_form_of(base, c, next))
}

/// Whether `selector` chooses how the character `base` directly before it is drawn.
///
/// Source: UTS #51 (emoji), UTS #37 (ideographs), Unicode Standard 13.5 (Mongolian).
fn selects_a_form_of(base: char, selector: char, next: Option<char>) -> bool {
    match selector {
        // Digits have the property Emoji only because a keycap can enclose them.
        '\u{fe0e}' | '\u{fe0f}' if matches!(base, '0'..='9' | '#' | '*') => next == Some('\u{20e3}'),
        '\u{fe0e}' | '\u{fe0f}' => Emoji::for_char(base),
        '\u{e0100}'..='\u{e01ef}' => Script::for_char(base) == Script::Han,
        '\u{180b}'..='\u{180d}' | '\u{180f}' => {
            Script::for_char(base) == Script::Mongolian && is_letter(base)
        }
        _ => false,
    }
}

/// Whether `c` has category C: a control, a format, a private-use or an unassigned character.
pub(crate) fn is_other(c: char) -> bool {
    GeneralCategoryGroup::Other.contains(GeneralCategory::for_char(c))
}

/// Whether `c` has category M: it combines with the character before it.
pub(crate) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(GeneralCategory::for_char(c))
}

/// Whether `c` has category Zl or Zp.
pub(crate) fn is_line_or_paragraph_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether `c` has category L, N or Z.
pub(crate) fn is_letter_number_or_separator(c: char) -> bool {
    let category = GeneralCategory::for_char(c);
    is_letter(c)
        || GeneralCategoryGroup::Number.contains(category)
        || GeneralCategoryGroup::Separator.contains(category)
}

/// Whether `c` is a letter of the Arabic script, as Persian and Urdu use it too.
pub(crate) fn is_arabic_letter(c: char) -> bool {
    Script::for_char(c) == Script::Arabic && is_letter(c)
}

fn is_letter(c: char) -> bool {
    GeneralCategoryGroup::Letter.contains(GeneralCategory::for_char(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_printed_by_its_code_point() {
        assert_eq!(
            format!("{:?}", Character::from('\u{200b}')),
            "Character(U+200B ZERO WIDTH SPACE)"
        );
    }

    #[test]
    fn shows_no_text_that_could_not_be_seen() {
        for (text, expected) in [
            ("", None),
            ("plain text", None),
            ("soft\u{ad}hyphen", Some('\u{ad}')),
            ("grapheme\u{34f}joiner", Some('\u{34f}')),
            ("arabic mark\u{61c}", Some('\u{61c}')),
            ("hangul\u{115f}", Some('\u{115f}')),
            ("hangul\u{1160}", Some('\u{1160}')),
            ("hangul\u{3164}", Some('\u{3164}')),
            ("hangul\u{ffa0}", Some('\u{ffa0}')),
            ("khmer\u{17b4}", Some('\u{17b4}')),
            ("zero width\u{200b}space", Some('\u{200b}')),
            ("\u{645}\u{6cc}\u{200c}\u{62e}", Some('\u{200c}')),
            ("\u{1f468}\u{200d}\u{1f467}", Some('\u{200d}')),
            ("override\u{202e}", Some('\u{202e}')),
            ("isolate\u{2066}", Some('\u{2066}')),
            ("byte order mark\u{feff}", Some('\u{feff}')),
            ("unassigned\u{2065}", Some('\u{2065}')),
            ("music\u{1d173}", Some('\u{1d173}')),
            ("\u{1f3f4}\u{e0067}", Some('\u{e0067}')),
            ("braille\u{2800}blank", Some('\u{2800}')),
            ("braille\u{2801}dot", None),
            ("the first\u{200b}of\u{200c}two", Some('\u{200b}')),
        ] {
            assert_eq!(first_unseen(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_selector_stands_only_where_it_chooses_a_form() {
        for (text, expected) in [
            ("\u{2764}\u{fe0f}", None),
            ("\u{2764}\u{fe0e}", None),
            ("\u{1f600}\u{fe0f}", None),
            ("\u{2764}\u{fe0f}\u{fe0f}", Some('\u{fe0f}')),
            ("\u{2764} \u{fe0f}", Some('\u{fe0f}')),
            ("\u{2764}\u{fe00}", Some('\u{fe00}')),
            ("a\u{fe0f}", Some('\u{fe0f}')),
            ("\u{fe0f}", Some('\u{fe0f}')),
            ("1\u{fe0f}\u{20e3}", None),
            ("1\u{fe0e}\u{20e3}", None),
            ("#\u{fe0f}\u{20e3}", None),
            ("*\u{fe0f}\u{20e3}", None),
            ("1\u{fe0f}", Some('\u{fe0f}')),
            ("1\u{fe0f}2", Some('\u{fe0f}')),
            ("9\u{fe0e}.", Some('\u{fe0e}')),
            ("#\u{fe0f}a", Some('\u{fe0f}')),
            ("*\u{fe0f}\u{fe0f}\u{20e3}", Some('\u{fe0f}')),
            ("\u{845b}\u{e0100}", None),
            ("\u{845b}\u{e01ef}", None),
            ("\u{3005}\u{e0100}", None),
            ("\u{845b}\u{e0100}\u{e0101}", Some('\u{e0101}')),
            ("\u{845b}\u{e01f0}", Some('\u{e01f0}')),
            ("\u{845b}\u{fe0f}", Some('\u{fe0f}')),
            ("\u{3042}\u{e0100}", Some('\u{e0100}')),
            ("a\u{e0100}", Some('\u{e0100}')),
            ("\u{e0100}", Some('\u{e0100}')),
            ("\u{1820}\u{180b}", None),
            ("\u{1820}\u{180c}", None),
            ("\u{1820}\u{180d}", None),
            ("\u{1820}\u{180f}", None),
            ("\u{1820}\u{180e}", Some('\u{180e}')),
            ("\u{1820}\u{180b}\u{180b}", Some('\u{180b}')),
            ("\u{1810}\u{180b}", Some('\u{180b}')),
            ("a\u{180b}", Some('\u{180b}')),
        ] {
            assert_eq!(first_unseen(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_character_is_shown_by_code_point_and_name() {
        for (c, expected) in [
            ('/', "U+002F SOLIDUS"),
            ('\u{0}', "U+0000 NULL"),
            ('\n', "U+000A LINE FEED"),
            ('\u{81}', "U+0081"),
            ('\u{200b}', "U+200B ZERO WIDTH SPACE"),
            ('\u{2800}', "U+2800 BRAILLE PATTERN BLANK"),
            ('\u{fe00}', "U+FE00 VARIATION SELECTOR-1"),
            ('\u{fe0f}', "U+FE0F VARIATION SELECTOR-16"),
            ('\u{e0100}', "U+E0100 VARIATION SELECTOR-17"),
            ('\u{e01ef}', "U+E01EF VARIATION SELECTOR-256"),
            ('\u{ff02}', "U+FF02 FULLWIDTH QUOTATION MARK"),
            ('\u{e9}', "U+00E9"),
            ('\u{10ffff}', "U+10FFFF"),
        ] {
            assert_eq!(Character::from(c).to_string(), expected);
        }
    }

    /// Whether UCD gives `c` no name of its own, or a name that only counts on (tags).
    fn is_nameless(c: char) -> bool {
        let category = GeneralCategory::for_char(c);
        let is_named = ![
            GeneralCategory::Control,
            GeneralCategory::Unassigned,
            GeneralCategory::PrivateUse,
        ]
        .contains(&category);
        !is_named || ('\u{e0020}'..='\u{e007f}').contains(&c)
    }

    #[test]
    fn every_invisible_or_format_character_has_a_name() {
        let refused = ('\0'..=char::MAX).filter(|c| is_other(*c) || is_unseen(None, *c, None));
        for c in refused.filter(|c| !is_nameless(*c)) {
            let shown = Character::from(c).to_string();
            assert!(shown.contains(' '), "{shown}");
        }
    }

    #[test]
    fn names_are_in_order_and_written_as_unicode_writes_them() {
        assert!(NAMES.is_sorted_by(|(one, _), (next, _)| one < next));
        for (c, name) in NAMES {
            let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"- ".contains(&b);
            assert!(
                name.bytes().all(is_name) && name.trim() == name,
                "{c:?}: {name:?}"
            );
        }
    }
}
