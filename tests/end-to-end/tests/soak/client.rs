//! A client that repeats a request as the contract allows, and keeps what it saw.

use std::collections::BTreeMap;
use std::time::Duration;

use end_to_end_tests::{Answer, Caller, Ticket, ask};
use fastrand::Rng;

/// Limit of repetitions. One call in ten fails, so more means that the broker does not recover.
const MOST_REPETITIONS: usize = 20;

/// Answers that the contract allows while Connect fails.
const CONTRACT: [(u16, &str); 4] = [
    (429, "too-many-requests"),
    (502, "upstream-failed"),
    (503, "upstream-unavailable"),
    (504, "upstream-timeout"),
];

/// A case or contact.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) arn: String,
    /// Whether it takes so few files that each must be deleted.
    pub(crate) is_limited: bool,
}

/// A file that must be in Connect, by what the client saw.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) file_name: String,
    pub(crate) resource_arn: String,
    pub(crate) bytes: Vec<u8>,
}

/// Outcome that a client saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) kept: Vec<Upload>,
    /// Number of each answer after which a request was repeated.
    pub(crate) refusals: BTreeMap<(u16, String), usize>,
}

pub(crate) struct Client {
    number: usize,
    caller: Caller,
    targets: Vec<Target>,
    rng: Rng,
    seen: Seen,
}

impl Client {
    pub(crate) fn new(number: usize, caller: Caller, targets: Vec<Target>, rng: Rng) -> Self {
        Self {
            number,
            caller,
            targets,
            rng,
            seen: Seen::default(),
        }
    }

    /// Makes `count` uploads, one after the other.
    pub(crate) async fn work(mut self, count: usize) -> Seen {
        for at in 0..count {
            self.one_upload(at).await;
        }
        self.seen
    }

    async fn one_upload(&mut self, at: usize) {
        let target = self.rng.choice(&self.targets).expect("a target").clone();
        let size_bytes = self.rng.usize(1..4096);
        let bytes: Vec<u8> = (0..size_bytes).map(|_| self.rng.u8(..)).collect();
        let file_name = format!("client {} file {at}.pdf", self.number);
        let ticket = self.start(&file_name, size_bytes, &target).await;
        let stored = self.caller.put(&ticket, bytes.clone()).await;
        assert_eq!(stored.status, 200, "{stored:?}");
        let (caller, ticket) = (self.caller.clone(), &ticket);
        self.insist(204, async || caller.complete(ticket).await).await;
        let status = self.insist(200, async || caller.status(ticket).await).await;
        assert_eq!(status.json()["status"], "APPROVED", "{status:?}");
        if target.is_limited || self.rng.bool() {
            self.insist(204, async || caller.delete(ticket).await).await;
        } else {
            self.seen.kept.push(Upload {
                file_name,
                resource_arn: target.arn,
                bytes,
            });
        }
    }

    async fn start(&mut self, file_name: &str, size_bytes: usize, target: &Target) -> Ticket {
        let body = ask(file_name, size_bytes, &target.arn);
        let caller = self.caller.clone();
        let headers = [("idempotency-key", file_name.replace(' ', "-"))];
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect::<Vec<_>>();
        let created = self
            .insist(201, async || caller.start_with(&body, &headers).await)
            .await;
        caller.ticket(&created)
    }

    /// The answer with status `expected`, after other answers that the contract allows.
    async fn insist(&mut self, expected: u16, request: impl AsyncFn() -> Answer) -> Answer {
        for _ in 0..MOST_REPETITIONS {
            let answer = request().await;
            if answer.status == expected {
                return answer;
            }
            let (status, code) = answer.outcome();
            assert!(CONTRACT.contains(&(status, &code)), "{answer:?}");
            *self.seen.refusals.entry((status, code)).or_default() += 1;
            tokio::time::sleep(retry_after(&answer)).await;
        }
        panic!("client {} did not get a {expected}", self.number);
    }
}

/// The wait that the answer asks for.
fn retry_after(answer: &Answer) -> Duration {
    let seconds = answer.header("retry-after").map_or(Ok(0), str::parse);
    Duration::from_secs(seconds.expect("whole seconds"))
}
