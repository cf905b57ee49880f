//! The Lambda function that scans attached files, where the instance is associated with one.
//!
//! Source: Amazon Connect administrator guide, "Set up attachment scanning": the event, the answer, and that Connect
//! retries "up to 3 times, for a maximum of 60 seconds" before it marks the file rejected and deletes it. The guide does
//! not say how long Connect pauses between two tries, whether the first try is one of the three (here it is), what
//! Connect does with any other answer (here it is an error), and where the file is meanwhile (here where Complete moves
//! it).

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::options::{Options, ScannerOptions};
use crate::state::file::File;

/// Limit of an answer, which has one short member.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024;

/// Why a try brought no verdict.
#[derive(Debug, Error)]
enum TryError {
    #[error("no address of the scanner is known: PUT /_local/scanner")]
    NoAddress,
    #[error("the address is not a URL")]
    Address(#[from] http::Error),
    #[error("the scanner could not be reached")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("the answer is incomplete or too long")]
    Incomplete,
    #[error("the invocation was answered with {0}")]
    Status(StatusCode),
    #[error("the function failed: {0}")]
    Function(String),
    #[error("the answer is not `{{\"Status\": \"APPROVED\" | \"REJECTED\"}}`")]
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verdict {
    Approved,
    Rejected,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    status: Verdict,
}

/// Lambda's invoke endpoint, as far as the scanner needs it.
pub(crate) struct Scanner {
    options: ScannerOptions,
    url: Mutex<Option<String>>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Scanner {
    pub(crate) fn new(options: ScannerOptions) -> Self {
        Self {
            url: Mutex::new(options.url.clone()),
            options,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends further events to `url`.
    ///
    /// # Errors
    /// If the text is not a plain http URL.
    pub(crate) fn move_to(&self, url: &str) -> Result<(), String> {
        let is_http = |uri: Uri| uri.scheme_str() == Some("http") && uri.host().is_some();
        if !url.parse().is_ok_and(is_http) {
            return Err(format!("`{url}` is not a plain http URL"));
        }
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.to_owned());
        Ok(())
    }

    /// Whether the scanner approves the file.
    pub(crate) async fn approves(&self, options: &Options, file: &File) -> bool {
        let event = Bytes::from(event(options, file).to_string());
        let tries = tokio::time::timeout(self.options.within, self.try_often(event));
        matches!(tries.await, Ok(Some(Verdict::Approved)))
    }

    async fn try_often(&self, event: Bytes) -> Option<Verdict> {
        for tried in 1..=self.options.tries {
            match self.invoke(event.clone()).await {
                Ok(verdict) => return Some(verdict),
                Err(error) => tracing::warn!(%error, tried, "a scan brought no verdict"),
            }
            if tried < self.options.tries {
                tokio::time::sleep(self.options.pause).await;
            }
        }
        None
    }

    /// Invokes the function synchronously. Source: Lambda API reference, Invoke.
    async fn invoke(&self, event: Bytes) -> Result<Verdict, TryError> {
        let url = self.url.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let request = Request::post(url.ok_or(TryError::NoAddress)?)
            .header("x-amz-invocation-type", "RequestResponse")
            .body(Full::from(event))?;
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_LIMIT_BYTES).collect().await;
        let body = body.map_err(|_| TryError::Incomplete)?.to_bytes();
        if head.status != StatusCode::OK {
            return Err(TryError::Status(head.status));
        }
        if head.headers.contains_key("x-amz-function-error") {
            return Err(TryError::Function(String::from_utf8_lossy(&body).into_owned()));
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| TryError::Answer)?;
        Ok(answer.status)
    }
}

/// The event about a file, which is where Complete moved it.
fn event(options: &Options, file: &File) -> Value {
    let (bucket, key) = (&options.store.bucket, file.attached_key(options));
    let created = file.creation_time.0.duration_since(SystemTime::UNIX_EPOCH);
    let created_millis = u64::try_from(created.unwrap_or_default().as_millis()).unwrap_or_default();
    json!({
        "Version": "1.0",
        "InstanceId": options.instance_id,
        "File": {
            "FileId": file.file_id,
            "FileCreationTime": created_millis,
            "FileName": file.file_name,
            "FileSizeInBytes": file.file_size_in_bytes,
            "FileLocation": {
                "S3Location": {
                    "Key": key,
                    "Bucket": bucket,
                    "Arn": format!("arn:aws:s3:::{bucket}/{key}"),
                },
            },
        },
    })
}
