//! The bench: a real broker over canned ports.

use std::time::Duration;

use broker_http::broker::Broker;
use broker_http::settings::SharedState;
use broker_token::{FetchDocument, FetchError, TokenVerifier};
use serde_json::{Value, json};

use crate::clock_and_random::FixedClockAndRandom;
use crate::event::Event;
use crate::ports::{Call, CannedPorts};
use crate::reply::Reply;
use crate::rules::Rules;
use crate::uploads::MemoryUploads;

/// The time that an invocation has.
const REMAINING: Duration = Duration::from_secs(30);

/// A network without answers: no signing key ever arrives.
pub struct NoNetwork;

impl FetchDocument for NoNetwork {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Timeout)
    }
}

/// A broker, its ports and its clock.
pub struct Bench<F: FetchDocument = NoNetwork> {
    broker: Broker<CannedPorts, F, FixedClockAndRandom, MemoryUploads>,
    ports: CannedPorts,
    /// The rows of uploads, which the broker uses where the settings say so.
    pub uploads: MemoryUploads,
    /// The clock.
    pub clock: FixedClockAndRandom,
}

impl Bench {
    /// A broker under `rules`.
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        Self::over(rules, CannedPorts::default())
    }

    /// A broker under `rules`, over `ports`.
    #[must_use]
    pub fn over(rules: &Rules, ports: CannedPorts) -> Self {
        Self::fetching(rules, ports, NoNetwork)
    }

    /// A broker for agents with tokens.
    #[must_use]
    pub fn for_tokens() -> Self {
        Self::new(&Rules::accepting("token"))
    }
}

impl<F: FetchDocument> Bench<F> {
    /// A broker under `rules`, over `ports`, with signing keys from `fetch`.
    ///
    /// # Panics
    /// If the rules are not sound.
    #[must_use]
    pub fn fetching(rules: &Rules, ports: CannedPorts, fetch: F) -> Self {
        let clock = FixedClockAndRandom::default();
        let settings = rules.settings();
        let verifier = TokenVerifier::new(settings.issuers.clone(), fetch);
        let uploads = MemoryUploads::default();
        let used = match settings.shared_state {
            SharedState::Pace => None,
            SharedState::Full => Some(uploads.clone()),
        };
        Self {
            broker: Broker::new(settings, ports.clone(), verifier, clock.clone(), used),
            ports,
            uploads,
            clock,
        }
    }

    /// The answer to `event`.
    ///
    /// # Panics
    /// If it is not an event of API Gateway.
    pub async fn respond(&self, event: &Event) -> Reply {
        self.try_respond(&event.text())
            .await
            .expect("an event of API Gateway")
    }

    /// The answer to the event in `text`; none if it is not an event of API Gateway.
    pub async fn try_respond(&self, text: &str) -> Option<Reply> {
        let answered = self.broker.respond(text, REMAINING).await.ok()?;
        Some(Reply::from(answered.response))
    }

    /// The request record of `event`, as it is logged.
    ///
    /// # Panics
    /// If it is not an event of API Gateway.
    pub async fn record(&self, event: &Event) -> Value {
        let answered = self.broker.respond(&event.text(), REMAINING).await;
        let record = answered.expect("an event of API Gateway").record;
        serde_json::to_value(record).expect("JSON")
    }

    /// The calls upstream, in order, without the refresh of the limits, because that belongs to no request.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.ports.calls();
        calls
            .into_iter()
            .filter(|call| call.operation != "limits")
            .collect()
    }

    /// Names of the calls that need a grant, in order.
    #[must_use]
    pub fn granted_calls(&self) -> Vec<&'static str> {
        let calls = self.ports.calls();
        let granted = calls.iter().filter(|call| call.needs_grant());
        granted.map(|call| call.operation).collect()
    }

    /// An answer and its calls upstream, for snapshots.
    #[must_use]
    pub fn snapshot(&self, reply: &Reply) -> Value {
        let calls: Vec<_> = self.calls().iter().map(Call::to_value).collect();
        json!({"reply": reply.to_value(), "upstream": calls})
    }
}

/// A handle for the caller of `event` on the case with this id, under `rules`.
pub(crate) async fn handle_for(event: &Event, rules: &Rules, case_id: &str) -> String {
    let bench = Bench::over(rules, CannedPorts::that_always_succeed());
    bench.respond(&event.clone().starting_on(case_id)).await.handle()
}

impl Event {
    /// The event with its `{handle}`, or `{handle:CASE-ID}`, filled in for its caller under `rules`.
    pub async fn with_handle(self, rules: &Rules) -> Self {
        let Some(placeholder) = self.placeholder("{handle") else {
            return self;
        };
        let case_id = placeholder.trim_matches(['{', '}']).split_once(':');
        let case_id = case_id.map_or("c-1", |(_, id)| id);
        let handle = handle_for(&self, rules, case_id).await;
        self.replacing(&placeholder, &handle)
    }
}
