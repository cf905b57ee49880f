//! Cross-origin resource sharing for an exact list of origins. No other origin is reflected.
//!
//! Source: Fetch standard, "CORS protocol". `infra/` gives an HTTP API the same values.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderValue};

use crate::settings::{RequestHeader, Settings};

/// The methods that scripts may use.
pub(crate) const ALLOWED_METHODS: &str = "GET, POST, DELETE";
/// The request headers that scripts may set. The deployment's `allowed_headers` follow them.
pub(crate) const ALLOWED_HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, traceparent";
/// The response headers that scripts may read.
pub const EXPOSED_HEADERS: &str = "Location, Upload-Expires, Retry-After, WWW-Authenticate, \
     x-amzn-Remapped-WWW-Authenticate, X-Request-Id";
/// How long browsers may remember a preflight, in seconds.
pub(crate) const MAX_AGE_SECS: u16 = 7_200;

/// Adds the headers that let a page at `origin` read the answer. Other origins get `Vary` only.
pub fn share(headers: &mut HeaderMap, settings: &Settings, origin: Option<&str>, is_preflight: bool) {
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    let allowed = &settings.allowed_origins;
    let is_allowed = |origin: &&str| allowed.iter().any(|allowed| allowed.as_str() == *origin);
    let Some(Ok(origin)) = origin.filter(is_allowed).map(HeaderValue::from_str) else {
        return;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if is_preflight {
        headers.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(ALLOWED_METHODS),
        );
        if let Ok(names) = HeaderValue::try_from(allowed_headers(&settings.allowed_headers)) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(MAX_AGE_SECS));
    } else {
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED_HEADERS),
        );
    }
}

/// The broker's own names, followed by the deployment's other names.
fn allowed_headers(names: &[RequestHeader]) -> String {
    let is_own = |name: &&str| {
        ALLOWED_HEADERS
            .split(", ")
            .any(|own| own.eq_ignore_ascii_case(name))
    };
    let others = names
        .iter()
        .map(RequestHeader::as_str)
        .filter(|name| !is_own(name));
    let all: Vec<&str> = std::iter::once(ALLOWED_HEADERS).chain(others).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deployments_headers_come_behind_the_brokers_own() {
        for (names, expected) in [
            (&[][..], ""),
            (&["baggage"], ", baggage"),
            (
                &["sentry-trace", "TraceParent", "X-Amzn-Trace-Id"],
                ", sentry-trace, X-Amzn-Trace-Id",
            ),
        ] {
            let parsed = names
                .iter()
                .map(|name| RequestHeader::parse(name).expect("a name"));
            let parsed: Vec<_> = parsed.collect();
            assert_eq!(allowed_headers(&parsed), format!("{ALLOWED_HEADERS}{expected}"));
        }
    }
}
