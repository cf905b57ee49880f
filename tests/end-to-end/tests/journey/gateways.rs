//! A file's way through an API below a prefix, behind a mapping, and behind a Lambda authorizer.

use std::path::Path;

use end_to_end_tests::{Caller, World, ask};
use local_stack::gateway::Kind;
use local_stack::seeds::{CASE_IDS, PEOPLE};
use local_stack::stack::{Authorizer, LambdaAuthorizer, Options};
use serde_json::{Value, json};

fn behind(kind: Kind) -> impl FnOnce(&mut Options) {
    move |options| {
        options.kind = kind;
        "prod".clone_into(&mut options.stage);
        // Rows of uploads, so that they can be listed.
        options.shared_table = Some(end_to_end_tests::shared_table());
        options.finisher = Some(end_to_end_tests::finisher());
    }
}

fn authorizer(token_only: bool, simple_responses: bool) -> Authorizer {
    Authorizer::Lambda(LambdaAuthorizer {
        binary: Path::new(env!("CARGO_MANIFEST_DIR")).join("authorizer.py"),
        token_only,
        simple_responses,
    })
}

/// Start, PUT, complete, status, list and delete, as `caller`.
async fn journey(world: &World, caller: &Caller) {
    let case = world.arns().case(CASE_IDS[0]);
    let ticket = caller.upload("scan.pdf", b"bytes", &case).await;
    assert!(
        ticket.location.starts_with(&world.origins().api),
        "{}",
        ticket.location
    );
    assert_eq!(caller.final_status(&ticket).await, "APPROVED");
    let file = world.file("scan.pdf").await;
    let ada = PEOPLE[0].connect_user_id.expect("ada is a user");
    assert_eq!(file["CreatedBy"]["ConnectUserArn"], world.arns().user(ada));
    let listed = caller.list("").await.json();
    let location = listed["uploads"][0]["location"].as_str().expect("a path");
    assert_eq!(caller.status_of(location).await.status, 200);
    assert_eq!(caller.delete(&ticket).await.status, 204);
    assert!(world.files().await.is_empty());
}

async fn a_file_travels_below_a_prefix(kind: Kind, mapping: Option<&str>, expected: &str) {
    let world = World::start(|options| {
        behind(kind)(options);
        "/attachments".clone_into(&mut options.prefix);
        options.mapping = mapping.map(str::to_owned);
    })
    .await;
    let api = world.origins().api.clone();
    assert!(api.ends_with(expected), "{api}");
    let ada = world.caller(PEOPLE[0].username).await;
    journey(&world, &ada).await;
    let beside = api.replace("/attachments", "/uploads");
    let answer = world.http.send("GET", &beside, &[], "").await;
    let refused = match kind {
        Kind::Http => (404, json!({"message": "Not Found"})),
        Kind::Rest => (403, json!({"message": "Missing Authentication Token"})),
    };
    assert_eq!((answer.status, answer.json()), refused, "{kind:?} {beside}");
    world.end().await;
}

#[tokio::test]
async fn a_file_travels_below_a_prefix_and_behind_a_mapping() {
    for (kind, mapping, api) in [
        (Kind::Http, None, "/prod/attachments"),
        (Kind::Http, Some("/a/b"), "/a/b/attachments"),
        (Kind::Rest, None, "/prod/attachments"),
        (Kind::Rest, Some("/files"), "/files/attachments"),
    ] {
        a_file_travels_below_a_prefix(kind, mapping, api).await;
    }
}

/// What the gateway answers to a token that its authorizer does not let pass.
async fn refusal(world: &World, authorization: Option<&str>) -> (u16, Value) {
    let url = format!("{}/limits", world.origins().api);
    let headers: Vec<_> = authorization
        .iter()
        .map(|value| ("authorization", *value))
        .collect();
    let answer = world.http.send("GET", &url, &headers, "").await;
    (answer.status, answer.json())
}

/// The answers to a stranger, to a caller whom a policy denies, to `Unauthorized`, and to a malformed answer.
type Refusals = [(u16, Value); 4];

async fn a_file_travels_through(kind: Kind, token_only: bool, simple_responses: bool, refusals: Refusals) {
    let world = World::start(|options| {
        behind(kind)(options);
        options.authorizer = authorizer(token_only, simple_responses);
    })
    .await;
    let name = format!("{kind:?}, token only {token_only}, simple {simple_responses}");
    let token = format!("key-of-{}", PEOPLE[0].username);
    journey(&world, &Caller::with_token(&world, &token)).await;
    let unauthorized = (401, json!({"message": "Unauthorized"}));
    assert_eq!(refusal(&world, None).await, unauthorized, "{name}");
    for (key, expected) in ["stranger", "denied", "nobody", "surprise"]
        .into_iter()
        .zip(refusals)
    {
        let given = format!("Bearer key-of-{key}");
        assert_eq!(refusal(&world, Some(&given)).await, expected, "{name}: {key}");
    }
    let url = format!("{}/uploads", world.origins().api);
    let page = world.origins().page.as_str();
    let headers = [("origin", page), ("access-control-request-method", "POST")];
    let preflight = world.http.send("OPTIONS", &url, &headers, "").await;
    assert_eq!(preflight.status, 204, "{name}: a preflight meets no authorizer");
    world.end().await;
}

#[tokio::test]
async fn a_file_travels_through_each_form_of_lambda_authorizer_and_nobody_else_passes() {
    let message = |status: u16, text: &str| (status, json!({"message": text}));
    let http = || {
        let (forbidden, failed) = (message(403, "Forbidden"), message(500, "Internal Server Error"));
        [forbidden.clone(), forbidden, failed.clone(), failed]
    };
    let rest = || {
        let not_allowed = "User is not authorized to access this resource";
        [
            (403, json!({"Message": not_allowed})),
            (
                403,
                json!({"Message": format!("{not_allowed} with an explicit deny")}),
            ),
            message(401, "Unauthorized"),
            (500, json!({"message": null})),
        ]
    };
    a_file_travels_through(Kind::Http, false, true, http()).await;
    a_file_travels_through(Kind::Http, false, false, http()).await;
    a_file_travels_through(Kind::Rest, false, false, rest()).await;
    a_file_travels_through(Kind::Rest, true, false, rest()).await;
}

#[tokio::test]
async fn a_token_of_the_issuer_is_no_evidence_behind_an_authorizer() {
    let world = World::start(|options| options.authorizer = authorizer(false, true)).await;
    let body = ask("a.pdf", 5, &world.arns().case(CASE_IDS[0]));
    let ada = world.caller(PEOPLE[0].username).await;
    assert_eq!(ada.start(&body).await.status, 403);
    world.end().await;
}
