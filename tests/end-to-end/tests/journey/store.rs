//! Uploads that the store refuses although the caller has a URL.

use std::time::Duration;

use end_to_end_tests::{Caller, Ticket, World, ask};
use local_stack::seeds::{CASE_IDS, PEOPLE};

const BYTES: &[u8] = b"bytes";

async fn started(world: &World) -> (Caller, Ticket) {
    let ada = world.caller(PEOPLE[0].username).await;
    let mut body = ask("a.pdf", BYTES.len(), &world.arns().case(CASE_IDS[0]));
    body["urlExpiryInSeconds"] = 5.into();
    let ticket = ada.ticket(&ada.start(&body).await);
    (ada, ticket)
}

/// The ticket with the last digit of its signature changed.
fn tampered(ticket: &Ticket) -> Ticket {
    let mut url = url::Url::parse(&ticket.url).expect("a URL");
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let (_, signature) = pairs
        .iter_mut()
        .find(|(name, _)| name == "X-Amz-Signature")
        .expect("a signature");
    let last = if signature.pop() == Some('0') { '1' } else { '0' };
    signature.push(last);
    url.query_pairs_mut().clear().extend_pairs(pairs);
    Ticket {
        url: url.into(),
        ..ticket.clone()
    }
}

fn of_another_type(ticket: &Ticket) -> Ticket {
    let mut other = ticket.clone();
    let headers = other.headers.iter_mut();
    let (_, content_type) = headers
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .expect("a content type");
    "text/html".clone_into(content_type);
    other
}

#[tokio::test]
async fn a_put_that_is_not_the_one_signed_is_refused() {
    let world = World::start(|_| ()).await;
    let (ada, ticket) = started(&world).await;
    for (name, ticket, bytes) in [
        ("a tampered signature", &tampered(&ticket), BYTES),
        ("another content type", &of_another_type(&ticket), BYTES),
        ("a byte more", &ticket, b"bytes!".as_slice()),
        ("a byte less", &ticket, b"byte"),
    ] {
        let answer = ada.put(ticket, bytes).await;
        assert_eq!(answer.status, 403, "{name}: {answer:?}");
    }
    let completed = ada.complete(&ticket).await;
    assert_eq!(completed.outcome(), (409, "upload-incomplete".to_owned()));
    assert_eq!(ada.put(&ticket, BYTES).await.status, 200, "the one signed");
    world.end().await;
}

#[tokio::test]
async fn a_url_that_has_expired_is_refused() {
    let world = World::start(|_| ()).await;
    let (ada, ticket) = started(&world).await;
    // The store uses the real clock, and 5 seconds are the shortest expiry.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let answer = ada.put(&ticket, BYTES).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let refusal = String::from_utf8_lossy(&answer.body);
    assert!(refusal.contains("Request has expired"), "{refusal}");
    world.end().await;
}
