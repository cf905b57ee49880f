//! Requests that are refused before Connect is called.

use end_to_end_tests::{Caller, World, ask, broker, token};
use local_stack::oidc;
use local_stack::seeds::{CARL, CASE_IDS, PEOPLE, URSULA};
use local_stack::settings::{CLIENT_ID, SCOPE};
use local_stack::stack::{self, Options};
use serde_json::{Value, json};

/// A second issuer, which the broker trusts for its own audience, but whose tokens are for another.
async fn issuer_of_another_audience() -> oidc::Running {
    let ada = oidc::User {
        username: PEOPLE[0].username.to_owned(),
        subject: PEOPLE[0].subject.to_owned(),
        groups: vec![PEOPLE[0].group.to_owned()],
        claims: serde_json::Map::new(),
    };
    let options = oidc::Options {
        client_id: "another-app".to_owned(),
        scopes: vec![SCOPE.to_owned()],
        allowed_origins: Vec::new(),
        token_lifetime: std::time::Duration::from_hours(1),
        users: vec![ada],
    };
    oidc::serve(([127, 0, 0, 1], 0).into(), options)
        .await
        .expect("an identity provider")
}

fn trust(issuer: &str) -> String {
    format!(
        "[[issuer]]\nurl = \"{issuer}\"\nprofile = \"cognito-access\"\naudiences = [\"{CLIENT_ID}\"]\n\
         algorithms = [\"RS256\"]\n"
    )
}

/// The token with one character of its signature replaced.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}

fn with(mut body: Value, member: &str, value: &str) -> Value {
    body[member] = json!(value);
    body
}

#[tokio::test]
async fn what_is_refused_never_reaches_connect_as_a_start() {
    let elsewhere = issuer_of_another_audience().await;
    let further = trust(elsewhere.issuer());
    let world = World::start(|options| options.further_settings = further).await;
    let (ada, carl, ursula) = (PEOPLE[0].username, CARL.username, URSULA.username);
    let good = ask("a.pdf", 5, &world.arns().case(CASE_IDS[0]));
    let others_case = ask("a.pdf", 5, &world.arns().case(CASE_IDS[4]));
    let ben = world
        .arns()
        .user(PEOPLE[1].connect_user_id.expect("ben is a user"));
    let token_of_ada = world.token(ada, None).await;
    let expired = world.token(ada, Some(-3600)).await;
    let of_another_audience = token(&world.http, elsewhere.issuer(), ada, None).await;
    let forged = forged(&token_of_ada);
    let token_of_carl = world.token(carl, None).await;
    let unmapped = world.token(ursula, None).await;
    for (name, token, body, expected) in [
        (
            "a case that is not the caller's",
            &token_of_carl,
            others_case,
            (403, "forbidden"),
        ),
        (
            "`createdBy` in the body",
            &token_of_ada,
            with(good.clone(), "createdBy", &ben),
            (422, "invalid-request"),
        ),
        (
            "`instanceId` in the body",
            &token_of_ada,
            with(good.clone(), "instanceId", &world.arns().instance),
            (422, "invalid-request"),
        ),
        (
            "a caller whom Connect does not know",
            &unmapped,
            good.clone(),
            (403, "forbidden"),
        ),
        ("an expired token", &expired, good.clone(), (401, "invalid-token")),
        ("a forged token", &forged, good.clone(), (401, "invalid-token")),
        (
            "a token for another audience",
            &of_another_audience,
            good,
            (401, "invalid-token"),
        ),
    ] {
        world.forget_calls().await;
        let answer = Caller::with_token(&world, token).start(&body).await;
        let (status, code) = answer.outcome();
        assert_eq!((status, code.as_str()), expected, "{name}");
        let calls = world.calls().await;
        let has_started = calls.iter().any(|call| call == "StartAttachedFileUpload");
        assert!(!has_started, "{name}: {calls:?}");
    }
    assert_eq!(world.files().await.len(), 0);
    world.end().await;
    elsewhere.shutdown().await;
}

#[tokio::test]
async fn a_member_that_is_not_the_callers_to_set_is_named() {
    let world = World::start(|_| ()).await;
    let ada = world.caller(PEOPLE[0].username).await;
    let good = ask("a.pdf", 5, &world.arns().case(CASE_IDS[0]));
    for member in ["createdBy", "instanceId", "clientToken"] {
        let problem = ada.start(&with(good.clone(), member, "x")).await.json();
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
    }
    world.end().await;
}

#[tokio::test]
async fn a_broker_with_faulty_settings_ends_in_its_init_phase_with_a_line_a_fault() {
    let root = tempfile::tempdir().expect("a directory");
    let mut options = Options::new(root.path(), broker());
    let faulty = [("HANDLE_KEYS", "marker"), ("BASE_PATH", "marker")];
    options.broker_environment = faulty.map(|(name, value)| (name.into(), value.into())).into();
    "[limits]\nurl_expiry_seconds = 4\nsurprise = \"marker\"".clone_into(&mut options.further_settings);
    let error = stack::start(options).await.err().expect("no stack").to_string();
    for name in [
        "HANDLE_KEYS[0]: ",
        "BASE_PATH: ",
        "limits.url_expiry_seconds: ",
        "limits.surprise: ",
    ] {
        let lines = error.lines().filter(|line| line.starts_with(name));
        assert_eq!(lines.count(), 1, "{name} in {error}");
    }
    assert!(!error.contains("marker"), "{error}");
}

#[tokio::test]
async fn a_variable_that_is_empty_is_absent() {
    let root = tempfile::tempdir().expect("a directory");
    let mut options = Options::new(root.path(), broker());
    options.broker_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .map(|name| (name.to_owned(), String::new()))
        .into();
    let error = stack::start(options).await.err().expect("no stack").to_string();
    assert!(error.contains("AWS_REGION: is required"), "{error}");
}
