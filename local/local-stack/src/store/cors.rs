//! The bucket's CORS configuration, evaluated as S3 does.
//!
//! The answers follow recordings of S3. The first rule that matches decides. A rule's `*` origin is answered with `*`,
//! any other with the request's origin and `Access-Control-Allow-Credentials`. A request that no rule matches is served
//! without CORS headers, so that the browser withholds the answer.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, VARY,
};
use http::{Method, StatusCode};
use s3s::{S3Error, S3ErrorCode};

/// One rule of the bucket's CORS configuration; the names are those of S3's `CORSRule`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsRule {
    /// Origins that may use the bucket; one `*` in each stands for any text.
    pub allowed_origins: Vec<String>,
    /// Methods that these origins may use: GET, PUT, HEAD, POST or DELETE.
    pub allowed_methods: Vec<String>,
    /// Request headers that a preflight may ask for, in any case; one `*` in each stands for any text.
    pub allowed_headers: Vec<String>,
    /// Response headers that scripts may read.
    pub expose_headers: Vec<String>,
    /// How long a browser may cache the answer to a preflight.
    pub max_age_seconds: Option<u32>,
}

/// Headers of the answer to a preflight.
///
/// # Errors
/// The request is not a preflight, or no rule allows it.
pub(super) fn preflight(rules: &[CorsRule], headers: &HeaderMap) -> Result<HeaderMap, S3Error> {
    let origin = origin(headers)?;
    if rules.is_empty() {
        return Err(forbidden("CORSResponse: CORS is not enabled for this bucket."));
    }
    let method = text(headers, &ACCESS_CONTROL_REQUEST_METHOD)
        .ok_or_else(|| bad_request("Invalid Access-Control-Request-Method: null"))?;
    let asked = asked_headers(headers);
    let Some((rule, pattern)) = matching(rules, origin, method, &asked) else {
        return Err(forbidden(NOT_ALLOWED));
    };
    let mut answer = rule.answer(pattern, origin);
    insert_list(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &asked);
    Ok(answer)
}

/// Error for a preflight of a bucket that does not exist.
pub(super) fn preflight_elsewhere(headers: &HeaderMap) -> S3Error {
    match origin(headers) {
        Ok(_) => forbidden("CORSResponse: Bucket not found"),
        Err(refusal) => refusal,
    }
}

/// CORS headers of the response to any other request, error responses included.
pub(super) fn response_headers(rules: &[CorsRule], method: &Method, headers: &HeaderMap) -> HeaderMap {
    let Some(origin) = text(headers, &ORIGIN) else {
        return HeaderMap::new();
    };
    matching(rules, origin, method.as_str(), &[])
        .map(|(rule, pattern)| rule.answer(pattern, origin))
        .unwrap_or_default()
}

const NOT_ALLOWED: &str = "CORSResponse: This CORS request is not allowed. This is usually because \
    the evalution of Origin, request method / Access-Control-Request-Method or \
    Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

impl CorsRule {
    fn answer(&self, pattern: &str, origin: &str) -> HeaderMap {
        let mut answer = HeaderMap::new();
        let any = pattern == "*";
        insert(
            &mut answer,
            ACCESS_CONTROL_ALLOW_ORIGIN,
            if any { "*" } else { origin },
        );
        if !any {
            insert(&mut answer, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        insert_list(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, &self.allowed_methods);
        insert_list(&mut answer, ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose_headers);
        if let Some(seconds) = self.max_age_seconds {
            answer.insert(ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
        insert(
            &mut answer,
            VARY,
            "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
        );
        answer
    }

    fn allows(&self, method: &str, headers: &[String]) -> bool {
        self.allowed_methods.iter().any(|allowed| allowed == method)
            && headers.iter().all(|asked| {
                let mut allowed = self.allowed_headers.iter();
                allowed.any(|pattern| matches(&pattern.to_ascii_lowercase(), asked))
            })
    }
}

/// First rule that allows the request, and its origin pattern that matches.
fn matching<'a>(
    rules: &'a [CorsRule],
    origin: &str,
    method: &str,
    headers: &[String],
) -> Option<(&'a CorsRule, &'a str)> {
    rules
        .iter()
        .filter(|rule| rule.allows(method, headers))
        .find_map(|rule| {
            let mut patterns = rule.allowed_origins.iter();
            patterns
                .find(|pattern| matches(pattern, origin))
                .map(|pattern| (rule, pattern.as_str()))
        })
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn asked_headers(headers: &HeaderMap) -> Vec<String> {
    let asked = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    asked
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect()
}

fn origin(headers: &HeaderMap) -> Result<&str, S3Error> {
    text(headers, &ORIGIN)
        .ok_or_else(|| bad_request("Insufficient information. Origin request header needed."))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn insert_list(answer: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if !values.is_empty() {
        insert(answer, name, &values.join(", "));
    }
}

/// Sets a header, unless a rule's text is not a header value.
fn insert(answer: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.insert(name, value);
    }
}

fn forbidden(message: &'static str) -> S3Error {
    refusal("AccessForbidden", StatusCode::FORBIDDEN, message)
}

fn bad_request(message: &'static str) -> S3Error {
    refusal("BadRequest", StatusCode::BAD_REQUEST, message)
}

fn refusal(code: &'static str, status: StatusCode, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_holds_one_star_for_any_text() {
        for (pattern, text, expected) in [
            ("http://a.example", "http://a.example", true),
            ("http://a.example", "http://a.example.evil", false),
            ("http://a.example", "http://A.example", false),
            ("*", "null", true),
            ("http://*.example", "http://a.b.example", true),
            ("http://*.example", "http://.example", true),
            ("http://*.example", "http://example", false),
            ("http://a*a", "http://a", false),
            ("x-amz-*", "x-amz-meta-case", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let rule = |origin: &str, seconds| CorsRule {
            allowed_origins: vec![origin.to_owned()],
            allowed_methods: vec!["PUT".to_owned()],
            max_age_seconds: Some(seconds),
            ..CorsRule::default()
        };
        let rules = [
            rule("http://other.example", 1),
            rule("http://a.example", 2),
            rule("http://a.*", 3),
        ];
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("http://a.example"));
        let answer = response_headers(&rules, &Method::PUT, &headers);
        assert_eq!(answer[ACCESS_CONTROL_MAX_AGE], "2");
    }
}
