//! Compares docs/openapi.yaml with the broker, and docs/api.md with docs/openapi.yaml.

use std::collections::BTreeSet;

use broker_http::inbound::event::GatewayRequest;
use broker_http::inbound::route::route;
use broker_http::outbound::error_code::ErrorCode;
use contract_tests::{OpenApi, api_page};
use serde_json::{Value, json};
use test_support::{Bench, Event, Reply, upload_event};

use crate::described::{faults, schema_fault};
use crate::event_files::{events, rules_for};

/// The method and path by which the description names the request, and the answer.
async fn answered(name: &str, event: &Event) -> (String, String, Reply) {
    let rules = rules_for(name);
    let event = event.clone().with_handle(&rules).await;
    let request = GatewayRequest::parse(&event.text()).expect(name);
    let stage = format!("/{}", request.stage);
    let path = request.raw_path.strip_prefix(&stage).unwrap_or(&request.raw_path);
    let reply = Bench::new(&rules).respond(&event).await;
    (request.method.clone(), path.to_owned(), reply)
}

#[tokio::test]
async fn every_answer_is_described() {
    let api = OpenApi::read();
    for (name, event) in events() {
        let (method, path, reply) = answered(&name, &event).await;
        assert_eq!(
            faults(&api, &method, &path, &reply),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn every_route_is_described_and_has_an_event() {
    let name = |event: &Event| {
        let request = GatewayRequest::parse(&event.text()).expect("an event");
        let route = route(&request, "", true).ok();
        route.map(|route| format!("{:?}", route.name()))
    };
    let api = OpenApi::read();
    let described = api.operations().into_iter().map(|(method, path, _)| {
        let event = upload_event().request(&method.to_uppercase(), path);
        name(&event).unwrap_or_else(|| panic!("no route answers {method} {path}"))
    });
    let reached = events().into_iter().filter_map(|(_, event)| name(&event));
    assert_eq!(described.collect::<BTreeSet<_>>(), reached.collect());
}

#[tokio::test]
async fn every_code_is_some_events_answer() {
    let mut reached = BTreeSet::new();
    for (name, event) in events() {
        let code = answered(&name, &event).await.2.code();
        reached.extend(code.as_str().map(str::to_owned));
    }
    let codes = ErrorCode::ALL.iter().map(|code| code.info().name.to_owned());
    assert_eq!(reached, codes.collect());
}

#[test]
fn every_code_is_described_as_the_broker_answers_it() {
    let api = OpenApi::read();
    let names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.info().name).collect();
    assert_eq!(*api.at("/components/schemas/Code/enum"), json!(names));
    let contents = api
        .members("/components/responses")
        .map(|(_, response)| &response["content"]["application/problem+json"]["examples"]);
    let examples: Vec<_> = contents.filter_map(Value::as_object).flatten().collect();
    for code in ErrorCode::ALL {
        let info = code.info();
        let found: Vec<_> = examples.iter().filter(|(name, _)| *name == info.name).collect();
        let [(_, example)] = found.as_slice() else {
            panic!("{} has {} examples", info.name, found.len());
        };
        for (member, value) in [
            ("type", json!(format!("urn:upload-broker:{}", info.name))),
            ("title", json!(info.title)),
            ("status", json!(info.status.as_u16())),
            ("code", json!(info.name)),
            ("retryable", json!(info.is_retryable)),
        ] {
            assert_eq!(example["value"][member], value, "{}: {member}", info.name);
        }
    }
    assert_eq!(examples.len(), names.len());
}

#[test]
fn the_browser_client_knows_every_code() {
    let client = include_str!("../../../../web/client/src/outcome.ts");
    for code in ErrorCode::ALL {
        let name = code.info().name;
        assert!(client.contains(&format!("  | \"{name}\"\n")), "{name}");
    }
}

#[test]
fn the_page_names_every_code_route_and_header_that_is_described() {
    let api = OpenApi::read();
    let page = include_str!("../../../../docs/api.md");
    for code in ErrorCode::ALL {
        let name = code.info().name;
        assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
    }
    for (method, path, _) in api.operations() {
        let heading = format!("\n## {} {path}\n", method.to_uppercase());
        assert!(method == "options" || page.contains(&heading), "{heading}");
    }
    for (_, response) in api.members("/components/responses") {
        let headers = response["headers"]
            .as_object()
            .into_iter()
            .flat_map(|headers| headers.keys());
        for header in headers.filter(|name| !name.starts_with("Access-Control-")) {
            assert!(page.contains(header.as_str()), "{header}");
        }
    }
}

#[test]
fn every_example_fits_its_schema() {
    let api = OpenApi::read();
    let contents = api.members("/components/responses").flat_map(|(name, response)| {
        let pointer = format!("/components/responses/{name}/content");
        let media_types = response["content"]
            .as_object()
            .into_iter()
            .flat_map(|content| content.keys());
        media_types.map(move |media_type| format!("{pointer}/{}", media_type.replace('/', "~1")))
    });
    let upload_request = "/paths/~1uploads/post/requestBody/content/application~1json".to_owned();
    for pointer in contents.chain([upload_request]) {
        for (name, example) in api.members(&format!("{pointer}/examples")) {
            let fault = schema_fault(&api, &format!("{pointer}/schema"), &example["value"], name);
            assert_eq!(fault, None, "{pointer}");
        }
    }
}

/// The broker may refuse more than the schema of a request does, and never less.
#[tokio::test]
async fn what_the_schema_of_a_request_refuses_the_broker_refuses() {
    let api = OpenApi::read();
    for (member, value) in [
        ("fileName", Value::from("report")),
        ("fileName", "a/b.pdf".into()),
        ("fileName", ".pdf".into()),
        ("fileName", 7.into()),
        ("fileSizeInBytes", 0.into()),
        ("fileSizeInBytes", "1".into()),
        ("associatedResourceArn", "arn:aws:s3:::bucket".into()),
        ("fileUseCaseType", "EMAIL_MESSAGE".into()),
        ("urlExpiryInSeconds", 4.into()),
        ("urlExpiryInSeconds", 301.into()),
        ("tags", json!({})),
        ("tags", json!({"AWS:x": "y"})),
        ("onBehalfOf", "".into()),
        ("createdBy", "x".into()),
        ("createdBy", Value::Null),
        ("fileName", Value::Null),
        ("fileSizeInBytes", Value::Null),
        ("associatedResourceArn", Value::Null),
        ("tags", json!({"department": null})),
    ] {
        let event = upload_event().member(member, value.clone());
        let body = event.value()["body"].as_str().map(serde_json::from_str::<Value>);
        let body = body.expect("a body").expect("JSON");
        let fault = schema_fault(&api, "/components/schemas/UploadRequest", &body, member);
        assert!(fault.is_some(), "{member}: {value} fits the schema");
        let reply = Bench::for_tokens().respond(&event).await;
        assert_eq!(reply.status, 422, "{member}: {value}");
    }
}

/// The schema and the broker both accept `null` for an optional member.
#[tokio::test]
async fn null_fits_the_schema_of_what_is_optional() {
    let api = OpenApi::read();
    for member in ["fileUseCaseType", "urlExpiryInSeconds", "tags", "onBehalfOf"] {
        let event = upload_event().member(member, Value::Null);
        let body = event.value()["body"].as_str().map(serde_json::from_str::<Value>);
        let body = body.expect("a body").expect("JSON");
        let fault = schema_fault(&api, "/components/schemas/UploadRequest", &body, member);
        assert_eq!(fault, None, "{member}");
        assert_eq!(Bench::for_tokens().respond(&event).await.status, 201, "{member}");
    }
}

#[test]
fn the_page_is_made_from_the_description() {
    let page = include_str!("../../../../docs/api.md");
    assert!(
        page == api_page(&OpenApi::read()),
        "docs/api.md is stale: cargo run --package contract-tests --bin api-page > docs/api.md"
    );
}
