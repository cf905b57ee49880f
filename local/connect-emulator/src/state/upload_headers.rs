//! The headers that an upload must carry.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::options::Options;
use crate::readings::FileNameHeader;
use crate::state::configuration::Scope;
use crate::state::file::File;

/// Length limit of the model's `UrlMetadataSignedHeadersValue`.
const VALUE_LIMIT_CHARS: usize = 256;

/// Characters to encode between the quotes of `filename="..."`; everything beyond ASCII is encoded too.
const QUOTED: &AsciiSet = &CONTROLS.add(b'"').add(b'\\').add(b'%');

/// Characters to encode in an `ext-value` of RFC 5987; it allows a few more than these leave.
const EXT_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The headers of `HeadersToInclude`.
///
/// Connect's own set is not published. This is the set of the chat API's attachments, with a case in place of the
/// contact if the file belongs to a case.
pub(crate) fn upload_headers(options: &Options, scope: Scope, file: &File) -> Vec<(String, String)> {
    let resource_id = file
        .associated_resource_arn
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let resource_headers: &[&str] = match scope {
        Scope::Case => &["x-amz-meta-case_id"],
        Scope::Chat | Scope::Email | Scope::Task => {
            &["x-amz-meta-contact_id", "x-amz-meta-initial_contact_id"]
        }
    };
    let disposition = content_disposition(&file.file_name, options.readings.file_name_header);
    let common = [
        ("Content-Disposition", disposition),
        ("Content-Length", file.file_size_in_bytes.to_string()),
        ("Content-Type", content_type(&file.file_name)),
        ("x-amz-acl", "bucket-owner-full-control".to_owned()),
        ("x-amz-meta-account_id", options.account.clone()),
        ("x-amz-meta-organization_id", options.instance_id.clone()),
    ];
    let of_resource = resource_headers
        .iter()
        .map(|name| (*name, resource_id.to_owned()));
    common
        .into_iter()
        .chain(of_resource)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// `attachment` with the file's name, which is cut if the value would exceed the model's length.
pub(crate) fn content_disposition(file_name: &str, reading: FileNameHeader) -> String {
    let (start, end) = match reading {
        FileNameHeader::Rfc5987 if !file_name.is_ascii() => ("attachment; filename*=UTF-8''", ""),
        _ => ("attachment; filename=\"", "\""),
    };
    let limit = VALUE_LIMIT_CHARS - start.len() - end.len();
    let mut name = String::new();
    let mut length = 0;
    for character in file_name.chars() {
        let piece = encode(character, file_name, reading);
        length += piece.chars().count();
        if length > limit {
            break;
        }
        name.push_str(&piece);
    }
    format!("{start}{name}{end}")
}

fn encode(character: char, file_name: &str, reading: FileNameHeader) -> String {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    match reading {
        FileNameHeader::AsIs if !character.is_ascii() => text.to_owned(),
        FileNameHeader::Rfc5987 if !file_name.is_ascii() => utf8_percent_encode(text, EXT_VALUE).to_string(),
        _ => utf8_percent_encode(text, QUOTED).to_string(),
    }
}

fn content_type(file_name: &str) -> String {
    mime_guess::from_path(file_name)
        .first_or_octet_stream()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::configuration::DEFAULT_EXTENSIONS;

    #[test]
    fn knows_the_type_of_every_extension_that_connect_allows_by_default() {
        for extension in DEFAULT_EXTENSIONS {
            assert_ne!(
                content_type(&format!("a.{extension}")),
                "application/octet-stream",
                "{extension}"
            );
        }
        assert_eq!(content_type("A.PDF"), "application/pdf");
        assert_eq!(content_type("a.unknown"), "application/octet-stream");
    }

    #[test]
    fn writes_a_name_into_the_content_disposition_by_the_reading() {
        use FileNameHeader::{AsIs, PercentEncoded, Rfc5987};
        for (name, reading, expected) in [
            (
                "scan 001.pdf",
                PercentEncoded,
                "attachment; filename=\"scan 001.pdf\"",
            ),
            ("scan 001.pdf", Rfc5987, "attachment; filename=\"scan 001.pdf\""),
            ("é.pdf", PercentEncoded, "attachment; filename=\"%C3%A9.pdf\""),
            ("é a.pdf", Rfc5987, "attachment; filename*=UTF-8''%C3%A9%20a.pdf"),
            ("é.pdf", AsIs, "attachment; filename=\"é.pdf\""),
            ("a\"b\\c%.pdf", AsIs, "attachment; filename=\"a%22b%5Cc%25.pdf\""),
        ] {
            assert_eq!(
                content_disposition(name, reading),
                expected,
                "{name} as {reading:?}"
            );
        }
    }

    #[test]
    fn keeps_the_value_within_the_models_length() {
        for reading in [
            FileNameHeader::PercentEncoded,
            FileNameHeader::Rfc5987,
            FileNameHeader::AsIs,
        ] {
            for name in ["a".repeat(256), "語".repeat(256), "é".repeat(256)] {
                let value = content_disposition(&name, reading);
                assert!((248..=256).contains(&value.chars().count()), "{value}");
                let whole = percent_encoding::percent_decode_str(&value).decode_utf8().is_ok();
                assert!(whole, "the last escape is cut: {value}");
            }
        }
    }
}
