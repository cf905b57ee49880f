//! Lambda's Runtime API, version 2018-06-01, for one instance.
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes", and its `OpenAPI` file.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};

use crate::instances::slot::Slot;
use crate::instances::{InvokeError, MAX_PAYLOAD_BYTES};

/// Header in which a runtime names the type of an error.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// Runtime API of the instance in `slot`.
pub(crate) fn routes(slot: Arc<Slot>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{request_id}/response", post(response))
        .route("/invocation/{request_id}/error", post(error))
        .route("/init/error", post(init_error))
        .with_state(slot);
    Router::new().nest("/2018-06-01/runtime", runtime)
}

/// Holds the connection until there is an event.
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
    request: Request<Body>,
) -> Response {
    match read(request).await {
        Ok(answer) => taken(slot.conclude(&request_id, Ok(answer))),
        Err(ReadError::TooLarge) => {
            slot.conclude(&request_id, Err(InvokeError::AnswerTooLarge));
            refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "answer is over 6 MB",
            )
        }
        Err(ReadError::Broken) => refusal(StatusCode::BAD_REQUEST, "InvalidRequest", "answer was cut off"),
    }
}

async fn error(
    State(slot): State<Arc<Slot>>,
    Path(request_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let error_type = error_type(&headers, &body).unwrap_or_else(|| "Unknown".to_owned());
    taken(slot.conclude(&request_id, Err(InvokeError::Reported { error_type })))
}

async fn init_error(State(slot): State<Arc<Slot>>, headers: HeaderMap, body: Bytes) -> Response {
    let error_type = error_type(&headers, &body).unwrap_or_else(|| "Runtime.InitError".to_owned());
    let message = member(&body, "errorMessage").unwrap_or_default();
    slot.report_init_error(format!("{error_type}: {message}"));
    taken(true)
}

/// Type of a reported error: the body's `errorType`, else the header.
fn error_type(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    let header = || headers.get(ERROR_TYPE)?.to_str().ok().map(str::to_owned);
    member(body, "errorType").or_else(header)
}

fn member(body: &Bytes, name: &str) -> Option<String> {
    let report: Value = serde_json::from_slice(body).ok()?;
    report.get(name)?.as_str().map(str::to_owned)
}

fn taken(known: bool) -> Response {
    if known {
        return (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response();
    }
    refusal(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "no invocation of this id is in progress",
    )
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    (
        status,
        Json(json!({"errorType": error_type, "errorMessage": message})),
    )
        .into_response()
}

enum ReadError {
    TooLarge,
    Broken,
}

async fn read(request: Request<Body>) -> Result<Bytes, ReadError> {
    match Limited::new(request.into_body(), MAX_PAYLOAD_BYTES)
        .collect()
        .await
    {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge),
        Err(_) => Err(ReadError::Broken),
    }
}
