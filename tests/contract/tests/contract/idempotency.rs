//! The header `Idempotency-Key`: the same upload sends the same `ClientToken` to Connect.

use std::collections::BTreeSet;

use serde_json::Value;
use test_support::{Bench, Event, Rules, rest_upload_event, upload_event};

/// The `ClientToken` of the upload that `event` starts.
async fn client_token(event: &Event) -> String {
    client_token_at(&Bench::for_tokens(), event).await
}

/// The `ClientToken` of the upload that `event` starts at `bench`.
async fn client_token_at(bench: &Bench, event: &Event) -> String {
    assert_eq!(bench.respond(event).await.status, 201);
    let start = bench.calls().into_iter().find(|call| call.operation == "start");
    let token = start.expect("a start").given["clientToken"].clone();
    token.as_str().expect("a token").to_owned()
}

fn keyed(key: &str) -> Event {
    upload_event().header("idempotency-key", key)
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_the_same_upload() {
    let expected = client_token(&keyed("k")).await;
    let body = upload_event().value()["body"]
        .as_str()
        .expect("a body")
        .to_owned();
    for (what, event) in [
        ("again", keyed("k")),
        ("quoted", keyed("\"k\"")),
        (
            "by a REST API",
            rest_upload_event().header("Idempotency-Key", "k"),
        ),
        ("spaced otherwise", keyed("k").body(&body.replace(',', " ,\n"))),
        (
            "with what is the default",
            keyed("k")
                .member("fileUseCaseType", "ATTACHMENT")
                .member("urlExpiryInSeconds", 300),
        ),
        (
            "with null for what is optional",
            keyed("k")
                .member("fileUseCaseType", Value::Null)
                .member("urlExpiryInSeconds", Value::Null)
                .member("tags", Value::Null)
                .member("onBehalfOf", Value::Null),
        ),
        (
            "with a new token",
            keyed("k").claim("iat", 1_800_000_000).claim("jti", "another"),
        ),
    ] {
        assert_eq!(client_token(&event).await, expected, "{what}");
    }
}

#[tokio::test]
async fn the_same_request_at_another_stage_is_another_upload() {
    let other = Bench::new(&Rules::accepting("token").variable("STAGE", "prod"));
    let tokens = (
        client_token(&keyed("k")).await,
        client_token_at(&other, &keyed("k")).await,
    );
    assert_ne!(tokens.0, tokens.1);
}

#[tokio::test]
async fn two_names_that_are_one_in_nfc_are_one_upload() {
    let (composed, decomposed) = (
        keyed("k").member("fileName", "\u{fc}.pdf"),
        keyed("k").member("fileName", "u\u{308}.pdf"),
    );
    assert_eq!(client_token(&composed).await, client_token(&decomposed).await);
}

#[tokio::test]
async fn another_body_key_caller_or_user_is_another_upload() {
    let cases = vec!["c-1", "c-2"];
    let events = [
        keyed("k"),
        keyed("K"),
        keyed("k").claim("sub", "another"),
        keyed("k").claim("username", "bob"),
        keyed("k").member("fileName", "other.pdf"),
        keyed("k").member("fileSizeInBytes", 1_048_577),
        keyed("k").member("urlExpiryInSeconds", 299),
        keyed("k").member("tags", serde_json::json!({"department": "claims"})),
        keyed("k").claim("case_ids", cases).starting_on("c-2"),
    ];
    let mut tokens = BTreeSet::new();
    for event in &events {
        tokens.insert(client_token(event).await);
    }
    assert_eq!(tokens.len(), events.len());
}

#[tokio::test]
async fn without_a_key_every_request_is_an_upload_of_its_own() {
    let bench = Bench::for_tokens();
    for _ in 0..3 {
        assert_eq!(bench.respond(&upload_event()).await.status, 201);
    }
    let starts = bench.calls().into_iter().filter(|call| call.operation == "start");
    let tokens: BTreeSet<_> = starts.map(|call| call.given["clientToken"].to_string()).collect();
    assert_eq!(tokens.len(), 3);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_malformed() {
    let long = "k".repeat(256);
    for key in [
        "",
        "two words",
        "one,two",
        "k,k",
        "\"one\",\"two\"",
        "\"open",
        "open\"",
        "a\"b",
        "\u{e9}",
        "\"k\";p=1",
        &long,
    ] {
        for event in [keyed(key), rest_upload_event().header("Idempotency-Key", key)] {
            let bench = Bench::for_tokens();
            let reply = bench.respond(&event).await;
            assert_eq!(
                (reply.status, reply.code()),
                (400, "malformed-request".into()),
                "{key:?}"
            );
            assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{key:?}");
        }
    }
}

#[tokio::test]
async fn two_keys_are_malformed_in_both_payload_formats() {
    for keys in [["one", "two"], ["k", "k"], ["k", ""], ["\"one\"", "\"two\""]] {
        let rest = rest_upload_event().header("Idempotency-Key", keys[1]);
        for (format, event) in [
            (
                "1.0",
                rest.set("/multiValueHeaders/Idempotency-Key", keys.to_vec()),
            ),
            ("2.0", keyed(&keys.join(","))),
        ] {
            let bench = Bench::for_tokens();
            let reply = bench.respond(&event).await;
            let answer = (reply.status, reply.code());
            assert_eq!(answer, (400, "malformed-request".into()), "{format}: {keys:?}");
            assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{format}: {keys:?}");
        }
    }
}
