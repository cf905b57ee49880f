//! Which URLs may be asked for discovery documents and signing keys.

use broker_core::strict_url::{StrictUrl, UrlError};

/// Longest URL that is accepted, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Why a URL is not asked for signing keys; carries nothing of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyUrlError {
    /// Longer than 2,048 bytes.
    #[error("URL is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Not a [`StrictUrl`].
    #[error("{0}")]
    Url(#[from] UrlError),
    /// An IP address that is not loopback.
    #[error("URL names a host by its IP address")]
    IpAddress,
}

/// The URL in `text`, provided that keys from there may be trusted: its host is a DNS name or this machine.
///
/// # Errors
/// The first [`KeyUrlError`] met.
pub fn key_url(text: &str) -> Result<StrictUrl, KeyUrlError> {
    if text.len() > MAX_URL_BYTES {
        return Err(KeyUrlError::TooLong);
    }
    let url = StrictUrl::parse(text)?;
    if url.is_ip_address() && !url.is_loopback() {
        return Err(KeyUrlError::IpAddress);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_asked_of_hosts_by_name_and_of_this_machine() {
        let url = |length: usize| format!("https://a.example/{}", "a".repeat(length - 18));
        for (text, expected) in [
            ("https://login.example.com:8443/a/b?p=policy", Ok(())),
            ("http://127.0.0.1:4520", Ok(())),
            ("https://[::1]:4520/keys", Ok(())),
            (&url(2_048), Ok(())),
            (&url(2_049), Err(KeyUrlError::TooLong)),
            (
                "http://login.example.com/",
                Err(KeyUrlError::Url(UrlError::PlainHttp)),
            ),
            ("https://169.254.169.254/latest", Err(KeyUrlError::IpAddress)),
            ("https://10.0.0.1/", Err(KeyUrlError::IpAddress)),
            ("https://[fd00:ec2::254]/", Err(KeyUrlError::IpAddress)),
        ] {
            assert_eq!(key_url(text).map(drop), expected, "{text}");
        }
    }
}
