//! The upload ticket: a presigned URL and its headers, checked before the caller sees them.

mod expiry;

use std::fmt;
use std::time::SystemTime;

use self::expiry::expiry_of;
use crate::upload::FileId;
use crate::upload_hosts::UploadHosts;

/// Connect's answer to `StartAttachedFileUpload`, unchecked. Every member is optional in the model.
#[derive(Default)]
pub struct StartReply {
    /// `FileId`.
    pub file_id: Option<String>,
    /// `UploadUrlMetadata.Url`.
    pub url: Option<String>,
    /// `UploadUrlMetadata.HeadersToInclude`.
    pub headers: Vec<(String, String)>,
    /// `UploadUrlMetadata.UrlExpiry`.
    pub url_expiry: Option<SystemTime>,
}

/// Why Connect's answer cannot be used. Carries nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The answer does not have the shape of the service's model.
    #[error("it does not have the shape of the service's model")]
    Malformed,
    /// The file id is missing or malformed.
    #[error("it has no file id")]
    NoFileId,
    /// The URL is missing.
    #[error("it has no URL")]
    NoUrl,
    /// The URL points to a host that may not receive files.
    #[error("the URL is not https on an allowed upload host")]
    ForeignUrl,
    /// A header's name is not an RFC 9110 token, or occurs twice.
    #[error("a header's name is unusable")]
    HeaderName,
    /// A header's value is empty, too long, or holds a control character or an outer space.
    #[error("a header's value is unusable")]
    HeaderValue,
    /// A header's value is not ASCII, perhaps because of the file's name.
    #[error("a header's value is not ASCII")]
    HeaderNotAscii,
}

/// A presigned URL. Its `Debug` is redacted, because everyone who has the URL can upload.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(Box<str>);

impl PresignedUrl {
    /// The URL, for the caller alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresignedUrl([redacted])")
    }
}

/// Headers that the upload must carry, except those that only browsers set. `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadHeaders(Vec<(Box<str>, Box<str>)>);

impl UploadHeaders {
    /// Name and value of each, as Connect gave them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl fmt::Debug for UploadHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadHeaders({} of them, [redacted])", self.0.len())
    }
}

/// Everything that the caller needs to send the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadTicket {
    /// The URL that takes the file.
    pub url: PresignedUrl,
    /// The headers of the upload.
    pub headers: UploadHeaders,
    /// When the URL expires, if that is known.
    pub expires_at: Option<SystemTime>,
    /// The file's id.
    pub file_id: FileId,
}

impl UploadTicket {
    /// The ticket in `reply`, if all of it can be used.
    ///
    /// # Errors
    /// The first [`ReplyError`] that holds.
    pub fn check(reply: StartReply, hosts: &UploadHosts) -> Result<Self, ReplyError> {
        let file_id = reply
            .file_id
            .as_deref()
            .and_then(FileId::parse)
            .ok_or(ReplyError::NoFileId)?;
        let url = reply.url.filter(|url| !url.is_empty()).ok_or(ReplyError::NoUrl)?;
        if !hosts.allow(&url) {
            return Err(ReplyError::ForeignUrl);
        }
        let headers = check_headers(reply.headers)?;
        let expires_at = reply.url_expiry.or_else(|| expiry_of(&url));
        Ok(Self {
            url: PresignedUrl(url.into()),
            headers,
            expires_at,
            file_id,
        })
    }
}

fn check_headers(headers: Vec<(String, String)>) -> Result<UploadHeaders, ReplyError> {
    let mut kept: Vec<(Box<str>, Box<str>)> = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        check_name(&name)?;
        check_value(&value)?;
        if kept.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            return Err(ReplyError::HeaderName);
        }
        if !is_set_by_browsers_alone(&name) {
            kept.push((name.into(), value.into()));
        }
    }
    kept.sort();
    Ok(UploadHeaders(kept))
}

/// Source: RFC 9110, section 5.6.2, `token`; at most 128 bytes in Connect's model.
fn check_name(name: &str) -> Result<(), ReplyError> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let fits = (1..=128).contains(&name.len()) && name.bytes().all(is_token);
    if fits { Ok(()) } else { Err(ReplyError::HeaderName) }
}

fn check_value(value: &str) -> Result<(), ReplyError> {
    if !value.is_ascii() {
        return Err(ReplyError::HeaderNotAscii);
    }
    let fits = (1..=256).contains(&value.len())
        && value.bytes().all(|b| (0x20..=0x7e).contains(&b))
        && value.trim_matches(' ').len() == value.len();
    if fits {
        Ok(())
    } else {
        Err(ReplyError::HeaderValue)
    }
}

