//! A rotation of the issuer's keys during a flood of tokens with unknown keys: no valid token is refused, and each
//! process fetches the keys at most once in a cool-down.

use std::cell::Cell;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use end_to_end_tests::{Caller, World};
use futures_util::future::join_all;
use local_stack::oidc::OldKey;
use local_stack::seeds::PEOPLE;
use serde_json::json;

/// Least time between two fetches of an issuer's keys. Source: docs/operations.md.
const COOL_DOWN: Duration = Duration::from_secs(10);

/// Numbers of clients with unknown keys and with valid tokens.
const FLOODING: usize = 6;
const HONEST: usize = 2;

/// Answered requests of both kinds of client.
#[derive(Debug, Default)]
struct Met {
    unknown: Cell<usize>,
    valid: Cell<usize>,
}

/// `token` with the id of an unpublished key in its header, and otherwise unchanged.
fn under_an_unknown_key(token: &str) -> String {
    let kid = format!("{:032x}", fastrand::u128(..));
    let header = json!({ "kid": kid, "alg": "RS256" }).to_string();
    let (_, signed) = token.split_once('.').expect("a header");
    format!("{}.{signed}", URL_SAFE_NO_PAD.encode(header))
}

/// Sends tokens with unknown keys and valid tokens at the same time, until `is_over`. A wrong answer fails the test.
async fn flood(world: &World, valid_tokens: &[String], met: &Met, is_over: impl Fn(&Met) -> bool) {
    let send_unknown_keys = async || {
        while !is_over(met) {
            let token = under_an_unknown_key(&valid_tokens[0]);
            let answer = Caller::with_token(world, &token).limits().await;
            assert_eq!(answer.outcome(), (401, "invalid-token".to_owned()));
            met.unknown.set(met.unknown.get() + 1);
        }
    };
    let callers: Vec<_> = valid_tokens
        .iter()
        .map(|token| Caller::with_token(world, token))
        .collect();
    let send_valid_tokens = async || {
        while !is_over(met) {
            for caller in &callers {
                let answer = caller.limits().await;
                assert_eq!(answer.outcome(), (200, String::new()));
                met.valid.set(met.valid.get() + 1);
            }
        }
    };
    let flooding = join_all((0..FLOODING).map(|_| send_unknown_keys()));
    let honest = join_all((0..HONEST).map(|_| send_valid_tokens()));
    tokio::join!(flooding, honest);
}

/// Floods before a key is published, before it signs, and after it signs.
async fn rotate_under_load(world: &World, unknown_kids: usize) -> Met {
    let (met, third) = (Met::default(), unknown_kids / 3);
    let issuer = world.stack().oidc();
    let old = world.token(PEOPLE[0].username, None).await;
    flood(world, std::slice::from_ref(&old), &met, |met| {
        met.unknown.get() >= third
    })
    .await;
    issuer.publish_next().expect("a key");
    let published = Instant::now();
    flood(world, std::slice::from_ref(&old), &met, |met| {
        met.unknown.get() >= 2 * third && published.elapsed() >= COOL_DOWN
    })
    .await;
    issuer.rotate(OldKey::Published).expect("a key");
    let new = world.token(PEOPLE[0].username, None).await;
    assert_ne!(old.split('.').next(), new.split('.').next(), "the new key signs");
    let least = (met.unknown.get() + third).max(unknown_kids);
    flood(world, &[old, new], &met, |met| met.unknown.get() >= least).await;
    met
}

/// One run, which prints a row of a table.
async fn run(instances: usize, unknown_kids: usize) {
    let began = Instant::now();
    let world = World::start(|options| {
        options.max_instances = instances;
        options.concurrency = (FLOODING + HONEST) / instances;
    })
    .await;
    let met = rotate_under_load(&world, unknown_kids).await;
    let fetches = world.key_fetches().await;
    let took = began.elapsed();
    let cool_downs = 1 + usize::try_from(took.as_secs() / COOL_DOWN.as_secs()).expect("a few");
    let at_most = instances * cool_downs;
    println!(
        "| {instances} | {} | {} | {:.1} s | {fetches} | {at_most} |",
        met.unknown.get(),
        met.valid.get(),
        took.as_secs_f64(),
    );
    assert_eq!(world.stack().instances().process_ids().len(), instances);
    assert!(fetches <= at_most, "{fetches} fetches by {instances} in {took:?}");
    world.end().await;
}

const HEAD: &str =
    "| instances | unknown keys, all refused | valid tokens, none refused | took | fetches | at most |";

#[tokio::test]
async fn a_rotation_in_a_flood_of_unknown_keys_refuses_no_valid_token() {
    run(2, 300).await;
}

#[tokio::test]
#[ignore = "a minute: `make soak` runs it"]
async fn ten_thousand_unknown_keys_cause_one_fetch_per_process_and_cool_down() {
    println!("{HEAD}");
    for instances in [1, 4] {
        run(instances, 10_000).await;
    }
}
