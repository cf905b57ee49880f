//! The rule for the name of an issuer that is only compared with `iss`, and never fetched.

use std::net::Ipv6Addr;

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 2048;

/// Rule that the name of an issuer broke; carries nothing of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerNameError {
    /// Empty, or longer than 2,048 characters.
    #[error("name does not have 1 to {MAX_NAME_CHARS} characters")]
    Length,
    /// A control character or a space.
    #[error("name has a control character or a space")]
    Character,
    /// A colon in a text that is not a URI.
    #[error("name has a colon and is not a URI")]
    NotAUri,
}

/// Checks a `StringOrURI`: any text, but one with a colon must be a URI.
///
/// Nothing is fetched from such a name. It is only compared with `iss`, so its host may be of any kind.
/// Source: RFC 7519 sections 2 and 4.1.1, RFC 3986 section 3.
///
/// # Errors
/// The first [`IssuerNameError`] met.
pub(crate) fn check_issuer_name(name: &str) -> Result<(), IssuerNameError> {
    let is_long = name.chars().nth(MAX_NAME_CHARS).is_some();
    if name.is_empty() || is_long {
        return Err(IssuerNameError::Length);
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(IssuerNameError::Character);
    }
    match name.split_once(':') {
        Some((scheme, rest)) if !is_scheme(scheme) || !is_hierarchy(rest) => Err(IssuerNameError::NotAUri),
        Some(_) | None => Ok(()),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// What follows a scheme: `//` and an authority, a path, a query, and at most one fragment.
fn is_hierarchy(text: &str) -> bool {
    let (authority, rest) = match text.strip_prefix("//") {
        Some(text) => {
            let (authority, rest) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
            (Some(authority), rest)
        }
        None => (None, text),
    };
    let is_named = authority.map_or(!text.is_empty(), is_authority);
    is_named && is_encoded(text) && !rest.contains(['[', ']']) && rest.matches('#').count() <= 1
}

/// A host, with user information before it and a port behind it where they are given.
fn is_authority(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let bracketed = host.strip_prefix('[').and_then(|host| host.split_once(']'));
    let (is_host, port) = if let Some((address, port)) = bracketed {
        (address.parse::<Ipv6Addr>().is_ok(), port)
    } else {
        let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
        (!name.is_empty() && !name.contains(['[', ']']), port)
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    is_host && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether every character may stand in a URI, and every `%` begins an encoded byte.
fn is_encoded(text: &str) -> bool {
    let is_hex = |digit: Option<&u8>| digit.is_some_and(u8::is_ascii_hexdigit);
    let is_byte = |encoded: &str| {
        let digits = encoded.as_bytes();
        is_hex(digits.first()) && is_hex(digits.get(1))
    };
    text.bytes().all(may_stand_in_url) && text.split('%').skip(1).all(is_byte)
}

/// Whether RFC 3986 has a use for this character; a `%` must begin an encoded byte too.
const fn may_stand_in_url(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_any_text_and_any_uri() {
        let longest = "é".repeat(MAX_NAME_CHARS);
        for name in [
            "http://adfs.example.com/adfs/services/trust",
            "accounts.google.com",
            "acme.com",
            "joe",
            "a",
            "bücher.example",
            "50%",
            &longest,
            "urn:example:issuer",
            "acme.com:8080",
            "https://login.example.com/tenant?policy=b2c_1#x",
            "https://login.example.com:/a%20b",
            "http://10.0.0.1:8443/",
            "https://[2001:db8::1]:443/",
            "https://ada@login.example.com/",
            "spiffe://example.org",
        ] {
            assert_eq!(check_issuer_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn refuses_controls_spaces_and_colons_outside_a_uri() {
        use IssuerNameError::{Character, Length, NotAUri};
        let too_long = "a".repeat(MAX_NAME_CHARS + 1);
        for (name, expected) in [
            ("", Length),
            (too_long.as_str(), Length),
            ("acme com", Character),
            ("acme.com\n", Character),
            ("acme.com\u{0}", Character),
            ("acme\u{a0}com", Character),
            ("acme\u{85}com", Character),
            (":", NotAUri),
            ("urn:", NotAUri),
            ("1a:b", NotAUri),
            ("a_b:c", NotAUri),
            ("bücher:1", NotAUri),
            ("https://bücher.example/", NotAUri),
            ("https://", NotAUri),
            ("https:///tenant", NotAUri),
            ("https://:443/", NotAUri),
            ("https://login.example.com:x/", NotAUri),
            ("https://login.example.com:1:2/", NotAUri),
            ("https://[::1/", NotAUri),
            ("https://[login]/", NotAUri),
            ("https://[::1]x/", NotAUri),
            ("https://a[b/", NotAUri),
            ("https://login.example.com/[", NotAUri),
            ("https://login.example.com/%", NotAUri),
            ("https://login.example.com/%2", NotAUri),
            ("https://login.example.com/%2x", NotAUri),
            ("https://login.example.com/#a#b", NotAUri),
            ("https://login.example.com\\a", NotAUri),
            ("https://login.example.com/{tenantid}", NotAUri),
        ] {
            assert_eq!(check_issuer_name(name), Err(expected), "{name:?}");
        }
    }
}
