//! Secrets and names that no line of the broker's log may show.

use std::sync::{Arc, Mutex, PoisonError};

use local_stack::seeds::PEOPLE;
use serde_json::Value;

use crate::wire::Answer;

/// Marks of presigned URLs, signed requests and tokens (`{"alg`), and the text of the Connect stand-in's armed errors.
const MARKS: [&str; 5] = ["X-Amz-", "AWS4-HMAC-SHA256", "Bearer ", "eyJhbGci", "armed by"];

/// Length from which a secret is looked for: shorter texts also occur in other words.
const LEAST_LEN: usize = 5;

/// Number of secrets that are looked for, because a soak uses thousands.
const MOST: usize = 300;

/// Secrets and names that a test used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<Vec<String>>>);

impl Secrets {
    pub(crate) fn add(&self, secret: &str) {
        if secret.len() >= LEAST_LEN {
            self.all().push(secret.to_owned());
        }
    }

    /// The parts of a token but its header, which is not secret.
    pub(crate) fn add_token(&self, token: &str) {
        for part in token.split('.').skip(1) {
            self.add(part);
        }
    }

    /// The names in a request for an upload.
    pub(crate) fn add_body(&self, body: &Value) {
        let tags = body["tags"].as_object().into_iter().flatten();
        let values = tags.map(|(_, value)| value);
        let named = values.chain([&body["fileName"], &body["onBehalfOf"]]);
        for name in named.filter_map(Value::as_str) {
            self.add(name);
        }
    }

    /// The URL's query and the handle of a started upload, or the names that a refusal suggests.
    pub(crate) fn add_answer(&self, answer: &Answer) {
        let body = answer.json();
        let faults = body["errors"].as_array().into_iter().flatten();
        for suggestion in faults.filter_map(|fault| fault["suggestion"].as_str()) {
            self.add(suggestion);
        }
        let url = body["url"].as_str().and_then(|url| url.split_once('?'));
        let location = answer
            .header("location")
            .and_then(|location| location.rsplit_once('/'));
        for (_, secret) in url.into_iter().chain(location) {
            self.add(secret);
        }
    }

    /// Fails if `log` shows one of them.
    pub(crate) fn assert_not_in(&self, log: &str) {
        let people = PEOPLE.map(|person| person.username);
        let used = self.all();
        let all = used
            .iter()
            .take(MOST)
            .map(String::as_str)
            .chain(MARKS)
            .chain(people);
        for secret in all {
            let shown = log
                .contains(secret)
                .then(|| log.lines().find(|line| line.contains(secret)));
            assert_eq!(shown, None, "the log shows {secret:?}");
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
