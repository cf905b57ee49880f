//! The routes that Connect does not have: for tests and for people, without a signature.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::calls::Call;
use crate::emulator::Emulator;
use crate::faults::Fault;
use crate::model::services;
use crate::reply::Reply;

/// The answer of `/_local/{path}`.
pub(crate) fn answer(emulator: &Emulator, method: &Method, path: &str, body: &[u8]) -> Reply {
    match (method, path) {
        (&Method::GET, "files") => files(emulator),
        (&Method::GET, "calls") => Reply::ok(&Value::Array(
            emulator.calls().iter().map(Call::describe).collect(),
        )),
        (&Method::DELETE, "calls") => {
            emulator.calls().clear();
            Reply::no_content()
        }
        (&Method::PUT, "faults") => arm(emulator, body),
        _ => refuse(StatusCode::NOT_FOUND, "no such local route"),
    }
}

/// The files that exist, oldest first; what was deleted is gone here too.
fn files(emulator: &Emulator) -> Reply {
    let files: Vec<Value> = emulator
        .state()
        .files()
        .map(|file| file.describe(&emulator.options))
        .collect();
    Reply::ok(&json!({ "files": files }))
}

fn arm(emulator: &Emulator, body: &[u8]) -> Reply {
    let faults: Vec<Fault> = match serde_json::from_slice(body) {
        Ok(faults) => faults,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let unknown = faults.iter().find(|fault| {
        !services()
            .iter()
            .any(|service| service.operations.contains_key(&fault.operation))
    });
    if let Some(fault) = unknown {
        return refuse(
            StatusCode::BAD_REQUEST,
            &format!("there is no operation `{}`", fault.operation),
        );
    }
    emulator.faults().replace(faults);
    Reply::no_content()
}

fn refuse(status: StatusCode, message: &str) -> Reply {
    Reply::error(status, "LocalException", &json!({ "message": message }))
}
