//! An absolute https URL that leads where it reads, or an http URL on this machine.

use std::fmt;

use url::{Host, ParseError, Position, Url};

/// An https URL, or an http URL on a literal loopback address, without user information and fragment.
///
/// INVARIANT: the text is the parsed URL's own serialisation, but for an empty path and a default port that is written
/// out. `url` repairs `0x7f.1`, tabs and backslashes as browsers do, so the URL would lead elsewhere than it reads.
/// `localhost` is a name, so plain http does not reach it. Source: WHATWG URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrictUrl {
    text: Box<str>,
    url: Url,
}

/// Why a text is not a [`StrictUrl`]. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// A text that the URL standard cannot parse, or port 0.
    #[error("URL cannot be parsed: {0}")]
    Malformed(ParseError),
    /// A text that a URL parser would repair.
    #[error(
        "URL is not spelled as URL parsers write it: lower-case host in ASCII, encoded path without `..`"
    )]
    Spelling,
    /// A scheme other than `https` and `http`.
    #[error("URL does not start with `https://`")]
    Scheme,
    /// `http` to anything but a literal loopback address.
    #[error("URL is plain http, and its host is not a literal loopback address")]
    PlainHttp,
    /// A part in front of an `@`.
    #[error("URL has user information")]
    UserInfo,
    /// A part behind a `#`.
    #[error("URL has a fragment")]
    Fragment,
    /// A host that is neither an IP address nor a DNS name of at most 253 characters.
    #[error("URL has no valid host name")]
    Host,
}

impl StrictUrl {
    /// The URL in `text`.
    ///
    /// # Errors
    /// The first [`UrlError`] met.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => UrlError::Scheme,
            error => UrlError::Malformed(error),
        })?;
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        if !is_serialisation(text, &url, is_https) {
            return Err(UrlError::Spelling);
        }
        if url.port() == Some(0) {
            return Err(UrlError::Malformed(ParseError::InvalidPort));
        }
        if matches!(url.host(), Some(Host::Domain(name)) if !is_dns_name(name)) {
            return Err(UrlError::Host);
        }
        let text = text.into();
        let parsed = Self { text, url };
        if is_https || parsed.is_loopback() {
            Ok(parsed)
        } else {
            Err(UrlError::PlainHttp)
        }
    }

    /// The URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port, without a default port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.url[..Position::AfterPort]
    }

    /// The host: a lower-case DNS name, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether the URL begins with `https://` and has no other port than 443.
    #[must_use]
    pub(crate) fn is_https_on_default_port(&self) -> bool {
        self.url.scheme() == "https" && self.url.port().is_none()
    }

    /// Whether the host is an IP address.
    #[must_use]
    pub fn is_ip_address(&self) -> bool {
        matches!(self.url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
    }

    /// Whether the host is a literal loopback address: in `127.0.0.0/8`, or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(_)) | None => false,
        }
    }

    /// Whether nothing follows host and port.
    #[must_use]
    pub(crate) fn is_origin(&self) -> bool {
        self.url.path() == "/" && self.url.query().is_none() && !self.text.ends_with('/')
    }
}

impl fmt::Display for StrictUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `text` is how `url` is written, with an empty path or with its default port.
fn is_serialisation(text: &str, url: &Url, is_https: bool) -> bool {
    let default_port = if is_https { ":443" } else { ":80" };
    let Some(rest) = text.strip_prefix(&url[..Position::AfterPort]) else {
        return false;
    };
    let rest = rest.strip_prefix(default_port).unwrap_or(rest);
    let tail = &url[Position::BeforePath..];
    rest == tail || tail.strip_prefix('/') == Some(rest)
}

