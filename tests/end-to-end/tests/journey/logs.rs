//! The broker's log: what it says about a request, and what it never shows at any level.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use end_to_end_tests::{Caller, World, ask, executable, requests};
use local_stack::seeds::{CARL, CASE_IDS, PEOPLE};
use serde_json::{Value, json};

/// Id of a trace.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Key that seals the handles.
const HANDLE_KEY: &str = "7d0c9f4b2ae3518696cbd47f10e2a3b5c8d9e0f1a2b3c4d5e6f708192a3b4c5d";

#[tokio::test]
async fn at_the_most_talkative_level_no_secret_and_no_name_is_logged() {
    let world = World::start(|options| {
        let keys = ("HANDLE_KEYS".to_owned(), HANDLE_KEY.to_owned());
        options.broker_environment.push(keys);
    })
    .await;
    let ada = world.caller(PEOPLE[0].username).await;
    let case = world.arns().case(CASE_IDS[0]);
    let mut body = ask("Confidential-Minutes.pdf", 5, &case);
    body["tags"] = json!({"department": "mergers-and-acquisitions"});
    let created = ada
        .start_with(&body, &[("idempotency-key", "idempotency-4711")])
        .await;
    let ticket = ada.ticket(&created);
    assert_eq!(ada.put(&ticket, "bytes").await.status, 200);
    assert_eq!(ada.complete(&ticket).await.status, 204);
    assert_eq!(ada.final_status(&ticket).await, "APPROVED");
    assert_eq!(ada.delete(&ticket).await.status, 204);
    assert_eq!(ada.status(&ticket).await.status, 404);
    for (member, hostile, status) in [
        ("fileName", json!("Confidential-Minutes.exe"), 422),
        ("fileName", json!("Confidential/Minutes.pdf"), 422),
        (
            "tags",
            json!({"confidential-key": "mergers-and-acquisitions"}),
            422,
        ),
        ("onBehalfOf", json!("confidential.user"), 403),
        ("associatedResourceArn", json!("Bearer eyJ"), 422),
        ("X-Amz-Signature", json!("confidential-value"), 422),
    ] {
        let mut hostile_body = body.clone();
        hostile_body[member] = hostile;
        assert_eq!(ada.start(&hostile_body).await.status, status, "{member}");
    }
    let log = world.end().await;

    // `end` has checked that the log shows no secret and no name that a client used.
    assert!(!log.contains(HANDLE_KEY), "the log shows the handle key");
    for level in ["\"DEBUG\"", "\"INFO\""] {
        assert!(log.contains(level), "no line of level {level}:\n{log}");
    }
}

#[tokio::test]
async fn one_line_links_a_caller_to_a_file_or_says_which_rule_refused() {
    let world = World::start(|_| {}).await;
    let (agent, customer) = (&PEOPLE[0], &CARL);
    let case = world.arns().case(CASE_IDS[0]);
    let ada = world.caller(agent.username).await;
    let body = ask("minutes.pdf", 5, &case);
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let created = ada.start_with(&body, &[("traceparent", &traceparent)]).await;
    assert_eq!(created.status, 201);
    let file_id = world.file("minutes.pdf").await["FileId"].clone();
    let carl = world.caller(customer.username).await;
    let foreign = world.arns().case(CASE_IDS[4]);
    let body = ask("minutes.pdf", 5, &foreign);
    let refused = carl.start_with(&body, &[("traceparent", "00-not-a-trace")]).await;
    assert_eq!(refused.status, 403);
    let ids = [&created, &refused].map(|answer| answer.header("x-request-id").map(str::to_owned));
    let lines = requests(&world.end().await);

    let [granted, refused] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    let fault = "no grant reaches the resource: \
                 grant[0] needs `contains` to hold for the claim `cognito:groups`, which is an array of strings; \
                 grant[1] needs `contains` to hold for the claim `cognito:groups`, which is an array of strings; \
                 grant[2] is about other resources; \
                 grant[3] needs `contains` to hold for the claim `cognito:groups`, which is an array of strings; \
                 grant[4] needs `contains` to hold for the claim `cognito:groups`, which is an array of strings";
    for (line, member, expected) in [
        (granted, "/request_id", json!(ids[0])),
        (granted, "/trace_id", json!(TRACE)),
        (granted, "/route", json!("start")),
        (granted, "/status", json!(201)),
        (granted, "/outcome", json!("ok")),
        (granted, "/caller/kind", json!("token")),
        (granted, "/identity_rule", json!(0)),
        (granted, "/connect/user_id", json!(agent.connect_user_id)),
        (granted, "/on_behalf_of", json!(false)),
        (granted, "/resource/kind", json!("case")),
        (granted, "/resource/id", json!(CASE_IDS[0])),
        (granted, "/file/id", file_id),
        (granted, "/size_bytes", json!(5)),
        (granted, "/grant", json!(0)),
        (refused, "/request_id", json!(ids[1])),
        (refused, "/trace_id", Value::Null),
        (refused, "/status", json!(403)),
        (refused, "/outcome", json!("forbidden")),
        (refused, "/identity_rule", json!(1)),
        (refused, "/connect/user_id", json!(customer.connect_user_id)),
        (refused, "/resource/id", json!(CASE_IDS[4])),
        (refused, "/fault", json!(fault)),
        (refused, "/file/id", Value::Null),
        (refused, "/grant", Value::Null),
    ] {
        let found = line.pointer(member).unwrap_or(&Value::Null);
        assert_eq!(found, &expected, "{member} of {line}");
    }
    let text = |line: &Value, member| line.pointer(member).and_then(Value::as_str).map(str::to_owned);
    let hash = |line| text(line, "/caller/hash").expect("a hash");
    assert_ne!(hash(granted), hash(refused));
    let name = |line| text(line, "/file/name_digest").expect("a digest");
    assert_eq!(name(granted), name(refused), "one name has one digest");
    for member in ["/aws/request_id", "/xray_trace_id"] {
        assert!(text(granted, member).is_some(), "{member} of {granted}");
    }
}

