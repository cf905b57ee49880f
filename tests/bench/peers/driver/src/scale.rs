//! How the broker's cost grows, in instructions: nothing may grow worse than linearly.

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

/// One measurement: everything as in the comparison, but for one thing of some size.
struct Case {
    what: &'static str,
    size: usize,
    rules: String,
    event: Bytes,
    concurrency: u32,
}

/// A table of what init and a warm invocation cost as things grow.
pub(crate) async fn table(places: &Places, scene: &Scene) -> Result<String, Box<dyn Error>> {
    let mut table =
        String::from("| what grows | size | init instr. | warm instr. |\n| --- | --- | --- | --- |\n");
    for case in cases(scene)? {
        eprintln!("counting with {}: {}", case.what, case.size);
        let limit = (
            "AWS_LAMBDA_MAX_CONCURRENCY".to_owned(),
            case.concurrency.to_string().into(),
        );
        let broker = handler::broker_under(&case.rules, vec![limit], places, scene)?;
        let init = init_instructions(&broker, scene).await?;
        let warm = warm_instructions(&broker, scene, &case.event, case.concurrency).await?;
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
    let rules = rules::strict(KEYS_IN_A_FILE);
    let token = scene.token(&json!({}))?;
    let base = |what, size, event| Case {
        what,
        size,
        rules: rules.clone(),
        event,
        concurrency: 1,
    };
    let mut cases = Vec::new();
    for grants in [1, 10, 100, 1000] {
        let rules = rules::with_grants(KEYS_IN_A_FILE, grants);
        cases.push(Case {
            rules,
            ..base("grants", grants, event::upload(&token, 0))
        });
    }
    for padding in [0, 1_500, 4_500] {
        let token = scene.token(&json!({"padding": "x".repeat(padding)}))?;
        cases.push(base("token, bytes", token.len(), event::upload(&token, 0)));
    }
    for padding in [0, 10_000, 100_000] {
        let event = event::upload(&token, padding);
        cases.push(base("event, bytes", event.len(), event));
    }
    for concurrency in [1_u32, 4, 16, 64] {
        let size = usize::try_from(concurrency)?;
        cases.push(Case {
            concurrency,
            ..base("concurrent invocations", size, event::upload(&token, 0))
        });
    }
    Ok(cases)
}
