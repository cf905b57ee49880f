//! The bodies of `POST /uploads` and of completion: every fault is named at once, and nothing reaches Connect.

use serde_json::{Value, json};
use test_support::{Bench, Event, Reply, Rules, rest_upload_event, upload_event};

async fn refused(event: &Event) -> Reply {
    let bench = Bench::for_tokens();
    let reply = bench.respond(event).await;
    assert_eq!(bench.granted_calls(), Vec::<&str>::new(), "{reply:#?}");
    reply
}

#[tokio::test]
async fn what_is_the_brokers_to_say_is_refused_by_name() {
    for event in [upload_event(), rest_upload_event()] {
        for name in [
            "createdBy",
            "CreatedBy",
            "instanceId",
            "InstanceId",
            "clientToken",
            "fileId",
            "__proto__",
            "",
        ] {
            let reply = refused(&event.clone().member(name, "x")).await;
            assert_eq!(
                (reply.status, reply.code()),
                (422, "invalid-request".into()),
                "{name}"
            );
            assert_eq!(reply.faults(), [(format!("/{name}"), "unknown".into())], "{name}");
            let with_null = refused(&event.clone().member(name, Value::Null)).await;
            assert_eq!(with_null.faults(), reply.faults(), "{name}: null");
        }
    }
}

#[tokio::test]
async fn a_required_member_that_is_null_is_missing() {
    for name in ["fileName", "fileSizeInBytes", "associatedResourceArn"] {
        let reply = refused(&upload_event().member(name, Value::Null)).await;
        assert_eq!(
            reply.faults(),
            [(format!("/{name}"), "required".into())],
            "{name}"
        );
    }
}

/// `null` for a user's name: if the caller may name a user, the name was lost on its way.
#[tokio::test]
async fn null_names_nobody_and_is_a_fault_where_a_grant_lets_the_caller_name_somebody() {
    let another = |grant: &str| Rules::accepting("token").with("resources = \"own-contacts\"", grant);
    let of_others = "resources = \"any-contact\"\non_behalf_of = true\n\n[[grant]]\nresources = \"any-case\"\n\
        when = { issuer = \"https://idp.example.com\", subject = \"another\" }";
    for (what, rules, status) in [
        ("no grant has on_behalf_of", Rules::accepting("token"), 201),
        (
            "a grant names users",
            another("resources = \"any-contact\"\non_behalf_of = [\"bob\"]"),
            422,
        ),
        (
            "a grant of another action",
            another("resources = \"any-contact\"\non_behalf_of = true\nactions = [\"read\"]"),
            422,
        ),
        ("the grant before another caller's", another(of_others), 422),
        (
            "another caller's grant",
            another(
                "resources = \"own-contacts\"\n\n[[grant]]\nresources = \"any-case\"\non_behalf_of = true\n\
                 when = { issuer = \"https://idp.example.com\", subject = \"another\" }",
            ),
            201,
        ),
    ] {
        for event in [upload_event(), rest_upload_event()] {
            let bench = Bench::new(&rules);
            let reply = bench
                .respond(&event.clone().member("onBehalfOf", Value::Null))
                .await;
            assert_eq!(reply.status, status, "{what}");
            let expected: &[_] = if status == 422 {
                &[("/onBehalfOf".to_owned(), "invalid".to_owned())]
            } else {
                &[]
            };
            assert_eq!(reply.faults(), expected, "{what}");
            assert_eq!(bench.granted_calls().is_empty(), status == 422, "{what}");
            assert_eq!(
                bench.respond(&event).await.status,
                201,
                "{what}: without the member"
            );
        }
    }
}

