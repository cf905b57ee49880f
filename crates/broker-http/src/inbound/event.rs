//! Reads an API Gateway proxy event, of either payload format, into the parts that the broker uses.
//!
//! `lambda_http` gives the response type, but does not read the event, because its conversion panics on some events,
//! rebuilds a URI from `Host`, and keeps one of two `Authorization` values of a 1.0 event.

use std::collections::BTreeMap;

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};
use serde::Deserialize;
use serde_json::{Map, Value};

/// API Gateway's payload format of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// 1.0: REST APIs, and HTTP APIs that are set to it.
    V1,
    /// 2.0: HTTP APIs.
    V2,
}

/// The event does not come from an API Gateway proxy integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event is not an API Gateway proxy event of payload format 1.0 or 2.0")]
pub struct EventError;

/// A request as API Gateway passed it on.
pub struct GatewayRequest {
    /// The event's payload format.
    pub format: PayloadFormat,
    /// The HTTP method.
    pub method: String,
    /// The path as the event has it, not decoded.
    pub raw_path: String,
    /// The stage.
    pub stage: String,
    /// Id of the API, if the event names one.
    pub api_id: Option<String>,
    /// API Gateway's id of this request.
    pub request_id: String,
    /// The authorizer's context.
    pub authorizer: Map<String, Value>,
    /// The IAM principal that signed the request, in a 1.0 event.
    pub signer: Signer,
    /// Whether the event came from a function URL, whose context is not evidence.
    pub is_function_url: bool,
    headers: Vec<(String, String)>,
    query: BTreeMap<String, Option<String>>,
    body: String,
    is_base64: bool,
}

/// `requestContext.identity` of a 1.0 event.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signer {
    /// ARN of the principal that signed the request.
    pub user_arn: Option<String>,
    /// Its Cognito identity, if it comes from an identity pool.
    pub cognito_identity_id: Option<String>,
}

impl GatewayRequest {
    /// The request in `event`, an invocation's JSON text.
    ///
    /// # Errors
    /// [`EventError`]
    pub fn parse(event: &str) -> Result<Self, EventError> {
        let event: Event = serde_json::from_str(event).map_err(|_| EventError)?;
        event.into_request().ok_or(EventError)
    }

    /// The values of the header `name` (lower case), in order.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of the header `name` (lower case), if there is exactly one.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.header_values(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// The decoded value of the query's member `name`. API Gateway gives one for each name: of several values the last in
    /// format 1.0, and all of them with commas in format 2.0.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.as_deref()
    }

    /// Bytes of the body before decoding, which are at least as many as after it.
    #[must_use]
    pub(crate) const fn encoded_body_len(&self) -> usize {
        self.body.len()
    }

    /// The body's bytes.
    ///
    /// # Errors
    /// [`DecodeError`] if the event says that the body is base64, and it does not decode.
    pub fn body(&self) -> Result<Vec<u8>, DecodeError> {
        if self.is_base64 {
            STANDARD.decode(&self.body)
        } else {
            Ok(self.body.clone().into_bytes())
        }
    }
}

/// The members of both formats that the broker reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    version: Option<String>,
    raw_path: Option<String>,
    path: Option<String>,
    http_method: Option<String>,
    headers: Option<BTreeMap<String, Option<String>>>,
    multi_value_headers: Option<BTreeMap<String, Option<Vec<String>>>>,
    query_string_parameters: Option<BTreeMap<String, Option<String>>>,
    request_context: Context,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    api_id: Option<String>,
    request_id: Option<String>,
    stage: Option<String>,
    domain_name: Option<String>,
    http: Option<Http>,
    authorizer: Option<Map<String, Value>>,
    identity: Option<Signer>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Event {
    fn into_request(self) -> Option<GatewayRequest> {
        let is_v2 = self.version.as_deref() == Some("2.0");
        let mut context = self.request_context;
        let every_value = self.multi_value_headers.filter(|_| !is_v2).map(multiple);
        let headers = every_value.or_else(|| self.headers.map(single));
        let (format, method, raw_path) = if is_v2 {
            (PayloadFormat::V2, context.http.take()?.method, self.raw_path?)
        } else {
            (PayloadFormat::V1, self.http_method?, self.path?)
        };
        Some(GatewayRequest {
            format,
            method,
            raw_path,
            stage: context.stage?,
            api_id: context.api_id,
            request_id: context.request_id?,
            authorizer: context.authorizer.unwrap_or_default(),
            signer: context.identity.unwrap_or_default(),
            is_function_url: context
                .domain_name
                .is_some_and(|name| name.contains(".lambda-url.")),
            headers: headers.unwrap_or_default(),
            query: self.query_string_parameters.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            is_base64: self.is_base64_encoded.unwrap_or(false),
        })
    }
}

