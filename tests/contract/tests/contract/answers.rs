//! Parts that every answer has: headers, CORS headers, and a problem if the request fails.

use serde_json::Value;
use test_support::{ANSWERS, Bench, Event, INSTANCE, PANICS, Reply, Rules, rest_upload_event, upload_event};

use crate::event_files::{events, rules_for};

const ORIGIN: &str = "https://portal.example.com";

async fn reply(event: &Event) -> Reply {
    Bench::for_tokens().respond(event).await
}

#[tokio::test]
async fn every_answer_has_the_headers_that_all_have() {
    for (name, event) in events() {
        let rules = rules_for(&name);
        let event = event.with_handle(&rules).await;
        let reply = Bench::new(&rules).respond(&event).await;
        let request_id = event.value()["requestContext"]["requestId"]
            .as_str()
            .expect("an id");
        for (header, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("vary", "Origin"),
            ("x-request-id", request_id),
        ] {
            assert_eq!(
                reply.headers.get(header).map(String::as_str),
                Some(value),
                "{name}: {header}"
            );
        }
        assert!(
            reply.status < 400 || reply.json()["requestId"] == request_id,
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_request_id_is_the_gateways_and_never_the_callers() {
    for event in [upload_event(), rest_upload_event()] {
        let reply = reply(
            &event
                .header("x-request-id", "mine")
                .header("x-amzn-requestid", "mine"),
        )
        .await;
        assert_ne!(reply.headers["x-request-id"], "mine");
    }
}

#[tokio::test]
async fn location_follows_base_path_and_nothing_that_a_caller_says() {
    let rules = Rules::accepting("token").variable("BASE_PATH", "/files/v1");
    let event = upload_event()
        .request("POST", "/files/v1/uploads")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-prefix", "/evil");
    let reply = Bench::new(&rules).respond(&event).await;
    assert_eq!(
        reply.headers["location"],
        format!("/files/v1/uploads/{}", reply.handle())
    );
}

#[tokio::test]
async fn location_leads_back_through_the_door_of_its_request() {
    for (rest, stage, path) in [
        // The stage `prod` with the prefix `attachments`, on the API's own address.
        (false, "prod", "/prod/attachments/uploads"),
        (true, "prod", "/attachments/uploads"),
        // A custom domain with the mapping `prod/attachments`, of whatever stage.
        (false, "$default", "/prod/attachments/uploads"),
        (false, "live", "/prod/attachments/uploads"),
        (false, "live", "/live/prod/attachments/uploads"),
        (true, "prod", "/prod/attachments/uploads"),
        (true, "live", "/prod/attachments/uploads"),
    ] {
        let rules = Rules::accepting("token").variable("BASE_PATH", "/prod/attachments");
        let bench = Bench::new(&rules);
        let event = if rest { rest_upload_event() } else { upload_event() };
        let event = event.set("/requestContext/stage", stage);
        let started = bench.respond(&event.clone().request("POST", path)).await;
        let location = &started.headers["location"];
        let handle = location.strip_prefix("/prod/attachments/uploads/").expect(path);
        let status = event.request("GET", &format!("{path}/{handle}"));
        assert_eq!(bench.respond(&status).await.status, 200, "{stage} {path}");
    }
}

#[tokio::test]
async fn an_app_is_a_site_by_the_origin_that_its_web_view_sends() {
    let apps = "[\"capacitor://localhost\", \"ionic://localhost\", \"http://localhost:3000\"]";
    let rules = Rules::accepting("token").with(&format!("[\"{ORIGIN}\"]"), apps);
    for (origin, is_allowed) in [
        ("capacitor://localhost", true),
        ("ionic://localhost", true),
        ("http://localhost:3000", true),
        ("Capacitor://localhost", false),
        ("capacitor://localhost:3000", false),
        ("capacitor://localhost/", false),
        ("capacitor://localhost.example.com", false),
        ("http://localhost", false),
        ("https://localhost:3000", false),
        ("null", false),
    ] {
        for event in [upload_event(), upload_event().request("OPTIONS", "/uploads")] {
            let reply = Bench::new(&rules).respond(&event.header("origin", origin)).await;
            let allowed = reply.headers.get("access-control-allow-origin");
            assert_eq!(
                allowed.map(String::as_str),
                is_allowed.then_some(origin),
                "{origin}"
            );
        }
    }
}

#[tokio::test]
async fn scripts_may_set_the_headers_that_the_deployment_names_and_no_others() {
    let own = "Authorization, Content-Type, Idempotency-Key, traceparent";
    for (line, expected) in [
        ("", own.to_owned()),
        ("allowed_headers = []\n", own.to_owned()),
        (
            "allowed_headers = [\"sentry-trace\", \"baggage\"]\n",
            format!("{own}, sentry-trace, baggage"),
        ),
        (
            "allowed_headers = [\"TRACEPARENT\", \"tracestate\"]\n",
            format!("{own}, tracestate"),
        ),
    ] {
        let rules = Rules::accepting("token").with("allowed_origins", &format!("{line}allowed_origins"));
        let preflight = upload_event().request("OPTIONS", "/uploads");
        let asked = preflight.header("access-control-request-headers", "x-evil");
        for (origin, expected) in [(ORIGIN, Some(expected.as_str())), ("https://evil.example", None)] {
            let reply = Bench::new(&rules)
                .respond(&asked.clone().header("origin", origin))
                .await;
            let allowed = reply.headers.get("access-control-allow-headers");
            assert_eq!(allowed.map(String::as_str), expected, "{line} {origin}");
        }
    }
}

#[tokio::test]
async fn an_origin_is_allowed_by_exact_match_only() {
    for (origin, is_allowed) in [
        (ORIGIN, true),
        ("https://PORTAL.example.com", false),
        ("https://portal.example.com/", false),
        ("https://portal.example.com:443", false),
        ("https://portal.example.com:8443", false),
        ("http://portal.example.com", false),
        ("https://portal.example.com.evil.example", false),
        ("https://evil.example/https://portal.example.com", false),
        ("https://xportal.example.com", false),
        ("https://portal.example.com, https://evil.example", false),
        ("null", false),
        ("*", false),
        ("", false),
    ] {
        for event in [
            upload_event(),
            rest_upload_event(),
            upload_event().without_header("authorization"),
        ] {
            let reply = reply(&event.header("origin", origin)).await;
            let allowed = reply
                .headers
                .get("access-control-allow-origin")
                .map(String::as_str);
            assert_eq!(allowed, is_allowed.then_some(ORIGIN), "{origin}");
            assert_eq!(reply.headers["vary"], "Origin", "{origin}");
            assert!(
                !reply.headers.contains_key("access-control-allow-credentials"),
                "{origin}"
            );
        }
    }
}

#[tokio::test]
async fn without_allowed_origins_no_browser_reads_anything() {
    let rules = Rules::accepting("token").with(&format!("[\"{ORIGIN}\"]"), "[]");
    for event in [upload_event(), upload_event().request("OPTIONS", "/uploads")] {
        let reply = Bench::new(&rules).respond(&event.header("origin", ORIGIN)).await;
        let cors = reply
            .headers
            .keys()
            .find(|name| name.starts_with("access-control-"));
        assert_eq!(cors, None);
    }
}

#[tokio::test]
async fn each_failure_of_connect_has_its_status_code_and_fault() {
    let expected = [
        (
            "answers-invalid-file-size",
            413,
            "file-too-large",
            Some("/fileSizeInBytes"),
        ),
        (
            "answers-invalid-file-type",
            422,
            "file-type-not-allowed",
            Some("/fileName"),
        ),
        (
            "answers-invalid-file-name",
            422,
            "invalid-request",
            Some("/fileName"),
        ),
        ("answers-invalid-request", 422, "invalid-request", None),
        ("answers-total-size", 409, "attachment-quota-exceeded", None),
        ("answers-total-count", 409, "attachment-quota-exceeded", None),
        ("answers-quota", 409, "attachment-quota-exceeded", None),
        ("answers-access-denied", 502, "upstream-failed", None),
        ("answers-not-found", 404, "not-found", None),
        ("answers-conflict", 409, "conflict", None),
        ("answers-incomplete", 409, "upload-incomplete", None),
        ("answers-throttled", 429, "too-many-requests", None),
        ("answers-unavailable", 503, "upstream-unavailable", None),
        ("answers-timed-out", 504, "upstream-timeout", None),
        ("answers-foreign-url", 502, "upstream-failed", None),
        ("answers-unsignable-name", 502, "upstream-failed", None),
        ("answers-unexpected", 502, "upstream-failed", None),
    ];
    assert_eq!(
        expected.map(|row| row.0).as_slice(),
        ANSWERS.iter().map(|row| row.0).collect::<Vec<_>>()
    );
    for (case_id, status, code, pointer) in expected {
        let event = upload_event()
            .claim("case_ids", vec![case_id])
            .starting_on(case_id);
        let reply = reply(&event).await;
        assert_eq!(
            (reply.status, reply.code()),
            (status, Value::from(code)),
            "{case_id}"
        );
        let found = reply.faults().first().map(|(pointer, _)| pointer.clone());
        assert_eq!(found.as_deref(), pointer, "{case_id}");
        assert_eq!(
            reply.headers.contains_key("retry-after"),
            [429, 503].contains(&status),
            "{case_id}"
        );
    }
}

#[tokio::test]
async fn a_name_that_connect_cannot_sign_is_the_names_fault() {
    let event = upload_event().claim("case_ids", vec!["answers-unsignable-name"]);
    let event = event
        .starting_on("answers-unsignable-name")
        .member("fileName", "Pr\u{fc}fung.pdf");
    let reply = reply(&event).await;
    assert_eq!((reply.status, reply.faults()[0].0.as_str()), (422, "/fileName"));
    assert_eq!(reply.json()["errors"][0]["suggestion"], "Prufung.pdf");
}

#[tokio::test]
async fn a_challenge_is_there_only_where_tokens_are_accepted() {
    for (kind, challenge) in [
        ("token", Some("Bearer realm=\"upload-broker\"")),
        ("jwt", Some("Bearer realm=\"upload-broker\"")),
        ("lambda", None),
        ("iam", None),
    ] {
        let event = upload_event().without_header("authorization");
        let reply = Bench::new(&Rules::accepting(kind)).respond(&event).await;
        assert_eq!(
            (reply.status, reply.code()),
            (401, "unauthenticated".into()),
            "{kind}"
        );
        assert_eq!(
            reply.headers.get("www-authenticate").map(String::as_str),
            challenge,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn signing_keys_that_never_came_are_no_refusal() {
    let rules = Rules::accepting("token").with(
        "jwks_file = \"jwks.json\"",
        "jwks_url = \"https://idp.example.com/keys\"",
    );
    let reply = Bench::new(&rules).respond(&upload_event()).await;
    assert_eq!((reply.status, reply.code()), (503, "upstream-unavailable".into()));
    assert!(reply.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_throttled_look_up_is_429_and_one_without_an_answer_503() {
    for (id, status, code) in [
        ("answers-throttled", 429, "too-many-requests"),
        ("answers-unavailable", 503, "upstream-unavailable"),
        ("answers-timed-out", 503, "upstream-unavailable"),
        ("answers-unexpected", 503, "upstream-unavailable"),
        ("answers-access-denied", 502, "upstream-failed"),
    ] {
        let own_contact = format!("{INSTANCE}/contact/{id}");
        for (what, event) in [
            ("user", upload_event().claim("username", id)),
            (
                "contact",
                upload_event().member("associatedResourceArn", own_contact),
            ),
        ] {
            let bench = Bench::for_tokens();
            let reply = bench.respond(&event).await;
            assert_eq!(
                (reply.status, reply.code()),
                (status, code.into()),
                "{what}: {id}"
            );
            let says_when = reply.headers.contains_key("retry-after");
            assert_eq!(says_when, status != 502, "{what}: {id}");
            assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{what}: {id}");
        }
    }
}

#[tokio::test]
async fn after_a_panic_the_broker_answers_as_before() {
    let bench = Bench::for_tokens();
    let before = bench.respond(&upload_event()).await;
    for event in [upload_event(), rest_upload_event()] {
        let event = event.claim("case_ids", vec![PANICS]).starting_on(PANICS);
        let reply = bench.respond(&event.header("origin", ORIGIN)).await;
        assert_eq!((reply.status, reply.code()), (500, "internal".into()));
        assert_eq!(reply.headers["access-control-allow-origin"], ORIGIN);
        assert!(!reply.body.expect("a problem").contains("a port panics"));
    }
    let after = bench.respond(&upload_event()).await;
    assert_eq!((after.status, after.body), (201, before.body));
}

const SECRETS: [&str; 6] = ["arn:", "111122223333", "u-alice", "alice", "role/", "profile-1"];

fn assert_names_nobody(reply: Reply, what: &str) {
    let body = reply.body.unwrap_or_default();
    for secret in SECRETS {
        let is_hidden = reply.status < 400 || !body.contains(secret);
        assert!(is_hidden, "{what}: {secret} in {body}");
    }
}

#[tokio::test]
async fn no_problem_names_an_arn_an_account_a_user_or_what_connect_said() {
    for (name, event) in events() {
        let rules = rules_for(&name);
        let reply = Bench::new(&rules).respond(&event.with_handle(&rules).await).await;
        assert_names_nobody(reply, &name);
    }
    for (case_id, _) in ANSWERS {
        let event = upload_event().claim("case_ids", vec![*case_id]);
        assert_names_nobody(reply(&event.starting_on(case_id)).await, case_id);
    }
}
