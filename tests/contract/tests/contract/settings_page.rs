//! docs/settings.md: every example loads, and every member that a rules file may have is in a table.

use test_support::Rules;

const PAGE: &str = include_str!("../../../../docs/settings.md");

/// A rules file with every member that has no condition on the profile.
const EVERY_MEMBER: &str =
    include_str!("../../../../crates/broker-http/src/settings/tests/every_member.toml");

/// First cells of the page's tables.
fn first_cells() -> impl Iterator<Item = &'static str> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row[2..].split(" | ").next())
}

#[test]
fn every_example_loads_without_a_warning() {
    let blocks = PAGE.split("\n```toml\n").skip(1);
    let blocks: Vec<_> = blocks.filter_map(|block| block.split("\n```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        assert_eq!(Rules::of(block).settings().warnings(), [], "{block}");
    }
}

#[test]
fn every_member_of_a_rules_file_is_in_a_table() {
    let members = EVERY_MEMBER.lines().filter_map(|line| line.split_once(" = "));
    for (member, _) in members {
        let is_named = |cell: &str| cell.split(['`', ' ']).any(|word| word == member);
        assert!(first_cells().any(is_named), "{member}");
    }
}
