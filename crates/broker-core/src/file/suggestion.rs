//! Suggests a valid name in place of a refused one.

use unicode_normalization::UnicodeNormalization;

use super::name_rule::{MAX_MARKS, REFUSED, becomes, is_outer};
use super::{Extension, FileName, MAX_NAME_CHARS};
use crate::character::{is_arabic_letter, is_line_or_paragraph_separator, is_mark, is_other, is_unseen};

/// Replaces a character that a name must not hold.
const STAND_IN: char = '_';

/// Stem of a name that would have none.
const BARE_STEM: &str = "file";

/// The first of these names that the rule accepts: `refused` without refused characters; also without the characters
/// that make it a path; both with an underscore in front, because of devices; and `file` with the extension.
///
/// INVARIANT: [`FileName::parse`] makes the suggested name, so it passes the rule.
pub(super) fn suggestion(refused: &str, must_be_ascii: bool) -> Option<FileName> {
    let (stem, extension) = stem_and_extension(refused)?;
    let stem = if must_be_ascii { to_ascii(&stem) } else { stem };
    let stem = stem.trim_start_matches(is_outer);
    let stem = if stem.is_empty() { BARE_STEM } else { stem };
    let flat = stem.replace(|c| becomes(c, &['/', '\\']), "_");
    let candidates = [
        stem.to_owned(),
        flat.clone(),
        format!("{STAND_IN}{stem}"),
        format!("{STAND_IN}{flat}"),
        BARE_STEM.to_owned(),
    ];
    candidates
        .into_iter()
        .find_map(|stem| FileName::parse(&joined(&stem, &extension)).ok())
}

/// The visible text of `refused` before its last full stop, and the extension after it. If there is no extension in
/// ASCII, the compatibility form (NFKC) is used, as for `report．ｐｄｆ`.
fn stem_and_extension(refused: &str) -> Option<(String, String)> {
    let forms: [String; 2] = [refused.nfc().collect(), refused.nfkc().collect()];
    forms.iter().find_map(|form| {
        let visible = visible(form);
        let (stem, extension) = visible.trim_end_matches(is_outer).rsplit_once('.')?;
        Extension::parse(extension).ok()?;
        Some((stem.to_owned(), extension.to_owned()))
    })
}

/// `text` without invisible characters, and with a replacement for characters that have a special meaning.
fn visible(text: &str) -> String {
    let nexts = text.chars().skip(1).map(Some).chain([None]);
    let (mut shown, mut previous, mut marks) = (String::with_capacity(text.len()), None, 0);
    for (c, next) in text.chars().zip(nexts) {
        let Some(c) = visible_character(previous, c, next) else {
            continue;
        };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks <= MAX_MARKS {
            shown.push(c);
            previous = Some(c);
        }
    }
    shown
}

/// The character shown in place of `c`, if any.
fn visible_character(previous: Option<char>, c: char, next: Option<char>) -> Option<char> {
    let separates_lines = c.is_control() && c.is_whitespace() || is_line_or_paragraph_separator(c);
    // Persian puts it between the parts of a word, which would run together without it.
    let separates_letters = c == '\u{200c}' && [previous, next].into_iter().flatten().all(is_arabic_letter);
    if separates_lines || separates_letters {
        return Some(' ').filter(|_| previous != Some(' '));
    }
    if REFUSED.contains(&c) {
        return Some(STAND_IN);
    }
    (!is_other(c) && !is_unseen(previous, c, next)).then_some(c)
}

/// `stem` in ASCII: letters without their marks, and one replacement for each run of characters without an ASCII form.
fn to_ascii(stem: &str) -> String {
    let mut ascii = String::with_capacity(stem.len());
    for c in stem.nfkd().filter(|c| !is_mark(*c)) {
        if c.is_ascii() && !REFUSED.contains(&c) {
            ascii.push(c);
        } else if !ascii.ends_with(STAND_IN) {
            ascii.push(STAND_IN);
        }
    }
    if ascii.contains(|c: char| c.is_ascii_alphanumeric()) {
        ascii
    } else {
        BARE_STEM.to_owned()
    }
}

