//! The finisher's settings, beside the broker's.

use super::{Surroundings, surroundings};

fn of_the_finisher() -> Surroundings {
    surroundings()
        .without("HANDLE_KEYS")
        .variable("SHARED_TABLE", "uploads")
}

fn faults(surroundings: &Surroundings) -> Vec<String> {
    let faults = surroundings.finisher_settings().err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn the_finisher_has_the_brokers_rules_and_no_handle_keys() {
    let settings = of_the_finisher().finisher_settings().expect("sound");
    let broker = surroundings().settings().expect("sound");
    assert_eq!(settings.grants.entries(), broker.grants.entries());
    assert_eq!(settings.grants.deployment(), broker.grants.deployment());
    assert_eq!(settings.rules_digest.to_string(), broker.rules_digest.to_string());
    assert_eq!(
        (&*settings.stage, &*settings.shared_table),
        ("default", "uploads")
    );
}

#[test]
fn the_bus_is_a_name_an_arn_or_the_default_one() {
    let arn = "arn:aws:events:eu-west-1:111122223333:event-bus/uploads_1";
    for (text, bus) in [
        ("", None),
        ("uploads.of-acme", Some("uploads.of-acme")),
        (arn, Some(arn)),
    ] {
        let settings = of_the_finisher().variable("EVENT_BUS", text).finisher_settings();
        assert_eq!(settings.expect("sound").event_bus.as_deref(), bus, "{text}");
    }
}

#[test]
fn every_fault_is_named_at_once() {
    let no_table = "SHARED_TABLE: is required";
    let other_table = "SHARED_TABLE: must be a table's name: 3 to 255 of A-Z a-z 0-9 _ - .";
    let endpoint = "AWS_ENDPOINT_URL_EVENTBRIDGE: must be https, or http on a literal loopback address";
    let bus = "EVENT_BUS: must be the name or ARN of an event bus";
    for (surroundings, expected) in [
        (of_the_finisher().without("SHARED_TABLE"), vec![no_table]),
        (of_the_finisher().variable("SHARED_TABLE", ""), vec![no_table]),
        (
            of_the_finisher().variable("SHARED_TABLE", "ab"),
            vec![other_table],
        ),
        (of_the_finisher().variable("EVENT_BUS", "a bus"), vec![bus]),
        (
            of_the_finisher().variable("EVENT_BUS", &"a".repeat(1_601)),
            vec![bus],
        ),
        (
            of_the_finisher().variable("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://10.0.0.7:4530"),
            vec![endpoint],
        ),
        (
            of_the_finisher()
                .without("SHARED_TABLE")
                .variable("EVENT_BUS", "a bus"),
            vec![no_table, bus],
        ),
    ] {
        assert_eq!(faults(&surroundings), expected);
    }
    let without_rules = of_the_finisher().variable("BROKER_CONFIG", "/none.toml");
    assert_eq!(faults(&without_rules).len(), 1);
    assert!(faults(&without_rules)[0].starts_with("BROKER_CONFIG: "));
}
