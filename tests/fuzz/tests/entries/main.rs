//! Drives every fuzz entry with its corpus and with mutations of it, for a few seconds each.
//!
//! Each test prints its `SEED`; set the variable of that name to repeat a run's inputs.

mod mutate;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use fuzz_entries::{arn, event, file_name, handle, settings, strict_json, token};

/// How long one entry runs.
const SHARE: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "a test is its own main")]
fn seed() -> u64 {
    let given = std::env::var("SEED").ok();
    given.map_or_else(
        || fastrand::u64(..),
        |text| text.parse().expect("SEED is a number"),
    )
}

/// Contents of the corpus files for the entry `name`, sorted by file name.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("its bytes"))
        .collect()
}

fn drive(name: &str, entry: fn(&[u8]), seeds: Vec<Vec<u8>>) {
    let inputs = [seeds, corpus(name)].concat();
    for input in &inputs {
        entry(input);
    }
    let seed = seed();
    println!("{name}: SEED={seed}");
    let (mut rng, started, mut driven) = (Rng::with_seed(seed), Instant::now(), 0_u64);
    while started.elapsed() < SHARE {
        entry(&mutate::mutated(&inputs, &mut rng));
        driven += 1;
    }
    println!("{name}: {driven} inputs");
}

#[test]
fn an_accepted_arn_is_kept_byte_for_byte() {
    drive("arn", arn::entry, vec![]);
}

#[test]
fn no_event_makes_the_reader_panic() {
    drive("event", event::entry, event::seeds());
}

#[test]
fn an_accepted_file_name_follows_the_documented_rules() {
    drive("file-name", file_name::entry, vec![]);
}

#[test]
fn no_text_but_the_sealed_handle_opens() {
    drive("handle", handle::entry, handle::seeds());
}

#[test]
fn no_fault_of_the_settings_shows_a_value() {
    drive("settings", settings::entry, vec![]);
}

#[test]
fn whatever_strict_json_accepts_serde_json_reads_alike() {
    drive("strict-json", strict_json::entry, vec![]);
}

#[test]
fn no_token_but_the_genuine_one_is_accepted() {
    drive("token", token::entry, token::seeds());
}
