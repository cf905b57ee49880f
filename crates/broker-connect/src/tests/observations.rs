//! Tests of what the observer is told.

use std::cell::RefCell;

use broker_core::limits::Scope;
use broker_core::ports::AttachmentLimits;

use crate::observation::{AttemptOutcome, Observation};
use crate::testing::{Answer, Service, error, json, soon};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note(observation: Observation<'_>) {
    let seen = match observation {
        Observation::RequestId(id) => format!("id {id}"),
        Observation::Attempt(attempt) => format!("{} {:?}", attempt.number, attempt.outcome),
    };
    SEEN.with_borrow_mut(|all| all.push(seen));
}

/// What was seen since this was last asked.
fn seen() -> Vec<String> {
    SEEN.take()
}

async fn start(service: &Service) {
    let _ = service.connect().observed_by(note).start().await;
}

#[tokio::test]
async fn every_attempt_is_seen_with_its_number_and_how_it_ended() {
    let throttled = || error(429, "ThrottlingException");
    for (script, expected) in [
        (vec![json(200, "{}")], &["id r-1", "1 Answered"][..]),
        (
            vec![throttled(), throttled(), json(200, "{}")],
            &[
                "id r-1",
                "1 Throttled",
                "id r-1",
                "2 Throttled",
                "id r-1",
                "3 Answered",
            ],
        ),
        (
            vec![Answer::Reset, error(403, "AccessDeniedException")],
            &["1 Failed", "id r-1", "2 AccessDenied"],
        ),
        (
            vec![error(402, "ServiceQuotaExceededException")],
            &["id r-1", "1 Failed"],
        ),
    ] {
        start(&Service::answering(script)).await;
        assert_eq!(seen(), expected);
    }
}

#[test]
fn an_attempt_that_the_deadline_cuts_off_has_failed() {
    assert_eq!(AttemptOutcome::of::<()>(None), AttemptOutcome::Failed);
}

#[tokio::test]
async fn a_request_id_is_told_only_in_its_form() {
    let with_id = |id: &'static str| {
        let headers: &'static [_] = Vec::leak(vec![("x-amzn-requestid", id)]);
        Answer::Reply(200, headers, "{}".into())
    };
    for (id, is_told) in [
        ("0e9cb0a4-8f0e-4f9c-a2b7-64dd7c1d9c1e", true),
        (String::leak("x".repeat(128)), true),
        (String::leak("x".repeat(129)), false),
        ("with a space", false),
        ("", false),
    ] {
        start(&Service::answering([with_id(id)])).await;
        assert_eq!(seen().contains(&format!("id {id}")), is_told, "{id:?}");
    }
}

#[tokio::test]
async fn a_refresh_of_limits_is_nobodys_request() {
    let service = Service::answering([json(200, "{}")]);
    let connect = service.connect().observed_by(note);
    connect
        .limits(Scope::Case, soon().deadline)
        .await
        .expect("limits");
    assert_eq!(seen(), ["1 Answered"]);
}
