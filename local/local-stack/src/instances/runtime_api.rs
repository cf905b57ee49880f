//! Lambda's Runtime API, version 2018-06-01, for one process.
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes", and its `OpenAPI` file.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::invocation::{Answer, InvokeError, MAX_PAYLOAD_BYTES};
use super::pool::Pool;
use super::slot::Slot;
use crate::serving::{Bound, Server};

/// Header in which a runtime names the type of an error.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// The Runtime API of one process, on a port of its own; dropping it stops it.
pub struct RuntimeApi {
    /// Value of the process's `AWS_LAMBDA_RUNTIME_API`.
    pub addr: SocketAddr,
    slot: Arc<Slot>,
    server: Server,
}

impl RuntimeApi {
    /// Runtime API for a process that the caller starts, with any number of invocations at a time. It reports
    /// deadlines to the process and does not enforce them.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(function_arn: &str, timeout: Duration) -> io::Result<Self> {
        let pool = Arc::new(Pool::new(1, usize::MAX, mpsc::unbounded_channel().0));
        Self::serve(Arc::new(Slot::new(pool, function_arn.to_owned(), timeout))).await
    }

    /// Runtime API of the instance in `slot`.
    pub(super) async fn serve(slot: Arc<Slot>) -> io::Result<Self> {
        let bound = Bound::new((Ipv4Addr::LOCALHOST, 0).into()).await?;
        Ok(Self {
            addr: bound.addr,
            server: bound.serve(routes(Arc::clone(&slot))),
            slot,
        })
    }

    /// When the process asked for its first invocation, once it did; this ends its init phase.
    pub async fn initialised(&self) -> Instant {
        loop {
            if let Some(at) = self.slot.initialised() {
                return at.into_std();
            }
            self.slot.changed().await;
        }
    }

    /// The process's answer to `event`; both are JSON texts.
    ///
    /// # Errors
    /// The invocation ended without an answer.
    pub async fn invoke(&self, event: Bytes, trace_id: &str) -> Result<Answer, InvokeError> {
        self.slot.pool().invoke(event, trace_id).await
    }

    /// Stops listening.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

fn routes(slot: Arc<Slot>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{request_id}/response", post(response))
        .route("/invocation/{request_id}/error", post(error))
        .route("/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAX_PAYLOAD_BYTES))
        .with_state(slot);
    Router::new().nest("/2018-06-01/runtime", runtime)
}

/// Holds the request until there is an event.
async fn next(State(slot): State<Arc<Slot>>) -> Response {
    let assignment = slot.next().await;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", assignment.request_id),
        ("lambda-runtime-deadline-ms", assignment.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", assignment.function_arn),
        ("lambda-runtime-trace-id", assignment.trace_id),
    ];
    (headers, Body::from(assignment.event)).into_response()
}

async fn response(
    State(slot): State<Arc<Slot>>,
    Path(request_id): Path<String>,
    answer: Result<Bytes, BytesRejection>,
) -> Response {
    match answer {
        Ok(answer) => accepted(slot.conclude(&request_id, Ok(answer))),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            slot.conclude(&request_id, Err(InvokeError::AnswerTooLarge));
            let message = "answer is over 6 MB";
            refusal(rejection.status(), "RequestEntityTooLarge", message)
        }
        Err(_) => refusal(StatusCode::BAD_REQUEST, "InvalidRequest", "answer was cut off"),
    }
}

async fn error(
    State(slot): State<Arc<Slot>>,
    Path(request_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let error_type = error_type(&headers, &body).unwrap_or_else(|| "Unknown".to_owned());
    let message = member(&body, "errorMessage").unwrap_or_default();
    accepted(slot.conclude(&request_id, Err(InvokeError::Reported { error_type, message })))
}

async fn init_error(State(slot): State<Arc<Slot>>, headers: HeaderMap, body: Bytes) -> Response {
    let error_type = error_type(&headers, &body).unwrap_or_else(|| "Runtime.InitError".to_owned());
    let message = member(&body, "errorMessage").unwrap_or_default();
    slot.report_init_error(format!("{error_type}: {message}"));
    accepted(true)
}

/// Type of a reported error: the body's `errorType`, or else the header.
fn error_type(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    let header = || headers.get(ERROR_TYPE)?.to_str().ok().map(str::to_owned);
    member(body, "errorType").or_else(header)
}

fn member(body: &Bytes, name: &str) -> Option<String> {
    let report: Value = serde_json::from_slice(body).ok()?;
    report.get(name)?.as_str().map(str::to_owned)
}

fn accepted(is_known: bool) -> Response {
    if is_known {
        return (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response();
    }
    let message = "no invocation of this id is in progress";
    refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", message)
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = json!({"errorType": error_type, "errorMessage": message});
    (status, Json(body)).into_response()
}