/// The name, with the stem cut so that the name is not too long.
fn joined(stem: &str, extension: &str) -> String {
    let room = MAX_NAME_CHARS - 1 - extension.len();
    stem.chars()
        .take(room)
        .chain(['.'])
        .chain(extension.chars())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offered(refused: &str, must_be_ascii: bool) -> Option<String> {
        FileName::suggestion(refused, must_be_ascii).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn offers_the_name_that_a_reader_sees() {
        for (refused, expected) in [
            ("invoice 1/2.pdf", "invoice 1_2.pdf"),
            ("C:\\scans\\a.pdf", "C__scans_a.pdf"),
            ("what?.pdf", "what_.pdf"),
            ("＂資料＂.pdf", "_資料_.pdf"),
            ("請求書／領収書?.pdf", "請求書／領収書_.pdf"),
            ("exe\u{202e}fdp.pdf", "exefdp.pdf"),
            ("a\u{200b}b.pdf", "ab.pdf"),
            ("a\u{2800}b.pdf", "ab.pdf"),
            ("a\u{600}b\u{e000}.pdf", "ab.pdf"),
            ("line\r\nbreak\u{2028}s.pdf", "line break s.pdf"),
            ("a\u{7}b\u{3000}c.pdf", "ab\u{3000}c.pdf"),
            (
                "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}.png",
                "\u{1f468}\u{1f469}\u{1f467}.png",
            ),
            ("\u{2764}\u{fe0f}\u{fe0f}.png", "\u{2764}\u{fe0f}.png"),
            ("می\u{200c}خواهم.pdf", "می خواهم.pdf"),
            ("क्\u{200d}ष.pdf", "क्ष.pdf"),
            ("a\u{200c}b.pdf", "ab.pdf"),
            ("  .a.pdf. ", "a.pdf"),
            (".pdf", "file.pdf"),
            ("\u{3164}.pdf", "file.pdf"),
            ("／etc／a.pdf", "_etc_a.pdf"),
            ("a／．．／b.pdf", "a_．．_b.pdf"),
            ("con.pdf", "_con.pdf"),
            ("NUL .tar.gz", "_NUL .tar.gz"),
            ("con.a／b.pdf", "_con.a／b.pdf"),
            ("con.／．．／a.pdf", "_con._．．_a.pdf"),
            ("report．pdf", "report.pdf"),
            ("議事録．ｐｄｆ", "議事録.pdf"),
            ("a.p\u{200b}df", "a.pdf"),
            ("a.pdf．ｅｘｅ", "a.pdf.exe"),
            ("A/B.PDF", "A_B.PDF"),
        ] {
            assert_eq!(offered(refused, false).as_deref(), Some(expected), "{refused:?}");
        }
    }

    #[test]
    fn cuts_what_is_too_long_and_what_is_piled_up() {
        let long = offered(&format!("{}.pdf", "語".repeat(300)), false);
        assert_eq!(long, Some(format!("{}.pdf", "語".repeat(252))));
        let piled = offered(&format!("q{}.pdf", "\u{325}".repeat(100)), false);
        assert_eq!(piled, Some(format!("q{}.pdf", "\u{325}".repeat(8))));
        let device = offered(&format!("con.{}.pdf", "a".repeat(300)), false);
        assert_eq!(device, Some(format!("_con.{}.pdf", "a".repeat(247))));
        // With the underscore in front, the cut would fall into the keycap.
        let keycap = format!("con.{}1\u{fe0f}\u{20e3}.pdf", "a".repeat(245));
        assert_eq!(offered(&keycap, false).as_deref(), Some("file.pdf"));
    }

    #[test]
    fn offers_ascii_where_a_name_must_be_ascii() {
        for (refused, expected) in [
            ("Prüfbericht.pdf", "Prufbericht.pdf"),
            ("straße.pdf", "stra_e.pdf"),
            ("請求書 2027.pdf", "_ 2027.pdf"),
            ("請求書.pdf", "file.pdf"),
            ("第１回：a／b.pdf", "_1_a_b.pdf"),
            ("ｃｏｎ.pdf", "_con.pdf"),
            ("．a.pdf", "a.pdf"),
            ("a/b.pdf", "a_b.pdf"),
        ] {
            assert_eq!(offered(refused, true).as_deref(), Some(expected), "{refused:?}");
        }
    }

    #[test]
    fn offers_nothing_where_there_is_no_extension_to_keep() {
        for refused in [
            "",
            "report",
            "report.",
            "a.p df",
            "a.\u{440}df",
            "a.pdf\u{301}",
            "...",
            "\u{200b}",
        ] {
            assert_eq!(offered(refused, false), None, "{refused:?}");
        }
    }

    /// Stems in which the characters that a rule is about are frequent.
    fn stem() -> impl Strategy<Value = String> {
        let frequent = "/\\:*?\"<>| .\t\n\u{0}\u{ad}\u{200b}\u{200c}\u{200d}\u{202e}\u{2800}\u{3164}\u{fe0e}\u{fe0f}\u{20e3}\
            \u{e0100}\u{180b}\u{1820}\u{2764}\u{845b}\u{301}\u{325}\u{1100}\u{1161}\u{11a8}\u{ff0f}\u{ff3c}\u{ff0e}\u{2024}\u{2025}\
            \u{ff02}\u{e000}\u{378}\u{645}01#conCON$\u{b9}";
        let frequent: Vec<char> = frequent.chars().collect();
        let one = prop_oneof![proptest::sample::select(frequent), any::<char>()];
        let some = proptest::collection::vec(one, 0..24);
        let many = (some.clone(), 1_usize..40).prop_map(|(chars, times)| chars.repeat(times));
        prop_oneof![some, many].prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn every_suggestion_passes_the_rule_and_keeps_the_extension(
            stem in stem(), extension in "[a-zA-Z0-9]{1,32}", end in "[ .\u{200b}]{0,2}", must_be_ascii: bool,
        ) {
            let text = format!("{stem}.{extension}{end}");
            let name = suggestion(&text, must_be_ascii).expect("a suggestion");
            prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
            prop_assert_eq!(name.as_str().rsplit('.').next(), Some(extension.as_str()));
            prop_assert!(!must_be_ascii || name.is_ascii());
        }

        #[test]
        fn no_text_makes_a_suggestion_that_the_rule_refuses(text in any::<String>(), must_be_ascii: bool) {
            if let Some(name) = suggestion(&text, must_be_ascii) {
                prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