/// Labels of letters, digits and inner hyphens; underscores too, because old buckets of S3 have them.
fn is_dns_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::ParseError::{EmptyHost, InvalidIpv4Address, InvalidIpv6Address, InvalidPort};

    use super::UrlError::{Fragment, Host, Malformed, PlainHttp, Scheme, Spelling, UserInfo};
    use super::*;

    #[test]
    fn accepts_https_and_literal_loopback() {
        for (text, origin, is_ip_address, is_loopback) in [
            (
                "https://login.example.com",
                "https://login.example.com",
                false,
                false,
            ),
            (
                "https://login.example.com/",
                "https://login.example.com",
                false,
                false,
            ),
            (
                "https://login.example.com:8443/a/b?p=policy",
                "https://login.example.com:8443",
                false,
                false,
            ),
            (
                "https://login.example.com?p",
                "https://login.example.com",
                false,
                false,
            ),
            (
                "https://login.example.com:443/a",
                "https://login.example.com",
                false,
                false,
            ),
            ("https://localhost/keys", "https://localhost", false, false),
            (
                "https://127.example.com/",
                "https://127.example.com",
                false,
                false,
            ),
            (
                "https://xn--mnchen-3ya.example",
                "https://xn--mnchen-3ya.example",
                false,
                false,
            ),
            (
                "https://my_bucket.s3.amazonaws.com",
                "https://my_bucket.s3.amazonaws.com",
                false,
                false,
            ),
            ("https://192.0.2.1", "https://192.0.2.1", true, false),
            ("https://[2001:db8::1]/", "https://[2001:db8::1]", true, false),
            ("http://127.0.0.1:4520", "http://127.0.0.1:4520", true, true),
            ("http://127.8.9.10/", "http://127.8.9.10", true, true),
            ("http://127.0.0.1:80/", "http://127.0.0.1", true, true),
            ("http://[::1]:4520/keys", "http://[::1]:4520", true, true),
            (
                "https://127.0.0.1:4520/keys",
                "https://127.0.0.1:4520",
                true,
                true,
            ),
        ] {
            let url = StrictUrl::parse(text).expect(text);
            assert_eq!((url.as_str(), url.origin()), (text, origin));
            assert_eq!(
                (url.is_ip_address(), url.is_loopback()),
                (is_ip_address, is_loopback),
                "{text}"
            );
        }
        for name in ["a".repeat(63), format!("{}abc", "a.".repeat(121))] {
            assert!(
                StrictUrl::parse(&format!("https://{name}.example")).is_ok(),
                "{name}"
            );
        }
    }

    #[test]
    fn refuses_what_leads_elsewhere_than_it_reads() {
        for (text, expected) in [
            ("http://login.example.com/", PlainHttp),
            ("http://localhost/", PlainHttp),
            ("http://127.0.0.1.example.com/", PlainHttp),
            ("http://10.0.0.1", PlainHttp),
            ("http://0.0.0.0/", PlainHttp),
            ("http://169.254.169.254", PlainHttp),
            ("http://[::]/", PlainHttp),
            ("http://[::ffff:7f00:1]/", PlainHttp),
            ("http://[::ffff:127.0.0.1]/", Spelling),
            ("http://[0:0:0:0:0:0:0:1]", Spelling),
            ("http://0x7f.1/", Spelling),
            ("http://0x7f000001/", Spelling),
            ("http://2130706433/", Spelling),
            ("http://127.1/", Spelling),
            ("http://0177.0.0.1/", Spelling),
            ("http://127.0.0.1.", Spelling),
            ("https://example.0x/", Malformed(InvalidIpv4Address)),
            ("https://[::1/", Malformed(InvalidIpv6Address)),
            ("https://[::1]x/", Malformed(InvalidIpv6Address)),
            ("https://[fe80::1%25eth0]/", Malformed(InvalidIpv6Address)),
            ("https://user@login.example.com/", UserInfo),
            ("https://login.example.com:pw@evil.example/", UserInfo),
            ("http://127.0.0.1:80@evil.example/", UserInfo),
            ("https://@login.example.com/", Spelling),
            ("https://login.example.com/#x", Fragment),
            ("https://login.example.com#@127.0.0.1/", Fragment),
            ("https://evil.example#.s3.amazonaws.com/key", Fragment),
            ("https://login.example.com\\@evil.example/", Spelling),
            ("https://evil.example\\.s3.amazonaws.com/key", Spelling),
            ("https://login.example.com/a b", Spelling),
            ("https://login.example.com/a/../b", Spelling),
            ("https://login.example.com/%2e%2E/b", Spelling),
            ("https://login.example.com/\n", Spelling),
            ("https://login.\texample.com/", Spelling),
            (" https://login.example.com/", Spelling),
            ("https://l\u{f6}gin.example.com/", Spelling),
            ("https://s3.\u{430}mazonaws.com", Spelling),
            ("https://Login.example.com/", Spelling),
            ("HTTPS://login.example.com/", Spelling),
            ("https:/login.example.com/", Spelling),
            ("https:login.example.com", Spelling),
            ("https:///keys", Spelling),
            ("https://login%2eexample.com/", Spelling),
            ("//login.example.com/", Scheme),
            ("login.example.com", Scheme),
            ("", Scheme),
            ("null", Scheme),
            ("file:///etc/passwd", Scheme),
            ("ftp://login.example.com/", Scheme),
            ("ws://localhost", Scheme),
            ("javascript://s3.amazonaws.com", Scheme),
            ("data:text/html,x", Scheme),
            ("https://", Malformed(EmptyHost)),
            ("https://login..example.com/", Host),
            ("https://login.example.com./", Host),
            ("https://.amazonaws.com", Host),
            ("https://-login.example.com/", Host),
            ("https://login-.example.com/", Host),
            ("https://*.example.com", Host),
            ("https://login.example.com:/", Spelling),
            ("https://login.example.com:0443/", Spelling),
            ("https://login.example.com:0/", Malformed(InvalidPort)),
            ("https://login.example.com:65536/", Malformed(InvalidPort)),
            ("https://login.example.com:+443/", Malformed(InvalidPort)),
            ("https://login.example.com:443:443/", Malformed(InvalidPort)),
        ] {
            assert_eq!(StrictUrl::parse(text).err(), Some(expected), "{text:?}");
        }
        for name in ["a".repeat(64), format!("{}abcd", "a.".repeat(121))] {
            assert_eq!(
                StrictUrl::parse(&format!("https://{name}.example")).err(),
                Some(Host),
                "{name}"
            );
        }
    }

    #[test]
    fn an_origin_has_nothing_behind_host_and_port() {
        for (text, is_origin, is_plain) in [
            ("https://a.example", true, true),
            ("https://a.example:443", true, true),
            ("https://a.example:8443", true, false),
            ("https://a.example/", false, true),
            ("https://a.example/a", false, true),
            ("https://a.example?a", false, true),
            ("https://a.example/?a=/", false, true),
            ("http://127.0.0.1", true, false),
        ] {
            let url = StrictUrl::parse(text).expect(text);
            assert_eq!(
                (url.is_origin(), url.is_https_on_default_port()),
                (is_origin, is_plain),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_read_by_url_as_it_is_written(text in "https?://[a-z0-9.:@\\\\\\[\\]/?#%_ A-Z]{1,20}") {
            if let Ok(url) = StrictUrl::parse(&text) {
                prop_assert_eq!(url.to_string(), text.clone());
                let (origin, host) = (url.origin(), url.host());
                prop_assert!(text.starts_with(origin) && origin.contains(host), "{origin} {host}");
            }
        }
    }
}
