//! The gateway over real connections, in front of functions that are plain closures.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local_stack::gateway::{Api, Authorizer, Cors, Function, Passage, PassageSink, Running, Throttle, serve};
use local_stack::instances::InvokeError;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Any free port.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Function that answers every event with the event itself.
struct Echo;

impl Function for Echo {
    async fn invoke(&self, event: Bytes, _trace_id: &str) -> Result<Bytes, InvokeError> {
        let body = String::from_utf8(event.to_vec()).expect("JSON is text");
        let headers = json!({"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"});
        Ok(json!({"statusCode": 200, "headers": headers, "body": body})
            .to_string()
            .into())
    }
}

/// Function that never answers.
struct Silent;

impl Function for Silent {
    async fn invoke(&self, _event: Bytes, _trace_id: &str) -> Result<Bytes, InvokeError> {
        std::future::pending().await
    }
}

async fn running(api: Api, function: impl Function) -> Running {
    serve(
        LOOPBACK,
        api,
        Arc::new(function),
        Authorizer::None,
        PassageSink::none(),
    )
    .await
    .expect("a gateway")
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn ask(gateway: &Running, method: Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Seen {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", gateway.addr));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::from(body.to_vec())).expect("a request");
    let (parts, body) = client.request(request).await.expect("a response").into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Seen {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    }
}

/// Text of the answer to bytes as they are written here; the request closes the connection.
async fn raw(gateway: &Running, request: &str) -> String {
    let mut stream = TcpStream::connect(gateway.addr).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn an_http_api_passes_events_of_format_2_0() {
    let api = Api {
        stage: "prod".to_owned(),
        ..Api::http()
    };
    let gateway = running(api, Echo).await;
    let seen = ask(
        &gateway,
        Method::POST,
        "/prod/uploads?a=1",
        &[("Content-Type", "application/json")],
        b"{}",
    )
    .await;
    assert_eq!(seen.status, 200);
    assert_eq!(
        seen.headers["apigw-requestid"],
        seen.body["requestContext"]["requestId"].as_str().expect("an id")
    );
    for (pointer, expected) in [
        ("/version", "2.0"),
        ("/rawPath", "/prod/uploads"),
        ("/rawQueryString", "a=1"),
        ("/body", "{}"),
        ("/headers/content-type", "application/json"),
        ("/headers/x-forwarded-for", "127.0.0.1"),
        ("/headers/x-forwarded-proto", "https"),
        ("/requestContext/stage", "prod"),
        ("/requestContext/http/sourceIp", "127.0.0.1"),
    ] {
        assert_eq!(seen.body.pointer(pointer), Some(&json!(expected)), "{pointer}");
    }
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_rest_api_passes_events_of_format_1_0_with_capitalised_names() {
    let gateway = running(Api::rest("prod"), Echo).await;
    let seen = ask(
        &gateway,
        Method::POST,
        "/prod/uploads",
        &[("content-type", "text/plain"), ("X-One", "1")],
        b"{}",
    )
    .await;
    assert!(
        seen.headers.contains_key("x-amzn-requestid"),
        "{:?}",
        seen.headers
    );
    assert_eq!(seen.body["path"], "/uploads");
    assert_eq!(seen.body["requestContext"]["path"], "/prod/uploads");
    assert_eq!(seen.body["pathParameters"], json!({"proxy": "uploads"}));
    let headers = seen.body["headers"].as_object().expect("headers");
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    let expected = [
        "Content-Length",
        "Content-Type",
        "Host",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-One",
    ];
    assert_eq!(names, expected);
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_is_not_of_the_api_never_reaches_the_function() {
    let routes = vec!["POST /uploads".parse().expect("a route")];
    let http = Api {
        stage: "prod".to_owned(),
        routes: routes.clone(),
        ..Api::http()
    };
    let rest = Api {
        routes,
        ..Api::rest("prod")
    };
    for (api, path, expected) in [
        (http.clone(), "/uploads", (404, "Not Found")),
        (http.clone(), "/prod/other", (404, "Not Found")),
        (rest.clone(), "/uploads", (403, "Forbidden")),
        (rest.clone(), "/prod/other", (403, "Missing Authentication Token")),
    ] {
        let gateway = running(api, Silent).await;
        let seen = ask(&gateway, Method::POST, path, &[], b"").await;
        assert_eq!(
            (seen.status, &seen.body),
            (expected.0, &json!({"message": expected.1})),
            "{path}"
        );
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn an_http_api_with_cors_answers_preflights_and_replaces_the_functions_headers() {
    let origin = "https://portal.example.com";
    let cors = Cors {
        allow_origins: vec![origin.to_owned()],
        ..Cors::default()
    };
    let gateway = running(
        Api {
            cors: Some(cors),
            ..Api::http()
        },
        Echo,
    )
    .await;
    let preflight = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
    let seen = ask(&gateway, Method::OPTIONS, "/uploads", &preflight, b"").await;
    assert_eq!(
        (seen.status, &seen.headers["access-control-allow-origin"]),
        (204, &origin.parse().expect("a value"))
    );
    let seen = ask(&gateway, Method::POST, "/uploads", &[("Origin", origin)], b"").await;
    assert_eq!(
        (seen.status, &seen.headers["access-control-allow-origin"]),
        (200, &origin.parse().expect("a value"))
    );
    let seen = ask(
        &gateway,
        Method::POST,
        "/uploads",
        &[("Origin", "https://evil.example.com")],
        b"",
    )
    .await;
    assert_eq!(
        (seen.status, seen.headers.get("access-control-allow-origin")),
        (200, None)
    );
    gateway.shutdown().await;
}

#[tokio::test]
async fn without_cors_a_preflight_is_the_functions_business() {
    let gateway = running(Api::http(), Echo).await;
    let preflight = [
        ("Origin", "https://portal.example.com"),
        ("Access-Control-Request-Method", "POST"),
    ];
    let seen = ask(&gateway, Method::OPTIONS, "/uploads", &preflight, b"").await;
    assert_eq!(seen.body["requestContext"]["http"]["method"], "OPTIONS");
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_stage_throttles_what_is_over_its_burst() {
    let throttle = Throttle { rate: 0.0, burst: 2 };
    let gateway = running(
        Api {
            throttle: Some(throttle),
            ..Api::http()
        },
        Echo,
    )
    .await;
    for expected in [200, 200, 429] {
        let seen = ask(&gateway, Method::GET, "/limits", &[], b"").await;
        assert_eq!(seen.status, expected);
    }
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_refused() {
    let gateway = running(Api::http(), Silent).await;
    let declared = "POST /uploads HTTP/1.1\r\nhost: h\r\ncontent-length: 10485761\r\n\r\n";
    let answer = raw(&gateway, declared).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(
        answer.ends_with(r#"{"message":"Request Entity Too Large"}"#),
        "{answer}"
    );
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_function_that_does_not_answer_is_given_up() {
    for (api, expected) in [(Api::http(), 503), (Api::rest("prod"), 504)] {
        let api = Api {
            integration_timeout: Duration::from_millis(10),
            ..api
        };
        let gateway = running(api, Silent).await;
        let seen = ask(&gateway, Method::GET, "/prod/limits", &[], b"").await;
        assert_eq!(seen.status, expected);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn every_passage_is_told_with_the_reason_of_a_refusal() {
    let told: Arc<Mutex<Vec<Passage>>> = Arc::default();
    let kept = Arc::clone(&told);
    let passages = PassageSink::new(move |passage| kept.lock().expect("no panic").push(passage.clone()));
    let api = Api {
        routes: vec!["GET /limits".parse().expect("a route")],
        ..Api::http()
    };
    let gateway = serve(LOOPBACK, api, Arc::new(Echo), Authorizer::None, passages)
        .await
        .expect("a gateway");
    ask(&gateway, Method::GET, "/limits", &[], b"").await;
    ask(&gateway, Method::GET, "/other", &[], b"").await;
    let told: Vec<_> = told
        .lock()
        .expect("no panic")
        .iter()
        .map(|passage| (passage.path.clone(), passage.status, passage.refused.clone()))
        .collect();
    let refused = Some("no route matches".to_owned());
    assert_eq!(
        told,
        [
            ("/limits".to_owned(), 200, None),
            ("/other".to_owned(), 404, refused)
        ]
    );
    gateway.shutdown().await;
}
