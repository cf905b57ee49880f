//! Refusals that look alike, so that a caller cannot find out what exists.

use test_support::{Bench, CASES_DOMAIN, Event, INSTANCE, Reply, rest_upload_event, upload_event};

/// An answer without the request's id, which differs between any two answers.
fn less_request_id(event: &Event, mut reply: Reply) -> Reply {
    let id = event.value()["requestContext"]["requestId"]
        .as_str()
        .expect("an id");
    reply.headers.remove("x-request-id");
    reply.body = reply.body.map(|body| body.replace(id, ""));
    reply
}

fn on(event: Event, resource: &str) -> Event {
    event.member("associatedResourceArn", resource)
}

#[tokio::test]
async fn unmapped_foreign_absent_and_ungranted_are_one_answer() {
    let case = format!("{CASES_DOMAIN}/case");
    let mut answers = Vec::new();
    for event in [upload_event(), rest_upload_event()] {
        for (what, event) in [
            (
                "a caller of no group",
                event.clone().claim("groups", vec!["customers"]),
            ),
            (
                "a caller with several groups in one text",
                event.clone().claim("groups", "agents staff"),
            ),
            ("a caller without a name", event.clone().without_claim("username")),
            (
                "a caller whom the directory does not know",
                event.clone().claim("username", "stranger"),
            ),
            ("a case without grant", on(event.clone(), &format!("{case}/c-2"))),
            (
                "a case in other letters",
                on(event.clone(), &format!("{case}/C-1")),
            ),
            (
                "a case of another domain",
                on(event.clone(), &case.replace("d-1/case", "d-2/case/c-1")),
            ),
            (
                "a case of another account",
                on(
                    event.clone(),
                    &format!("{case}/c-1").replace("111122223333", "444455556666"),
                ),
            ),
            (
                "a case of another region",
                on(
                    event.clone(),
                    &format!("{case}/c-1").replace("eu-west-1", "us-east-1"),
                ),
            ),
            (
                "a case of another partition",
                on(
                    event.clone(),
                    &format!("{case}/c-1").replace("arn:aws:", "arn:aws-us-gov:"),
                ),
            ),
            (
                "a contact of another agent",
                on(event.clone(), &format!("{INSTANCE}/contact/another-agents")),
            ),
            (
                "a contact of another instance",
                on(
                    event.clone(),
                    &format!("{INSTANCE}/contact/k").replace("i-1", "i-2"),
                ),
            ),
            (
                "a claim with something else in it",
                event.clone().claim("case_ids", serde_json::json!(["c-1", 7])),
            ),
            (
                "two cases in one text",
                event.clone().claim("case_ids", "c-1 c-2"),
            ),
            ("no claim", event.clone().without_claim("case_ids")),
            (
                "a user that may not be named",
                event.clone().member("onBehalfOf", "bob"),
            ),
        ] {
            let bench = Bench::for_tokens();
            let reply = bench.respond(&event).await;
            assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{what}");
            answers.push((what, less_request_id(&event, reply)));
        }
    }
    let (_, first) = answers[0].clone();
    assert_eq!((first.status, first.code()), (403, "forbidden".into()));
    for (what, answer) in answers {
        assert_eq!(answer, first, "{what}");
    }
}

#[tokio::test]
async fn ungranted_actions_are_the_same_answer() {
    let event = upload_event();
    let start = Bench::for_tokens()
        .respond(&on(event.clone(), &format!("{CASES_DOMAIN}/case/c-2")))
        .await;
    let handle = Bench::for_tokens().respond(&event).await.handle();
    for (method, path) in [
        ("POST", format!("/uploads/{handle}/complete")),
        ("GET", format!("/uploads/{handle}")),
        ("DELETE", format!("/uploads/{handle}")),
    ] {
        let bench = Bench::for_tokens();
        let event = event
            .clone()
            .request(method, &path)
            .body("{}")
            .claim("case_ids", vec!["c-2"]);
        let reply = bench.respond(&event).await;
        assert_eq!(
            less_request_id(&event, reply),
            less_request_id(&event, start.clone()),
            "{method}"
        );
        assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{method}");
    }
}
