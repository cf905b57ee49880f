//! A small object store: bytes by path. It refuses a request without the headers that its URL signs.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The objects, by path.
#[derive(Clone, Default)]
pub(crate) struct Objects(Arc<Mutex<HashMap<String, Bytes>>>);

impl Objects {
    /// Paths that contain `part`.
    pub(crate) fn paths_with(&self, part: &str) -> Vec<String> {
        let objects = self.0.lock().expect("no test panics while it holds the objects");
        objects
            .keys()
            .filter(|path| path.contains(part))
            .cloned()
            .collect()
    }

    /// Replaces the bytes of the objects whose path contains `part`.
    pub(crate) fn overwrite(&self, part: &str, bytes: &'static [u8]) {
        let mut objects = self.0.lock().expect("no test panics while it holds the objects");
        let chosen = objects.iter_mut().filter(|(path, _)| path.contains(part));
        chosen.for_each(|(_, held)| *held = Bytes::from_static(bytes));
    }

    fn answer(
        &self,
        method: &Method,
        path: String,
        copied: Option<&str>,
        body: Bytes,
    ) -> (StatusCode, Bytes) {
        let mut objects = self.0.lock().expect("no test panics while it holds the objects");
        match (method.as_str(), copied) {
            ("PUT", Some(source)) => match objects.get(source).cloned() {
                Some(bytes) => {
                    objects.insert(path, bytes);
                    (StatusCode::OK, Bytes::new())
                }
                None => (StatusCode::NOT_FOUND, Bytes::new()),
            },
            ("PUT", None) => {
                objects.insert(path, body);
                (StatusCode::OK, Bytes::new())
            }
            ("DELETE", _) => {
                objects.remove(&path);
                (StatusCode::NO_CONTENT, Bytes::new())
            }
            _ => objects.get(&path).map_or_else(
                || (StatusCode::NOT_FOUND, Bytes::new()),
                |bytes| (StatusCode::OK, bytes.clone()),
            ),
        }
    }
}

/// Serves the objects for as long as the runtime lives.
pub(crate) async fn serve() -> (SocketAddr, Objects) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let objects = Objects::default();
    let served = objects.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let objects = served.clone();
            let service = service_fn(move |request| answer(objects.clone(), request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (addr, objects)
}

async fn answer(objects: Objects, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let query: HashMap<String, String> =
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let signed_headers = query.get("X-Amz-SignedHeaders").map(String::as_str);
    let carries_what_is_signed =
        signed_headers.is_some_and(|names| names.split(';').all(|name| parts.headers.contains_key(name)));
    let (status, body) = if carries_what_is_signed || parts.headers.contains_key("authorization") {
        let copied = parts
            .headers
            .get("x-amz-copy-source")
            .and_then(|source| source.to_str().ok());
        objects.answer(&parts.method, parts.uri.path().to_owned(), copied, body)
    } else {
        (StatusCode::FORBIDDEN, Bytes::new())
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    Ok(response)
}
