//! Compares an answer with its description in docs/openapi.yaml.

use boon::{Compiler, Schemas};
use contract_tests::OpenApi;
use serde_json::Value;
use test_support::Reply;

/// The address under which the validator finds the description.
const LOCATION: &str = "https://upload-broker.example/openapi.yaml";

/// The ways in which an answer to `method path` differs from its description.
pub(crate) fn faults(api: &OpenApi, method: &str, path: &str, reply: &Reply) -> Vec<String> {
    let Some(pointer) = response_pointer(api, method, path, reply.status) else {
        return vec![format!(
            "{method} {path} is not described to answer {}",
            reply.status
        )];
    };
    let mut faults = header_faults(api, &pointer, reply);
    faults.extend(body_fault(api, &pointer, reply));
    faults
}

/// JSON pointer to the response. An unknown path or method has no operation, but one of two answers.
fn response_pointer(api: &OpenApi, method: &str, path: &str, status: u16) -> Option<String> {
    let Some(operation) = api.operation(method, path) else {
        let name = match status {
            404 => "NotFound",
            405 => "MethodNotAllowed",
            _ => return None,
        };
        return Some(format!("/components/responses/{name}"));
    };
    let reference = operation["responses"][status.to_string()]["$ref"].as_str()?;
    reference.strip_prefix('#').map(str::to_owned)
}

fn header_faults(api: &OpenApi, pointer: &str, reply: &Reply) -> Vec<String> {
    let pointer = format!("{pointer}/headers");
    let mut faults = Vec::new();
    for (name, header) in api.members(&pointer) {
        let place = api.at(&pointer)[name]["$ref"]
            .as_str()
            .and_then(|place| place.strip_prefix('#'));
        let schema = format!("{}/schema", place.expect("headers are references"));
        match reply.headers.get(&name.to_ascii_lowercase()) {
            Some(value) => faults.extend(schema_fault(api, &schema, &value.as_str().into(), name)),
            None if header["required"] == true => faults.push(format!("{name} is missing")),
            None => {}
        }
    }
    let is_described = |given: &str| {
        given == "content-type"
            || api
                .members(&pointer)
                .any(|(name, _)| name.eq_ignore_ascii_case(given))
    };
    let others = reply.headers.keys().filter(|name| !is_described(name));
    faults.extend(others.map(|name| format!("{name} is not described")));
    faults
}

fn body_fault(api: &OpenApi, pointer: &str, reply: &Reply) -> Option<String> {
    let media_type = reply.headers.get("content-type");
    let content = &api.at(pointer)["content"];
    match (media_type, &reply.body) {
        (None, None) if content.is_null() => None,
        (Some(media_type), Some(_)) if content[media_type].is_object() => {
            let schema = format!("{pointer}/content/{}/schema", media_type.replace('/', "~1"));
            schema_fault(api, &schema, &reply.json(), "the body")
                .or_else(|| code_fault(&content[media_type], reply))
        }
        _ => Some(format!("a body of {media_type:?} is not described")),
    }
}

/// A problem with a code and status of which the response has no example. The schema alone admits every code.
fn code_fault(content: &Value, reply: &Reply) -> Option<String> {
    if reply.status < 400 {
        return None;
    }
    let problem = reply.json();
    let code = problem["code"].as_str().unwrap_or_default();
    let described = &content["examples"][code]["value"]["status"];
    let is_described = *described == reply.status && problem["status"] == reply.status;
    (!is_described).then(|| format!("{} with the code `{code}` is not described", reply.status))
}

/// Why `instance` does not fit the schema at the JSON pointer.
pub(crate) fn schema_fault(api: &OpenApi, pointer: &str, instance: &Value, what: &str) -> Option<String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource(LOCATION, api.value().clone())
        .expect("a location");
    let schema = compiler.compile(&format!("{LOCATION}#{pointer}"), &mut schemas);
    let schema = schema.unwrap_or_else(|error| panic!("{pointer}: {error}"));
    let fault = schemas.validate(instance, schema).err()?;
    Some(format!("{what}: {fault}"))
}
