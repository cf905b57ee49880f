//! The rule for file names: it refuses names that would break a later program or deceive a later reader.

use unicode_normalization::UnicodeNormalization;

use super::{Extension, FileNameError};
use crate::character::{first_unseen, is_line_or_paragraph_separator, is_mark, is_other};

/// Characters that a file system or a header refuses or gives a meaning. The last one is the full-width quotation
/// mark: Content-Disposition quotes names, so a store that converts it to ASCII would end the name there.
pub(super) const REFUSED: [char; 10] = ['/', '\\', ':', '<', '>', '"', '|', '*', '?', '\u{ff02}'];

/// Most combining characters (category M) in a row, because more of them are drawn over other lines.
pub(super) const MAX_MARKS: usize = 8;

/// Names that Windows opens a device for, with any extension.
/// Source: Microsoft, "Naming Files, Paths, and Namespaces"; `CLOCK$` is MS-DOS's.
const DEVICES: [&str; 31] = [
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    "CLOCK$",
    "COM1",
    "COM2",
    "COM3",
    "COM4",
    "COM5",
    "COM6",
    "COM7",
    "COM8",
    "COM9",
    "COM\u{b9}",
    "COM\u{b2}",
    "COM\u{b3}",
    "LPT1",
    "LPT2",
    "LPT3",
    "LPT4",
    "LPT5",
    "LPT6",
    "LPT7",
    "LPT8",
    "LPT9",
    "LPT\u{b9}",
    "LPT\u{b2}",
    "LPT\u{b3}",
];

/// The extension of `name`, a name in NFC that keeps the rule.
///
/// INVARIANT: the compatibility form (NFKC) of a name has the same extension, because NFKC keeps a full stop and ASCII.
/// So a program that converts the name never sees another file type.
pub(super) fn check(name: &str) -> Result<Extension, FileNameError> {
    check_characters(name)?;
    check_marks(name)?;
    check_ends(name)?;
    let extension = extension_of(name)?;
    check_device(name)?;
    check_path(name)?;
    Ok(extension)
}

fn check_characters(name: &str) -> Result<(), FileNameError> {
    if let Some(c) = first_unseen(name) {
        return Err(FileNameError::Unseen(c.into()));
    }
    let is_control = |c: &char| is_other(*c) || is_line_or_paragraph_separator(*c);
    if let Some(c) = name.chars().find(is_control) {
        return Err(FileNameError::ControlCharacter(c.into()));
    }
    match name.chars().find(|c| REFUSED.contains(c)) {
        Some(c) => Err(FileNameError::RefusedCharacter(c.into())),
        None => Ok(()),
    }
}

fn check_marks(name: &str) -> Result<(), FileNameError> {
    let mut marks = 0;
    for c in name.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            return Err(FileNameError::TooManyMarks(c.into()));
        }
    }
    Ok(())
}

fn check_ends(name: &str) -> Result<(), FileNameError> {
    let ends = [name.chars().next(), name.chars().next_back()];
    match ends.into_iter().flatten().find(|c| is_outer(*c)) {
        Some(c) => Err(FileNameError::OuterSpaceOrDot(c.into())),
        None => Ok(()),
    }
}

