//! Checks against the raw models: every bound, on both sides.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::check::{Constraint, check};
use super::{InputError, WireRequest, read_input, route, services};

/// The models as plain JSON.
fn raw_models() -> [Value; 2] {
    [
        include_str!("../../model/connect.json"),
        include_str!("../../model/connectcases.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("JSON"))
}

#[test]
fn contains_every_shape_that_it_names() {
    for service in services() {
        for (name, shape) in &service.shapes {
            let members = shape.members.values().map(|member| &member.shape);
            let parts = [&shape.member, &shape.key, &shape.value]
                .into_iter()
                .flatten()
                .map(|part| &part.shape);
            for referred in members.chain(parts) {
                assert!(service.shapes.contains_key(referred), "{referred} of {name}");
            }
        }
        for operation in service.operations.values() {
            let errors = operation.errors.iter().map(|error| &error.shape);
            let output = operation.output.as_ref().map(|output| &output.shape);
            for referred in errors.chain([&operation.input.shape]).chain(output) {
                assert!(
                    service.shapes.contains_key(referred),
                    "{referred} of {}",
                    operation.name
                );
            }
        }
    }
}

/// The one pattern that a row of letters does not match: an email address.
const ADDRESS: &str = r"[^\s@]+@[^\s@]+\.[^\s@]+";

/// A text of that many characters that meets the shape's pattern, if there is one.
fn text(shape: &Value, length: usize) -> Option<String> {
    let end = if shape["pattern"] == ADDRESS { "@a.a" } else { "" };
    let letters = length.checked_sub(end.len())?;
    (end.is_empty() || letters > 0).then(|| "a".repeat(letters) + end)
}

/// Values of a shape on both sides of every bound in the raw model.
struct Edges<'a> {
    shapes: &'a Value,
}

impl Edges<'_> {
    fn shape(&self, name: &Value) -> &Value {
        &self.shapes[name["shape"].as_str().expect("a shape's name")]
    }

    /// The smallest value that meets every constraint.
    fn valid(&self, shape: &Value) -> Value {
        let least = usize::try_from(shape["min"].as_u64().unwrap_or(0)).expect("a small bound");
        match shape["type"].as_str().expect("a type") {
            "structure" => {
                let all = shape["members"].as_object().expect("members").keys();
                let needed: Vec<&str> = if shape["union"] == true {
                    all.take(1).map(String::as_str).collect()
                } else {
                    shape["required"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .collect()
                };
                let member = |name: &str| self.valid(self.shape(&shape["members"][name]));
                needed
                    .into_iter()
                    .map(|name| (name.to_owned(), member(name)))
                    .collect::<Map<_, _>>()
                    .into()
            }
            "list" => vec![self.valid(self.shape(&shape["member"])); least].into(),
            "map" => self.map_of(shape, least),
            "string" => shape["enum"]
                .get(0)
                .cloned()
                .unwrap_or_else(|| json!((least.max(1)..).find_map(|length| text(shape, length)))),
            "boolean" => json!(true),
            _ => json!(least),
        }
    }

    fn map_of(&self, shape: &Value, count: usize) -> Value {
        let value = self.valid(self.shape(&shape["value"]));
        (0..count)
            .map(|index| (format!("key{index}"), value.clone()))
            .collect::<Map<_, _>>()
            .into()
    }

    /// Values of the shape, and whether each meets the constraints.
    fn of(&self, shape: &Value, depth: usize) -> Vec<(Value, bool)> {
        let bounds = [("min", -1), ("max", 1)];
        let bounds = bounds.map(|(name, out)| shape[name].as_i64().map(|bound| (bound, bound + out)));
        let bounds = bounds
            .into_iter()
            .flatten()
            .flat_map(|(inside, outside)| [(inside, true), (outside, false)]);
        let sized = |make: &dyn Fn(usize) -> Option<Value>| -> Vec<(Value, bool)> {
            let counts = bounds.clone();
            counts
                .filter_map(|(count, holds)| Some((make(usize::try_from(count).ok()?)?, holds)))
                .collect()
        };
        match shape["type"].as_str().expect("a type") {
            "structure" if depth > 0 => self.of_structure(shape, depth - 1),
            "list" if depth > 0 => {
                let member = self.shape(&shape["member"]);
                let mut edges = sized(&|count| Some(vec![self.valid(member); count].into()));
                let least =
                    usize::try_from(shape["min"].as_u64().unwrap_or(1).max(1)).expect("a small bound");
                for (value, holds) in self.of(member, depth - 1) {
                    edges.push((vec![value; least].into(), holds));
                }
                edges
            }
            "map" => sized(&|count| Some(self.map_of(shape, count))),
            "string" => {
                let values = shape["enum"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|value| (value.clone(), true));
                let foreign = shape["enum"].is_array().then(|| (json!("SOMETHING_ELSE"), false));
                let lengths = sized(&|length| Some(json!(text(shape, length)?)));
                values.chain(foreign).chain(lengths).collect()
            }
            "integer" | "long" => bounds.map(|(value, holds)| (json!(value), holds)).collect(),
            _ => Vec::new(),
        }
    }

    fn of_structure(&self, shape: &Value, depth: usize) -> Vec<(Value, bool)> {
        let valid = self.valid(shape);
        let union = shape["union"] == true;
        let mut edges = vec![(valid.clone(), true)];
        for (name, member) in shape["members"].as_object().expect("members") {
            for (value, holds) in self.of(self.shape(member), depth) {
                let mut changed = if union { json!({}) } else { valid.clone() };
                changed[name.as_str()] = value;
                edges.push((changed, holds));
            }
        }
        for name in shape["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            for absent in [None, Some(Value::Null)] {
                let mut changed = valid.clone();
                let members = changed.as_object_mut().expect("a structure");
                members.remove(name);
                members.extend(absent.map(|null| (name.to_owned(), null)));
                edges.push((changed, false));
            }
        }
        if union {
            edges.push((json!({}), false));
        }
        edges
    }
}

