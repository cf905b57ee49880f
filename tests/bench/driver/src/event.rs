//! The event that every handler answers: a browser's `POST /uploads`, as an HTTP API forwards it.

use bytes::Bytes;
use serde_json::json;

use crate::connect::DOMAIN_ARN;

/// An HTTP API event (payload 2.0) with `token`, and an unused header of `padding_bytes`.
pub(crate) fn upload(token: &str, padding_bytes: usize) -> Bytes {
    let body = json!({
        "fileName": "report.pdf",
        "fileSizeInBytes": 1_048_576,
        "associatedResourceArn": format!("{DOMAIN_ARN}/case/12345678-0000-4000-8000-000000000001"),
    })
    .to_string();
    let host = "a1b2c3.execute-api.eu-west-1.amazonaws.com";
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/uploads",
        "rawQueryString": "",
        "headers": {
            "accept": "application/json",
            "authorization": format!("Bearer {token}"),
            "content-length": body.len().to_string(),
            "content-type": "application/json",
            "host": host,
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "x-amzn-trace-id": "Root=1-69a1f2c3-0123456789abcdef01234567",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-padding": "x".repeat(padding_bytes),
        },
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3",
            "domainName": host,
            "domainPrefix": "a1b2c3",
            "http": {
                "method": "POST",
                "path": "/uploads",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "Mozilla/5.0",
            },
            "requestId": "Ou1wXjFZDoEEMrA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "15/Jan/2027:08:00:00 +0000",
            "timeEpoch": 1_800_000_000_000_u64,
        },
        "body": body,
        "isBase64Encoded": false,
    });
    Bytes::from(event.to_string())
}
