//! The object store, spoken to in S3's own protocol.

use std::time::SystemTime;

use aws_sigv4::http_request::SigningError;
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
use crate::presign::{Signing, signature};
use crate::scan::Scan;

/// Why the store did not do as asked.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error("the request to the store could not be signed")]
    Signing(#[from] SigningError),
    #[error("the request to the store is malformed")]
    Request(#[from] http::Error),
    #[error("the store could not be reached")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("the store's answer broke off")]
    Broken(#[from] hyper::Error),
    #[error("the store answered {status} to {method}")]
    Refused {
        method: &'static str,
        status: StatusCode,
    },
}

/// A client of one bucket.
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

    pub(crate) fn options(&self) -> &StoreOptions {
        &self.options
    }

    /// An object's URL, unsigned. Keys are made of characters that need no encoding.
    pub(crate) fn url(&self, key: &str) -> String {
        format!(
            "{}/{}/{key}",
            self.options.endpoint.trim_end_matches('/'),
            self.options.bucket
        )
    }

    /// An object's size in bytes, if it is there.
    pub(crate) async fn size_bytes(&self, key: &str) -> Result<Option<u64>, StoreError> {
        let response = self.send("HEAD", key, &[]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = success("HEAD", response)?;
        let length = response
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        Ok(Some(length.and_then(|length| length.parse().ok()).unwrap_or(0)))
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

    /// Removes an object, also where there is none.
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
        headers: &[(String, String)],
    ) -> Result<Response<Incoming>, StoreError> {
        let url = self.url(key);
        let now: SystemTime = self.clock.now();
        let signature = signature(
            &self.options,
            &Signing {
                method,
                url: &url,
                headers,
                now,
            },
        )?;
        let mut request = Request::builder().method(method).uri(&url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::default())?;
        signature.apply_to_request_http1x(&mut request);
        Ok(self.client.request(request).await?)
    }
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
