//! HTTP routes of the issuer.

use std::io;
use std::sync::atomic::Ordering;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use super::grant::{GrantError, Request};
use super::issuer::{Fetches, Issuer};
use super::keys::OldKey;

impl Issuer {
    /// The issuer's routes.
    pub fn routes(&self) -> Router {
        let cors = CorsLayer::new()
            .allow_origin(self.0.allowed_origins.clone())
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([CONTENT_TYPE]);
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks.json", get(jwks))
            .route("/token", post(token))
            .route("/_local/publish", post(publish))
            .route("/_local/rotate", post(rotate))
            .route("/_local/fetches", get(fetches))
            .layer(cors)
            .with_state(self.clone())
    }
}

async fn discovery(State(issuer): State<Issuer>) -> Json<Value> {
    issuer.0.fetches.discovery.fetch_add(1, Ordering::Relaxed);
    let url = issuer.url();
    Json(json!({
        "issuer": url,
        "jwks_uri": format!("{url}/jwks.json"),
        "token_endpoint": format!("{url}/token"),
        "grant_types_supported": ["password"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": issuer.0.shape.scopes,
    }))
}

async fn jwks(State(issuer): State<Issuer>) -> Json<Value> {
    issuer.0.fetches.jwks.fetch_add(1, Ordering::Relaxed);
    Json(issuer.jwks())
}

async fn token(State(issuer): State<Issuer>, headers: HeaderMap, form: Bytes) -> Response {
    let (status, body) = match granted(&issuer, &headers, &form) {
        Ok(token) => (StatusCode::OK, token),
        Err(error) => (error.status(), json!({"error": error.to_string()})),
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn granted(issuer: &Issuer, headers: &HeaderMap, form: &[u8]) -> Result<Value, GrantError> {
    let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if !content_type.starts_with(b"application/x-www-form-urlencoded") {
        return Err(GrantError::InvalidRequest);
    }
    let (token, expires_in) = issuer.grant(&Request::parse(form)?)?;
    Ok(json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in}))
}

async fn publish(State(issuer): State<Issuer>) -> StatusCode {
    status(&issuer.publish_next())
}

async fn rotate(State(issuer): State<Issuer>, RawQuery(query): RawQuery) -> StatusCode {
    let old = if query.as_deref() == Some("drop=1") {
        OldKey::Dropped
    } else {
        OldKey::Published
    };
    status(&issuer.rotate(old))
}

fn status(done: &io::Result<()>) -> StatusCode {
    match done {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn fetches(State(issuer): State<Issuer>) -> Json<Value> {
    let Fetches { discovery, jwks } = &issuer.0.fetches;
    Json(json!({
        "discovery": discovery.load(Ordering::Relaxed),
        "jwks": jwks.load(Ordering::Relaxed),
    }))
}
