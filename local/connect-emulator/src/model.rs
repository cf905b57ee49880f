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

/// The models this stand-in speaks: Amazon Connect and Amazon Connect Cases.
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

/// One service: how its requests are signed, what it can do, and of what shapes.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// What the model says of the service as a whole.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) signing_name: String,
}

/// One operation: its HTTP trait, its input and output shapes and the errors it may answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    http: HttpTrait,
    input: ShapeRef,
    #[serde(default)]
    errors: Vec<ShapeRef>,
    #[cfg(test)]
    output: ShapeRef,
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

/// A structure's member: its shape, and where on the wire it travels.
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
    /// The shape of that name.
    ///
    /// INVARIANT: the embedded models name no shape that they lack (`model::tests` walks them).
    fn shape(&self, name: &str) -> &Shape {
        &self.shapes[name]
    }

    /// The error shape of that name, where the model has one.
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
    /// What an output breaks of the operation's own output shape.
    pub(crate) fn check_output(
        &self,
        operation: &str,
        output: &serde_json::Value,
    ) -> Result<Vec<Violation>, String> {
        check(self, self.shape(&self.operations[operation].output.shape), output)
    }
}

impl Operation {
    /// Whether the model lists that error for this operation.
    pub(crate) fn answers(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.shape == code)
    }
}

/// An error of the model: its status, and how its members are called.
pub(crate) struct ErrorShape<'a> {
    service: &'a Service,
    shape: &'a Shape,
    pub(crate) status: u16,
}

impl ErrorShape<'_> {
    /// The name of the member that carries the text: `Message` here, `message` there.
    pub(crate) fn message_member(&self) -> &str {
        self.shape
            .members
            .keys()
            .find(|name| name.eq_ignore_ascii_case("message"))
            .map_or("message", |name| name)
    }

    /// The name of the union member that carries a reason, where the error has one.
    pub(crate) fn reason_member(&self) -> Option<&str> {
        let union = self.service.shape(&self.shape.members.get("Reason")?.shape);
        union.members.keys().next().map(String::as_str)
    }
}