#[test]
fn enforces_every_bound_of_every_input() {
    let mut tried = 0;
    for (service, raw) in services().iter().zip(raw_models()) {
        let edges = Edges {
            shapes: &raw["shapes"],
        };
        for (name, operation) in raw["operations"].as_object().expect("operations") {
            let shape_name = operation["input"]["shape"].as_str().expect("an input");
            for (value, holds) in edges.of(&raw["shapes"][shape_name], 6) {
                let violations = check(service, service.shape(shape_name), &value);
                let violations =
                    violations.unwrap_or_else(|path| panic!("{name}: type of {path} in {value}"));
                assert_eq!(violations.is_empty(), holds, "{name}: {value}: {violations:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "only {tried} values tried");
}

fn start_input() -> Value {
    json!({
        "InstanceId": "i",
        "FileName": "a.pdf",
        "FileSizeInBytes": 1,
        "FileUseCaseType": "ATTACHMENT",
        "AssociatedResourceArn": "arn",
    })
}

fn check_start(input: &Value) -> Result<Vec<(String, Constraint)>, String> {
    let service = &services()[0];
    let shape = service.shape(&service.operations["StartAttachedFileUpload"].input.shape);
    let violations = check(service, shape, input)?;
    Ok(violations
        .into_iter()
        .map(|violation| (violation.path, violation.constraint))
        .collect())
}

#[test]
fn enforces_the_constraints_of_start_on_both_sides_of_each_bound() {
    let tags = |count: usize| {
        (0..count)
            .map(|index| (index.to_string(), json!("v")))
            .collect::<Map<_, _>>()
    };
    for (member, value, holds) in [
        ("FileName", json!(""), false),
        ("FileName", json!("a"), true),
        ("FileName", json!("é".repeat(256)), true),
        ("FileName", json!("é".repeat(257)), false),
        ("FileName", json!("日本 語.pdf"), true),
        ("FileName", json!("a\u{0}b"), false),
        ("FileName", json!("a\nb"), false),
        ("FileName", json!("a\u{202e}fdp.exe"), false),
        ("FileName", json!("a\u{e000}b"), false),
        ("FileName", json!("a\u{378}b"), false),
        ("FileSizeInBytes", json!(0), false),
        ("FileSizeInBytes", json!(-1), false),
        ("FileSizeInBytes", json!(1), true),
        ("FileSizeInBytes", json!(i64::MAX), true),
        ("UrlExpiryInSeconds", json!(4), false),
        ("UrlExpiryInSeconds", json!(5), true),
        ("UrlExpiryInSeconds", json!(300), true),
        ("UrlExpiryInSeconds", json!(301), false),
        ("ClientToken", json!(""), true),
        ("ClientToken", json!("t".repeat(500)), true),
        ("ClientToken", json!("t".repeat(501)), false),
        ("FileUseCaseType", json!("VOICE_RECORDING"), true),
        ("FileUseCaseType", json!("attachment"), false),
        ("InstanceId", json!("i".repeat(100)), true),
        ("InstanceId", json!("i".repeat(101)), false),
        ("Tags", json!({}), false),
        ("Tags", json!(tags(50)), true),
        ("Tags", json!(tags(51)), false),
        ("Tags", json!({ "k": "" }), true),
        ("Tags", json!({ "k": "v".repeat(256) }), true),
        ("Tags", json!({ "k": "v".repeat(257) }), false),
        ("Tags", json!({ "": "v" }), false),
        ("Tags", json!({ "k".repeat(128): "v" }), true),
        ("Tags", json!({ "k".repeat(129): "v" }), false),
        ("Tags", json!({ "Größe 2 _.:/=+-@": "v" }), true),
        ("Tags", json!({ "a#b": "v" }), false),
        ("Tags", json!({ "aws:x": "v" }), false),
        ("Tags", json!({ "AWS:x": "v" }), true),
        ("Tags", json!({ "xaws:": "v" }), true),
        ("CreatedBy", json!({}), false),
        ("CreatedBy", json!({ "ConnectUserArn": "u" }), true),
        (
            "CreatedBy",
            json!({ "ConnectUserArn": "u", "AWSIdentityArn": "r" }),
            false,
        ),
        ("CreatedBy", json!({ "Unknown": "u" }), false),
        ("Unknown", json!(1), true),
        ("Tags", Value::Null, true),
        ("FileName", Value::Null, false),
    ] {
        let mut input = start_input();
        input[member] = value.clone();
        let violations = check_start(&input).expect("types are right");
        assert_eq!(violations.is_empty(), holds, "{member} = {value}: {violations:?}");
    }
}

#[test]
fn matches_a_pattern_without_anchors_against_the_whole_value() {
    let service = &services()[1];
    for (case_id, holds) in [
        ("a-1._/:#=+", true),
        ("a b", false),
        ("é", false),
        ("a'", false),
        ("'a", false),
    ] {
        let input = json!({ "domainId": "d", "caseId": case_id, "fields": [{ "id": "f" }] });
        let violations = check(service, service.shape("GetCaseRequest"), &input).expect("types are right");
        assert_eq!(violations.is_empty(), holds, "{case_id:?}: {violations:?}");
    }
}

#[test]
fn names_the_member_and_the_constraint_that_it_breaks() {
    let mut input = start_input();
    input["FileSizeInBytes"] = json!(0);
    input["Tags"] = json!({ "aws:x": "v" });
    input.as_object_mut().expect("an object").remove("FileName");
    let tag_pattern = r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$";
    let expected = [
        ("FileName", Constraint::Required),
        ("FileSizeInBytes", Constraint::AtLeast("1".to_owned())),
        ("Tags.aws:x", Constraint::Pattern(tag_pattern.to_owned())),
    ];
    let expected = expected.map(|(path, constraint)| (path.to_owned(), constraint));
    assert_eq!(check_start(&input).expect("types are right"), expected);
}

#[test]
fn refuses_values_of_another_type() {
    for (member, value, path) in [
        ("FileName", json!(1), "FileName"),
        ("FileSizeInBytes", json!("1"), "FileSizeInBytes"),
        ("FileSizeInBytes", json!(1.5), "FileSizeInBytes"),
        ("FileSizeInBytes", json!(u64::MAX), "FileSizeInBytes"),
        (
            "UrlExpiryInSeconds",
            json!(i64::from(i32::MAX) + 1),
            "UrlExpiryInSeconds",
        ),
        ("Tags", json!([]), "Tags"),
        ("Tags", json!({ "k": 1 }), "Tags.k"),
        ("CreatedBy", json!("arn"), "CreatedBy"),
        (
            "CreatedBy",
            json!({ "ConnectUserArn": true }),
            "CreatedBy.ConnectUserArn",
        ),
    ] {
        let mut input = start_input();
        input[member] = value.clone();
        assert_eq!(check_start(&input), Err(path.to_owned()), "{member} = {value}");
    }
}

#[test]
fn reads_an_input_from_path_query_and_body() {
    let read = |method: &str, path: &str, query: &str, body: &str| {
        let routed = route(method, path).expect("a modelled route");
        let headers = HeaderMap::new();
        let labels: &BTreeMap<_, _> = &routed.labels;
        let wire = WireRequest {
            labels,
            query,
            headers: &headers,
            body: body.as_bytes(),
        };
        read_input(routed.service, routed.operation, &wire)
    };
    let arn = "associatedResourceArn=arn%3Aaws%3Ax";
    assert_eq!(
        read(
            "GET",
            "/attached-files/i%20d/f",
            &format!("{arn}&urlExpiryInSeconds=7&other=1"),
            ""
        ),
        Ok(json!({
            "InstanceId": "i d", "FileId": "f", "AssociatedResourceArn": "arn:aws:x", "UrlExpiryInSeconds": 7,
        }))
    );
    let body = r#"{"FileIds": ["f"], "InstanceId": "not from here", "Unknown": {}}"#;
    assert_eq!(
        read("POST", "/attached-files/i", arn, body),
        Ok(json!({ "InstanceId": "i", "FileIds": ["f"], "AssociatedResourceArn": "arn:aws:x" }))
    );
    for (query, body, expected) in [
        (arn, "[]", InputError::NotAnObject),
        (arn, "{", InputError::NotAnObject),
        (
            arn,
            r#"{"FileIds": "f"}"#,
            InputError::WrongType("FileIds".to_owned()),
        ),
        (
            arn,
            r#"{"FileIds": [null]}"#,
            InputError::WrongType("FileIds[0]".to_owned()),
        ),
    ] {
        assert_eq!(
            read("POST", "/attached-files/i", query, body),
            Err(expected),
            "{query} {body}"
        );
    }
    let expiry = format!("{arn}&urlExpiryInSeconds=x");
    let wrong_type = InputError::WrongType("UrlExpiryInSeconds".to_owned());
    assert_eq!(read("GET", "/attached-files/i/f", &expiry, ""), Err(wrong_type));
    assert!(matches!(
        read("GET", "/attached-files/i/f", "", ""),
        Err(InputError::Violations(_))
    ));
}
