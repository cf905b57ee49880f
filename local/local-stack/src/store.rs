//! S3-compatible object store: one bucket, with S3's rules for presigned `SigV4` and for CORS.
//!
//! s3s implements the protocol and verifies signatures. `admission` refuses requests that S3 refuses and s3s accepts,
//! `body` ends uploads that stall or break off, `cors` is the bucket's CORS configuration, `objects` has the operations
//! and `folder` the files.
//!
//! The folder is our own because that of s3s (s3s-fs 0.14.1) uses a key, and its base64, in file names, so that keys of
//! more than some 150 bytes fail, among them ordinary file names that are not Latin. It also keeps an upload whose
//! checksum it refuses.

mod admission;
mod attributes;
mod body;
mod checks;
mod cors;
mod digests;
mod folder;
mod listing;
mod objects;
mod signature;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::EXPECT;
use http::request::Parts;
use http::{Method, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{HttpResponse, S3Error, S3ErrorCode};
use tokio::sync::watch;

pub use cors::CorsRule;

use crate::serving::{Bound, Server};
use admission::Admission;
use body::LentBody;
use folder::Folder;
use objects::Objects;

/// Longest wait for the next bytes of an upload; S3 waits about as long.
const LONGEST_IDLE: Duration = Duration::from_secs(20);

/// Options of a store.
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Parent of the bucket's folder; created if it is missing.
    pub root: PathBuf,
    /// Name of the one bucket.
    pub bucket: String,
    /// The one access key that the store knows.
    pub access_key: String,
    /// The access key's secret.
    pub secret_key: String,
    /// Session token of temporary credentials, which every request must then carry.
    pub session_token: Option<String>,
    /// Region that signatures must name.
    pub region: String,
    /// The bucket's CORS rules; empty for a bucket without a CORS configuration.
    pub cors: Vec<CorsRule>,
}

/// A running store; dropping it stops it.
pub struct Running {
    /// Address that the store listens on.
    pub addr: SocketAddr,
    cors: watch::Sender<Vec<CorsRule>>,
    server: Server,
}

/// Opens the bucket's folder and serves it.
///
/// # Errors
/// The folder cannot be made, or the address cannot be listened on.
pub async fn serve(options: Options) -> io::Result<Running> {
    let folder = Folder::open(&options.root.join(&options.bucket))?;
    let (cors, rules) = watch::channel(options.cors);
    let mut s3 = S3ServiceBuilder::new(Objects {
        bucket: options.bucket.clone(),
        folder,
        since: SystemTime::now().into(),
    });
    s3.set_auth(SimpleAuth::from_single(
        options.access_key.clone(),
        options.secret_key,
    ));
    let store = Arc::new(Store {
        bucket: options.bucket,
        rules,
        admission: Admission {
            access_key: options.access_key,
            session_token: options.session_token,
            region: options.region,
        },
        s3: s3.build(),
    });
    let router = Router::new().fallback(answer).with_state(store);
    let bound = Bound::new(options.listen).await?;
    Ok(Running {
        addr: bound.addr,
        cors,
        server: bound.serve(router),
    })
}

impl Running {
    /// Replaces the bucket's CORS rules from the next request on.
    pub fn set_cors(&self, rules: Vec<CorsRule>) {
        self.cors.send_replace(rules);
    }

    /// Stops listening and waits up to a second for open requests.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

struct Store {
    bucket: String,
    rules: watch::Receiver<Vec<CorsRule>>,
    admission: Admission,
    s3: S3Service,
}

async fn answer(State(store): State<Arc<Store>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return store.preflight(&parts);
    }
    let cors = store.cors_headers(&parts);
    let mut response = store.operate(parts, body).await;
    response.headers_mut().extend(cors);
    response
}

impl Store {
    fn preflight(&self, request: &Parts) -> Response {
        if !self.holds(request) {
            return refusal(cors::preflight_elsewhere(&request.headers));
        }
        match cors::preflight(&self.rules.borrow(), &request.headers) {
            Err(error) => refusal(error),
            Ok(headers) => headers.into_response(),
        }
    }

    fn cors_headers(&self, request: &Parts) -> http::HeaderMap {
        if !self.holds(request) {
            return http::HeaderMap::new();
        }
        cors::response_headers(&self.rules.borrow(), &request.method, &request.headers)
    }

    /// Whether a request is for the bucket, in path style.
    fn holds(&self, request: &Parts) -> bool {
        request.uri.path().split('/').nth(1) == Some(&self.bucket)
    }

    async fn operate(&self, parts: Parts, body: Body) -> Response {
        let awaits_go_ahead = parts.headers.contains_key(EXPECT);
        let (loan, lent) = body::lend(body, LONGEST_IDLE);
        let response = self.respond(parts, lent).await.unwrap_or_else(refusal);
        if let Some(error) = loan.error() {
            return refusal(error.into());
        }
        if !awaits_go_ahead {
            loan.drain().await;
        }
        response
    }

    async fn respond(&self, parts: Parts, body: LentBody) -> Result<Response, S3Error> {
        self.admission.check(&parts)?;
        let request = http::Request::from_parts(parts, s3s::Body::http_body_unsync(body));
        let response = self.s3.call(request).await;
        response
            .map(|response| response.map(Body::new))
            .map_err(|error| S3Error::with_source(S3ErrorCode::InternalError, error.into()))
    }
}

fn refusal(error: S3Error) -> Response {
    let response = error
        .to_http_response()
        .map(|response: HttpResponse| response.map(Body::new));
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
