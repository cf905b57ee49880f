//! Which URLs may be asked for discovery documents and signing keys.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest URL that is accepted, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Where a URL that passed [`check_url`] leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A host by name, over https.
    Public,
    /// This machine, by a literal loopback address, over https or http.
    Loopback,
}

/// Rule that a URL broke; carries nothing of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// Longer than 2,048 bytes.
    #[error("URL is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// A character that RFC 3986 does not let stand for itself, among them spaces and `\`.
    #[error("URL has a character that must be percent-encoded")]
    Character,
    /// Neither `https://` nor `http://`, in lower case.
    #[error("URL does not start with `https://`")]
    Scheme,
    /// A part in front of an `@`.
    #[error("URL has user information")]
    UserInfo,
    /// A part behind a `#`.
    #[error("URL has a fragment")]
    Fragment,
    /// A host that is neither a DNS name nor a literal loopback address.
    #[error("URL has no proper host name")]
    Host,
    /// A port that is no number from 1 to 65535.
    #[error("URL has no proper port")]
    Port,
    /// An IP address that is not loopback, in whichever notation.
    #[error("URL names a host by its IP address")]
    IpAddress,
    /// `http` to anything but a literal loopback address.
    #[error("URL is plain http and its host is no literal loopback address")]
    PlainHttp,
}

/// Where `url` leads, provided that it is one we may trust keys from.
///
/// `https` to a host by name, or `https` and `http` to a literal loopback address (`127.0.0.0/8` in its
/// four decimal parts, or `[::1]`). `localhost` is a name, so plain http does not reach it. Other IP
/// addresses, user information and fragments are refused; so is every spelling that a URL parser would
/// quietly mend (`\`, tabs, `0x7f.1`, missing slashes), because it would then lead elsewhere than it reads.
///
/// # Errors
/// The first [`UrlFault`] met.
pub fn check_url(url: &str) -> Result<Reach, UrlFault> {
    if url.len() > MAX_URL_BYTES {
        return Err(UrlFault::TooLong);
    }
    if !url.bytes().all(may_stand_in_url) {
        return Err(UrlFault::Character);
    }
    if url.contains('#') {
        return Err(UrlFault::Fragment);
    }
    let (is_https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(UrlFault::Scheme),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlFault::UserInfo);
    }
    match reach(authority)? {
        Reach::Public if !is_https => Err(UrlFault::PlainHttp),
        reach => Ok(reach),
    }
}

/// Whether RFC 3986 has a use for this character; a `%` must begin an encoded byte too.
pub(crate) const fn may_stand_in_url(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}

fn reach(authority: &str) -> Result<Reach, UrlFault> {
    if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']').ok_or(UrlFault::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| UrlFault::Host)?;
        check_port(port)?;
        return loopback_only(address.is_loopback());
    }
    let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    check_port(port)?;
    if !is_dns_name(host) {
        return Err(UrlFault::Host);
    }
    if ends_in_a_number(host) {
        return loopback_only(host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback()));
    }
    Ok(Reach::Public)
}

fn loopback_only(is_loopback: bool) -> Result<Reach, UrlFault> {
    if is_loopback {
        Ok(Reach::Loopback)
    } else {
        Err(UrlFault::IpAddress)
    }
}

/// `port` is empty, or a colon and a number from 1 to 65535.
fn check_port(port: &str) -> Result<(), UrlFault> {
    if port.is_empty() {
        return Ok(());
    }
    let digits = port.strip_prefix(':').ok_or(UrlFault::Host)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && digits.parse().is_ok_and(|port: u16| port > 0) {
        Ok(())
    } else {
        Err(UrlFault::Port)
    }
}

