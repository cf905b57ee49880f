//! The hosts that may receive files.

use crate::byte_set::ByteSet;
use crate::strict_url::{StrictUrl, UrlError};

/// DNS suffix of Amazon S3 in both partitions of Connect, `aws` and `aws-us-gov`.
/// Source: botocore `partitions.json`.
const S3_SUFFIX: &str = ".amazonaws.com";

/// Suffix of access point aliases, which can be used like bucket names.
const ACCESS_POINT_ALIASES: [&str; 2] = ["-s3alias", "--ol-s3"];

/// Why an entry of `upload_hosts` cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadHostError {
    /// Not a host name, `*.` and a host name, or scheme, host and port.
    #[error("must be a host, `*.` and a host, or an origin such as https://host:port")]
    Malformed,
    /// Plain http to a host that is not a literal loopback address.
    #[error("must not be plain http, except on a literal loopback address")]
    PlainHttp,
}

/// The hosts that may receive files: the entries of `upload_hosts`.
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
        let Some(target) = origin_of(url) else {
            return false;
        };
        match &self.0 {
            Some(entries) => entries.iter().any(|entry| entry.admits(&target)),
            None => target.is_https_on_default_port() && is_s3(target.host()),
        }
    }
}

/// The origin of an upload URL, which has a path. The path and the query are only checked byte by byte, because a
/// presigned URL has a kilobyte of them.
fn origin_of(url: &str) -> Option<StrictUrl> {
    let (scheme, rest) = url.split_once("://").filter(|_| URL_BYTES.makes_up(url))?;
    let path = scheme.len() + 3 + rest.find('/')?;
    let origin = StrictUrl::parse(url.get(..path)?).ok()?;
    origin.is_origin().then_some(origin)
}

/// Whether `host` is an endpoint of Amazon S3, with or without a bucket before it. Websites and access points do not
/// count.
///
/// INVARIANT: the whole host has one of these forms; a label `s3-...` elsewhere may be somebody's load balancer.
/// Source: AWS General Reference, "Amazon S3 endpoints and quotas".
fn is_s3(host: &str) -> bool {
    let Some(labels) = host.strip_suffix(S3_SUFFIX) else {
        return false;
    };
    let above_region = labels
        .rsplit_once('.')
        .filter(|(_, last)| is_region(last))
        .map(|(above, _)| above);
    let forms: &[&str] = match above_region {
        Some(_) => &["s3.dualstack", "s3-fips.dualstack", "s3", "s3-fips"],
        None => &["s3-accelerate.dualstack", "s3-accelerate", "s3"],
    };
    let endpoint = above_region.unwrap_or(labels);
    forms.iter().any(|form| is_of_form(endpoint, form)) || is_of_old_regional_form(labels)
}

/// Whether `labels` are `form`, or a bucket, a dot and `form`.
fn is_of_form(labels: &str, form: &str) -> bool {
    labels
        .strip_suffix(form)
        .is_some_and(|above| above.is_empty() || above.strip_suffix('.').is_some_and(is_bucket))
}

/// Whether `labels` are `s3-REGION`, or a bucket before it.
fn is_of_old_regional_form(labels: &str) -> bool {
    let (bucket, last) = labels
        .rsplit_once('.')
        .map_or((None, labels), |(bucket, last)| (Some(bucket), last));
    last.strip_prefix("s3-").is_some_and(is_region) && bucket.is_none_or(is_bucket)
}

/// `eu-west-1`, `us-gov-west-1`: two letters, one or two words, a digit.
fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else {
        return false;
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit());
    let country = words.split('-').next().unwrap_or_default();
    let has_words = matches!(words.split('-').count(), 2 | 3) && words.split('-').all(is_word);
    is_number && country.len() == 2 && has_words
}

/// Name of a bucket, and not the alias of an access point. Source: S3 User Guide, "General purpose bucket naming rules".
fn is_bucket(text: &str) -> bool {
    (3..=63).contains(&text.len()) && !ACCESS_POINT_ALIASES.iter().any(|end| text.ends_with(end))
}

impl Entry {
    fn parse(text: &str) -> Result<Self, UploadHostError> {
        if text.contains("://") {
            let url = StrictUrl::parse(text).map_err(|error| match error {
                UrlError::PlainHttp => UploadHostError::PlainHttp,
                _ => UploadHostError::Malformed,
            })?;
            let origin = url.is_origin().then(|| Self::Origin(url.origin().into()));
            return origin.ok_or(UploadHostError::Malformed);
        }
        let (host, entry): (&str, fn(Box<str>) -> Self) = match text.strip_prefix("*.") {
            Some(host) => (host, Self::Below),
            None => (text, Self::Host),
        };
        let is_host = StrictUrl::parse(&format!("https://{host}")).is_ok_and(|url| url.host() == host);
        if is_host && (host.contains('.') || text == host) {
            Ok(entry(host.into()))
        } else {
            Err(UploadHostError::Malformed)
        }
    }

