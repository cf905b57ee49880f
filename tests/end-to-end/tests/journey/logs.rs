//! What the broker's log never holds, even where Lambda asks it for everything.

use end_to_end_tests::{World, ask};
use local_stack::seeds::{CASE_IDS, PEOPLE};

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
    let ada = end_to_end_tests::Caller::with_token(&world, &token);
    let case = world.arns().case(CASE_IDS[0]);
    let key = "idempotency-4711";
    let mut body = ask("Confidential-Minutes.pdf", 5, &case);
    body["tags"] = serde_json::json!({"department": "mergers-and-acquisitions"});
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
