//! Where an upload URL may point.

use crate::byte_set::ByteSet;

/// DNS suffixes of Amazon S3 in the partitions that Connect exists in. Source: botocore `partitions.json`.
const S3_SUFFIXES: [&str; 2] = ["amazonaws.com", "api.aws"];

/// Why an entry of `upload_hosts` cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadHostError {
    /// Not a host name, `*.` and a host name, or scheme, host and port.
    #[error("must be a host, `*.` and a host, or an origin such as https://host:port")]
    Malformed,
    /// Plain http for a host that is no literal loopback address.
    #[error("must not be plain http, except on a literal loopback address")]
    PlainHttp,
}

/// Which hosts may receive files: the entries of `upload_hosts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadHosts(Option<Vec<Entry>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// This host, over https on port 443.
    Host(Box<str>),
    /// Every host below this one, over https on port 443.
    Below(Box<str>),
    /// This scheme, host and port.
    Origin(Box<str>),
}

impl UploadHosts {
    /// The hosts that `entries` name. The default, without entries, is Amazon S3's own.
    ///
    /// # Errors
    /// Each entry that cannot be used, with its position from 0.
    pub fn parse<'a>(
        entries: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Vec<(usize, UploadHostError)>> {
        let (mut parsed, mut faults) = (Vec::new(), Vec::new());
        for (position, entry) in entries.into_iter().enumerate() {
            match Entry::parse(entry) {
                Ok(entry) => parsed.push(entry),
                Err(fault) => faults.push((position, fault)),
            }
        }
        if faults.is_empty() {
            Ok(Self(Some(parsed)))
        } else {
            Err(faults)
        }
    }

    /// Whether a file may be sent to `url`: https on an allowed host, or an allowed origin exactly.
    #[must_use]
    pub fn allow(&self, url: &str) -> bool {
        let Some(target) = Target::of(url) else {
            return false;
        };
        match &self.0 {
            Some(entries) => entries.iter().any(|entry| entry.admits(&target)),
            None => target.is_plain_https() && is_s3(target.host),
        }
    }
}

/// Whether `host` is one of Amazon S3's: below an AWS suffix, with a label `s3` or `s3-*`.
fn is_s3(host: &str) -> bool {
    S3_SUFFIXES.iter().any(|suffix| {
        let above = host.strip_suffix(suffix).and_then(|rest| rest.strip_suffix('.'));
        above.is_some_and(|labels| {
            labels
                .split('.')
                .any(|label| label == "s3" || label.starts_with("s3-"))
        })
    })
}

impl Entry {
    fn parse(text: &str) -> Result<Self, UploadHostError> {
        if let Some((scheme, _)) = text.split_once("://") {
            let target = Target::of(text)
                .filter(|t| t.rest.is_empty())
                .ok_or(UploadHostError::Malformed)?;
            if scheme == "http" && !is_loopback(target.host) {
                return Err(UploadHostError::PlainHttp);
            }
            return Ok(Self::Origin(text.into()));
        }
        let (host, entry): (&str, fn(Box<str>) -> Self) = match text.strip_prefix("*.") {
            Some(host) => (host, Self::Below),
            None => (text, Self::Host),
        };
        let is_usable = is_host(host) && (host.contains('.') || text == host);
        if is_usable {
            Ok(entry(host.into()))
        } else {
            Err(UploadHostError::Malformed)
        }
    }

    fn admits(&self, target: &Target<'_>) -> bool {
        match self {
            Self::Host(host) => target.is_plain_https() && target.host == &**host,
            Self::Below(parent) => {
                let above = target
                    .host
                    .strip_suffix(&**parent)
                    .and_then(|rest| rest.strip_suffix('.'));
                target.is_plain_https() && above.is_some_and(|labels| !labels.is_empty())
            }
            Self::Origin(origin) => target.origin == &**origin,
        }
    }
}

/// A URL taken apart, strictly: what browsers would mend is refused instead.
struct Target<'a> {
    origin: &'a str,
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
    rest: &'a str,
}

impl<'a> Target<'a> {
    fn of(url: &'a str) -> Option<Self> {
        if !URL_BYTES.makes_up(url) {
            return None;
        }
        let (scheme, after) = url.split_once("://")?;
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (
                host,
                Some(port.parse().ok().filter(|p: &u16| p.to_string() == port)?),
            ),
            None => (authority, None),
        };
        let is_usable = matches!(scheme, "https" | "http") && is_host(host);
        (is_usable && (rest.is_empty() || rest.starts_with('/'))).then(|| Self {
            origin: url.get(..scheme.len() + 3 + authority.len()).unwrap_or_default(),
            scheme,
            host,
            port,
            rest,
        })
    }

    fn is_plain_https(&self) -> bool {
        self.scheme == "https" && matches!(self.port, None | Some(443))
    }
}

