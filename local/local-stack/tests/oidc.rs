//! The identity provider over HTTP, as the broker and the demo page use it.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_stack::oidc::{self, OldKey, Options, Running, User};
use serde_json::{Map, Value, json};

const PAGE: &str = "http://127.0.0.1:8080";

async fn start() -> Running {
    let mut claims = Map::new();
    claims.insert("case_ids".to_owned(), json!(["case-1", "case-2"]));
    let user = |username: &str, groups: &[&str], claims| User {
        username: username.to_owned(),
        subject: format!("subject of {username}"),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        claims,
    };
    let options = Options {
        client_id: "portal".to_owned(),
        scopes: vec!["broker/read".to_owned(), "broker/write".to_owned()],
        allowed_origins: vec![PAGE.to_owned()],
        token_lifetime: Duration::from_mins(10),
        users: vec![
            user("agent", &["agents", "leads"], Map::new()),
            user("customer", &[], claims),
        ],
    };
    oidc::serve(SocketAddr::from(([127, 0, 0, 1], 0)), options)
        .await
        .expect("a free port can be listened on")
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

async fn send(request: http::request::Builder, body: &str) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = request
        .body(Full::new(Bytes::from(body.to_owned())))
        .expect("the request is well-formed");
    let response = client.request(request).await.expect("the provider answers");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("the answer is whole").to_bytes();
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Answer {
        status: parts.status,
        headers: parts.headers,
        json,
    }
}

async fn get(provider: &Running, path: &str) -> Value {
    send(Request::get(format!("{}{path}", provider.issuer())), "")
        .await
        .json
}

async fn ask(provider: &Running, form: &str) -> Answer {
    let request = Request::post(format!("{}/token", provider.issuer()))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", PAGE);
    send(request, form).await
}

async fn token(provider: &Running, form: &str) -> String {
    let answer = ask(provider, &format!("grant_type=password&{form}")).await;
    answer.json["access_token"]
        .as_str()
        .expect("there is a token")
        .to_owned()
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("the token has three parts");
    let bytes = base64url(part);
    serde_json::from_slice(&bytes).expect("the part is JSON")
}

/// Whether the published key that the token names verifies it; `None` where it is not published.
async fn verifies(provider: &Running, token: &str) -> Option<bool> {
    let jwks = get(provider, "/jwks.json").await;
    let kid = &part(token, 0)["kid"];
    let jwk = jwks["keys"]
        .as_array()
        .expect("there are keys")
        .iter()
        .find(|jwk| jwk["kid"] == *kid)?;
    assert_eq!([&jwk["kty"], &jwk["alg"], &jwk["use"]], ["RSA", "RS256", "sig"]);
    let member = |name: &str| base64url(jwk[name].as_str().expect("the member is a string"));
    let key = RsaPublicKeyComponents {
        n: member("n"),
        e: member("e"),
    };
    let (message, signature) = token.rsplit_once('.').expect("the token has three parts");
    let verified = key.verify(
        &RSA_PKCS1_2048_8192_SHA256,
        message.as_bytes(),
        &base64url(signature),
    );
    Some(verified.is_ok())
}

fn base64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url without padding")
}

fn now_unix_secs() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .expect("the clock is right")
        .as_secs()
}

