//! API Gateway events that start valid, and of which a test changes one part.

use serde_json::{Map, Value, json};

use crate::keys::TestKey;
use crate::rules::CASES_DOMAIN;

/// The member of an event file that holds the claims of its token. The rest of the event contains `{token}`.
const CLAIMS: &str = "unsignedClaims";

/// An API Gateway proxy event whose token is not signed yet.
#[derive(Clone, Debug)]
pub struct Event {
    value: Value,
    signing_seed: u8,
}

/// Alice uploads a report to a case: an event of an HTTP API that succeeds under the rules for tokens.
#[must_use]
pub fn upload_event() -> Event {
    Event::read(include_str!("../../../events/token-agent-uploads-pdf.json"))
}

/// The same request as an event of a REST API.
#[must_use]
pub fn rest_upload_event() -> Event {
    Event::read(include_str!(
        "../../../events/token-agent-uploads-pdf-by-rest-api.json"
    ))
}

impl Event {
    /// The event in the file's `text`.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self {
            value: serde_json::from_str(text).expect("an event file of JSON"),
            signing_seed: 1,
        }
    }

    /// With the claim `name` of its token set to `value`.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.value[CLAIMS][name] = value.into();
        self
    }

    /// Without the claim `name` of its token.
    ///
    /// # Panics
    /// If it has no token.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        self.value[CLAIMS].as_object_mut().expect("claims").remove(name);
        self
    }

    /// With a token signed by the key with this seed.
    #[must_use]
    pub const fn signed_by(mut self, seed: u8) -> Self {
        self.signing_seed = seed;
        self
    }

    /// With the member `name` of its body set to `value`.
    #[must_use]
    pub fn member(self, name: &str, value: impl Into<Value>) -> Self {
        self.edit_body(|body| body.insert(name.to_owned(), value.into()))
    }

    fn edit_body(self, edit: impl FnOnce(&mut Map<String, Value>) -> Option<Value>) -> Self {
        let text = self.value["body"].as_str().expect("a body");
        let mut body = serde_json::from_str(text).expect("a body of JSON");
        edit(&mut body);
        self.body(&Value::Object(body).to_string())
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        self.value["body"] = text.into();
        self
    }

    /// With the header `name` set to `value`.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let mut event = self.without_header(name);
        event.value["headers"][name] = value.into();
        if let Some(all) = event.value.get_mut("multiValueHeaders") {
            all[name] = json!([value]);
        }
        event
    }

    /// Without the header `name`.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        for headers in ["headers", "multiValueHeaders"] {
            if let Some(headers) = self.value.get_mut(headers).and_then(Value::as_object_mut) {
                headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
            }
        }
        self
    }

    /// With another method and path, and the same body.
    #[must_use]
    pub fn request(mut self, method: &str, path: &str) -> Self {
        if self.is_v2() {
            self.value["requestContext"]["http"]["method"] = method.into();
            self.value["rawPath"] = path.into();
        } else {
            self.value["httpMethod"] = method.into();
            self.value["path"] = path.into();
        }
        self
    }

    /// With one member in its query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.value["queryStringParameters"] = json!({name: value});
        self
    }

    /// With the value at the JSON pointer set.
    ///
    /// # Panics
    /// If there is no such value.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let place = self.value.pointer_mut(pointer);
        *place.unwrap_or_else(|| panic!("nothing at {pointer}")) = value.into();
        self
    }

    /// The same caller's request for an upload to the case with this id.
    #[must_use]
    pub fn starting_on(self, case_id: &str) -> Self {
        let mut body = json!({
            "fileName": "report.pdf", "fileSizeInBytes": 1_048_576,
            "associatedResourceArn": format!("{CASES_DOMAIN}/case/{case_id}"),
        });
        if self.value.to_string().contains(":assumed-role/portal-backend/") {
            body["onBehalfOf"] = "alice".into();
        }
        self.request("POST", "/uploads")
            .header("content-type", "application/json")
            .body(&body.to_string())
    }

    /// The text that the broker is invoked with.
    #[must_use]
    pub fn text(&self) -> String {
        let mut value = self.value.clone();
        let claims = value.as_object_mut().and_then(|event| event.remove(CLAIMS));
        let token = claims.map(|claims| TestKey::of_seed(self.signing_seed).token(&claims));
        value.to_string().replace("{token}", &token.unwrap_or_default())
    }

    /// The event as its file has it.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn placeholder(&self, start: &str) -> Option<String> {
        let text = self.value.to_string();
        let from = text.find(start)?;
        let length = text[from..].find('}')?;
        Some(text[from..=from + length].to_owned())
    }

    pub(crate) fn replacing(mut self, placeholder: &str, text: &str) -> Self {
        let replaced = self.value.to_string().replace(placeholder, text);
        self.value = serde_json::from_str(&replaced).expect("an event still");
        self
    }

    fn is_v2(&self) -> bool {
        self.value["version"] == "2.0"
    }
}
