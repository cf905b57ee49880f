//! The public service models, read as data: operations, shapes and constraints.
//!
//! `cut-model` cuts `model/*.json` from botocore's service models; `cutFrom` in each file names the versions.

mod check;
mod input;
mod pattern;
mod route;
#[cfg(test)]
mod tests;

pub(crate) use check::Violation;
use check::check;
pub(crate) use input::{InputError, WireRequest, read_input};
use pattern::Pattern;
pub(crate) use route::{Routed, route};

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The models of Amazon Connect and Amazon Connect Cases.
pub(crate) fn services() -> &'static [Service; 2] {
    static SERVICES: OnceLock<[Service; 2]> = OnceLock::new();
    SERVICES.get_or_init(|| {
        [
            include_str!("../model/connect.json"),
            include_str!("../model/connectcases.json"),
        ]
        .map(|text| serde_json::from_str(text).expect("the embedded service model is well formed"))
    })
}

/// A service: its signing name, its operations and their shapes.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// Facts about the service as a whole.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) signing_name: String,
}

/// An operation: its HTTP trait, its input and output, and the errors that it may answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    http: HttpTrait,
    input: ShapeRef,
    #[serde(default)]
    errors: Vec<ShapeRef>,
    #[cfg(test)]
    output: Option<ShapeRef>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpTrait {
    method: String,
    request_uri: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ShapeRef {
    shape: String,
}

/// A type of the model with its constraints.
#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    member: Option<ShapeRef>,
    key: Option<ShapeRef>,
    value: Option<ShapeRef>,
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<Pattern>,
    #[serde(rename = "enum", default)]
    values: Vec<String>,
    #[serde(default)]
    union: bool,
    error: Option<ErrorTrait>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Timestamp,
}

/// A structure's member: its shape, and its place in an HTTP request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    shape: String,
    location: Option<Location>,
    location_name: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Location {
    Uri,
    QueryString,
    Header,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorTrait {
    http_status_code: u16,
}

impl Service {
    /// The shape with that name.
    ///
    /// INVARIANT: the embedded models contain every shape that they name (`model::tests` checks it).
    fn shape(&self, name: &str) -> &Shape {
        &self.shapes[name]
    }

    /// The error shape with that name, if the model has one.
    pub(crate) fn error(&self, code: &str) -> Option<ErrorShape<'_>> {
        let shape = self.shapes.get(code)?;
        Some(ErrorShape {
            service: self,
            shape,
            status: shape.error.as_ref()?.http_status_code,
        })
    }
}

#[cfg(test)]
impl Service {
    /// Constraints of the operation's output shape that `output` breaks.
    pub(crate) fn check_output(
        &self,
        operation: &str,
        output: &serde_json::Value,
    ) -> Result<Vec<Violation>, String> {
        let shape = self.operations[operation].output.as_ref().expect("an output");
        check(self, self.shape(&shape.shape), output)
    }
}

impl Operation {
    /// Whether the model lists that error for this operation.
    pub(crate) fn answers(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.shape == code)
    }
}

/// An error of the model: its status, and the names of its members.
pub(crate) struct ErrorShape<'a> {
    service: &'a Service,
    shape: &'a Shape,
    pub(crate) status: u16,
}

impl ErrorShape<'_> {
    /// Name of the member with the text: `Message` in some errors, `message` in others.
    pub(crate) fn message_member(&self) -> &str {
        self.shape
            .members
            .keys()
            .find(|name| name.eq_ignore_ascii_case("message"))
            .map_or("message", |name| name)
    }

    /// Name of the union member with the reason, if the error has one.
    pub(crate) fn reason_member(&self) -> Option<&str> {
        let union = self.service.shape(&self.shape.members.get("Reason")?.shape);
        union.members.keys().next().map(String::as_str)
    }
}