#[tokio::test]
async fn every_fault_of_a_body_is_named_at_once() {
    for (body, expected) in [
        (
            json!({}),
            vec!["/fileName", "/fileSizeInBytes", "/associatedResourceArn"],
        ),
        (
            json!({"fileName": 1, "fileSizeInBytes": "1", "associatedResourceArn": [], "fileUseCaseType": 1,
                "urlExpiryInSeconds": 1.5, "tags": [], "onBehalfOf": {}, "createdBy": {}, "a/b~c": 1}),
            vec![
                "/fileName",
                "/fileSizeInBytes",
                "/associatedResourceArn",
                "/fileUseCaseType",
                "/urlExpiryInSeconds",
                "/tags",
                "/onBehalfOf",
                "/a~1b~0c",
                "/createdBy",
            ],
        ),
        (
            json!({"fileName": "a.pdf", "fileSizeInBytes": 0, "associatedResourceArn": "arn:aws:s3:::b",
                "tags": {"aws:x": "y", "k": 1}}),
            vec![
                "/fileSizeInBytes",
                "/associatedResourceArn",
                "/tags/aws:x",
                "/tags/k",
            ],
        ),
    ] {
        let reply = refused(&upload_event().body(&body.to_string())).await;
        let pointers: Vec<_> = reply.faults().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(
            (reply.status, pointers),
            (422, expected.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
}

#[tokio::test]
async fn each_member_keeps_its_range() {
    let tags = |count: usize| -> Value {
        (0..count)
            .map(|n| (n.to_string(), Value::from("v")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    for (name, value) in [
        ("fileName", json!("")),
        ("fileName", json!("report")),
        ("fileName", json!("report.")),
        ("fileName", json!(".pdf")),
        ("fileName", json!(" report.pdf")),
        ("fileName", json!("report\u{202e}fdp.pdf")),
        ("fileName", json!("report\u{2028}.pdf")),
        ("fileName", json!("..\\report.pdf")),
        ("fileName", json!("report\u{ff0e}pdf")),
        ("fileName", json!("\u{ff0f}etc\u{ff0f}b.pdf")),
        ("fileName", json!("a\u{ff0f}\u{2025}\u{ff0f}b.pdf")),
        ("fileName", json!("\u{ff02}report\u{ff02}.pdf")),
        ("fileName", json!("report\u{3164}.pdf")),
        ("fileName", json!("report\u{2800}.pdf")),
        ("fileName", json!("report\u{fe0f}.pdf")),
        ("fileName", json!("nul.pdf")),
        ("fileName", json!(format!("q{}.pdf", "\u{325}".repeat(9)))),
        ("fileName", json!(format!("{}.pdf", "a".repeat(253)))),
        ("fileSizeInBytes", json!(0)),
        ("fileSizeInBytes", json!(-1)),
        ("fileSizeInBytes", json!(1.0)),
        ("fileSizeInBytes", json!(1e300)),
        ("fileSizeInBytes", json!("1")),
        ("fileSizeInBytes", json!(true)),
        (
            "associatedResourceArn",
            json!(" arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1"),
        ),
        (
            "associatedResourceArn",
            json!("arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1/x"),
        ),
        (
            "associatedResourceArn",
            json!("arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c%2D1"),
        ),
        ("fileUseCaseType", json!("EMAIL_MESSAGE")),
        ("urlExpiryInSeconds", json!(4)),
        ("urlExpiryInSeconds", json!(301)),
        ("urlExpiryInSeconds", json!("60")),
        ("tags", tags(0)),
        ("tags", tags(51)),
        ("onBehalfOf", json!("")),
    ] {
        let reply = refused(&upload_event().member(name, value.clone())).await;
        let pointers: Vec<_> = reply.faults().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(
            (reply.status, pointers),
            (422, vec![format!("/{name}")]),
            "{name}: {value}"
        );
    }
}

#[tokio::test]
async fn a_refused_name_comes_with_one_that_is_accepted() {
    for (name, character, suggestion) in [
        ("invoice 1/2.pdf", "U+002F SOLIDUS", "invoice 1_2.pdf"),
        (
            "\u{ff02}資料\u{ff02}.pdf",
            "U+FF02 FULLWIDTH QUOTATION MARK",
            "_資料_.pdf",
        ),
        (
            "می\u{200c}خواهم.pdf",
            "U+200C ZERO WIDTH NON-JOINER",
            "می خواهم.pdf",
        ),
        (
            "\u{1f468}\u{200d}\u{1f467}.pdf",
            "U+200D ZERO WIDTH JOINER",
            "\u{1f468}\u{1f467}.pdf",
        ),
        (
            "a\u{ff0f}．．\u{ff0f}b.pdf",
            "U+FF0F FULLWIDTH SOLIDUS",
            "a_．．_b.pdf",
        ),
        ("con.pdf", "CON", "_con.pdf"),
    ] {
        let reply = refused(&upload_event().member("fileName", name)).await;
        let fault = &reply.json()["errors"][0];
        assert_eq!(
            (reply.status, &fault["pointer"]),
            (422, &json!("/fileName")),
            "{name}"
        );
        assert!(
            fault["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(character)),
            "{fault}"
        );
        assert_eq!(fault["suggestion"], suggestion, "{name}");
        let again = Bench::for_tokens()
            .respond(&upload_event().member("fileName", suggestion))
            .await;
        assert_eq!(again.status, 201, "{suggestion}");
    }
}

#[tokio::test]
async fn a_tags_value_hides_nothing() {
    let rules = test_support::Rules::accepting("token");
    for (value, status) in [
        ("\u{2764}\u{fe0f} claims", 201),
        ("cla\u{200b}ims", 422),
        ("cla\u{2800}ims", 422),
        ("cla\u{600}ims", 422),
        ("cla\u{e000}ims", 422),
    ] {
        let event = upload_event().member("tags", json!({"department": value}));
        let reply = Bench::new(&rules).respond(&event).await;
        assert_eq!(reply.status, status, "{value:?}: {reply:?}");
        let at_fault = reply.status == 201 || reply.faults()[0].0 == "/tags/department";
        assert!(at_fault, "{value:?}: {reply:?}");
    }
}

#[tokio::test]
async fn what_is_no_strict_json_is_malformed() {
    let valid = upload_event().value()["body"]
        .as_str()
        .expect("a body")
        .to_owned();
    for body in [
        String::new(),
        "null".into(),
        "[]".into(),
        "{".into(),
        format!("{valid} {valid}"),
        format!("\u{feff}{valid}"),
        valid.replace('}', ",}"),
        valid.replacen('{', "{\"fileName\": \"other.pdf\", ", 1),
        valid.replacen('{', "{\"file\\u004eame\": \"other.pdf\", ", 1),
        valid.replacen('{', "{\"tags\": {\"k\": \"v\", \"k\": \"w\"}, ", 1),
        format!("{{\"tags\": {}1{}}}", "[".repeat(8), "]".repeat(8)),
        "[".repeat(16_000),
        valid.replace("report", "\\ud800"),
        valid.replace("1048576", "1e999"),
        valid.replace("1048576", "NaN"),
    ] {
        let reply = refused(&upload_event().body(&body)).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(
            (reply.status, reply.code()),
            (400, "malformed-request".into()),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn only_json_in_utf8_that_is_not_encoded_is_read() {
    for (name, value, status) in [
        ("content-type", "application/json", 201),
        ("content-type", "Application/JSON; Charset=\"UTF-8\"", 201),
        ("content-type", "application/json;", 201),
        ("content-type", "application/json; ;charset=utf-8 ;", 201),
        ("content-type", "application/json; charset=\"utf-8", 415),
        ("content-type", "application/json; charset=latin1", 415),
        ("content-type", "application/json; charset=utf-8; x=y", 415),
        ("content-type", "application/jsonx", 415),
        ("content-type", "text/plain", 415),
        ("content-type", "multipart/form-data; boundary=x", 415),
        ("content-encoding", "gzip", 415),
        ("content-encoding", "identity", 415),
    ] {
        for event in [upload_event(), rest_upload_event()] {
            let reply = Bench::for_tokens().respond(&event.header(name, value)).await;
            assert_eq!(reply.status, status, "{name}: {value}");
        }
    }
    assert_eq!(
        refused(&upload_event().without_header("content-type"))
            .await
            .status,
        415
    );
}

#[tokio::test]
async fn a_body_is_at_most_16_kib_before_and_after_decoding() {
    let valid = upload_event().value()["body"]
        .as_str()
        .expect("a body")
        .to_owned();
    let padded = |length: usize| format!("{valid}{}", " ".repeat(length - valid.len()));
    for (length, status) in [(16 * 1024, 201), (16 * 1024 + 1, 413), (1024 * 1024, 413)] {
        let plain = upload_event().body(&padded(length));
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, padded(length));
        let base64 = upload_event().body(&encoded).set("/isBase64Encoded", true);
        for event in [plain, base64] {
            assert_eq!(
                Bench::for_tokens().respond(&event).await.status,
                status,
                "{length}"
            );
        }
    }
}

#[tokio::test]
async fn completion_takes_nothing_or_an_empty_object() {
    let handle = Bench::for_tokens().respond(&upload_event()).await.handle();
    let complete = upload_event().request("POST", &format!("/uploads/{handle}/complete"));
    for (body, status, code) in [
        ("", 204, Value::Null),
        ("{}", 204, Value::Null),
        (" { } ", 204, Value::Null),
        ("null", 400, "malformed-request".into()),
        ("{\"fileId\": \"f-2\"}", 422, "invalid-request".into()),
        (
            "{\"associatedResourceArn\": \"x\"}",
            422,
            "invalid-request".into(),
        ),
    ] {
        let bench = Bench::for_tokens();
        let reply = bench.respond(&complete.clone().body(body)).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{body}");
        assert_eq!(bench.granted_calls().len(), usize::from(status == 204), "{body}");
    }
    let bare = complete.clone().body("").without_header("content-type");
    assert_eq!(Bench::for_tokens().respond(&bare).await.status, 204);
}