fn is_dns_name(host: &str) -> bool {
    host.len() <= 253 && host.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// What the URL standard reads as an IPv4 address, in decimal, octal or hexadecimal.
fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_decimal = last.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    is_decimal || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_by_name_and_literal_loopback() {
        let longest = format!("https://a.example/{}", "a".repeat(MAX_URL_BYTES - 18));
        assert_eq!(longest.len(), 2048);
        for (url, expected) in [
            (
                "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE",
                Reach::Public,
            ),
            ("https://login.example.com", Reach::Public),
            ("https://login.example.com:8443/a/b?p=policy", Reach::Public),
            ("https://localhost/keys", Reach::Public),
            ("https://127.example.com/", Reach::Public),
            (&longest, Reach::Public),
            (&format!("https://{}.example", "a".repeat(63)), Reach::Public),
            (&format!("https://{}abc.example", "a.".repeat(121)), Reach::Public),
            ("http://127.0.0.1:4520", Reach::Loopback),
            ("http://127.8.9.10/", Reach::Loopback),
            ("http://[::1]:4520/keys", Reach::Loopback),
            ("https://127.0.0.1:4520/keys", Reach::Loopback),
        ] {
            assert_eq!(check_url(url), Ok(expected), "{url}");
        }
    }

    #[test]
    fn refuses_what_leads_elsewhere_than_it_reads() {
        let too_long = format!("https://a.example/{}", "a".repeat(MAX_URL_BYTES));
        for (url, expected) in [
            ("http://login.example.com/", UrlFault::PlainHttp),
            ("http://localhost/", UrlFault::PlainHttp),
            ("http://127.0.0.1.example.com/", UrlFault::PlainHttp),
            ("https://169.254.169.254/latest", UrlFault::IpAddress),
            ("https://10.0.0.1/", UrlFault::IpAddress),
            ("http://0.0.0.0/", UrlFault::IpAddress),
            ("http://0x7f.1/", UrlFault::IpAddress),
            ("http://0x7f000001/", UrlFault::IpAddress),
            ("http://2130706433/", UrlFault::IpAddress),
            ("http://127.1/", UrlFault::IpAddress),
            ("http://0177.0.0.1/", UrlFault::IpAddress),
            ("https://example.0x/", UrlFault::IpAddress),
            ("http://[::]/", UrlFault::IpAddress),
            ("http://[::ffff:127.0.0.1]/", UrlFault::IpAddress),
            ("https://[fd00:ec2::254]/", UrlFault::IpAddress),
            ("https://[::1/", UrlFault::Host),
            ("https://[::1]x/", UrlFault::Host),
            ("https://[fe80::1%25eth0]/", UrlFault::Host),
            ("https://user@login.example.com/", UrlFault::UserInfo),
            ("https://login.example.com:pw@evil.example/", UrlFault::UserInfo),
            ("http://127.0.0.1:80@evil.example/", UrlFault::UserInfo),
            ("https://login.example.com/#x", UrlFault::Fragment),
            ("https://login.example.com#@127.0.0.1/", UrlFault::Fragment),
            ("https://login.example.com\\@evil.example/", UrlFault::Character),
            ("https://login.example.com/a b", UrlFault::Character),
            ("https://login.example.com/\n", UrlFault::Character),
            ("https://lögin.example.com/", UrlFault::Character),
            ("HTTPS://login.example.com/", UrlFault::Scheme),
            ("https:/login.example.com/", UrlFault::Scheme),
            ("//login.example.com/", UrlFault::Scheme),
            ("file:///etc/passwd", UrlFault::Scheme),
            ("ftp://login.example.com/", UrlFault::Scheme),
            ("", UrlFault::Scheme),
            ("https://", UrlFault::Host),
            ("https:///keys", UrlFault::Host),
            ("https://login..example.com/", UrlFault::Host),
            ("https://login.example.com./", UrlFault::Host),
            ("https://-login.example.com/", UrlFault::Host),
            ("https://login-.example.com/", UrlFault::Host),
            (&format!("https://{}.example", "a".repeat(64)), UrlFault::Host),
            (
                &format!("https://{}abcd.example", "a.".repeat(121)),
                UrlFault::Host,
            ),
            ("https://login%2eexample.com/", UrlFault::Host),
            ("https://login.example.com:/", UrlFault::Port),
            ("https://login.example.com:0/", UrlFault::Port),
            ("https://login.example.com:65536/", UrlFault::Port),
            ("https://login.example.com:+443/", UrlFault::Port),
            ("https://login.example.com:443:443/", UrlFault::Port),
            (&too_long, UrlFault::TooLong),
        ] {
            assert_eq!(check_url(url), Err(expected), "{url}");
        }
    }
}
