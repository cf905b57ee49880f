//! What the broker's log never holds, even where Lambda asks it for everything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use end_to_end_tests::{Caller, World, ask};
use local_stack::seeds::{CASE_IDS, PEOPLE};
use serde_json::{Value, json};

/// Key that seals the handles.
const HANDLE_KEY: &str = "7d0c9f4b2ae3518696cbd47f10e2a3b5c8d9e0f1a2b3c4d5e6f708192a3b4c5d";

#[tokio::test]
async fn at_the_most_talkative_level_no_secret_and_no_name_is_logged() {
    let world = World::start(|options| {
        let further = [("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("HANDLE_KEYS", HANDLE_KEY)];
        options.broker_environment = further.map(|(name, value)| (name.into(), value.into())).into();
    })
    .await;
    let token = world.token(PEOPLE[0].username, None).await;
    let ada = Caller::with_token(&world, &token);
    let case = world.arns().case(CASE_IDS[0]);
    let key = "idempotency-4711";
    let mut body = ask("Confidential-Minutes.pdf", 5, &case);
    body["tags"] = json!({"department": "mergers-and-acquisitions"});
    let created = ada.start_with(&body, &[("idempotency-key", key)]).await;
    let ticket = ada.ticket(&created);
    assert_eq!(ada.put(&ticket, "bytes").await.status, 200);
    assert_eq!(ada.complete(&ticket).await.status, 204);
    assert_eq!(ada.final_status(&ticket).await, "APPROVED");
    assert_eq!(ada.delete(&ticket).await.status, 204);
    body["fileName"] = "Confidential-Minutes.exe".into();
    assert_eq!(ada.start(&body).await.status, 422);
    let log = world.end().await;

    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let (_, claims) = signed.split_once('.').expect("claims");
    let (_, query) = ticket.url.split_once('?').expect("a query");
    let url_signature = query.split("X-Amz-Signature=").nth(1).expect("a signature");
    let handle = ticket.location.rsplit('/').next().expect("a handle");
    for (what, secret) in [
        ("the token's claims", claims),
        ("the token's signature", signature),
        ("the presigned query", query),
        ("the URL's signature", &url_signature[..64]),
        ("the handle", handle),
        ("the file's name", "Confidential-Minutes"),
        ("a tag's value", "mergers-and-acquisitions"),
        ("the user's name", PEOPLE[0].username),
        ("the idempotency key", key),
        ("the handle key", HANDLE_KEY),
    ] {
        let shown = log.lines().find(|line| line.contains(secret));
        assert_eq!(shown, None, "the log shows {what}");
    }
    for level in ["\"DEBUG\"", "\"INFO\""] {
        assert!(log.contains(level), "no line of level {level}:\n{log}");
    }
}

/// The lines of requests, one each.
fn requests(log: &str) -> Vec<Value> {
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error} in {line}")));
    lines.filter(|line| line["message"] == "request").collect()
}

#[tokio::test]
async fn one_line_links_a_caller_to_a_file_or_says_which_rule_refused() {
    let world = World::start(|_| {}).await;
    let (agent, customer) = (&PEOPLE[0], &PEOPLE[2]);
    let case = world.arns().case(CASE_IDS[0]);
    let ada = world.caller(agent.username).await;
    assert_eq!(ada.start(&ask("minutes.pdf", 5, &case)).await.status, 201);
    let file_id = world.file("minutes.pdf").await["FileId"].clone();
    let carl = world.caller(customer.username).await;
    let foreign = world.arns().case(CASE_IDS[3]);
    assert_eq!(carl.start(&ask("minutes.pdf", 5, &foreign)).await.status, 403);
    let lines = requests(&world.end().await);

    let [granted, refused] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    for (line, field, expected) in [
        (granted, "route", json!("start")),
        (granted, "status", json!(201)),
        (granted, "outcome", json!("ok")),
        (granted, "caller.kind", json!("token")),
        (granted, "connect.user_id", json!(agent.connect_user_id)),
        (granted, "on_behalf_of", json!(false)),
        (granted, "resource.kind", json!("case")),
        (granted, "resource.id", json!(CASE_IDS[0])),
        (granted, "file.id", file_id),
        (granted, "size_bytes", json!(5)),
        (granted, "grant", json!(0)),
        (refused, "status", json!(403)),
        (refused, "outcome", json!("forbidden")),
        (refused, "connect.user_id", json!(customer.connect_user_id)),
        (refused, "resource.id", json!(CASE_IDS[3])),
        (refused, "fault", json!("no grant reaches the resource")),
        (refused, "file.id", Value::Null),
        (refused, "grant", Value::Null),
    ] {
        assert_eq!(line[field], expected, "{field} of {line}");
    }
    let hash = |line: &Value| line["caller.hash"].as_str().map(str::to_owned);
    assert!(
        hash(granted).is_some() && hash(granted) != hash(refused),
        "{lines:?}"
    );
    assert!(granted["span"]["aws.request_id"].is_string(), "{granted}");
}

#[tokio::test]
async fn what_a_caller_sends_makes_no_line_of_its_own() {
    const FORGED: &str = "x\n{\"message\":\"request\",\"status\":201}\u{1b}[2K\u{2028}";
    let world = World::start(|_| {}).await;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": "RS256", "kid": FORGED}));
    let claims = part(json!({"iss": world.origins().oidc, "sub": FORGED, "exp": 4_102_444_800_u32}));
    let forger = Caller::with_token(&world, &format!("{header}.{claims}.AAAA"));
    let case = world.arns().case(CASE_IDS[0]);
    assert_eq!(forger.start(&ask("minutes.pdf", 5, &case)).await.status, 401);
    let ada = world.caller(PEOPLE[0].username).await;
    let mut body = ask(FORGED, 5, FORGED);
    body[FORGED] = FORGED.into();
    assert_eq!(ada.start(&body).await.status, 422);
    let lines = requests(&world.end().await);

    let statuses: Vec<_> = lines.iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, [401, 422], "{lines:?}");
    for line in lines {
        assert!(!line.to_string().contains("2K"), "{line}");
    }
}
