//! No fault shows a value, and no file makes the parser panic.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{EVERY_MEMBER, Surroundings, surroundings};

/// A value that no rule accepts and no message may show.
const MARKER: &str = "!marker\u{1}";

/// Whether `surroundings` have faults; none of them shows the marker or breaks its line.
#[track_caller]
fn is_at_fault(surroundings: &Surroundings, what: &str) -> bool {
    let faults = surroundings.settings().err().unwrap_or_default();
    for fault in &faults {
        let shown = format!("{fault} {fault:?}");
        let is_one_line = !fault.to_string().contains('\n');
        assert!(is_one_line && !shown.contains("marker"), "{what}: {shown}");
    }
    !faults.is_empty()
}

/// [`EVERY_MEMBER`] with one line's value replaced, for each line that has one.
fn with_each_value(value: &str) -> impl Iterator<Item = (usize, String)> {
    let lines: Vec<&str> = EVERY_MEMBER.lines().collect();
    let members: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| line.split_once(" = ").map(|(member, _)| (at, member)))
        .collect();
    members.into_iter().map(move |(at, member)| {
        let mut lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        lines[at] = format!("{member} = {value}");
        (at, lines.join("\n"))
    })
}

#[test]
fn no_fault_shows_a_value_of_the_file() {
    let text = "\"!marker\\u0001\"";
    let values = [
        text.to_owned(),
        format!("[{text}]"),
        format!("[[{text}]]"),
        format!("{{ x = {text} }}"),
        format!("[{{ x = {text} }}]"),
    ];
    let mut refused_counts = BTreeMap::new();
    for value in &values {
        for (at, rules) in with_each_value(value) {
            let line = rules.lines().nth(at).expect("the line");
            let is_refused = is_at_fault(&surroundings().rules(&rules), line);
            *refused_counts.entry(at).or_insert(0) += usize::from(is_refused);
        }
    }
    // A text or a list of texts fits where anything may stand; the other shapes fit nowhere.
    let accepted_somewhere = refused_counts
        .iter()
        .find(|(_, count)| **count < values.len() - 1);
    assert_eq!(accepted_somewhere, None, "line and count");
}

#[test]
fn no_fault_shows_a_variable_or_what_a_file_holds() {
    for name in [
        "CONNECT_INSTANCE_ARN",
        "CASES_DOMAIN_ARN",
        "HANDLE_KEYS",
        "BASE_PATH",
        "AWS_CA_BUNDLE",
        "BROKER_CONFIG",
    ] {
        assert!(
            is_at_fault(&surroundings().variable(name, MARKER), name),
            "{name}"
        );
    }
    for (path, text) in [
        ("/opt/broker.toml", MARKER.to_owned()),
        ("/opt/broker.toml", format!("a = {MARKER}")),
        ("/opt/broker.toml", "marker = 1\nmarker = 2".to_owned()),
        ("/opt/jwks.json", MARKER.to_owned()),
        (
            "/opt/jwks.json",
            format!("{{\"keys\": [{{\"kid\": {MARKER:?}}}]}}"),
        ),
        ("/roots.pem", format!("-----BEGIN {MARKER}-----\n")),
    ] {
        let surroundings = surroundings().variable("AWS_CA_BUNDLE", "/roots.pem");
        let sound = surroundings.file("/roots.pem", include_str!("../ca_bundle/root.pem"));
        assert!(is_at_fault(&sound.file(path, text.clone()), &text), "{text}");
    }
}

#[test]
fn debug_shows_no_handle_key() {
    let shown = format!("{:?}", surroundings().settings().expect("sound"));
    assert!(shown.contains("HandleKey([redacted])"), "{shown}");
    assert!(!shown.contains("35, 69") && !shown.contains("0123"), "{shown}");
}

/// Values of every type, nested a little.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("1.5".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        "[ -!#-\\[\\]-~]{0,30}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let members = ["x", "issuer", "claim", "username_claim", "case_ids_claim"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(", "))),
            (prop::sample::select(members.to_vec()), inner)
                .prop_map(|(name, value)| format!("{{ {name} = {value} }}")),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = surroundings().rules(&text).settings();
    }

    #[test]
    fn no_value_makes_the_parser_panic(value in value(), at in any::<prop::sample::Index>()) {
        let all: Vec<_> = with_each_value(&value).collect();
        let (_, rules) = &all[at.index(all.len())];
        let _ = surroundings().rules(rules).settings();
    }

    #[test]
    fn no_variable_makes_the_parser_panic(text in any::<String>(), at in 0..6_usize) {
        let names = ["CONNECT_INSTANCE_ARN", "CASES_DOMAIN_ARN", "HANDLE_KEYS", "STAGE", "BASE_PATH", "AWS_CA_BUNDLE"];
        let _ = surroundings().variable(names[at], &text).settings();
    }
}
