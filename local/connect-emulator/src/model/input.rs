//! The input of an operation, read from its HTTP request.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Kind, Location, Member, Operation, Service, Violation, check};

/// Parts of a request that hold the input of a rest-json operation.
pub(crate) struct WireRequest<'a> {
    pub(crate) labels: &'a BTreeMap<&'static str, String>,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Why a request does not hold a valid input.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum InputError {
    #[error("the body is not a JSON object")]
    NotAnObject,
    #[error("`{0}` does not have the type of the model")]
    WrongType(String),
    #[error("{}", describe(.0))]
    Violations(Vec<Violation>),
}

/// The operation's input as one JSON object, from the path, query, headers and body. It meets every modelled constraint.
pub(crate) fn read_input(
    service: &Service,
    operation: &Operation,
    request: &WireRequest<'_>,
) -> Result<Value, InputError> {
    let shape = service.shape(&operation.input.shape);
    let mut body = read_body(request.body)?;
    let mut input = Map::new();
    for (name, member) in &shape.members {
        let value = match member.location {
            None => body.remove(name),
            Some(location) => read_bound(service, request, name, member, location)?,
        };
        if let Some(value) = value {
            input.insert(name.clone(), value);
        }
    }
    let input = Value::Object(input);
    match check(service, shape, &input) {
        Err(path) => Err(InputError::WrongType(path)),
        Ok(violations) if !violations.is_empty() => Err(InputError::Violations(violations)),
        Ok(_) => Ok(input),
    }
}

fn describe(violations: &[Violation]) -> String {
    let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let errors = if list.len() == 1 { "error" } else { "errors" };
    format!("{} validation {errors} detected: {}", list.len(), list.join("; "))
}

fn read_body(body: &[u8]) -> Result<Map<String, Value>, InputError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|_| InputError::NotAnObject)
}

fn read_bound(
    service: &Service,
    request: &WireRequest<'_>,
    name: &str,
    member: &Member,
    location: Location,
) -> Result<Option<Value>, InputError> {
    let wire_name = member.location_name.as_deref().unwrap_or(name);
    let text = match location {
        Location::Uri => request.labels.get(wire_name).cloned(),
        Location::QueryString => form_urlencoded::parse(request.query.as_bytes())
            .find(|(key, _)| key == wire_name)
            .map(|(_, value)| value.into_owned()),
        Location::Header => request
            .headers
            .get(wire_name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
    };
    text.map(|text| parse_scalar(service.shape(&member.shape).kind, text, name))
        .transpose()
}

fn parse_scalar(kind: Kind, text: String, name: &str) -> Result<Value, InputError> {
    let wrong_type = || InputError::WrongType(name.to_owned());
    Ok(match kind {
        Kind::Integer | Kind::Long => text.parse::<i64>().map_err(|_| wrong_type())?.into(),
        Kind::Boolean => text.parse::<bool>().map_err(|_| wrong_type())?.into(),
        _ => Value::String(text),
    })
}