    fn admits(&self, target: &StrictUrl) -> bool {
        match self {
            Self::Host(host) => target.is_https_on_default_port() && target.host() == &**host,
            Self::Below(parent) => {
                let above = target.host().strip_suffix(&**parent);
                let is_below = above.is_some_and(|above| above.ends_with('.'));
                target.is_https_on_default_port() && is_below
            }
            Self::Origin(origin) => target.origin() == &**origin,
        }
    }
}

/// The characters of a URL without a fragment. Source: RFC 3986, section 2.
static URL_BYTES: ByteSet =
    ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@[]!$&'()*+,;=%");

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/key?X-Amz-Signature=1";

    #[test]
    fn by_default_files_go_to_amazon_s3_only() {
        for (origin, allowed) in [
            ("https://bucket.s3.eu-west-1.amazonaws.com", true),
            ("https://bucket.s3.eu-west-1.amazonaws.com:443", true),
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
        assert!(!UploadHosts::default().allow("https://s3.amazonaws.com?x/y"));
    }

    #[test]
    fn every_real_form_of_s3_is_admitted_in_both_partitions() {
        for region in ["eu-west-1", "ap-southeast-2", "us-gov-west-1", "us-gov-east-1"] {
            for form in [
                "s3.REGION",
                "s3.dualstack.REGION",
                "s3-fips.REGION",
                "s3-fips.dualstack.REGION",
                "s3-REGION",
                "s3",
                "s3-accelerate",
                "s3-accelerate.dualstack",
            ] {
                let endpoint = format!("{}.amazonaws.com", form.replace("REGION", region));
                for bucket in ["", "abc.", "connect-0123456789ab.", "my.bucket."] {
                    let host = format!("{bucket}{endpoint}");
                    assert!(
                        UploadHosts::default().allow(&format!("https://{host}{PATH}")),
                        "{host}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_only_resembles_s3_is_not_admitted() {
        for region in ["eu-west-1", "us-gov-west-1"] {
            for form in [
                "s3-evil-1.REGION.elb.amazonaws.com",
                "s3.REGION.elb.amazonaws.com",
                "internal-s3-1.REGION.elb.amazonaws.com",
                "s3-1.REGION.elb.amazonaws.com",
                "s3.execute-api.REGION.amazonaws.com",
                "s3.lambda-url.REGION.amazonaws.com",
                "s3-evil-1.amazonaws.com",
                "s3-evil.REGION.amazonaws.com",
                "s3-website-REGION.amazonaws.com",
                "bucket.s3-website-REGION.amazonaws.com",
                "bucket.s3-website.REGION.amazonaws.com",
                "point-111122223333.s3-accesspoint.REGION.amazonaws.com",
                "alias.mrap.accesspoint.s3-global.amazonaws.com",
                "point-0123456789abcdef-s3alias.s3.REGION.amazonaws.com",
                "point-0123456789abcdef--ol-s3.s3.REGION.amazonaws.com",
                "111122223333.s3-control.REGION.amazonaws.com",
                "bucket.s3-outposts.REGION.amazonaws.com",
                "bucket--euw1-az1--x-s3.s3express-euw1-az1.REGION.amazonaws.com",
                "s3.dualstack.amazonaws.com",
                "s3-fips.amazonaws.com",
                "s3-fips-REGION.amazonaws.com",
                "s3-accelerate.REGION.amazonaws.com",
                "s3-dualstack.REGION.amazonaws.com",
                "dualstack.s3.REGION.elasticloadbalancing.amazonaws.com",
                "bucket.s3.REGION.api.aws",
                "bucket.s3.dualstack.REGION.api.aws",
                "bucket.s3.REGION.amazonaws.com.cn",
                "ab.s3.REGION.amazonaws.com",
                ".s3.REGION.amazonaws.com",
                "xs3.REGION.amazonaws.com",
                "s3.REGIONS.amazonaws.com",
                "s3.REGION0.amazonaws.com",
                "s3.-REGION.amazonaws.com",
                "s3.REGION.REGION.amazonaws.com.example",
                "s3.europe-west-1.amazonaws.com",
                "s3.eu-1.amazonaws.com",
                "s3.eu-a-b-c-1.amazonaws.com",
                "s3.eu-west-a.amazonaws.com",
                "s3.eu--1.amazonaws.com",
                "s3.amazonaws.com.REGION",
                "REGION.amazonaws.com",
            ] {
                let host = form.replace("REGION", region);
                assert!(
                    !UploadHosts::default().allow(&format!("https://{host}{PATH}")),
                    "{host}"
                );
            }
        }
        let long = format!("https://{}.s3.amazonaws.com{PATH}", ["a"; 32].join("."));
        assert!(UploadHosts::default().allow(&long));
        let longer = format!("https://{}.s3.amazonaws.com{PATH}", ["a"; 33].join("."));
        assert!(!UploadHosts::default().allow(&longer));
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
