//! Events of REST APIs, payload format 1.0.
//!
//! Source: API Gateway developer guide, "Lambda proxy integrations in API Gateway", input format. Members without a
//! value are null, as the service does.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::api::Api;
use super::authorizer::Authorized;
use super::request::ClientRequest;
use super::routes::Match;

type Single = BTreeMap<String, String>;
type Multi = BTreeMap<String, Vec<String>>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Option<Single>,
    multi_value_headers: Option<Multi>,
    query_string_parameters: Option<Single>,
    multi_value_query_string_parameters: Option<Multi>,
    path_parameters: Option<Single>,
    stage_variables: Option<Single>,
    request_context: RequestContext<'a>,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Value>,
    domain_name: String,
    domain_prefix: &'a str,
    extended_request_id: String,
    http_method: &'a str,
    identity: Value,
    path: &'a str,
    protocol: &'a str,
    request_id: String,
    request_time: String,
    request_time_epoch: i128,
    resource_id: &'static str,
    resource_path: &'a str,
    stage: &'a str,
}

/// Event for `request`, whose path below the stage is `below` and which matched a resource.
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
    let headers = gathered(
        request
            .header_pairs()
            .map(|(name, value)| (capitalised(&name), value)),
    );
    let query = gathered(request.query_pairs().into_iter());
    serde_json::to_vec(&Event {
        resource: &matched.resource,
        // A mapping is part of the path, but the stage is not.
        path: if api.mapping.is_some() {
            &request.path
        } else {
            below
        },
        http_method: &request.method,
        headers: last_of_each(&headers),
        multi_value_headers: filled(headers),
        query_string_parameters: last_of_each(&query),
        multi_value_query_string_parameters: filled(query),
        path_parameters: filled(matched.parameters.clone()),
        stage_variables: None,
        request_context: RequestContext {
            account_id: &api.account_id,
            api_id: &api.api_id,
            authorizer: authorized.context.as_ref(),
            domain_name: api.domain_name(),
            domain_prefix: &api.api_id,
            extended_request_id: request.id.extended(),
            http_method: &request.method,
            identity: identity(request, authorized),
            path: &request.path,
            protocol: ClientRequest::PROTOCOL,
            request_id: request.id.rest(),
            request_time: request.time(),
            request_time_epoch: request.time_epoch(),
            resource_id: "123456",
            resource_path: &matched.resource,
            stage: &api.stage,
        },
        body: body(request),
        is_base64_encoded: false,
    })
}

/// `requestContext.identity` without a Cognito authorizer.
fn identity(request: &ClientRequest, authorized: &Authorized) -> Value {
    let mut identity = json!({
        "accessKey": null,
        "accountId": null,
        "caller": null,
        "cognitoAuthenticationProvider": null,
        "cognitoAuthenticationType": null,
        "cognitoIdentityId": null,
        "cognitoIdentityPoolId": null,
        "principalOrgId": null,
        "sourceIp": request.source_ip.to_string(),
        "user": null,
        "userAgent": request.value("user-agent"),
        "userArn": null,
    });
    if let Some(signer) = &authorized.signer {
        signer.identify(&mut identity);
    }
    identity
}