/// Whether a name must not begin or end with `c`, because file systems drop it there or hide the file.
pub(super) fn is_outer(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn extension_of(name: &str) -> Result<Extension, FileNameError> {
    let odd = match name.rsplit_once('.') {
        Some((_, extension)) => match Extension::parse(extension) {
            Ok(extension) => return Ok(extension),
            Err(_) => extension.chars().find(|c| !c.is_ascii_alphanumeric()),
        },
        None => first_that_becomes(name, &['.']),
    };
    Err(odd.map_or(FileNameError::NoExtension, |c| {
        FileNameError::ExtensionCharacter(c.into())
    }))
}

fn check_device(name: &str) -> Result<(), FileNameError> {
    let start = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    match DEVICES.iter().find(|device| device.eq_ignore_ascii_case(start)) {
        Some(device) => Err(FileNameError::Device(device)),
        None => Ok(()),
    }
}

/// A full-width solidus is an ordinary character of a name, but no converted name may leave its directory.
fn check_path(name: &str) -> Result<(), FileNameError> {
    let converted: String = name.nfkc().collect();
    let mut segments = converted.split(['/', '\\']);
    let leaves =
        converted.starts_with(['/', '\\']) || segments.any(|segment| segment == "." || segment == "..");
    if !leaves {
        return Ok(());
    }
    let cause = first_that_becomes(name, &['/', '\\', '.']).unwrap_or('/');
    Err(FileNameError::LookAlike(cause.into()))
}

/// The first character of `name` beyond ASCII whose compatibility form holds one of `targets`.
fn first_that_becomes(name: &str, targets: &[char]) -> Option<char> {
    name.chars().find(|c| becomes(*c, targets))
}

/// Whether `c` is beyond ASCII and its compatibility form holds one of `targets`.
pub(super) fn becomes(c: char, targets: &[char]) -> bool {
    !c.is_ascii() && [c].into_iter().nfkc().any(|part| targets.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::super::FileName;
    use super::*;
    use FileNameError::{
        ControlCharacter, Device, ExtensionCharacter, Length, LookAlike, NoExtension, OuterSpaceOrDot,
        RefusedCharacter, TooManyMarks, Unseen,
    };
    use proptest::prelude::*;

    #[test]
    fn refuses_names_that_would_break_or_deceive_someone_downstream() {
        for (input, expected) in [
            ("", Length),
            ("a\u{0}.pdf", ControlCharacter('\0'.into())),
            ("a\r\n.pdf", ControlCharacter('\r'.into())),
            ("a\u{600}.pdf", ControlCharacter('\u{600}'.into())),
            ("a\u{2028}.pdf", ControlCharacter('\u{2028}'.into())),
            ("a\u{2029}.pdf", ControlCharacter('\u{2029}'.into())),
            ("a\u{e000}.pdf", ControlCharacter('\u{e000}'.into())),
            ("a\u{378}.pdf", ControlCharacter('\u{378}'.into())),
            ("../a.pdf", RefusedCharacter('/'.into())),
            ("a\\b.pdf", RefusedCharacter('\\'.into())),
            ("C:a.pdf", RefusedCharacter(':'.into())),
            ("a<.pdf", RefusedCharacter('<'.into())),
            ("a>.pdf", RefusedCharacter('>'.into())),
            ("a|.pdf", RefusedCharacter('|'.into())),
            ("a*.pdf", RefusedCharacter('*'.into())),
            ("a?.pdf", RefusedCharacter('?'.into())),
            ("a\".pdf", RefusedCharacter('"'.into())),
            ("\u{ff02}a\u{ff02}.pdf", RefusedCharacter('\u{ff02}'.into())),
            (" a.pdf", OuterSpaceOrDot(' '.into())),
            ("a.pdf ", OuterSpaceOrDot(' '.into())),
            ("a.pdf.", OuterSpaceOrDot('.'.into())),
            (".pdf", OuterSpaceOrDot('.'.into())),
            ("\u{a0}a.pdf", OuterSpaceOrDot('\u{a0}'.into())),
            ("\u{3000}a.pdf", OuterSpaceOrDot('\u{3000}'.into())),
            ("pdf", NoExtension),
            ("a..b.", OuterSpaceOrDot('.'.into())),
            ("a.p df", ExtensionCharacter(' '.into())),
            ("a.pdf\u{301}", ExtensionCharacter('\u{301}'.into())),
            ("a.\u{440}df", ExtensionCharacter('\u{440}'.into())),
        ] {
            assert_eq!(FileName::parse(input), Err(expected), "{input:?}");
        }
        let long = format!("a.{}", "b".repeat(33));
        assert_eq!(FileName::parse(&long), Err(NoExtension));
    }

    #[test]
    fn refuses_names_with_something_in_them_that_cannot_be_seen() {
        for (input, c) in [
            ("exe\u{202e}fdp.pdf", '\u{202e}'),
            ("a\u{200b}.pdf", '\u{200b}'),
            ("a\u{feff}.pdf", '\u{feff}'),
            ("a\u{ad}.pdf", '\u{ad}'),
            ("a\u{34f}.pdf", '\u{34f}'),
            ("a\u{115f}.pdf", '\u{115f}'),
            ("\u{3164}.pdf", '\u{3164}'),
            ("a\u{2800}.pdf", '\u{2800}'),
            ("\u{645}\u{6cc}\u{200c}\u{62e}.pdf", '\u{200c}'),
            ("\u{1f468}\u{200d}\u{1f467}.pdf", '\u{200d}'),
            ("a\u{fe0f}.pdf", '\u{fe0f}'),
            ("1\u{fe0f}.pdf", '\u{fe0f}'),
            ("\u{3042}\u{e0100}.pdf", '\u{e0100}'),
            ("a.p\u{200b}df", '\u{200b}'),
        ] {
            assert_eq!(FileName::parse(input), Err(Unseen(c.into())), "{input:?}");
        }
        for input in [
            "\u{2764}\u{fe0f}.pdf",
            "1\u{fe0f}\u{20e3}.pdf",
            "\u{845b}\u{e0100}.pdf",
            "\u{1820}\u{180b}.pdf",
        ] {
            assert_eq!(FileName::parse(input).expect(input).as_str(), input);
        }
    }

    #[test]
    fn accepts_full_width_forms_as_they_are_written_in_japan() {
        for input in [
            "議事録：第１回.pdf",
            "請求書／領収書.pdf",
            "本当ですか？.pdf",
            "見積＼控え.pdf",
            "（最終）＜確認済＞＊｜.pdf",
            "一．二．三.pdf",
            "．隠し.pdf",
            "a／／b.pdf",
            "a／...／b.pdf",
            "℀.pdf",
        ] {
            assert_eq!(FileName::parse(input).expect(input).as_str(), input);
        }
    }

    #[test]
    fn refuses_names_whose_compatibility_form_is_a_path_out_of_its_directory() {
        for (input, c) in [
            ("／etc／a.pdf", '／'),
            ("＼＼server＼a.pdf", '＼'),
            ("\u{fe68}a.pdf", '\u{fe68}'),
            ("a／..／b.pdf", '／'),
            ("a＼.＼b.pdf", '＼'),
            ("．．／a.pdf", '．'),
            ("．／a.pdf", '．'),
            ("‥／a.pdf", '‥'),
            ("a／‥＼b.pdf", '／'),
            ("a＼\u{2024}\u{2024}／b.pdf", '＼'),
        ] {
            assert_eq!(FileName::parse(input), Err(LookAlike(c.into())), "{input:?}");
        }
    }

    #[test]
    fn refuses_an_extension_that_only_the_compatibility_form_has() {
        for (input, c) in [
            ("a．pdf", '．'),
            ("a\u{2024}pdf", '\u{2024}'),
            ("a.ｐdf", 'ｐ'),
            ("a.pdf．ｅxe", '．'),
            ("a.exe\u{2025}.pdf.ｅxe", 'ｅ'),
        ] {
            assert_eq!(
                FileName::parse(input),
                Err(ExtensionCharacter(c.into())),
                "{input:?}"
            );
        }
    }

    #[test]
    fn refuses_the_names_of_dos_devices() {
        let numbered = ["COM", "LPT"].map(|port| {
            "123456789\u{b9}\u{b2}\u{b3}"
                .chars()
                .map(move |n| format!("{port}{n}"))
        });
        let named = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].map(str::to_owned);
        for device in named.into_iter().chain(numbered.into_iter().flatten()) {
            for input in [
                format!("{device}.pdf"),
                format!("{}.pdf", device.to_lowercase()),
                format!("{device}  .pdf"),
                format!("{device}.tar.gz"),
                format!("{device} .a b.gz"),
            ] {
                let expected = DEVICES.iter().find(|known| **known == device).expect("listed");
                assert_eq!(FileName::parse(&input), Err(Device(expected)), "{input:?}");
            }
        }
        for input in [
            "CONTRACT.pdf",
            "CON-1.pdf",
            "a.CON.pdf",
            "a CON.pdf",
            "COM0.pdf",
            "COM10.pdf",
            "LPT.pdf",
            "CONIN.pdf",
            "ＣＯＮ.pdf",
            "C\u{d4}N.pdf",
            "COM\u{2074}.pdf",
            "CON\u{3000}.pdf",
        ] {
            assert!(FileName::parse(input).is_ok(), "{input:?}");
        }
    }

    #[test]
    fn refuses_more_than_eight_combining_characters_in_a_row() {
        let marks = |count: usize| "\u{325}".repeat(count);
        for (input, expected) in [
            (format!("q{}.pdf", marks(8)), Ok(())),
            (format!("q{}.pdf", marks(9)), Err(TooManyMarks('\u{325}'.into()))),
            (format!("q{}q{}.pdf", marks(8), marks(8)), Ok(())),
            (
                format!("q{}\u{20dd}.pdf", marks(8)),
                Err(TooManyMarks('\u{20dd}'.into())),
            ),
            (
                format!("\u{928}{}\u{93e}.pdf", marks(8)),
                Err(TooManyMarks('\u{93e}'.into())),
            ),
            // NFC makes one character of the letter and the first of them.
            (format!("e\u{301}{}.pdf", "\u{30d}".repeat(8)), Ok(())),
            (format!("\u{1f600}\u{fe0f}{}.pdf", marks(7)), Ok(())),
            (
                format!("\u{1f600}\u{fe0f}{}.pdf", marks(8)),
                Err(TooManyMarks('\u{325}'.into())),
            ),
        ] {
            assert_eq!(FileName::parse(&input).map(drop), expected, "{input:?}");
        }
    }

    #[test]
    fn an_error_says_which_character_and_why() {
        for (input, expected) in [
            (
                "a/b.pdf",
                "must not hold U+002F SOLIDUS, because file systems or headers give it a meaning",
            ),
            (
                "a\u{200b}.pdf",
                "must not hold U+200B ZERO WIDTH SPACE, because it cannot be seen",
            ),
            ("a.pdf ", "must not begin or end with U+0020 SPACE"),
            (
                "nul.pdf",
                "must not be NUL before the first dot, because Windows takes that for a device",
            ),
            (
                "a.ｐdf",
                "must have an extension of ASCII letters and digits after a full stop, without U+FF50",
            ),
            (
                "／a.pdf",
                "must not be a path in its compatibility form, as U+FF0F FULLWIDTH SOLIDUS makes it one",
            ),
        ] {
            let error = FileName::parse(input).expect_err(input);
            assert_eq!(error.to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn the_compatibility_form_of_a_name_has_its_extension(text in "\\PC{1,20}\\.[a-zA-Z0-9]{1,4}") {
            if let Ok(name) = FileName::parse(&text) {
                let converted: String = name.as_str().nfkc().collect();
                let (_, extension) = converted.rsplit_once('.').expect("a full stop");
                prop_assert_eq!(Extension::parse(extension), Ok(name.extension().clone()));
            }
        }
    }
}
