//! A Lambda authorizer: a function that reads a request's head, and names its caller or refuses it.
//!
//! Sources: API Gateway developer guide, "Control access to HTTP APIs with AWS Lambda authorizers" (payload format 2.0),
//! "Input to an API Gateway Lambda authorizer" and "Output from an API Gateway Lambda authorizer" (REST APIs), "Gateway
//! response types", and for a function that raises `Unauthorized` the guide's example of a TOKEN authorizer. What an HTTP
//! API does with such a function is not documented: here it is a failure.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::super::api::Api;
use super::super::error::GatewayError;
use super::super::flow::Function;
use super::super::kind::Kind;
use super::super::request::ClientRequest;
use super::Authorized;
use super::policy::{Decision, Policy};
use crate::instances::InvokeError;

/// Longest wait for the function. Source: API Gateway quotas, "Lambda authorizer timeout" of an HTTP API.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The header that must be there, `$request.header.Authorization` of an HTTP API.
const IDENTITY_SOURCE: &str = "authorization";

/// A function in front of the routes.
#[derive(Debug)]
pub struct Lambda<F> {
    /// The function.
    pub function: Arc<F>,
    /// Of a REST API: whether it sees only the header `Authorization` (`TOKEN`) instead of the request (`REQUEST`).
    pub token_only: bool,
    /// Of an HTTP API: whether it answers `isAuthorized` (`EnableSimpleResponses`) instead of a policy.
    pub simple_responses: bool,
}

/// The answer of an HTTP API's function with simple responses.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Simple {
    is_authorized: bool,
    #[serde(default)]
    context: Map<String, Value>,
}

/// The answer with a policy.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WithPolicy {
    principal_id: String,
    policy_document: Policy,
    #[serde(default)]
    context: Map<String, Value>,
}

impl<F: Function> Lambda<F> {
    /// Asks the function about `request`, whose proxy event would be `event`.
    ///
    /// # Errors
    /// The header is missing, or the function does not let the request pass, or it fails.
    pub(in crate::gateway) async fn authorize(
        &self,
        api: &Api,
        request: &ClientRequest,
        path: &str,
        event: &[u8],
    ) -> Result<Authorized, GatewayError> {
        let identity = request.value(IDENTITY_SOURCE).filter(|value| !value.is_empty());
        let identity = identity.ok_or(GatewayError::Unauthorized)?;
        let arn = arn(api, &request.method, path);
        let question = self.question(api.kind, identity, &arn, event)?;
        let trace_id = request.id.trace_id();
        let asked = self.function.invoke(question, &trace_id);
        let failed = |reason: String| GatewayError::Authorizer(reason);
        let answer = timeout(TIMEOUT, asked)
            .await
            .map_err(|_| failed("no answer in 10 s".to_owned()))?;
        let answer = answer.map_err(|error| match (api.kind, error) {
            (Kind::Rest, InvokeError::Reported { message, .. }) if message == "Unauthorized" => {
                GatewayError::Unauthorized
            }
            (_, error) => failed(error.to_string()),
        })?;
        let malformed = |error: serde_json::Error| failed(error.to_string());
        if api.kind == Kind::Http && self.simple_responses {
            let answer: Simple = serde_json::from_slice(&answer).map_err(malformed)?;
            let decision = if answer.is_authorized {
                Decision::Allowed
            } else {
                Decision::NotAllowed
            };
            return passed(decision, json!({"lambda": answer.context}));
        }
        let answer: WithPolicy = serde_json::from_slice(&answer).map_err(malformed)?;
        let context = match api.kind {
            Kind::Http => json!({"lambda": answer.context}),
            Kind::Rest => flat(&answer.principal_id, &answer.context).ok_or_else(|| {
                failed("the context has a member that is not text, number or boolean".to_owned())
            })?,
        };
        passed(answer.policy_document.decide(&arn), context)
    }

    /// The function's event.
    fn question(&self, kind: Kind, identity: &str, arn: &str, event: &[u8]) -> Result<Bytes, GatewayError> {
        let failed = |error: serde_json::Error| GatewayError::Authorizer(error.to_string());
        let mut question: Map<String, Value> = serde_json::from_slice(event).map_err(failed)?;
        for member in ["body", "isBase64Encoded"] {
            question.remove(member);
        }
        match kind {
            Kind::Http => {
                question.insert("type".to_owned(), "REQUEST".into());
                question.insert("routeArn".to_owned(), arn.into());
                question.insert("identitySource".to_owned(), json!([identity]));
            }
            Kind::Rest if self.token_only => {
                let token = json!({"type": "TOKEN", "authorizationToken": identity, "methodArn": arn});
                return Ok(token.to_string().into());
            }
            Kind::Rest => {
                question.insert("type".to_owned(), "REQUEST".into());
                question.insert("methodArn".to_owned(), arn.into());
            }
        }
        Ok(Value::Object(question).to_string().into())
    }
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`
fn arn(api: &Api, method: &str, path: &str) -> String {
    let Api {
        region,
        account_id,
        api_id,
        stage,
        ..
    } = api;
    format!("arn:aws:execute-api:{region}:{account_id}:{api_id}/{stage}/{method}{path}")
}

fn passed(decision: Decision, context: Value) -> Result<Authorized, GatewayError> {
    match decision {
        Decision::Allowed => Ok(Authorized {
            context: Some(context),
            signer: None,
        }),
        Decision::NotAllowed => Err(GatewayError::Denied { explicitly: false }),
        Decision::Denied => Err(GatewayError::Denied { explicitly: true }),
    }
}

/// A REST API's context: every member is a text, and the principal is one of them.
fn flat(principal_id: &str, context: &Map<String, Value>) -> Option<Value> {
    let mut members = Map::new();
    for (name, value) in context {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        members.insert(name.clone(), text.into());
    }
    members.insert("principalId".to_owned(), principal_id.into());
    members.insert("integrationLatency".to_owned(), 12.into());
    Some(members.into())
}