/// What a URL without a fragment is made of. Source: RFC 3986, section 2.
static URL_BYTES: ByteSet =
    ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@[]!$&'()*+,;=%");

/// Lower-case labels of letters, digits, hyphens and underscores: no user-info, no trailing dot.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Whether `host` is a literal IPv4 loopback address.
fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/key?X-Amz-Signature=1";

    #[test]
    fn by_default_files_go_to_amazon_s3_only() {
        for (origin, allowed) in [
            ("https://bucket.s3.eu-west-1.amazonaws.com", true),
            ("https://bucket.s3.us-gov-west-1.amazonaws.com", true),
            ("https://s3-eu-west-1.amazonaws.com", true),
            ("https://bucket.s3.dualstack.eu-west-1.amazonaws.com:443", true),
            ("https://bucket.s3.eu-west-1.api.aws", true),
            ("http://bucket.s3.eu-west-1.amazonaws.com", false),
            ("https://bucket.s3.eu-west-1.amazonaws.com:8443", false),
            ("https://ec2-1-2-3-4.compute.amazonaws.com", false),
            ("https://amazonaws.com", false),
            ("https://s3.evilamazonaws.com", false),
            ("https://s3.amazonaws.com.evil.example", false),
            ("https://s3.amazonaws.com@evil.example", false),
            ("https://evil.example/s3.amazonaws.com", false),
            ("https://evil.example\\.s3.amazonaws.com", false),
            ("https://evil.example#.s3.amazonaws.com", false),
            ("https://s3.amazonaws.com.", false),
            ("https://S3.amazonaws.com", false),
            ("HTTPS://s3.amazonaws.com", false),
            ("https:s3.amazonaws.com", false),
            ("https://s3.amazonaws.com:0443", false),
            ("https://s3.\u{430}mazonaws.com", false),
            ("javascript://s3.amazonaws.com", false),
            ("https://", false),
        ] {
            assert_eq!(
                UploadHosts::default().allow(&format!("{origin}{PATH}")),
                allowed,
                "{origin}"
            );
        }
        assert!(!UploadHosts::default().allow("https://s3.amazonaws.com/a b"));
        assert!(!UploadHosts::default().allow("https://s3.amazonaws.com?x"));
    }

    #[test]
    fn only_what_a_url_is_made_of_stands_in_one() {
        for b in 0..=u8::MAX {
            let text = char::from(b).to_string();
            let expected = b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b);
            assert_eq!(URL_BYTES.makes_up(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn entries_replace_the_default() {
        let hosts = ["files.example.com", "*.amazonaws.com", "http://127.0.0.1:9000"];
        let hosts = UploadHosts::parse(hosts).expect("usable");
        for (origin, allowed) in [
            ("https://files.example.com", true),
            ("https://files.example.com:443", true),
            ("https://a.files.example.com", false),
            ("https://a.b.amazonaws.com", true),
            ("https://amazonaws.com", false),
            ("https://.amazonaws.com", false),
            ("http://127.0.0.1:9000", true),
            ("http://127.0.0.1:9001", false),
            ("https://127.0.0.1:9000", false),
            ("http://127.0.0.1:9000@evil.example", false),
        ] {
            assert_eq!(hosts.allow(&format!("{origin}{PATH}")), allowed, "{origin}");
        }
    }

    #[test]
    fn faults_are_named_by_position() {
        use UploadHostError::{Malformed, PlainHttp};
        for (entry, expected) in [
            ("*", Malformed),
            ("*.com", Malformed),
            ("a.*.com", Malformed),
            ("*a.example.com", Malformed),
            ("", Malformed),
            ("example.com.", Malformed),
            ("Example.com", Malformed),
            ("https://example.com/path", Malformed),
            ("https://user@example.com", Malformed),
            ("ftp://example.com", Malformed),
            ("http://example.com", PlainHttp),
            ("http://localhost:9000", PlainHttp),
            ("http://169.254.169.254", PlainHttp),
        ] {
            assert_eq!(
                UploadHosts::parse(["ok.example.com", entry]),
                Err(vec![(1, expected)]),
                "{entry}"
            );
        }
    }
}
