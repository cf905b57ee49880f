//! Checks docs/threats.md: no row is missing, and every place and test that a row names exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// STRIDE: each letter has rows, numbered from 1.
const LETTERS: [char; 6] = ['S', 'T', 'R', 'I', 'D', 'E'];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cells of each row, by the row's number.
fn rows() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(root().join("docs/threats.md")).expect("docs/threats.md");
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = line
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().to_owned());
        let number = cells.next().expect("a first cell");
        if number.ends_with(|c: char| c.is_ascii_digit()) {
            let twice = rows.insert(number, cells.collect());
            assert_eq!(twice, None, "{line}");
        }
    }
    rows
}

/// The references `path::name` in a cell: functions of Rust and Python, resources of a template, tests of TypeScript.
fn references(cell: &str) -> Vec<(&str, &str)> {
    let quoted = cell.split('`').skip(1).step_by(2);
    let named = quoted.filter_map(|text| text.rsplit_once("::"));
    named.filter(|(path, _)| path.contains('/')).collect()
}

/// Whether `source`, from a file with this extension, defines `name`.
fn has(source: &str, extension: &str, name: &str) -> bool {
    let beginnings = match extension {
        "rs" => vec![format!("fn {name}("), format!("fn {name}<")],
        "py" => vec![format!("def {name}(")],
        "yaml" | "yml" => vec![format!("\n  {name}:\n")],
        "ts" => vec![
            format!("const {name} = "),
            format!("const {name}: "),
            format!("function {name}("),
            format!("test(\"{name}\""),
        ],
        _ => Vec::new(),
    };
    beginnings.iter().any(|beginning| source.contains(beginning))
}

#[test]
fn the_rows_of_each_letter_are_numbered_without_a_gap() {
    let rows = rows();
    for letter in LETTERS {
        let count = rows.keys().filter(|number| number.starts_with(letter)).count();
        let missing: Vec<_> = (1..=count.max(1))
            .map(|n| format!("{letter}{n}"))
            .filter(|number| !rows.contains_key(number))
            .collect();
        assert_eq!(missing, Vec::<String>::new());
    }
    assert_eq!(rows.keys().find(|number| !number.starts_with(LETTERS)), None);
}

#[test]
fn every_row_names_a_place_and_a_test_or_says_why_not() {
    for (number, cells) in rows() {
        let [_, place, test] = cells.as_slice() else {
            panic!("{number}: {cells:?}");
        };
        let is_answered = !references(place).is_empty() && !references(test).is_empty();
        let is_reasoned = ["Accepted: ", "Open: "].iter().any(|word| test.starts_with(word));
        assert!(is_answered || is_reasoned, "{number}");
    }
}

#[test]
fn what_a_row_names_is_in_its_file() {
    for (number, cells) in rows() {
        for (path, name) in cells.iter().flat_map(|cell| references(cell)) {
            let source = fs::read_to_string(root().join(path));
            let source = source.unwrap_or_else(|_| panic!("{number}: {path}"));
            let (_, extension) = path.rsplit_once('.').expect("an extension");
            assert!(has(&source, extension, name), "{number}: {path}::{name}");
        }
    }
}
