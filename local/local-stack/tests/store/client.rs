//! A store of one's own, and requests to it that start out right.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_stack::store::{self, CorsRule, Options, Running};
use tempfile::TempDir;

pub(crate) const BUCKET: &str = "attachments";
pub(crate) const PAGE: &str = "http://127.0.0.1:8080";

/// A running store in a folder of its own.
pub(crate) struct Store {
    pub(crate) running: Running,
    pub(crate) root: TempDir,
}

impl Store {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let root = tempfile::tempdir().expect("a folder can be made");
        let mut options = options(root.path().into());
        change(&mut options);
        let running = store::serve(options)
            .await
            .expect("a free port can be listened on");
        Self { running, root }
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        send(request).await
    }

    pub(crate) async fn presigned(&self, call: &Call) -> Answer {
        send(call.presigned(self.running.addr)).await
    }

    pub(crate) async fn signed(&self, call: &Call) -> Answer {
        send(call.signed(self.running.addr)).await
    }

    /// Number of files in each part of the bucket's folder: records, bodies, uploading.
    pub(crate) fn files(&self) -> [usize; 3] {
        ["records", "bodies", "uploading"].map(|part| {
            let path = self.root.path().join(BUCKET).join(part);
            std::fs::read_dir(path).expect("the folder is there").count()
        })
    }
}

pub(crate) fn options(root: PathBuf) -> Options {
    Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        root,
        bucket: BUCKET.to_owned(),
        access_key: "test".to_owned(),
        secret_key: "test".to_owned(),
        session_token: None,
        region: "eu-west-1".to_owned(),
        cors: vec![page_rule()],
    }
}

pub(crate) fn page_rule() -> CorsRule {
    CorsRule {
        allowed_origins: vec![PAGE.to_owned()],
        allowed_methods: vec!["PUT".to_owned(), "GET".to_owned()],
        allowed_headers: vec!["content-*".to_owned(), "X-Amz-Meta-Case".to_owned()],
        expose_headers: vec!["ETag".to_owned()],
        max_age_seconds: Some(3000),
    }
}

/// A request before it is signed; starts as an upload that succeeds.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) bucket: &'static str,
    pub(crate) key: String,
    pub(crate) query: &'static str,
    /// Headers that are signed, `host` aside.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) signed_at: SystemTime,
    pub(crate) expires: Duration,
    pub(crate) access_key: &'static str,
    pub(crate) secret_key: &'static str,
    pub(crate) session_token: Option<&'static str>,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
}

impl Call {
    /// An upload of `body` as Connect presigns them: type, length and metadata signed.
    pub(crate) fn put(key: &str, body: &'static str) -> Self {
        let headers = vec![
            ("content-type", "application/pdf".to_owned()),
            ("content-length", body.len().to_string()),
            ("x-amz-meta-case", "42".to_owned()),
        ];
        Self {
            headers,
            body: body.into(),
            ..Self::new(Method::PUT, key)
        }
    }

    /// A request without headers or body.
    pub(crate) fn new(method: Method, key: &str) -> Self {
        Self {
            method,
            bucket: BUCKET,
            key: key.to_owned(),
            query: "",
            headers: Vec::new(),
            body: Bytes::new(),
            signed_at: SystemTime::now(),
            expires: Duration::from_mins(1),
            access_key: "test",
            secret_key: "test",
            session_token: None,
            region: "eu-west-1",
            service: "s3",
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn path(&self) -> String {
        if self.bucket.is_empty() {
            "/".to_owned()
        } else {
            format!("/{}/{}", self.bucket, encoded(&self.key))
        }
    }

    /// The request, signed in its query string.
    pub(crate) fn presigned(&self, addr: SocketAddr) -> Request<Full<Bytes>> {
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(self.expires);
        self.request(addr, settings, SignableBody::UnsignedPayload)
    }

    /// The request, signed in its `Authorization` header, body and all.
    pub(crate) fn signed(&self, addr: SocketAddr) -> Request<Full<Bytes>> {
        let mut settings = settings();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        self.request(addr, settings, SignableBody::Bytes(&self.body))
    }

    /// The request, signed in its `Authorization` header for a body in chunks with a trailer.
    pub(crate) fn chunked(&self, addr: SocketAddr) -> Request<Full<Bytes>> {
        let mut settings = settings();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        self.request(addr, settings, SignableBody::StreamingUnsignedPayloadTrailer)
    }

    fn request(
        &self,
        addr: SocketAddr,
        settings: SigningSettings,
        body: SignableBody<'_>,
    ) -> Request<Full<Bytes>> {
        let token = self.session_token.map(str::to_owned);
        let identity = Identity::from(Credentials::new(
            self.access_key,
            self.secret_key,
            token,
            None,
            "test",
        ));
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.signed_at)
            .settings(settings)
            .build()
            .expect("all parameters are set")
            .into();
        let mut request = Request::builder().method(&self.method).uri(format!(
            "http://{addr}{}{}",
            self.path(),
            self.query
        ));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let mut request = request
            .body(Full::new(self.body.clone()))
            .expect("the request is well-formed");
        let uri = request.uri().to_string();
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable =
            SignableRequest::new(self.method.as_str(), uri, headers, body).expect("it can be signed");
        let (instructions, _) = sign(signable, &parameters)
            .expect("it can be signed")
            .into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// Percent-encodes a key as S3's clients do: everything but unreserved characters and `/`.
fn encoded(key: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    key.bytes()
        .map(|byte| {
            if unreserved(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// A response of the store.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The header's text, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("the header is ASCII"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The text of an XML element, empty where there is none.
    pub(crate) fn element(&self, name: &str) -> &str {
        let after = self
            .text()
            .split_once(&format!("<{name}>"))
            .map_or("", |(_, after)| after);
        after
            .split_once(&format!("</{name}>"))
            .map_or("", |(text, _)| text)
    }

    /// Status and S3's error code.
    pub(crate) fn outcome(&self) -> (u16, &str) {
        (self.status.as_u16(), self.element("Code"))
    }
}

async fn send(request: Request<Full<Bytes>>) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.expect("the store answers");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("the answer is whole").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}
