//! Client of the object store's bucket, over S3's own protocol.

use std::time::Duration;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningError,
    SigningInstructions, SigningSettings, UriPathNormalizationMode,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;

use crate::clock::Clock;
use crate::options::StoreOptions;
use crate::signing::Signer;
use crate::state::scan::Scan;

/// Why a request to the store failed.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error("the request to the store could not be signed")]
    Signing(#[from] SigningError),
    #[error("the request to the store is malformed")]
    Request(#[from] http::Error),
    #[error("the store could not be reached")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("the store's answer is incomplete")]
    Incomplete(#[from] hyper::Error),
    #[error("the store answered {status} to {method}")]
    Refused {
        method: &'static str,
        status: StatusCode,
    },
}

/// Headers of a request to the store.
pub(crate) type Headers = [(String, String)];

/// The bucket that holds the files.
pub(crate) struct Store {
    options: StoreOptions,
    clock: Clock,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Store {
    pub(crate) fn new(options: StoreOptions, clock: Clock) -> Self {
        Self {
            options,
            clock,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// A URL that allows this one request with exactly these headers until `expires_in` has passed.
    ///
    /// `key` consists of characters that need no encoding; a query may follow it.
    pub(crate) fn presigned_url(
        &self,
        method: &str,
        key: &str,
        headers: &Headers,
        expires_in: Duration,
    ) -> Result<String, StoreError> {
        let mut settings = s3_settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires_in);
        let url = self.url(key);
        let signature = self.sign(method, &url, headers, SignableBody::UnsignedPayload, settings)?;
        let mut request = Request::builder().uri(url).body(())?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request.uri().to_string())
    }

    /// An object's size in bytes, if it exists.
    pub(crate) async fn size_bytes(&self, key: &str) -> Result<Option<u64>, StoreError> {
        let response = self.send("HEAD", key, &[]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = success("HEAD", response)?;
        let length = response.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Some(length.unwrap_or(0)))
    }

    /// Whether the scan of an object's bytes finds nothing.
    pub(crate) async fn is_clean(&self, key: &str) -> Result<bool, StoreError> {
        let mut body = success("GET", self.send("GET", key, &[]).await?)?.into_body();
        let mut scan = Scan::default();
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame?.data_ref() {
                scan.update(data);
            }
        }
        Ok(scan.is_clean())
    }

    /// Moves an object within the bucket.
    pub(crate) async fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let source = format!("/{}/{from}", self.options.bucket);
        let headers = [("x-amz-copy-source".to_owned(), source)];
        drain(success("PUT", self.send("PUT", to, &headers).await?)?).await?;
        self.delete(from).await
    }

    /// Removes an object, if it exists.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let response = self.send("DELETE", key, &[]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        drain(success("DELETE", response)?).await
    }

    async fn send(
        &self,
        method: &'static str,
        key: &str,
        headers: &Headers,
    ) -> Result<Response<Incoming>, StoreError> {
        let mut settings = s3_settings();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let url = self.url(key);
        let signature = self.sign(method, &url, headers, SignableBody::empty(), settings)?;
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::default())?;
        signature.apply_to_request_http1x(&mut request);
        Ok(self.client.request(request).await?)
    }

    fn url(&self, key: &str) -> String {
        let endpoint = self.options.endpoint.trim_end_matches('/');
        format!("{endpoint}/{}/{key}", self.options.bucket)
    }

    fn sign(
        &self,
        method: &str,
        url: &str,
        headers: &Headers,
        body: SignableBody<'_>,
        settings: SigningSettings,
    ) -> Result<SigningInstructions, SigningError> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let signer = Signer {
            credentials: &self.options.credentials,
            region: &self.options.region,
            service: "s3",
            time: self.clock.now(),
        };
        Ok(signer
            .sign(SignableRequest::new(method, url, headers, body)?, settings)?
            .0)
    }
}

/// S3 signs a path exactly as it is sent.
fn s3_settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

fn success(method: &'static str, response: Response<Incoming>) -> Result<Response<Incoming>, StoreError> {
    let status = response.status();
    if status.is_success() {
        Ok(response)
    } else {
        Err(StoreError::Refused { method, status })
    }
}

/// Reads an answer to its end, so that its connection can be used again.
async fn drain(response: Response<Incoming>) -> Result<(), StoreError> {
    response.into_body().collect().await?;
    Ok(())
}
