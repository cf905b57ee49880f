//! Turns the function's JSON answer into an HTTP response.
//!
//! Sources: API Gateway developer guide, "Lambda function response for format 2.0" and "Output format of a Lambda
//! function for proxy integration". An answer without `statusCode`, from which 2.0 would infer a response, is
//! refused here, because the broker must not rely on that.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::kind::Kind;

/// Response headers that a REST API renames to `x-amzn-Remapped-*`.
/// Source: API Gateway developer guide, "Amazon API Gateway important notes for REST APIs", table of headers.
const REMAPPED: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "server",
    "user-agent",
    "www-authenticate",
];

/// Hop-by-hop response headers, which an HTTP API sets itself.
const HOP_BY_HOP: [&str; 5] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
];

/// Why an answer is not a proxy response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("not an object of the documented form")]
    Shape,
    #[error("`statusCode` is not an HTTP status")]
    Status,
    #[error("header `{0}` has an invalid name or value")]
    Header(String),
    #[error("body is not base64")]
    Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: Option<Map<String, Value>>,
    multi_value_headers: Option<Map<String, Value>>,
    cookies: Option<Vec<String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Response to the client.
///
/// # Errors
/// API Gateway would report a malformed proxy response.
pub(super) fn response(kind: Kind, answer: &[u8]) -> Result<Response<Body>, AnswerError> {
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| AnswerError::Shape)?;
    let status = StatusCode::from_u16(answer.status_code).map_err(|_| AnswerError::Status)?;
    let mut headers = match kind {
        Kind::Http => http_api_headers(&answer)?,
        Kind::Rest => rest_api_headers(&answer)?,
    };
    let body = body(kind, &answer)?;
    if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        let default = match kind {
            Kind::Http => "text/plain;charset=UTF-8",
            Kind::Rest => "application/json",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(default));
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// `headers` and `cookies`. Format 2.0 ignores `multiValueHeaders`.
fn http_api_headers(answer: &Answer) -> Result<HeaderMap, AnswerError> {
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers.iter().flatten() {
        if !HOP_BY_HOP.iter().any(|hop| name.eq_ignore_ascii_case(hop)) {
            append(&mut headers, name, value)?;
        }
    }
    for cookie in answer.cookies.iter().flatten() {
        append(&mut headers, "set-cookie", &Value::from(cookie.as_str()))?;
    }
    Ok(headers)
}

/// `headers` and `multiValueHeaders`, merged; a pair that is in both counts once.
fn rest_api_headers(answer: &Answer) -> Result<HeaderMap, AnswerError> {
    let mut headers = HeaderMap::new();
    for (name, values) in answer.multi_value_headers.iter().flatten() {
        let values = values
            .as_array()
            .ok_or_else(|| AnswerError::Header(name.clone()))?;
        for value in values {
            append(&mut headers, &remapped(name), value)?;
        }
    }
    for (name, value) in answer.headers.iter().flatten() {
        let name = remapped(name);
        let text = text(value).ok_or_else(|| AnswerError::Header(name.clone()))?;
        if !headers
            .get_all(name.as_str())
            .iter()
            .any(|known| known.as_bytes() == text.as_bytes())
        {
            append(&mut headers, &name, value)?;
        }
    }
    Ok(headers)
}

fn remapped(name: &str) -> String {
    let is_remapped = REMAPPED.iter().any(|header| name.eq_ignore_ascii_case(header));
    if is_remapped {
        format!("x-amzn-remapped-{}", name.to_ascii_lowercase())
    } else {
        name.to_ascii_lowercase()
    }
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), AnswerError> {
    let invalid = || AnswerError::Header(name.to_owned());
    let text = text(value).ok_or_else(invalid)?;
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
    headers.append(header, HeaderValue::from_str(&text).map_err(|_| invalid())?);
    Ok(())
}

/// Header value; numbers and booleans count as their text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Bytes of the body. A REST API without `binaryMediaTypes` does not decode base64.
fn body(kind: Kind, answer: &Answer) -> Result<Bytes, AnswerError> {
    let text = answer.body.clone().unwrap_or_default();
    if answer.is_base64_encoded && kind == Kind::Http {
        return STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|_| AnswerError::Base64);
    }
    Ok(Bytes::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::json;

    type Seen = (u16, Vec<(String, String)>, String);

    fn seen(kind: Kind, answer: &Value) -> Result<Seen, AnswerError> {
        let (parts, body) = response(kind, answer.to_string().as_bytes())?.into_parts();
        let body = futures_util::FutureExt::now_or_never(body.collect())
            .expect("at hand")
            .expect("infallible");
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        };
        let mut headers: Vec<_> = parts.headers.iter().map(header).collect();
        headers.sort();
        Ok((
            parts.status.as_u16(),
            headers,
            String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        ))
    }

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn an_http_api_takes_headers_and_cookies() {
        let answer = json!({
            "statusCode": 201,
            "headers": {"Location": "/uploads/h", "Retry-After": 2, "Content-Length": "99"},
            "multiValueHeaders": {"x-lost": ["1"]},
            "cookies": ["a=1", "b=2"],
            "body": "aGk=",
            "isBase64Encoded": true,
        });
        let expected = headers(&[
            ("content-type", "text/plain;charset=UTF-8"),
            ("location", "/uploads/h"),
            ("retry-after", "2"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ]);
        assert_eq!(seen(Kind::Http, &answer), Ok((201, expected, "hi".to_owned())));
    }

    #[test]
    fn a_rest_api_merges_and_renames_headers() {
        let answer = json!({
            "statusCode": 401,
            "headers": {"WWW-Authenticate": "Bearer", "Vary": "Origin"},
            "multiValueHeaders": {"vary": ["Origin", "Accept"], "Date": ["today"]},
            "body": "{}",
        });
        let expected = headers(&[
            ("content-type", "application/json"),
            ("vary", "Accept"),
            ("vary", "Origin"),
            ("x-amzn-remapped-date", "today"),
            ("x-amzn-remapped-www-authenticate", "Bearer"),
        ]);
        assert_eq!(seen(Kind::Rest, &answer), Ok((401, expected, "{}".to_owned())));
    }

    #[test]
    fn an_http_api_leaves_the_challenge_as_it_is() {
        let answer = json!({"statusCode": 401, "headers": {"WWW-Authenticate": "Bearer"}});
        let expected = headers(&[("www-authenticate", "Bearer")]);
        assert_eq!(seen(Kind::Http, &answer), Ok((401, expected, String::new())));
    }

    #[test]
    fn refuses_a_malformed_answer() {
        for (answer, expected) in [
            (json!("hello"), AnswerError::Shape),
            (json!({"body": "inferred"}), AnswerError::Shape),
            (json!({"statusCode": 99}), AnswerError::Status),
            (
                json!({"statusCode": 200, "headers": {"a b": "c"}}),
                AnswerError::Header("a b".to_owned()),
            ),
            (
                json!({"statusCode": 200, "headers": {"a": "b\nc"}}),
                AnswerError::Header("a".to_owned()),
            ),
            (
                json!({"statusCode": 200, "headers": {"a": ["b"]}}),
                AnswerError::Header("a".to_owned()),
            ),
            (
                json!({"statusCode": 200, "body": "%", "isBase64Encoded": true}),
                AnswerError::Base64,
            ),
        ] {
            assert_eq!(seen(Kind::Http, &answer), Err(expected), "{answer}");
        }
    }
}