/// The headers of a 2.0 event: one value for each name.
fn single(headers: BTreeMap<String, Option<String>>) -> Vec<(String, String)> {
    let given = headers.into_iter().filter_map(|(mut name, value)| {
        name.make_ascii_lowercase();
        Some((name, value?))
    });
    given.collect()
}

/// The headers of a 1.0 event: every value for each name.
fn multiple(headers: BTreeMap<String, Option<Vec<String>>>) -> Vec<(String, String)> {
    let mut all = Vec::with_capacity(headers.len());
    for (name, values) in headers {
        let name = name.to_ascii_lowercase();
        all.extend(values.into_iter().flatten().map(|value| (name.clone(), value)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn v2() -> Value {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/prod/uploads", "rawQueryString": "",
            "headers": {"content-type": "application/json", "x-note": "caf\u{e9}"},
            "requestContext": {"apiId": "a", "requestId": "r", "stage": "prod", "http": {"method": "POST"}},
            "body": "e30=", "isBase64Encoded": true,
        })
    }

    fn v1() -> Value {
        json!({
            "resource": "/{proxy+}", "path": "/uploads", "httpMethod": "POST",
            "headers": {"Authorization": "Bearer b"},
            "multiValueHeaders": {"Authorization": ["Bearer a", "Bearer b"], "Accept": null},
            "requestContext": {
                "apiId": "a", "requestId": "r", "stage": "prod",
                "identity": {"userArn": null, "cognitoIdentityId": null, "sourceIp": "203.0.113.1"},
            },
            "body": null, "isBase64Encoded": false,
        })
    }

    #[test]
    fn reads_both_payload_formats() {
        let request = GatewayRequest::parse(&v2().to_string()).expect("a 2.0 event");
        assert_eq!(
            (request.format, request.raw_path.as_str()),
            (PayloadFormat::V2, "/prod/uploads")
        );
        assert_eq!(request.body(), Ok(b"{}".to_vec()));
        assert_eq!(request.header("x-note"), Some("caf\u{e9}"));

        let request = GatewayRequest::parse(&v1().to_string()).expect("a 1.0 event");
        assert_eq!(
            (request.format, request.raw_path.as_str()),
            (PayloadFormat::V1, "/uploads")
        );
        assert_eq!(request.header("authorization"), None, "there are two");
        assert_eq!(request.header_values("authorization").count(), 2);
    }

    #[test]
    fn an_api_without_an_id_is_an_api() {
        for mut event in [v1(), v2()] {
            event["requestContext"]["apiId"] = json!(null);
            let request = GatewayRequest::parse(&event.to_string()).expect("`null` is absent");
            assert_eq!(request.api_id, None);
            let context = event["requestContext"].as_object_mut().expect("an object");
            context.remove("apiId");
            let request = GatewayRequest::parse(&event.to_string()).expect("an event");
            assert_eq!(request.api_id, None);
        }
    }

    #[test]
    fn refuses_events_of_other_sources_and_bodies_that_lie() {
        for event in [
            json!(null),
            json!([]),
            json!("text"),
            json!({}),
            json!({"Records": [{"eventSource": "aws:sqs"}]}),
            json!({"httpMethod": "GET", "path": "/", "headers": {}, "requestContext": {"elb": {}}}),
            json!({"requestContext": {"connectionId": "c", "eventType": "MESSAGE", "apiId": "a", "stage": "s",
                "requestId": "r"}}),
        ] {
            assert_eq!(
                GatewayRequest::parse(&event.to_string()).err(),
                Some(EventError),
                "{event}"
            );
        }
        for body in ["e30", "e30=\n", "e3\u{e9}", "e31="] {
            let mut event = v2();
            event["body"] = body.into();
            let request = GatewayRequest::parse(&event.to_string()).expect("an event");
            assert!(request.body().is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_body_is_base64_only_where_its_event_says_so() {
        for (said, expected) in [
            (Some(json!(true)), Some(&b"{}"[..])),
            (Some(json!(false)), Some(b"e30=")),
            (Some(Value::Null), Some(b"e30=")),
            (None, Some(b"e30=")),
            (Some(json!("true")), None),
            (Some(json!(1)), None),
        ] {
            let mut event = v2();
            event
                .as_object_mut()
                .expect("an object")
                .remove("isBase64Encoded");
            if let Some(said) = &said {
                event["isBase64Encoded"] = said.clone();
            }
            let request = GatewayRequest::parse(&event.to_string()).ok();
            let body = request.map(|request| request.body().expect("base64, or as it is"));
            assert_eq!(body.as_deref(), expected, "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
            let _ = GatewayRequest::parse(&text);
        }
    }
}