#[tokio::test]
async fn discovery_leads_to_keys_that_verify_the_tokens() {
    let provider = start().await;
    let issuer = format!("http://{}", provider.addr);
    let discovery = get(&provider, "/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], issuer);
    assert_eq!(discovery["jwks_uri"], format!("{issuer}/jwks.json"));
    assert_eq!(discovery["token_endpoint"], format!("{issuer}/token"));
    let token = token(&provider, "username=agent&password=anything").await;
    assert_eq!(verifies(&provider, &token).await, Some(true));
    let (head, tail) = token.rsplit_once('.').expect("the token has three parts");
    let forged = format!("{head}A.{tail}");
    assert_eq!(verifies(&provider, &forged).await, Some(false));
}

#[tokio::test]
async fn a_token_has_the_shape_of_cognitos_access_tokens() {
    let provider = start().await;
    let before = now_unix_secs();
    let answer = ask(&provider, "grant_type=password&username=agent").await;
    assert_eq!(
        (answer.status, &answer.json["token_type"]),
        (StatusCode::OK, &json!("Bearer"))
    );
    assert_eq!(answer.json["expires_in"], 600);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let token = answer.json["access_token"].as_str().expect("there is a token");
    let mut header = part(token, 0);
    assert!(header["kid"].take().is_string());
    assert_eq!(header, json!({ "kid": null, "alg": "RS256" }));
    let mut claims = part(token, 1);
    let issued = claims["iat"].take().as_u64().expect("iat is a number");
    assert!((before..=now_unix_secs()).contains(&issued));
    assert_eq!(claims["exp"].take(), issued + 600);
    assert!(claims["jti"].take().is_string());
    assert_eq!(
        claims,
        json!({
            "iss": provider.issuer(), "sub": "subject of agent", "username": "agent", "client_id": "portal",
            "token_use": "access", "scope": "broker/read broker/write",
            "cognito:groups": ["agents", "leads"], "iat": null, "exp": null, "jti": null,
        })
    );
    let customer = part(&self::token(&provider, "username=customer").await, 1);
    assert_eq!(customer["case_ids"], json!(["case-1", "case-2"]));
    assert_eq!(customer.get("cognito:groups"), None);
}

#[tokio::test]
async fn a_token_can_be_asked_for_that_has_expired() {
    let provider = start().await;
    let claims = part(&token(&provider, "username=agent&expires_in=-30").await, 1);
    let expires = claims["exp"].as_u64().expect("exp is a number");
    assert!(expires <= now_unix_secs() - 30);
    assert_eq!(claims["iat"], expires - 600);
}

#[tokio::test]
async fn anything_else_is_an_error_of_the_rfc_that_the_page_can_read() {
    let provider = start().await;
    for (form, error) in [
        ("grant_type=password&username=mallory", "invalid_grant"),
        ("grant_type=password", "invalid_request"),
        ("username=agent", "invalid_request"),
        (
            "grant_type=password&username=agent&username=customer",
            "invalid_request",
        ),
        (
            "grant_type=refresh_token&username=agent",
            "unsupported_grant_type",
        ),
    ] {
        let answer = ask(&provider, form).await;
        assert_eq!(
            (answer.status, &answer.json["error"]),
            (StatusCode::BAD_REQUEST, &json!(error)),
            "{form}"
        );
        assert_eq!(answer.headers["access-control-allow-origin"], PAGE, "{form}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{form}");
    }
    let untyped = Request::post(format!("{}/token", provider.issuer())).header("content-type", "text/plain");
    let answer = send(untyped, "grant_type=password&username=agent").await;
    assert_eq!(answer.json["error"], "invalid_request");
    let read = send(Request::get(format!("{}/token", provider.issuer())), "").await;
    assert_eq!(read.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn other_pages_cannot_read_a_token() {
    let provider = start().await;
    let request = Request::post(format!("{}/token", provider.issuer()))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "http://127.0.0.1:8081");
    let answer = send(request, "grant_type=password&username=agent").await;
    assert_eq!(answer.headers.get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_new_key_signs_at_once_and_the_old_one_stays_until_it_is_dropped() {
    let provider = start().await;
    let first = token(&provider, "username=agent").await;
    let rotate = |query: &str| Request::post(format!("{}/_local/rotate{query}", provider.issuer()));

    assert_eq!(send(rotate(""), "").await.status, StatusCode::NO_CONTENT);
    let second = token(&provider, "username=agent").await;
    assert_ne!(part(&first, 0)["kid"], part(&second, 0)["kid"]);
    assert_eq!(verifies(&provider, &first).await, Some(true));
    assert_eq!(verifies(&provider, &second).await, Some(true));

    assert_eq!(send(rotate("?drop=1"), "").await.status, StatusCode::NO_CONTENT);
    let third = token(&provider, "username=agent").await;
    assert_eq!(verifies(&provider, &first).await, None);
    assert_eq!(verifies(&provider, &second).await, None);
    assert_eq!(verifies(&provider, &third).await, Some(true));

    provider
        .rotate(OldKey::Published)
        .expect("a key can be generated");
    assert_ne!(
        part(&token(&provider, "username=agent").await, 0),
        part(&third, 0)
    );
    assert_eq!(verifies(&provider, &third).await, Some(true));
}

#[tokio::test]
async fn a_key_published_ahead_signs_after_the_rotation_and_not_before() {
    let provider = start().await;
    let published = async || {
        let jwks = get(&provider, "/jwks.json").await;
        let keys = jwks["keys"].as_array().expect("there are keys").iter();
        keys.map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let signing = async || part(&token(&provider, "username=agent").await, 0)["kid"].clone();
    let old = signing().await;
    for times in ["once", "twice"] {
        let publish = Request::post(format!("{}/_local/publish", provider.issuer()));
        assert_eq!(send(publish, "").await.status, StatusCode::NO_CONTENT);
        assert_eq!(published().await.len(), 2, "{times}");
        assert_eq!(signing().await, old, "{times}");
    }
    let next = published().await.pop().expect("two keys");
    let rotate = Request::post(format!("{}/_local/rotate", provider.issuer()));
    assert_eq!(send(rotate, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(signing().await, next);
    assert_eq!(published().await, [next, old]);
}

#[tokio::test]
async fn fetches_are_counted() {
    let provider = start().await;
    assert_eq!(
        get(&provider, "/_local/fetches").await,
        json!({ "discovery": 0, "jwks": 0 })
    );
    get(&provider, "/.well-known/openid-configuration").await;
    get(&provider, "/jwks.json").await;
    get(&provider, "/jwks.json").await;
    assert_eq!(
        get(&provider, "/_local/fetches").await,
        json!({ "discovery": 1, "jwks": 2 })
    );
}

#[tokio::test]
async fn a_stopped_provider_leaves_its_port() {
    let provider = start().await;
    let addr = provider.addr;
    provider.shutdown().await;
    tokio::net::TcpListener::bind(addr)
        .await
        .expect("the port is free again");
}
