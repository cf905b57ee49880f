//! The local routes, which Connect does not have: tests and people use them without a signature.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Iso8601;
use crate::front_door::faults::{Fault, Faults, Plan};
use crate::front_door::reply::Reply;
use crate::model::services;
use crate::state::State;

/// The calls that were made, and the faults that are armed.
#[derive(Debug, Default)]
pub(crate) struct Local {
    calls: Mutex<Vec<Call>>,
    faults: Mutex<Faults>,
}

/// A call of an operation, as `GET /_local/calls` lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    /// Status that the operation answered, 0 if a fault prevented an answer.
    pub(crate) status: u16,
    /// Time of arrival.
    pub(crate) time: Iso8601,
    pub(crate) request_id: String,
}

impl Local {
    /// Counts a call of the operation, and plans its faults.
    pub(crate) fn plan(&self, operation: &str) -> Plan {
        lock(&self.faults).plan(operation)
    }

    pub(crate) fn list(&self, call: Call) {
        lock(&self.calls).push(call);
    }

    /// The answer of `/_local/{path}`.
    pub(crate) fn answer(&self, state: &State, method: &Method, path: &str, body: &[u8]) -> Reply {
        match (method, path) {
            (&Method::GET, "files") => files(state),
            (&Method::GET, "calls") => Reply::ok(&json!(*lock(&self.calls))),
            (&Method::DELETE, "calls") => {
                lock(&self.calls).clear();
                Reply::no_content()
            }
            (&Method::GET, "emails") => Reply::ok(&json!({ "emails": state.records().emails })),
            (&Method::PUT, "scanner") => match move_scanner(state, body) {
                Ok(()) => Reply::no_content(),
                Err(message) => refuse(StatusCode::BAD_REQUEST, &message),
            },
            (&Method::PUT, "faults") => match read_faults(body) {
                Ok(faults) => {
                    *lock(&self.faults) = Faults::new(faults);
                    Reply::no_content()
                }
                Err(message) => refuse(StatusCode::BAD_REQUEST, &message),
            },
            _ => refuse(StatusCode::NOT_FOUND, "no such local route"),
        }
    }
}

/// The files that exist, oldest first.
fn files(state: &State) -> Reply {
    let records = state.records();
    let files = records
        .files
        .iter()
        .map(|file| json!(file.described(&state.options)));
    Reply::ok(&json!({ "files": files.collect::<Vec<Value>>() }))
}

/// Where the function that scans files runs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScannerAddress {
    url: String,
}

fn move_scanner(state: &State, body: &[u8]) -> Result<(), String> {
    let address: ScannerAddress = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    state.scanner.move_to(&address.url)
}

fn read_faults(body: &[u8]) -> Result<Vec<Fault>, String> {
    let faults: Vec<Fault> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let is_known = |name| services().iter().any(|one| one.operations.contains_key(name));
    match faults.iter().find(|fault| !is_known(&fault.operation)) {
        Some(fault) => Err(format!("there is no operation `{}`", fault.operation)),
        None => Ok(faults),
    }
}

fn refuse(status: StatusCode, message: &str) -> Reply {
    Reply::error(status, "LocalException", &json!({ "message": message }))
}

/// A panic elsewhere leaves nothing half done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