/// Names that scripts cannot set. Source: Fetch standard, "forbidden request-header".
fn is_set_by_browsers_alone(name: &str) -> bool {
    const FORBIDDEN: [&str; 22] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.to_ascii_lowercase();
    FORBIDDEN.contains(&name.as_str()) || ["proxy-", "sec-"].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const URL: &str = "https://bucket.s3.eu-west-1.amazonaws.com/k?X-Amz-Date=20261122T101500Z&X-Amz-Expires=300&X-Amz-Signature=5";

    fn reply() -> StartReply {
        StartReply {
            file_id: Some("8f1c0c3e-6f4e-4c5a-9f58-6a1d0a1f7a10".into()),
            url: Some(URL.into()),
            headers: vec![
                ("Content-Type".into(), "application/pdf".into()),
                ("content-length".into(), "5".into()),
                ("x-amz-acl".into(), "bucket-owner-full-control".into()),
            ],
            url_expiry: None,
        }
    }

    fn checked(reply: StartReply) -> Result<UploadTicket, ReplyError> {
        UploadTicket::check(reply, &UploadHosts::default())
    }

    #[test]
    fn keeps_what_connect_returned_less_what_browsers_forbid() {
        let ticket = checked(reply()).expect("usable");
        assert_eq!(ticket.url.expose(), URL);
        let headers: Vec<_> = ticket.headers.iter().collect();
        let expected = [
            ("Content-Type", "application/pdf"),
            ("x-amz-acl", "bucket-owner-full-control"),
        ];
        assert_eq!(headers, expected);
    }

    #[test]
    fn only_names_that_scripts_may_set_are_kept() {
        for (name, is_kept) in [
            ("Host", false),
            ("Via", false),
            ("Proxy-Authorization", false),
            ("Sec-Fetch-Site", false),
            ("Set-Cookie", false),
            ("x-amz-proxy-sec-", true),
            ("Authorization", true),
            ("proxy", true),
            ("viable", true),
        ] {
            let headers = vec![(name.to_owned(), "x".to_owned())];
            let ticket = checked(StartReply { headers, ..reply() }).expect("usable");
            assert_eq!(ticket.headers.iter().count(), usize::from(is_kept), "{name}");
        }
    }

    #[test]
    fn hands_out_nothing_of_an_unusable_reply() {
        use ReplyError::{ForeignUrl, HeaderName, HeaderNotAscii, HeaderValue, NoFileId, NoUrl};
        let header = |name: &str, value: &str| {
            let mut reply = reply();
            reply.headers.push((name.into(), value.into()));
            reply
        };
        for (what, reply, expected) in [
            (
                "no id",
                StartReply {
                    file_id: None,
                    ..reply()
                },
                NoFileId,
            ),
            (
                "empty id",
                StartReply {
                    file_id: Some(String::new()),
                    ..reply()
                },
                NoFileId,
            ),
            ("no URL", StartReply { url: None, ..reply() }, NoUrl),
            (
                "http",
                StartReply {
                    url: Some(URL.replace("https", "http")),
                    ..reply()
                },
                ForeignUrl,
            ),
            ("empty name", header("", "x"), HeaderName),
            ("space in name", header("x y", "x"), HeaderName),
            ("CRLF in name", header("x\r\ny", "x"), HeaderName),
            ("the same name twice", header("CONTENT-TYPE", "x"), HeaderName),
            ("empty value", header("x-a", ""), HeaderValue),
            ("CRLF in value", header("x-a", "a\r\nb: c"), HeaderValue),
            ("outer space", header("x-a", " a"), HeaderValue),
            ("too long", header("x-a", &"a".repeat(257)), HeaderValue),
            (
                "forbidden names are checked too",
                header("host", "a\nb"),
                HeaderValue,
            ),
            (
                "not ASCII",
                header("content-disposition", "filename=\"\u{e9}\""),
                HeaderNotAscii,
            ),
        ] {
            assert_eq!(checked(reply).err(), Some(expected), "{what}");
        }
    }

    #[test]
    fn expiry_comes_from_connect_then_from_the_url() {
        let at = |secs| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(secs));
        let with_url = |url: &str| StartReply {
            url: Some(url.into()),
            ..reply()
        };
        for (reply, expected) in [
            (reply(), at(1_795_342_500 + 300)),
            (
                StartReply {
                    url_expiry: at(7),
                    ..reply()
                },
                at(7),
            ),
            (
                with_url(&URL.replace("20261122T101500Z", "20240229T000000Z")),
                at(1_709_164_800 + 300),
            ),
            (
                with_url(&URL.replace("20261122T101500Z", "2026-11-22T10:15")),
                None,
            ),
            (
                with_url(&URL.replace("20261122T101500Z", "20261322T101500Z")),
                None,
            ),
            (with_url(&URL.replace("=300", "=-1")), None),
            (with_url("https://s3.amazonaws.com/k"), None),
        ] {
            assert_eq!(checked(reply).expect("usable").expires_at, expected);
        }
    }

    #[test]
    fn debug_shows_neither_url_nor_headers() {
        let UploadTicket { url, headers, .. } = checked(reply()).expect("usable");
        assert_eq!(format!("{url:?}"), "PresignedUrl([redacted])");
        assert_eq!(format!("{headers:?}"), "UploadHeaders(2 of them, [redacted])");
    }
}
