//! The bucket's CORS rules, asked as a browser asks them.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use local_stack::store::CorsRule;

use crate::client::{Answer, BUCKET, Call, PAGE, Store, page_rule};

async fn preflight(store: &Store, bucket: &str, headers: Headers<'_>) -> Answer {
    let uri = format!(
        "http://{}/{bucket}/report.pdf?X-Amz-Signature=none",
        store.running.addr
    );
    let mut request = Request::builder().method(Method::OPTIONS).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    store
        .send(
            request
                .body(Full::new(Bytes::new()))
                .expect("the request is well-formed"),
        )
        .await
}

type Headers<'a> = &'a [(&'a str, &'a str)];

const ORIGIN: (&str, &str) = ("origin", PAGE);
const PUT: (&str, &str) = ("access-control-request-method", "PUT");

#[tokio::test]
async fn a_preflight_that_a_rule_allows_needs_no_signature() {
    let store = Store::start().await;
    let asked = (
        "access-control-request-headers",
        "Content-Type, content-disposition,x-amz-meta-case",
    );
    let answer = preflight(&store, BUCKET, &[ORIGIN, PUT, asked]).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
    for (name, expected) in [
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "PUT, GET"),
        (
            "access-control-allow-headers",
            "content-type, content-disposition, x-amz-meta-case",
        ),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "ETag"),
        ("access-control-max-age", "3000"),
        (
            "vary",
            "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
        ),
    ] {
        assert_eq!(answer.header(name), expected, "{name}");
    }
}

#[tokio::test]
async fn a_preflight_that_no_rule_allows_is_forbidden() {
    let store = Store::start().await;
    let foreign = ("origin", "http://127.0.0.1:8081");
    let method = |value| ("access-control-request-method", value);
    let asked = |value| ("access-control-request-headers", value);
    let rows: [(&str, Headers, u16, &str); 7] = [
        (
            BUCKET,
            &[foreign, PUT],
            403,
            "CORSResponse: This CORS request is not allowed.",
        ),
        (
            BUCKET,
            &[("origin", "null"), PUT],
            403,
            "CORSResponse: This CORS request is not allowed.",
        ),
        (
            BUCKET,
            &[ORIGIN, method("DELETE")],
            403,
            "CORSResponse: This CORS request is not allowed.",
        ),
        (
            BUCKET,
            &[ORIGIN, PUT, asked("content-type, x-amz-acl")],
            403,
            "CORSResponse: This CORS request",
        ),
        (
            BUCKET,
            &[ORIGIN],
            400,
            "Invalid Access-Control-Request-Method: null",
        ),
        (
            BUCKET,
            &[PUT],
            400,
            "Insufficient information. Origin request header needed.",
        ),
        (
            "other-bucket",
            &[ORIGIN, PUT],
            403,
            "CORSResponse: Bucket not found",
        ),
    ];
    for (bucket, headers, status, message) in rows {
        let answer = preflight(&store, bucket, headers).await;
        assert_eq!(answer.status, status, "{bucket} {headers:?}");
        assert!(
            answer.element("Message").starts_with(message),
            "{headers:?}: {}",
            answer.text()
        );
        assert_eq!(answer.header("access-control-allow-origin"), "", "{headers:?}");
    }
}

#[tokio::test]
async fn an_answer_is_readable_for_the_origins_of_the_rules_only() {
    let store = Store::start().await;
    for (origin, readable) in [(PAGE, true), ("http://127.0.0.1:8081", false), ("null", false)] {
        let mut request = Call::put("report.pdf", "hello").presigned(store.running.addr);
        request
            .headers_mut()
            .insert("origin", origin.parse().expect("it is a header value"));
        let answer = store.send(request).await;
        assert_eq!(
            answer.status, 200,
            "{origin}: S3 serves what no rule allows, without the headers"
        );
        let expected = if readable {
            [origin, "ETag", "true"]
        } else {
            ["", "", ""]
        };
        let shown = ["allow-origin", "expose-headers", "allow-credentials"]
            .map(|name| answer.header(&format!("access-control-{name}")));
        assert_eq!(shown, expected, "{origin}");
    }
}

#[tokio::test]
async fn any_origin_is_answered_with_a_star_and_without_credentials() {
    let any = CorsRule {
        allowed_origins: vec!["*".to_owned()],
        ..page_rule()
    };
    let store = Store::start_with(|options| options.cors = vec![any]).await;
    let answer = preflight(&store, BUCKET, &[ORIGIN, PUT]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn rules_are_replaced_while_the_store_runs() {
    let store = Store::start().await;
    assert_eq!(preflight(&store, BUCKET, &[ORIGIN, PUT]).await.status, 200);
    store.running.set_cors(Vec::new());
    let answer = preflight(&store, BUCKET, &[ORIGIN, PUT]).await;
    assert_eq!(answer.outcome(), (403, "AccessForbidden"));
    assert_eq!(
        answer.element("Message"),
        "CORSResponse: CORS is not enabled for this bucket."
    );
    let mut request = Call::put("report.pdf", "hello").presigned(store.running.addr);
    request
        .headers_mut()
        .insert("origin", PAGE.parse().expect("it is a header value"));
    assert_eq!(
        store.send(request).await.header("access-control-allow-origin"),
        ""
    );
    store.running.set_cors(vec![page_rule()]);
    assert_eq!(preflight(&store, BUCKET, &[ORIGIN, PUT]).await.status, 200);
}
