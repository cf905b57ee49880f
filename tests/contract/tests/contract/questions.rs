//! The order of the questions: the first question that finds a fault decides the answer.

use test_support::{Bench, Event, upload_event};

/// A change that puts a fault into an event.
type Change = fn(Event) -> Event;

/// Faults in the order of the questions that find them, each with its code.
fn faults() -> [(&'static str, Change); 12] {
    [
        ("not-found", |event| event.request("POST", "/elsewhere")),
        ("unauthenticated", |event| event.without_header("authorization")),
        ("invalid-token", |event| event.claim("exp", 1)),
        ("insufficient-scope", |event| event.claim("scope", "openid")),
        ("forbidden", |event| event.claim("groups", vec!["customers"])),
        ("malformed-request", |event| {
            event.header("idempotency-key", "two words")
        }),
        ("unsupported-media-type", |event| {
            event.header("content-type", "text/plain")
        }),
        ("body-too-large", |event| event.body(&" ".repeat(17_000))),
        ("malformed-request", |event| event.body("{")),
        ("invalid-request", |event| event.member("fileSizeInBytes", 0)),
        ("forbidden", |event| event.claim("case_ids", vec!["c-2"])),
        ("file-type-not-allowed", |event| {
            event.member("fileName", "report.exe")
        }),
    ]
}

#[tokio::test]
async fn of_two_faults_the_earlier_question_is_answered() {
    let faults = faults();
    for (place, (code, earlier)) in faults.iter().enumerate() {
        for (other, later) in &faults[place + 1..] {
            // A body that is replaced has no members to change any more: the later fault goes in first.
            let event = earlier(later(upload_event()));
            let bench = Bench::for_tokens();
            let reply = bench.respond(&event).await;
            assert_eq!(reply.code(), *code, "{code} before {other}");
            assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{code} before {other}");
        }
    }
}

#[tokio::test]
async fn nobody_learns_from_a_body_who_is_nobody() {
    for body in ["", "{", "{}", "null"] {
        for event in [
            upload_event().without_header("authorization"),
            upload_event().claim("groups", vec!["customers"]),
            upload_event().signed_by(2),
        ] {
            let (bare, with_body) = (event.clone(), event.body(body));
            let expected = Bench::for_tokens().respond(&bare).await;
            assert_eq!(
                Bench::for_tokens().respond(&with_body).await,
                expected,
                "{body:?}"
            );
        }
    }
}
