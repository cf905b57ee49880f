//! How the broker's instruction counts grow; none may grow faster than linearly.

use std::error::Error;
use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::json;

use crate::callgrind::{init_instructions, warm_instructions};
use crate::event;
use crate::handler::{self, Places};
use crate::rules::{self, KEYS_IN_A_FILE};
use crate::scene::Scene;
use crate::table::cell;

/// One measurement, which differs from the comparison in the size of one thing.
struct Case {
    what: &'static str,
    size: usize,
    rules: String,
    before: Vec<Bytes>,
    wave: Vec<Bytes>,
}

/// Table of the counts of init without a connection, and of a warm invocation, as things grow.
pub(crate) async fn table(places: &Places, scene: &Scene) -> Result<String, Box<dyn Error>> {
    let mut table =
        String::from("| what grows | size | init instr. | warm instr. |\n| --- | --- | --- | --- |\n");
    for case in cases(scene)? {
        eprintln!("counting with {}: {}", case.what, case.size);
        let concurrency = case.wave.len().to_string();
        let limit = ("AWS_LAMBDA_MAX_CONCURRENCY".to_owned(), concurrency.into());
        let mut broker = handler::broker_under(&case.rules, vec![limit], places, scene)?;
        let warm = warm_instructions(&broker, scene, &case.before, &[&case.wave]).await?;
        broker.environment.push(scene.nobody_to_connect_to());
        let init = init_instructions(&broker, scene).await?;
        let (what, size) = (case.what, case.size);
        let _ = writeln!(
            table,
            "| {what} | {size} | {} | {} |",
            cell(Some(init)),
            cell(Some(warm))
        );
    }
    Ok(table)
}

fn cases(scene: &Scene) -> Result<Vec<Case>, Box<dyn Error>> {
    let token = scene.token(&json!({}))?;
    let event = event::upload(&token, 0);
    let case = |what, size, wave| Case {
        what,
        size,
        rules: rules::strict(KEYS_IN_A_FILE),
        before: Vec::new(),
        wave,
    };
    let mut cases = Vec::new();
    for grants in [1, 10, 100, 1000] {
        let rules = rules::with_grants(KEYS_IN_A_FILE, grants);
        cases.push(Case {
            rules,
            ..case("grants", grants, vec![event.clone()])
        });
    }
    for padding in [0, 1_500, 4_500] {
        let token = scene.token(&json!({"padding": "x".repeat(padding)}))?;
        cases.push(case("token, bytes", token.len(), vec![event::upload(&token, 0)]));
    }
    for padding in [0, 10_000, 100_000] {
        let event = event::upload(&token, padding);
        cases.push(case("event, bytes", event.len(), vec![event]));
    }
    for users in [1, 10, 100, 1000] {
        let rules = rules::with_a_directory(KEYS_IN_A_FILE);
        let before = events_of(users, scene)?;
        cases.push(Case {
            rules,
            before,
            ..case("users in the cache", users, vec![event.clone()])
        });
    }
    for concurrency in [1, 4, 16, 64] {
        let wave = vec![event.clone(); concurrency];
        cases.push(case("concurrent invocations", concurrency, wave));
    }
    Ok(cases)
}

/// Events of further users, one each, so that the cache holds `users` together with the usual one.
fn events_of(users: usize, scene: &Scene) -> Result<Vec<Bytes>, Box<dyn Error>> {
    let event = |number: usize| {
        let name = format!("user-{number}");
        let token = scene.token(&json!({"sub": name, "username": name}))?;
        Ok(event::upload(&token, 0))
    };
    (1..users).map(event).collect()
}
