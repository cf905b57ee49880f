//! What a Lambda authorizer is asked, and what of its answer reaches the function.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_stack::gateway::{Api, Authorizer, Function, Lambda, PassageSink, serve};
use local_stack::instances::InvokeError;
use serde_json::{Value, json};

/// A function that answers an event with itself, or an authorizer with a fixed answer that keeps its questions.
enum Part {
    Echo,
    Authorizer {
        answer: Value,
        questions: Mutex<Vec<Value>>,
    },
}

impl Function for Part {
    async fn invoke(&self, event: Bytes, _trace_id: &str) -> Result<Bytes, InvokeError> {
        let event: Value = serde_json::from_slice(&event).expect("JSON");
        Ok(match self {
            Self::Echo => json!({"statusCode": 200, "body": event.to_string()}),
            Self::Authorizer { answer, questions } => {
                questions
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(event);
                answer.clone()
            }
        }
        .to_string()
        .into())
    }
}

/// Status and body of a POST with a token, and the authorizer's questions.
async fn ask(api: Api, answer: Value, token_only: bool, simple_responses: bool) -> (u16, Value, Vec<Value>) {
    let path = format!("{}/uploads?a=b", api.base_path());
    let questions = Mutex::default();
    let authorizer = Arc::new(Part::Authorizer { answer, questions });
    let lambda = Lambda {
        function: Arc::clone(&authorizer),
        token_only,
        simple_responses,
    };
    let listen = ([127, 0, 0, 1], 0).into();
    let echo = Arc::new(Part::Echo);
    let gateway = serve(listen, api, echo, Authorizer::Lambda(lambda), PassageSink::none()).await;
    let gateway = gateway.expect("a gateway");
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("http://{}{path}", gateway.addr))
        .header("authorization", "Bearer t")
        .body(Full::from("secret"));
    let answer = client
        .request(request.expect("a request"))
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    gateway.shutdown().await;
    let Part::Authorizer { questions, .. } = &*authorizer else {
        unreachable!("it is one")
    };
    let questions = questions.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (status, serde_json::from_slice(&body).expect("JSON"), questions)
}

fn with_policy(context: &Value) -> Value {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    json!({"principalId": "p", "policyDocument": document, "context": context})
}

#[tokio::test]
async fn an_http_api_sends_the_head_and_keeps_the_contexts_types() {
    let context = json!({"sub": "s", "groups": ["a"], "level": 7});
    for (answer, simple) in [
        (json!({"isAuthorized": true, "context": context}), true),
        (with_policy(&context), false),
    ] {
        let (status, event, questions) = ask(Api::http(), answer, false, simple).await;
        assert_eq!((status, questions.len()), (200, 1));
        assert_eq!(event["requestContext"]["authorizer"], json!({"lambda": context}));
        let question = &questions[0];
        let arn = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/$default/POST/uploads";
        for (member, expected) in [
            ("version", json!("2.0")),
            ("type", json!("REQUEST")),
            ("routeArn", json!(arn)),
            ("identitySource", json!(["Bearer t"])),
            ("rawPath", json!("/uploads")),
            ("queryStringParameters", json!({"a": "b"})),
        ] {
            assert_eq!(question[member], expected, "{member}");
        }
        assert!(!question.to_string().contains("secret"), "{question}");
    }
}

#[tokio::test]
async fn a_rest_api_sends_the_head_or_the_token_and_makes_the_context_text() {
    let arn = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/POST/uploads";
    for token_only in [false, true] {
        let context = json!({"name": "n", "level": 7, "good": true});
        let (status, event, questions) =
            ask(Api::rest("prod"), with_policy(&context), token_only, false).await;
        assert_eq!(status, 200, "{event}");
        let expected = json!({
            "principalId": "p", "name": "n", "level": "7", "good": "true", "integrationLatency": 12,
        });
        assert_eq!(event["requestContext"]["authorizer"], expected);
        let question = &questions[0];
        assert_eq!(question["methodArn"], arn);
        if token_only {
            let token = json!({"type": "TOKEN", "authorizationToken": "Bearer t", "methodArn": arn});
            assert_eq!(*question, token);
        } else {
            assert_eq!(
                (&question["type"], &question["path"]),
                (&json!("REQUEST"), &json!("/uploads"))
            );
            assert!(!question.to_string().contains("secret"), "{question}");
        }
    }
}

#[tokio::test]
async fn an_answer_of_the_other_form_or_with_a_nested_context_is_a_failure() {
    let simple = || json!({"isAuthorized": true});
    let nested = || with_policy(&json!({"groups": ["a"]}));
    for (api, answer, simple_responses, expected) in [
        (Api::http(), simple(), false, 500),
        (Api::http(), with_policy(&json!({})), true, 500),
        (Api::http(), nested(), false, 200),
        (Api::rest("prod"), simple(), false, 500),
        (Api::rest("prod"), nested(), false, 500),
        (Api::rest("prod"), json!("yes"), false, 500),
    ] {
        let name = format!("{:?} {answer}", api.kind);
        let (status, body, _) = ask(api, answer, false, simple_responses).await;
        assert_eq!(status, expected, "{name}: {body}");
    }
}
