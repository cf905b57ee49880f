//! The sites that may call the broker from a browser.

use url::{Host, Url};

/// An origin exactly as browsers send it in `Origin`: compared byte for byte, never a pattern.
///
/// Shape: `https://host[:port]`; `http` on literal loopback addresses only. Source: RFC 6454 section 6.2.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(Box<str>);

impl Origin {
    /// The origin, provided that `text` is its one serialisation.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_secure = match (url.scheme(), url.host()?) {
            ("https", _) => true,
            ("http", Host::Ipv4(address)) => address.is_loopback(),
            ("http", Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        // A URL's host may hold `*`; no site's does.
        let is_exact = url.origin().ascii_serialization() == text && !text.contains('*');
        (is_secure && is_exact).then(|| Self(text.into()))
    }

    /// The origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_origins_as_browsers_send_them() {
        for text in [
            "https://portal.example.com",
            "https://portal.example.com:8443",
            "https://xn--mnchen-3ya.example",
            "https://localhost:3000",
            "https://192.0.2.1",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080",
        ] {
            assert_eq!(Origin::parse(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn refuses_what_no_browser_sends_or_nobody_should_trust() {
        for text in [
            "",
            "*",
            "null",
            "portal.example.com",
            "https://",
            "https://*.example.com",
            "https://portal.example.com/",
            "https://portal.example.com/app",
            "https://portal.example.com?x",
            "https://portal.example.com#x",
            "https://Portal.example.com",
            "HTTPS://portal.example.com",
            "https://portal.example.com:443",
            "http://127.0.0.1:80",
            "https://user@portal.example.com",
            "https://m\u{fc}nchen.example",
            " https://portal.example.com",
            "https://portal.example.com\n",
            "https:portal.example.com",
            "http://portal.example.com",
            "http://localhost:3000",
            "http://127.1:8080",
            "http://0x7f.0.0.1",
            "http://10.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "http://[0:0:0:0:0:0:0:1]",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "data:text/html,x",
        ] {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }
}