/// Output of `brokerctl` under [`HANDLE_KEY`] and an older key.
fn printed_by_brokerctl(arguments: &[&str]) -> String {
    let keys = format!("{HANDLE_KEY},{}", "0123456789abcdef".repeat(4));
    let mut command = Command::new(executable("brokerctl"));
    let output = command.args(arguments).env("HANDLE_KEYS", keys).output();
    String::from_utf8(output.expect("it runs").stdout).expect("UTF-8")
}

#[tokio::test]
async fn an_operator_finds_a_caller_by_issuer_and_subject() {
    let world = World::start(|options| {
        let keys = ("HANDLE_KEYS".to_owned(), HANDLE_KEY.to_owned());
        options.broker_environment.push(keys);
    })
    .await;
    let token = world.token(PEOPLE[0].username, None).await;
    let claims = token.split('.').nth(1).expect("a payload");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("claims");
    let claim = |name: &str| claims[name].as_str().expect("text").to_owned();
    let refused = Caller::with_token(&world, &token).start(&json!({})).await;
    assert_eq!(refused.status, 422);
    let log = world.end().await;

    let printed = printed_by_brokerctl(&["digest-caller", &claim("iss"), &claim("sub")]);
    let hashes: Vec<_> = printed.lines().collect();
    assert_eq!(hashes.len(), 2, "{printed}");
    let logged: Vec<_> = requests(&log)
        .into_iter()
        .map(|line| line["caller"]["hash"].clone())
        .collect();
    assert_eq!(logged, [hashes[0]], "{log}");
}

/// The rules' digest, as `brokerctl check` prints it.
fn digest_printed_by_check(rules: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("broker.toml");
    std::fs::write(&file, rules).expect("the rules are written");
    let file = file.to_str().expect("UTF-8");
    let printed = printed_by_brokerctl(&["check", file, "--rules-only"]);
    let digest = printed
        .lines()
        .find_map(|line| line.strip_prefix("rules_sha256: "));
    digest.unwrap_or_else(|| panic!("{printed}")).to_owned()
}

#[tokio::test]
async fn the_rules_in_force_are_named_at_the_start_and_with_every_request() {
    let world = World::start(|_| {}).await;
    let digest = digest_printed_by_check(&world.settings("broker.toml"));
    let nobody = Caller::with_token(&world, "none");
    assert_eq!(nobody.start(&json!({})).await.status, 401);
    let ada = world.caller(PEOPLE[0].username).await;
    let body = ask("minutes.pdf", 5, &world.arns().case(CASE_IDS[0]));
    assert_eq!(ada.start(&body).await.status, 201);
    let log = world.end().await;
    let named: Vec<(Value, Value)> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| !line["rules_sha256"].is_null())
        .map(|line| (line["message"].clone(), line["rules_sha256"].clone()))
        .collect();
    let expected = ["started", "request", "request"].map(|message| (json!(message), json!(digest)));
    assert_eq!(named, expected, "{log}");
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
