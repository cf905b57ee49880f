//! Requests that S3 refuses: each is one change away from one that succeeds.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, ORIGIN};
use http::{HeaderValue, Method, Request};
use http_body_util::Full;

use crate::client::{Call, PAGE, Store};

type Sent = Request<Full<Bytes>>;
/// Name, change before signing, change after signing, status and code.
type Row = (&'static str, fn(&mut Call), fn(&mut Sent), (u16, &'static str));

const MISMATCH: (u16, &str) = (403, "SignatureDoesNotMatch");
const DENIED: (u16, &str) = (403, "AccessDenied");
const BAD_QUERY: (u16, &str) = (400, "AuthorizationQueryParametersError");

fn edit_url(request: &mut Sent, from: &str, to: &str) {
    let url = request.uri().to_string();
    assert!(url.contains(from), "{url} has no {from}");
    *request.uri_mut() = url.replacen(from, to, 1).parse().expect("the URL is well-formed");
}

fn set(request: &mut Sent, name: &'static str, value: &'static str) {
    request
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}

fn resize(request: &mut Sent, body: &'static str) {
    request
        .headers_mut()
        .insert("content-length", HeaderValue::from(body.len()));
    *request.body_mut() = Full::from(body);
}

const PRESIGNED: &[Row] = &[
    (
        "another key",
        |_| {},
        |it| edit_url(it, "report.pdf", "other.pdf"),
        MISMATCH,
    ),
    (
        "another method",
        |_| {},
        |it| *it.method_mut() = Method::DELETE,
        MISMATCH,
    ),
    (
        "another content type",
        |_| {},
        |it| set(it, "content-type", "text/html"),
        MISMATCH,
    ),
    (
        "other metadata",
        |_| {},
        |it| set(it, "x-amz-meta-case", "43"),
        MISMATCH,
    ),
    (
        "a longer body",
        |_| {},
        |it| resize(it, "hello and more"),
        MISMATCH,
    ),
    ("a shorter body", |_| {}, |it| resize(it, "hell"), MISMATCH),
    (
        "a signed header left out",
        |_| {},
        |it| {
            it.headers_mut().remove("x-amz-meta-case");
        },
        MISMATCH,
    ),
    (
        "one more query parameter",
        |_| {},
        |it| edit_url(it, "?", "?versionId=1&"),
        MISMATCH,
    ),
    (
        "a longer life",
        |_| {},
        |it| edit_url(it, "X-Amz-Expires=60", "X-Amz-Expires=600"),
        MISMATCH,
    ),
    ("another secret", |it| it.secret_key = "guess", |_| {}, MISMATCH),
    (
        "a cut signature",
        |_| {},
        |it| edit_url(it, "X-Amz-Signature=", "X-Amz-Signature=00"),
        (400, "InvalidRequest"),
    ),
    (
        "expired",
        |it| it.signed_at -= Duration::from_mins(2),
        |_| {},
        DENIED,
    ),
    (
        "not valid yet",
        |it| it.signed_at += Duration::from_mins(20),
        |_| {},
        (403, "RequestTimeTooSkewed"),
    ),
    (
        "another access key",
        |it| it.access_key = "AKIA",
        |_| {},
        (403, "InvalidAccessKeyId"),
    ),
    ("another region", |it| it.region = "us-east-1", |_| {}, BAD_QUERY),
    ("another service", |it| it.service = "sts", |_| {}, BAD_QUERY),
    (
        "more than a week",
        |_| {},
        |it| edit_url(it, "X-Amz-Expires=60", "X-Amz-Expires=604801"),
        BAD_QUERY,
    ),
    (
        "a negative life",
        |_| {},
        |it| edit_url(it, "X-Amz-Expires=60", "X-Amz-Expires=-1"),
        BAD_QUERY,
    ),
    (
        "a life that is no number",
        |_| {},
        |it| edit_url(it, "X-Amz-Expires=60", "X-Amz-Expires=1m"),
        BAD_QUERY,
    ),
    (
        "no date",
        |_| {},
        |it| edit_url(it, "X-Amz-Date", "X-Amz-Day"),
        BAD_QUERY,
    ),
    (
        "two dates",
        |_| {},
        |it| edit_url(it, "?", "?X-Amz-Date=20260101T000000Z&"),
        BAD_QUERY,
    ),
    (
        "no signature",
        |_| {},
        |it| edit_url(it, "X-Amz-Signature", "X-Amz-Seal"),
        BAD_QUERY,
    ),
    (
        "version 2 of the signature",
        |_| {},
        |it| edit_url(it, "?", "?AWSAccessKeyId=test&Signature=c2lnbmF0dXJl&Expires=1&"),
        (400, "InvalidRequest"),
    ),
    ("no query at all", |_| {}, |it| *it.uri_mut() = bare(it), DENIED),
    (
        "an unsigned ACL",
        |_| {},
        |it| set(it, "x-amz-acl", "public-read"),
        DENIED,
    ),
    (
        "unsigned metadata",
        |_| {},
        |it| set(it, "x-amz-meta-owner", "mallory"),
        DENIED,
    ),
    (
        "an unsigned checksum",
        |_| {},
        |it| set(it, "x-amz-checksum-crc32", "NhCmhg=="),
        DENIED,
    ),
    (
        "an unsigned content-md5",
        |_| {},
        |it| set(it, "content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        DENIED,
    ),
    (
        "an unsigned host",
        |_| {},
        |it| edit_url(it, "%3Bhost", ""),
        DENIED,
    ),
    (
        "an unsigned session token",
        |_| {},
        |it| set(it, "x-amz-security-token", "token"),
        DENIED,
    ),
    (
        "a session token that the key does not have",
        |it| it.session_token = Some("token"),
        |_| {},
        (400, "InvalidToken"),
    ),
    (
        "an Authorization header besides",
        |_| {},
        |it| {
            it.headers_mut()
                .insert(AUTHORIZATION, HeaderValue::from_static("Bearer token"));
        },
        (400, "InvalidArgument"),
    ),
    (
        "a key that climbs out",
        |it| it.key.insert_str(0, "../"),
        |_| {},
        (400, "InvalidURI"),
    ),
    (
        "a key that climbs out later",
        |it| it.key.insert_str(0, "a/../../"),
        |_| {},
        (400, "InvalidURI"),
    ),
    (
        "a key too long",
        |it| it.key = "k".repeat(1025),
        |_| {},
        (400, "KeyTooLongError"),
    ),
];

fn bare(request: &Sent) -> http::Uri {
    let url = request.uri().to_string();
    url.split('?')
        .next()
        .expect("there is a first part")
        .parse()
        .expect("the URL is well-formed")
}

#[tokio::test]
async fn a_presigned_upload_is_taken_as_it_was_signed() {
    let store = Store::start().await;
    let answer = store.presigned(&Call::put("report.pdf", "hello")).await;
    assert_eq!(answer.outcome(), (200, ""));
    assert_eq!(answer.header("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_eq!(store.files(), [1, 1, 0]);
}

#[tokio::test]
async fn a_presigned_upload_with_one_thing_changed_is_refused_readably_and_leaves_nothing() {
    let store = Store::start().await;
    for (name, before, after, expected) in PRESIGNED {
        let mut call = Call::put("report.pdf", "hello");
        before(&mut call);
        let mut request = call.presigned(store.running.addr);
        after(&mut request);
        request
            .headers_mut()
            .insert(ORIGIN, HeaderValue::from_static(PAGE));
        let answer = store.send(request).await;
        assert_eq!(answer.outcome(), *expected, "{name}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/xml", "{name}");
        if *name != "another method" {
            assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{name}");
        }
        assert_eq!(store.files(), [0, 0, 0], "{name}");
    }
}

#[tokio::test]
async fn a_request_signed_in_its_header_with_one_thing_changed_is_refused() {
    let rows: &[Row] = &[
        (
            "another key",
            |_| {},
            |it| edit_url(it, "report.pdf", "other.pdf"),
            MISMATCH,
        ),
        (
            "another body",
            |_| {},
            |it| *it.body_mut() = Full::from("HELLO"),
            (400, "XAmzContentSHA256Mismatch"),
        ),
        (
            "an unsigned header of Amazon's",
            |_| {},
            |it| set(it, "x-amz-acl", "private"),
            DENIED,
        ),
        (
            "another region",
            |it| it.region = "us-east-1",
            |_| {},
            (400, "AuthorizationHeaderMalformed"),
        ),
        (
            "another access key",
            |it| it.access_key = "AKIA",
            |_| {},
            (403, "InvalidAccessKeyId"),
        ),
        (
            "an old date",
            |it| it.signed_at -= Duration::from_mins(20),
            |_| {},
            (403, "RequestTimeTooSkewed"),
        ),
        (
            "another scheme",
            |_| {},
            |it| set(it, "authorization", "AWS test:c2lnbmF0dXJl"),
            (400, "InvalidRequest"),
        ),
        (
            "a torn header",
            |_| {},
            |it| set(it, "authorization", "AWS4-HMAC-SHA256 Credential=test"),
            (400, "AuthorizationHeaderMalformed"),
        ),
    ];
    let store = Store::start().await;
    for (name, before, after, expected) in rows {
        let mut call = Call::put("report.pdf", "hello");
        before(&mut call);
        let mut request = call.signed(store.running.addr);
        after(&mut request);
        let answer = store.send(request).await;
        assert_eq!(answer.outcome(), *expected, "{name}: {}", answer.text());
        assert_eq!(store.files(), [0, 0, 0], "{name}");
    }
    assert_eq!(store.signed(&Call::put("report.pdf", "hello")).await.status, 200);
}

#[tokio::test]
async fn temporary_credentials_count_with_their_token_only() {
    let store = Store::start_with(|options| options.session_token = Some("t0ken/+=".to_owned())).await;
    for (token, expected) in [
        (Some("t0ken/+="), (200, "")),
        (Some("t0ken/+"), (400, "InvalidToken")),
        (None, (403, "InvalidAccessKeyId")),
    ] {
        let call = Call {
            session_token: token,
            ..Call::put("report.pdf", "hello")
        };
        assert_eq!(
            store.presigned(&call).await.outcome(),
            expected,
            "presigned with {token:?}"
        );
        assert_eq!(
            store.signed(&call).await.outcome(),
            expected,
            "signed with {token:?}"
        );
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_not_made() {
    let store = Store::start().await;
    for (method, key) in [
        (Method::PUT, "a"),
        (Method::GET, "a"),
        (Method::DELETE, "a"),
        (Method::GET, ""),
    ] {
        let call = Call {
            bucket: "other-bucket",
            ..Call::new(method.clone(), key)
        };
        assert_eq!(
            store.presigned(&call).await.outcome(),
            (404, "NoSuchBucket"),
            "{method} {key}"
        );
    }
    let create = Call {
        bucket: "other-bucket",
        ..Call::new(Method::PUT, "")
    };
    assert_eq!(store.presigned(&create).await.outcome(), (501, "NotImplemented"));
    let there = std::fs::read_dir(store.root.path())
        .expect("the folder is there")
        .count();
    assert_eq!(there, 1);
}
