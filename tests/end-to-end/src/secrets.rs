//! What no line of the broker may show.

use std::sync::{Arc, Mutex, PoisonError};

use local_stack::seeds::PEOPLE;
use serde_json::Value;

use crate::wire::Answer;

/// Marks of presigned URLs, signed requests and tokens (`{"alg`), and what Connect's stand-in says of an armed fault.
const MARKS: [&str; 5] = ["X-Amz-", "AWS4-HMAC-SHA256", "Bearer ", "eyJhbGci", "armed by"];

/// Shorter ones are found in lines that say something else.
const LEAST_LEN: usize = 5;

/// So many are looked for: a soak uses thousands.
const MOST: usize = 300;

/// The secrets that a test used, and the names that it gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<Vec<String>>>);

impl Secrets {
    pub(crate) fn add(&self, secret: &str) {
        if secret.len() >= LEAST_LEN {
            self.all().push(secret.to_owned());
        }
    }

    /// The parts of a token; its header is the issuer's and no secret.
    pub(crate) fn add_token(&self, token: &str) {
        for part in token.split('.').skip(1) {
            self.add(part);
        }
    }

    /// What a request for an upload names.
    pub(crate) fn add_body(&self, body: &Value) {
        let tags = body["tags"].as_object().into_iter().flatten();
        let values = tags.map(|(_, value)| value);
        let named = values.chain([&body["fileName"], &body["onBehalfOf"]]);
        for name in named.filter_map(Value::as_str) {
            self.add(name);
        }
    }

    /// The query of the URL, and the handle, where the upload was started; names that were suggested where it was not.
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

    /// Fails where `log` shows one.
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
