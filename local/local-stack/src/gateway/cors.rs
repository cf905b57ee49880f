//! CORS configuration of an HTTP API.
//!
//! Source: API Gateway developer guide, "Configure CORS for HTTP APIs": the API answers preflight requests itself,
//! even without an OPTIONS route; it adds its headers to the integration's response and ignores the CORS headers
//! that the integration returned.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::request::ClientRequest;

/// CORS configuration; the members are API Gateway's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins, each as a browser sends it, or `*`.
    pub allow_origins: Vec<String>,
    /// Methods that preflights allow.
    pub allow_methods: Vec<String>,
    /// Request headers that preflights allow.
    pub allow_headers: Vec<String>,
    /// Response headers that scripts may read.
    pub expose_headers: Vec<String>,
    /// How long a browser may cache the answer to a preflight.
    pub max_age_secs: Option<u32>,
}

impl Cors {
    /// Headers of the answer to a preflight, or `None` if `request` is not a preflight.
    pub(super) fn preflight(&self, request: &ClientRequest) -> Option<HeaderMap> {
        request
            .value("access-control-request-method")
            .filter(|_| request.method == "OPTIONS")?;
        let mut headers = HeaderMap::new();
        if self.allow_origin(request.value("origin")?, &mut headers) {
            set(
                &mut headers,
                header::ACCESS_CONTROL_ALLOW_METHODS,
                &self.allow_methods.join(","),
            );
            set(
                &mut headers,
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                &self.allow_headers.join(","),
            );
            let max_age = self.max_age_secs.map(|secs| secs.to_string()).unwrap_or_default();
            set(&mut headers, header::ACCESS_CONTROL_MAX_AGE, &max_age);
        }
        Some(headers)
    }

    /// Replaces the function's CORS headers with the API's own.
    pub(super) fn apply(&self, request: &ClientRequest, headers: &mut HeaderMap) {
        let of_function: Vec<HeaderName> = headers
            .keys()
            .filter(|name| name.as_str().starts_with("access-control-"))
            .cloned()
            .collect();
        for name in of_function {
            headers.remove(name);
        }
        let Some(origin) = request.value("origin") else {
            return;
        };
        if self.allow_origin(origin, headers) {
            set(
                headers,
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                &self.expose_headers.join(","),
            );
        }
    }

    fn allow_origin(&self, origin: &str, headers: &mut HeaderMap) -> bool {
        let Some(allowed) = self
            .allow_origins
            .iter()
            .find(|allowed| *allowed == "*" || *allowed == origin)
        else {
            return false;
        };
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        true
    }
}

/// Sets a header, unless its value is empty or invalid.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::tests::{documented_request, header_map};
    use super::*;

    fn cors() -> Cors {
        Cors {
            allow_origins: vec!["https://portal.example.com".to_owned()],
            allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
            allow_headers: vec!["authorization".to_owned()],
            expose_headers: vec!["Location".to_owned()],
            max_age_secs: Some(7200),
        }
    }

    fn request(method: &str, fields: &[(&str, &str)]) -> ClientRequest {
        ClientRequest {
            method: method.to_owned(),
            headers: header_map(fields),
            ..documented_request()
        }
    }

    fn pairs(headers: &HeaderMap) -> Vec<(&str, &str)> {
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().expect("text")))
            .collect()
    }

    #[test]
    fn answers_preflights_and_nothing_else() {
        let wants = ("Access-Control-Request-Method", "POST");
        let ours = ("Origin", "https://portal.example.com");
        let theirs = ("Origin", "https://evil.example.com");
        for (method, fields, expected) in [
            ("OPTIONS", vec![ours, wants], Some(4)),
            ("OPTIONS", vec![theirs, wants], Some(0)),
            ("OPTIONS", vec![ours], None),
            ("OPTIONS", vec![wants], None),
            ("POST", vec![ours, wants], None),
        ] {
            let preflight = cors().preflight(&request(method, &fields));
            assert_eq!(
                preflight.map(|headers| headers.len()),
                expected,
                "{method} {fields:?}"
            );
        }
    }

    #[test]
    fn replaces_the_functions_headers() {
        for (origin, expected) in [
            (
                "https://portal.example.com",
                vec![
                    ("access-control-allow-origin", "https://portal.example.com"),
                    ("access-control-expose-headers", "Location"),
                ],
            ),
            ("https://evil.example.com", vec![]),
        ] {
            let mut headers = HeaderMap::new();
            set(&mut headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            set(&mut headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            cors().apply(&request("POST", &[("Origin", origin)]), &mut headers);
            assert_eq!(pairs(&headers), expected, "{origin}");
        }
    }
}
