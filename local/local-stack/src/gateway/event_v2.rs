//! Events of HTTP APIs, payload format 2.0.
//!
//! Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs". Members without a value
//! are left out, as the service does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::api::Api;
use super::authorizer::Authorized;
use super::request::ClientRequest;
use super::routes::Match;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: String,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<&'a str>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: BTreeMap<String, String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a serde_json::Value>,
    domain_name: String,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: String,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: i128,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: String,
    protocol: &'a str,
    source_ip: String,
    user_agent: &'a str,
}

/// Event for `request`, whose path below the stage is `below` and which matched a route.
///
/// # Errors
/// JSON cannot be written.
pub(super) fn event(
    api: &Api,
    request: &ClientRequest,
    below: &str,
    matched: &Match,
    authorized: &Authorized,
) -> serde_json::Result<Vec<u8>> {
    // A mapping is not part of the path, but the stage is.
    let path = match &api.mapping {
        Some(_) => decoded_path(&format!("{}{below}", api.base_path())),
        None => decoded_path(&request.path),
    };
    let (body, is_base64_encoded) = body(request);
    serde_json::to_vec(&Event {
        version: "2.0",
        route_key: &matched.key,
        raw_path: path.clone(),
        raw_query_string: &request.query,
        cookies: request
            .values("cookie")
            .flat_map(|value| value.split("; "))
            .collect(),
        headers: headers(request),
        query_string_parameters: joined(request.query_pairs().into_iter()),
        request_context: RequestContext {
            account_id: &api.account_id,
            api_id: &api.api_id,
            authorizer: authorized.context.as_ref(),
            domain_name: api.domain_name(),
            domain_prefix: &api.api_id,
            http: Http {
                method: &request.method,
                path,
                protocol: ClientRequest::PROTOCOL,
                source_ip: request.source_ip.to_string(),
                user_agent: request.value("user-agent").unwrap_or_default(),
            },
            request_id: request.id.extended(),
            route_key: &matched.key,
            stage: &api.stage,
            time: request.time(),
            time_epoch: request.time_epoch(),
        },
        body,
        path_parameters: matched.parameters.clone(),
        is_base64_encoded,
    })
}

/// `rawPath`. Despite its name, HTTP APIs decode it and cut it at a decoded question mark.
/// Seen on live APIs: hotsock/voker#8; REST APIs and function URLs keep the path as it was sent.
fn decoded_path(path: &str) -> String {
    let mut decoded = super::routes::percent_decoded(path);
    decoded.truncate(decoded.find('?').unwrap_or(decoded.len()));
    decoded
}

/// Names in lower case, duplicates joined with commas, without the cookies.
fn headers(request: &ClientRequest) -> BTreeMap<String, String> {
    joined(request.header_pairs().filter(|(name, _)| name != "cookie"))
}

fn joined(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        map.entry(name)
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert(value);
    }
    map
}

/// Body as text or base64; without a body the member is absent.
fn body(request: &ClientRequest) -> (Option<Cow<'_, str>>, bool) {
    if request.body.is_empty() {
        return (None, false);
    }
    let content_type = request.value("content-type").unwrap_or_default();
    match std::str::from_utf8(&request.body) {
        Ok(text) if is_text(content_type) => (Some(Cow::Borrowed(text)), false),
        _ => (Some(Cow::Owned(STANDARD.encode(&request.body))), true),
    }
}

