//! The sites and apps that may call the broker from a browser.

use broker_core::byte_set::ByteSet;
use broker_core::strict_url::StrictUrl;

/// An origin exactly as browsers send it in `Origin`: compared byte for byte, never a pattern.
///
/// Shape: `https://host[:port]`; `http` on `localhost` and literal loopback addresses only; or an app's own
/// `scheme://host[:port]`, such as `capacitor://localhost`. Source: RFC 6454, section 6.2.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(Box<str>);

/// Schemes that an app cannot own: the web's, and those whose documents can come from anywhere.
const NOT_OF_AN_APP: [&str; 10] = [
    "http",
    "https",
    "ws",
    "wss",
    "ftp",
    "file",
    "data",
    "blob",
    "javascript",
    "about",
];

impl Origin {
    /// The origin, provided that `text` is its one serialisation.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (is_site(text) || is_app(text)).then(|| Self(text.into()))
    }

    /// The origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the origin's pages come over plain http, so that only this machine can be their source.
    #[must_use]
    pub(crate) fn is_plain_http(&self) -> bool {
        self.0.starts_with("http:")
    }
}

/// `http://localhost` follows the rules for the loopback address that the name stands for.
fn is_site(text: &str) -> bool {
    const LOOPBACK: &str = "http://127.0.0.1";
    let local = text.strip_prefix("http://localhost");
    let site = local.map_or_else(|| text.into(), |rest| format!("{LOOPBACK}{rest}"));
    StrictUrl::parse(&site).is_ok_and(|url| url.origin() == site)
}

/// Web views serialise such an origin in ways of their own, which no standard describes: the form is the least that
/// those in use have in common, so that there is one text for one app.
fn is_app(text: &str) -> bool {
    static SCHEME: ByteSet = ByteSet::of(b"abcdefghijklmnopqrstuvwxyz0123456789+-.");
    static HOST: ByteSet = ByteSet::of(b"abcdefghijklmnopqrstuvwxyz0123456789-._");
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "1"));
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase()) && SCHEME.makes_up(scheme);
    let is_host = !host.is_empty() && HOST.makes_up(host);
    let is_port = !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok();
    is_scheme && is_host && is_port && !NOT_OF_AN_APP.contains(&scheme)
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
            "https://localhost",
            "https://localhost:3000",
            "https://192.0.2.1",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080",
            "http://localhost",
            "http://localhost:3000",
            "capacitor://localhost",
            "ionic://localhost",
            "app://my-app:8080",
            "tauri://localhost",
            "com.example.app+v2://a_b.c",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
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
            "http://localhost:80",
            "http://localhost.",
            "http://LOCALHOST",
            "http://localhost.example.com",
            "http://sub.localhost",
            "http://localhost/",
            "http://127.1:8080",
            "http://0x7f.0.0.1",
            "http://10.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "http://[0:0:0:0:0:0:0:1]",
            "ftp://127.0.0.1",
            "ws://localhost",
            "file:///etc/passwd",
            "file://host",
            "data:text/html,x",
            "data://host",
            "blob://host",
            "blob:https://portal.example.com",
            "javascript://host",
            "about://blank",
            "about:blank",
            "capacitor:",
            "capacitor://",
            "capacitor:localhost",
            "capacitor://localhost/",
            "capacitor://localhost/app",
            "capacitor://localhost:",
            "capacitor://localhost:0",
            "capacitor://localhost:08",
            "capacitor://localhost:+8",
            "capacitor://localhost:65536",
            "capacitor://localhost:8:8",
            "Capacitor://localhost",
            "capacitor://Localhost",
            "capacitor://user@localhost",
            "capacitor://*",
            "capacitor://*.example.com",
            "capacitor://a b",
            "capacitor://[::1]",
            "capacitor://m\u{fc}nchen",
            "*://localhost",
            "1app://localhost",
            "://localhost",
        ] {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn says_which_origins_are_of_plain_http() {
        for (text, expected) in [
            ("http://localhost:3000", true),
            ("http://[::1]", true),
            ("https://localhost", false),
            ("httpx://localhost", false),
        ] {
            assert_eq!(
                Origin::parse(text).expect(text).is_plain_http(),
                expected,
                "{text}"
            );
        }
    }
}
