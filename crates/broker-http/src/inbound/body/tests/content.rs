//! The content type, the size and the encoding of a body, which are checked before its members.

use super::*;

#[test]
fn content_type_comes_before_size_and_size_before_syntax() {
    let large = format!("{{{}", " ".repeat(MAX_BODY_BYTES));
    for (headers, body, expected) in [
        (json!({}), large.as_str(), BodyError::UnsupportedMediaType),
        (
            json!({"content-type": "text/plain"}),
            large.as_str(),
            BodyError::UnsupportedMediaType,
        ),
        (
            json!({"content-type": "application/json; charset=latin1"}),
            "{}",
            BodyError::UnsupportedMediaType,
        ),
        (
            json!({"content-type": "application/json; a=b"}),
            "{}",
            BodyError::UnsupportedMediaType,
        ),
        (
            json!({"content-type": "application/json; charset=utf-8; charset=utf-8"}),
            "{}",
            BodyError::UnsupportedMediaType,
        ),
        (
            json!({"content-type": "application/json", "content-encoding": "gzip"}),
            "{}",
            BodyError::UnsupportedMediaType,
        ),
        (
            json!({"content-type": "application/json ;\t; charset=\"utf-8\" ;"}),
            large.as_str(),
            BodyError::TooLarge,
        ),
        (
            json!({"content-type": "Application/JSON ; Charset=\"UTF-8\""}),
            large.as_str(),
            BodyError::TooLarge,
        ),
        (
            json!({"content-type": "application/json"}),
            "{",
            BodyError::Json(JsonFault::Syntax),
        ),
        (
            json!({"content-type": "application/json"}),
            "[]",
            BodyError::Json(JsonFault::NotAnObject),
        ),
        (
            json!({"content-type": "application/json"}),
            "",
            BodyError::Json(JsonFault::Syntax),
        ),
    ] {
        assert_eq!(
            upload_request(&event(&headers, body), ceilings(), ActsFor::Itself),
            Err(expected),
            "{headers}"
        );
    }
}

/// An event whose body is said to be base64.
fn base64_event(body: &str) -> GatewayRequest {
    let event = json!({
        "version": "2.0", "rawPath": "/uploads", "headers": {"content-type": "application/json"}, "body": body,
        "isBase64Encoded": true,
        "requestContext": {"apiId": "a", "requestId": "r", "stage": "$default", "http": {"method": "POST"}},
    });
    GatewayRequest::parse(&event.to_string()).expect("an event")
}

#[test]
fn size_is_judged_before_base64_is_and_once_more_after_it() {
    let padded = |length: usize| format!("{}{}", valid(), " ".repeat(length - valid().to_string().len()));
    assert!(asked(&padded(16_384)).is_ok());
    assert_eq!(asked(&padded(16_385)), Err(BodyError::TooLarge));
    for (body, expected) in [
        (STANDARD.encode(padded(16_384)), None),
        (STANDARD.encode(padded(16_385)), Some(BodyError::TooLarge)),
        ("!".repeat(21_848), Some(BodyError::NotBase64)),
        ("!".repeat(21_849), Some(BodyError::TooLarge)),
        ("!".repeat(1 << 20), Some(BodyError::TooLarge)),
    ] {
        let asked = upload_request(&base64_event(&body), ceilings(), ActsFor::Itself);
        assert_eq!(asked.err(), expected, "{} characters", body.len());
    }
}
