//! HTTP routes of the event bus: EventBridge's API with its signatures and limits, and routes for tests.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::{Router, body};
use bytes::Bytes;
use connect_emulator::{SignatureError, Signer, verify_signature};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Options;
use super::bus::{Bus, Fault, Faults};
use super::entry::Entry;

/// Most entries of a call. Source: API reference, `PutEvents`.
const MAX_ENTRIES: usize = 10;
/// Largest size of all entries of a call. Source: API reference, `PutEvents`.
const MAX_TOTAL_BYTES: usize = 1024 * 1024;
/// Limit of a request's body, above what JSON makes of [`MAX_TOTAL_BYTES`].
const BODY_LIMIT_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug)]
struct EventBridge {
    options: Options,
    bus: Bus,
}

/// `PutEventsRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

/// Why a call is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum CallError {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("the operation is not PutEvents")]
    UnknownOperation,
    #[error("the body is not a PutEvents request")]
    Serialization,
    #[error("Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10")]
    EntryCount,
    #[error("No entry has a Source, a DetailType and a Detail.")]
    NothingComplete,
    #[error("Total size of the entries in the request is over the limit.")]
    TotalSize,
    #[error("A fault that was armed.")]
    Fault,
}

impl CallError {
    fn code(self) -> &'static str {
        match self {
            Self::Signature(error) => error.code(),
            Self::UnknownOperation => "UnknownOperationException",
            Self::Serialization => "SerializationException",
            Self::EntryCount | Self::NothingComplete | Self::TotalSize => "ValidationException",
            Self::Fault => "InternalException",
        }
    }
}

impl IntoResponse for CallError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({"__type": self.code(), "message": self.to_string()});
        (status, Json(body)).into_response()
    }
}

pub(super) fn routes(options: Options, bus: Bus) -> Router {
    Router::new()
        .route("/", post(call))
        .route("/_local/events", get(events))
        .route("/_local/faults", post(faults))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(Arc::new(EventBridge { options, bus }))
}

async fn events(State(service): State<Arc<EventBridge>>) -> Json<Value> {
    Json(json!({"events": service.bus.events()}))
}

async fn faults(State(service): State<Arc<EventBridge>>, Json(faults): Json<Faults>) {
    service.bus.arm(faults);
}

async fn call(State(service): State<Arc<EventBridge>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body::to_bytes(body, BODY_LIMIT_BYTES).await else {
        return CallError::TotalSize.into_response();
    };
    match service.admitted(&Request::from_parts(parts, body)) {
        Ok(entries) => match service.bus.fault() {
            Fault::Error => CallError::Fault.into_response(),
            Fault::NoAnswer => {
                service.put(entries);
                std::future::pending().await
            }
            Fault::None | Fault::FailEntries => Json(service.put(entries)).into_response(),
        },
        Err(error) => error.into_response(),
    }
}

impl EventBridge {
    /// The entries of a call that is signed and within the API's limits.
    fn admitted(&self, request: &http::Request<Bytes>) -> Result<Vec<Entry>, CallError> {
        let expected = Signer {
            credentials: &self.options.credentials,
            region: &self.options.region,
            service: "events",
            time: SystemTime::now(),
        };
        verify_signature(request, &expected)?;
        if target(request.headers()) != Some("AWSEvents.PutEvents") {
            return Err(CallError::UnknownOperation);
        }
        let PutEvents { entries } =
            serde_json::from_slice(request.body()).map_err(|_| CallError::Serialization)?;
        if !(1..=MAX_ENTRIES).contains(&entries.len()) {
            return Err(CallError::EntryCount);
        }
        if !entries.iter().any(Entry::is_complete) {
            return Err(CallError::NothingComplete);
        }
        if entries.iter().map(Entry::size_bytes).sum::<usize>() > MAX_TOTAL_BYTES {
            return Err(CallError::TotalSize);
        }
        Ok(entries)
    }

    /// `PutEventsResponse`: a result for each entry, in order.
    fn put(&self, entries: Vec<Entry>) -> Value {
        let results = entries.into_iter().map(|entry| self.bus.take(entry));
        let results: Vec<_> = results.collect();
        let failed = results.iter().filter(|result| result.is_err()).count();
        let described = results.into_iter().map(|result| match result {
            Ok(id) => json!({"EventId": id}),
            Err(error) => json!({"ErrorCode": error.code(), "ErrorMessage": error.to_string()}),
        });
        json!({"FailedEntryCount": failed, "Entries": described.collect::<Vec<_>>()})
    }
}

fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()
}
