//! An issuer without signing keys: its tokens are neither accepted nor refused, because they cannot be verified.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use broker_http::broker::{Answered, Broker};
use broker_token::{FetchDocument, FetchError, TokenVerifier};
use serde_json::{Value, json};
use test_support::{CannedPorts, Event, FixedClockAndRandom, MemoryUploads, Rules, TestKey, upload_event};

/// The answers of the issuer's address.
type Document = Arc<Mutex<Result<Value, FetchError>>>;

struct Issuer(Document);

impl FetchDocument for Issuer {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        let document = self.0.lock().expect("no test panics here").clone();
        document.map(|document| document.to_string().into_bytes())
    }
}

struct Bench {
    broker: Broker<CannedPorts, Issuer, FixedClockAndRandom, MemoryUploads>,
    clock: FixedClockAndRandom,
    document: Document,
    ports: CannedPorts,
}

impl Bench {
    fn whose_issuer_answers(document: Result<Value, FetchError>) -> Self {
        let rules = Rules::accepting("token");
        let fetched = rules.with(
            "jwks_file = \"jwks.json\"",
            "jwks_url = \"https://keys.example.com\"",
        );
        let settings = fetched.settings();
        let document = Arc::new(Mutex::new(document));
        let verifier = TokenVerifier::new(settings.issuers.clone(), Issuer(Arc::clone(&document)));
        let (ports, clock) = (CannedPorts::default(), FixedClockAndRandom::default());
        Self {
            broker: Broker::new(settings, ports.clone(), verifier, clock.clone(), None),
            clock,
            document,
            ports,
        }
    }

    /// Status, code, `Retry-After`, and how many issuers were without keys.
    async fn answer(&self, event: &Event) -> (i64, Value, Option<String>, usize) {
        let text = event.text();
        let answering = self.broker.respond(&text, Duration::from_secs(30));
        let Ok(Answered { response, record }) = answering.await else {
            panic!("an event of API Gateway")
        };
        let retry_after = response.headers.get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().expect("text").to_owned());
        let code = record.refusal.map_or(Value::Null, |code| json!(code.info().name));
        (
            response.status_code,
            code,
            retry_after,
            record.issuers_without_keys,
        )
    }
}

#[tokio::test]
async fn tokens_of_an_issuer_without_keys_get_a_503_until_it_has_some() {
    let unavailable = || (503, json!("upstream-unavailable"), Some("2".to_owned()), 1);
    let keys = TestKey::of_seed(1).jwks();
    let bench = Bench::whose_issuer_answers(Err(FetchError::Timeout));
    for (what, after_secs, document, expected) in [
        ("nothing arrives", 0, Err(FetchError::Timeout), unavailable()),
        ("no key is listed", 10, Ok(json!({"keys": []})), unavailable()),
        ("asked a moment ago", 9, Ok(keys.clone()), unavailable()),
        ("a key is listed", 1, Ok(keys), (201, Value::Null, None, 0)),
    ] {
        bench.clock.advance(Duration::from_secs(after_secs));
        *bench.document.lock().expect("no test panics here") = document;
        assert_eq!(bench.answer(&upload_event()).await, expected, "{what}");
        let has_started = !bench.ports.calls().is_empty();
        assert_eq!(has_started, expected.0 == 201, "{what}");
    }
}
