//! The headers that an upload must carry.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::configuration::Scope;
use crate::file::File;
use crate::options::Options;
use crate::readings::FileNameHeader;

/// The model's `UrlMetadataSignedHeadersValue` ends here.
const VALUE_LIMIT_CHARS: usize = 256;

/// What cannot stand between the quotes of `filename="..."`, beside everything beyond ASCII.
const QUOTED: &AsciiSet = &CONTROLS.add(b'"').add(b'\\').add(b'%');

/// What may stand bare in an `ext-value` of RFC 5987, less the rarer characters.
const EXT_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Everything that `HeadersToInclude` names.
///
/// Connect's own set has not been published; this is the one of the chat sibling, with a case in place of
/// the contact where the file belongs to a case.
pub(crate) fn upload_headers(options: &Options, scope: Scope, file: &File) -> Vec<(String, String)> {
    let resource_id = file.resource_arn.rsplit('/').next().unwrap_or_default();
    let resource_headers: &[&str] = match scope {
        Scope::Case => &["x-amz-meta-case_id"],
        Scope::Chat | Scope::Email | Scope::Task => {
            &["x-amz-meta-contact_id", "x-amz-meta-initial_contact_id"]
        }
    };
    let disposition = content_disposition(&file.name, options.readings.file_name_header);
    let common = [
        ("Content-Disposition", disposition),
        ("Content-Length", file.size_bytes.to_string()),
        ("Content-Type", content_type(&file.name).to_owned()),
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

/// `attachment` under the file's name, the name cut where the value would leave the model's length.
pub(crate) fn content_disposition(file_name: &str, reading: FileNameHeader) -> String {
    let (start, end) = match reading {
        FileNameHeader::Rfc5987 if !file_name.is_ascii() => ("attachment; filename*=UTF-8''", ""),
        _ => ("attachment; filename=\"", "\""),
    };
    let room = VALUE_LIMIT_CHARS - start.len() - end.len();
    let mut name = String::new();
    let mut length = 0;
    for character in file_name.chars() {
        let piece = encode(character, file_name, reading);
        length += piece.chars().count();
        if length > room {
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

fn content_type(file_name: &str) -> &'static str {
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "csv" => "text/csv",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "heic" => "image/heic",
        "jfif" | "jpeg" | "jpg" => "image/jpeg",
        "mov" => "video/quicktime",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "rtf" => "application/rtf",
        "txt" => "text/plain",
        "wav" => "audio/wav",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