/// Header name as the developer guide's example events spell it: `Content-Type`.
///
/// The service passes names as the client spelled them, but hyper does not keep the spelling. Event files in `events/`
/// have names in other spellings.
fn capitalised(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

/// Values by name.
fn gathered(pairs: impl Iterator<Item = (String, String)>) -> Multi {
    let mut map = Multi::new();
    for (name, value) in pairs {
        map.entry(name).or_default().push(value);
    }
    map
}

fn last_of_each(map: &Multi) -> Option<Single> {
    let last = |(name, values): (&String, &Vec<String>)| Some((name.clone(), values.last()?.clone()));
    filled(map.iter().filter_map(last).collect())
}

fn filled<V>(map: BTreeMap<String, V>) -> Option<BTreeMap<String, V>> {
    (!map.is_empty()).then_some(map)
}

/// Body as text. Without `binaryMediaTypes` a REST API treats every body as UTF-8 and damages any other.
fn body(request: &ClientRequest) -> Option<String> {
    (!request.body.is_empty()).then(|| String::from_utf8_lossy(&request.body).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::request::tests::documented_request;
    use super::*;
    use bytes::Bytes;

    fn event_of(api: &Api, request: &ClientRequest, path: &str) -> Value {
        let parameters = Single::from([("proxy".to_owned(), "my/path".to_owned())]);
        let matched = Match {
            resource: "/{proxy+}".to_owned(),
            parameters,
            ..Match::default()
        };
        let context = Some(json!({"claims": {"sub": "s"}, "scopes": null}));
        let authorized = Authorized {
            context,
            signer: None,
        };
        let event = event(api, request, path, &matched, &authorized).expect("an event");
        serde_json::from_slice(&event).expect("JSON")
    }

    #[test]
    fn is_the_documented_example() {
        let api = Api {
            account_id: "123456789012".to_owned(),
            api_id: "id".to_owned(),
            region: "us-east-1".to_owned(),
            ..Api::rest("prod")
        };
        let request = ClientRequest {
            path: "/prod/my/path".to_owned(),
            ..documented_request()
        };
        let expected = json!({
            "resource": "/{proxy+}",
            "path": "/my/path",
            "httpMethod": "POST",
            "headers": {
                "Header1": "value1",
                "Header2": "value2",
                "Cookie": "cookie1; cookie2",
                "Content-Type": "text/plain",
                "User-Agent": "agent",
            },
            "multiValueHeaders": {
                "Header1": ["value1"],
                "Header2": ["value1", "value2"],
                "Cookie": ["cookie1; cookie2"],
                "Content-Type": ["text/plain"],
                "User-Agent": ["agent"],
            },
            "queryStringParameters": {"parameter1": "value2", "parameter2": "value"},
            "multiValueQueryStringParameters": {"parameter1": ["value1", "value2"], "parameter2": ["value"]},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "id",
                "authorizer": {"claims": {"sub": "s"}, "scopes": null},
                "domainName": "id.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "id",
                "extendedRequestId": "JJDrVxxCTY+SxIs=",
                "httpMethod": "POST",
                "identity": {
                    "accessKey": null,
                    "accountId": null,
                    "caller": null,
                    "cognitoAuthenticationProvider": null,
                    "cognitoAuthenticationType": null,
                    "cognitoIdentityId": null,
                    "cognitoIdentityPoolId": null,
                    "principalOrgId": null,
                    "sourceIp": "192.0.2.1",
                    "user": null,
                    "userAgent": "agent",
                    "userArn": null,
                },
                "path": "/prod/my/path",
                "protocol": "HTTP/1.1",
                "requestId": "2490eb57-1c42-4d8f-92c4-8b08a0cf6f5d",
                "requestTime": "12/Mar/2020:19:03:58 +0000",
                "requestTimeEpoch": 1_584_039_838_390_u64,
                "resourceId": "123456",
                "resourcePath": "/{proxy+}",
                "stage": "prod",
            },
            "pathParameters": {"proxy": "my/path"},
            "stageVariables": null,
            "body": "Hello from Lambda",
            "isBase64Encoded": false,
        });
        assert_eq!(event_of(&api, &request, "/my/path"), expected);
    }

    #[test]
    fn has_a_mapping_in_its_path_in_place_of_the_stage() {
        let api = Api {
            mapping: Some("/files".to_owned()),
            ..Api::rest("prod")
        };
        let request = ClientRequest {
            path: "/files/my/path".to_owned(),
            ..documented_request()
        };
        let event = event_of(&api, &request, "/my/path");
        for path in [&event["path"], &event["requestContext"]["path"]] {
            assert_eq!(path, "/files/my/path");
        }
    }

    #[test]
    fn names_what_the_request_lacks_as_null() {
        let mut request = documented_request();
        request.headers.clear();
        request.query.clear();
        request.body = Bytes::new();
        let event = event_of(&Api::rest("prod"), &request, "/my/path");
        for member in [
            "headers",
            "multiValueHeaders",
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "stageVariables",
            "body",
        ] {
            assert_eq!(event.get(member), Some(&Value::Null), "{member}");
        }
    }
}
