//! An answer of the broker, as a client sees it.

use std::collections::BTreeMap;

use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use serde_json::{Value, json};

/// An answer: status, headers by lower-case name, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body's text, if there is one.
    pub body: Option<String>,
}

impl Reply {
    /// The body as JSON, `null` if there is none.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let body = self.body.as_deref().map(serde_json::from_str);
        body.transpose().expect("a body of JSON").unwrap_or_default()
    }

    /// The problem's code, `null` if the answer is not a problem.
    #[must_use]
    pub fn code(&self) -> Value {
        self.json()["code"].clone()
    }

    /// Pointer and code of each fault of a body, in order.
    #[must_use]
    pub fn faults(&self) -> Vec<(String, String)> {
        let body = self.json();
        let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        let faults = body["errors"].as_array().into_iter().flatten();
        faults
            .map(|fault| (text(fault, "pointer"), text(fault, "code")))
            .collect()
    }

    /// The handle in `Location`.
    ///
    /// # Panics
    /// If there is none, because the upload was not started.
    #[must_use]
    pub fn handle(&self) -> String {
        let location = self.headers.get("location");
        let handle = location.and_then(|location| location.rsplit('/').next());
        handle
            .unwrap_or_else(|| panic!("no Location in {self:#?}"))
            .to_owned()
    }

    /// All of it, for snapshots.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"status": self.status, "headers": self.headers, "body": self.json()})
    }
}

impl From<ApiGatewayProxyResponse> for Reply {
    fn from(response: ApiGatewayProxyResponse) -> Self {
        let headers = response.headers.iter().map(|(name, value)| {
            let value = value.to_str().expect("headers of ASCII");
            (name.as_str().to_owned(), value.to_owned())
        });
        let body = response.body.map(|body| match body {
            Body::Text(text) => text,
            other => panic!("a body of text, not {other:?}"),
        });
        Self {
            status: u16::try_from(response.status_code).expect("a status"),
            headers: headers.collect(),
            body,
        }
    }
}