/// Whether an HTTP API passes a body of this type as text.
///
/// AWS's guide does not list the types; these are the ones seen on live APIs (ministackorg/ministack#766), where even
/// `application/x-www-form-urlencoded` and a body without a type arrive in base64.
fn is_text(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type.starts_with("text/")
        || matches!(
            media_type.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
}

#[cfg(test)]
mod tests {
    use super::super::request::tests::{documented_request, header_map};
    use super::*;
    use bytes::Bytes;
    use serde_json::{Value, json};

    fn event_of(api: &Api, request: &ClientRequest) -> Value {
        let matched = Match {
            key: "$default".to_owned(),
            ..Match::default()
        };
        let context = Some(json!({"jwt": {"claims": {"claim1": "value1"}, "scopes": ["scope1"]}}));
        let authorized = Authorized {
            context,
            signer: None,
        };
        let event = event(api, request, &request.path, &matched, &authorized).expect("an event");
        serde_json::from_slice(&event).expect("JSON")
    }

    #[test]
    fn is_the_documented_example() {
        let api = Api {
            account_id: "123456789012".to_owned(),
            api_id: "id".to_owned(),
            region: "us-east-1".to_owned(),
            ..Api::http()
        };
        let expected = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/my/path",
            "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
            "cookies": ["cookie1", "cookie2"],
            "headers": {
                "header1": "value1",
                "header2": "value1,value2",
                "content-type": "text/plain",
                "user-agent": "agent",
            },
            "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "id",
                "authorizer": {"jwt": {"claims": {"claim1": "value1"}, "scopes": ["scope1"]}},
                "domainName": "id.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "id",
                "http": {
                    "method": "POST",
                    "path": "/my/path",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "agent",
                },
                "requestId": "JJDrVxxCTY+SxIs=",
                "routeKey": "$default",
                "stage": "$default",
                "time": "12/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_584_039_838_390_u64,
            },
            "body": "Hello from Lambda",
            "isBase64Encoded": false,
        });
        assert_eq!(event_of(&api, &documented_request()), expected);
    }

    #[test]
    fn leaves_out_what_the_request_lacks() {
        let mut request = documented_request();
        request.headers.clear();
        request.query.clear();
        request.body = Bytes::new();
        let event = event_of(&Api::http(), &request);
        for member in [
            "cookies",
            "queryStringParameters",
            "body",
            "pathParameters",
            "stageVariables",
        ] {
            assert_eq!(event.get(member), None, "{member}");
        }
        assert_eq!(event["rawQueryString"], "");
    }

    #[test]
    fn carries_the_path_as_an_http_api_does() {
        for (sent, expected) in [
            ("/prod/uploads", "/prod/uploads"),
            ("/a%20b", "/a b"),
            ("/a%2Fb", "/a/b"),
            ("/a%3Fb", "/a"),
            ("/a+b", "/a+b"),
        ] {
            let request = ClientRequest {
                path: sent.to_owned(),
                ..documented_request()
            };
            assert_eq!(event_of(&Api::http(), &request)["rawPath"], expected, "{sent}");
        }
    }

    #[test]
    fn has_the_stage_in_its_path_in_place_of_a_mapping() {
        let api = Api {
            stage: "prod".to_owned(),
            mapping: Some(String::new()),
            ..Api::http()
        };
        let event = event_of(&api, &documented_request());
        assert_eq!(event["rawPath"], "/prod/my/path");
        assert_eq!(event["requestContext"]["http"]["path"], "/prod/my/path");
    }

    #[test]
    fn encodes_what_is_not_text() {
        let cases: &[(&str, &[u8], &str, bool)] = &[
            ("application/json; charset=utf-8", b"{}", "{}", false),
            ("text/csv", b"a,b", "a,b", false),
            ("application/octet-stream", b"{}", "e30=", true),
            ("application/x-www-form-urlencoded", b"a=b", "YT1i", true),
            ("application/problem+json", b"{}", "e30=", true),
            ("", b"{}", "e30=", true),
            ("text/plain", b"\xFF", "/w==", true),
        ];
        for (content_type, sent, expected, encoded) in cases {
            let body = Bytes::from_static(sent);
            let request = ClientRequest {
                headers: header_map(&[("content-type", content_type)]),
                body,
                ..documented_request()
            };
            let event = event_of(&Api::http(), &request);
            assert_eq!(
                (&event["body"], &event["isBase64Encoded"]),
                (&json!(expected), &json!(encoded))
            );
        }
    }
}
