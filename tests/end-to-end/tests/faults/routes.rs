//! Each route, under each of its faults.

use std::time::{Duration, Instant};

use end_to_end_tests::{Answer, Caller, Ticket, World, ask};
use local_stack::seeds::{CASE_IDS, PEOPLE};

use crate::table::{Fault, Route, of};

/// Function timeout. A request that always fails takes a second less.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

#[tokio::test]
async fn start_answers_every_fault() {
    answers_every_fault(Route::Start).await;
}

#[tokio::test]
async fn complete_answers_every_fault() {
    answers_every_fault(Route::Complete).await;
}

#[tokio::test]
async fn status_answers_every_fault() {
    answers_every_fault(Route::Status).await;
}

#[tokio::test]
async fn delete_answers_every_fault() {
    answers_every_fault(Route::Delete).await;
}

/// A route under test, and its caller.
struct Trial {
    world: World,
    ada: Caller,
    route: Route,
}

async fn answers_every_fault(route: Route) {
    let world = World::start(|options| options.timeout = TIMEOUT).await;
    let ada = world.caller(PEOPLE[0].username).await;
    let store = world.origins().store.clone();
    let trial = Trial { world, ada, route };
    for (number, fault) in of(route, &store).iter().enumerate() {
        trial.answers(number, fault).await;
    }
    trial.world.end().await;
}

impl Trial {
    /// Checks the answer under `fault` against its row.
    async fn answers(&self, number: usize, fault: &Fault) {
        let what = format!("{:?}, {}", self.route, fault.name);
        let name = format!("file-{number}.pdf");
        let ticket = self.prepared(&name).await;
        let operation = self.route.operation();
        self.world.forget_calls().await;
        self.world.arm(&[fault.armed_for(operation)]).await;
        let began = Instant::now();
        let answer = self.request(&name, ticket.as_ref()).await;
        let took = began.elapsed();
        self.world.arm(&[]).await;

        let expected = &fault.answer;
        assert_eq!(
            answer.outcome(),
            (expected.status, expected.code.to_owned()),
            "{what}"
        );
        assert!(took < TIMEOUT, "{what}: {took:?}");
        let calls = self.world.calls().await;
        let attempts = calls.iter().filter(|call| *call == operation).count();
        assert!(expected.attempts.holds(attempts), "{what}: {attempts} attempts");
        says_when_to_come_back(&answer, &what);
        self.leaves_one_file(&name, &answer, &what).await;
    }

    /// The upload that the request needs, with its bytes stored. A start needs none.
    async fn prepared(&self, name: &str) -> Option<Ticket> {
        if self.route == Route::Start {
            return None;
        }
        let case = self.world.arns().case(CASE_IDS[0]);
        let ticket = self.ada.ticket(&self.ada.start(&ask(name, 5, &case)).await);
        assert_eq!(self.ada.put(&ticket, "bytes").await.status, 200);
        Some(ticket)
    }

    async fn request(&self, name: &str, ticket: Option<&Ticket>) -> Answer {
        let case = self.world.arns().case(CASE_IDS[0]);
        match (self.route, ticket) {
            (Route::Complete, Some(ticket)) => self.ada.complete(ticket).await,
            (Route::Status, Some(ticket)) => self.ada.status(ticket).await,
            (Route::Delete, Some(ticket)) => self.ada.delete(ticket).await,
            _ => self.ada.start(&ask(name, 5, &case)).await,
        }
    }

    /// Checks that repeated calls leave one file, or none if nothing was started.
    async fn leaves_one_file(&self, name: &str, answer: &Answer, what: &str) {
        let files = self.world.files().await;
        let files = files.iter().filter(|file| file["FileName"] == name).count();
        let is_gone = self.route == Route::Delete && answer.status == 204;
        let is_sure = answer.status == 201 || self.route != Route::Start;
        assert!(files <= 1, "{what}: {files} files");
        assert!(is_gone || !is_sure || files == 1, "{what}: no file");
    }
}

/// Checks that `Retry-After` comes with answers that may change later, and with no others.
fn says_when_to_come_back(answer: &Answer, what: &str) {
    let retry_after = answer
        .header("retry-after")
        .map(|secs| secs.parse::<u64>().expect("seconds"));
    let is_later = matches!(answer.status, 200 | 429 | 503);
    assert_eq!(
        retry_after.is_some_and(|secs| secs >= 1),
        is_later,
        "{what}: {answer:?}"
    );
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_the_same_file_under_the_same_key() {
    let world = World::start(|options| options.timeout = TIMEOUT).await;
    let ada = world.caller(PEOPLE[0].username).await;
    let body = ask("report.pdf", 5, &world.arns().case(CASE_IDS[0]));
    let key = [("idempotency-key", "k")];
    let lost = serde_json::json!(
        {"operation": "StartAttachedFileUpload", "kind": "reset-after", "times": 1_000});
    world.arm(&[lost]).await;
    assert_eq!(ada.start_with(&body, &key).await.status, 503);
    world.arm(&[]).await;
    assert_eq!(ada.start_with(&body, &key).await.status, 201);
    world.file("report.pdf").await;
    world.end().await;
}

#[tokio::test]
async fn a_complete_whose_answer_was_lost_is_done() {
    for reading in ["accepted", "invalid-request", "not-found", "conflict"] {
        let readings = serde_json::json!({"secondComplete": reading});
        let world = World::start(|options| {
            options.timeout = TIMEOUT;
            options.readings = serde_json::from_value(readings).expect("a reading");
        })
        .await;
        let ada = world.caller(PEOPLE[0].username).await;
        let case = world.arns().case(CASE_IDS[0]);
        let ticket = ada.ticket(&ada.start(&ask("report.pdf", 5, &case)).await);
        assert_eq!(ada.put(&ticket, "bytes").await.status, 200);
        let lost = serde_json::json!({"operation": "CompleteAttachedFileUpload", "kind": "reset-after"});
        world.arm(&[lost]).await;
        for again in 0..2 {
            let completed = ada.complete(&ticket).await;
            assert_eq!(completed.outcome(), (204, String::new()), "{reading}, {again}");
        }
        world.end().await;
    }
}
