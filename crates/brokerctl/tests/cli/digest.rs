//! `brokerctl digest-name` and `brokerctl digest-caller`, as operators run them.

use crate::common::{ENVIRONMENT, Files, RULES, Ran};

const ISSUER: &str = "https://idp.example.com";

fn keys() -> (String, String) {
    ("0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4))
}

fn run(handle_keys: &str, arguments: &[&str]) -> Ran {
    let files = Files::new(RULES, ENVIRONMENT);
    files.run_in(&[("HANDLE_KEYS", handle_keys)], arguments)
}

#[test]
fn every_key_gives_a_digest_in_the_keys_order() {
    let (one, other) = keys();
    // Source: Python's hmac module.
    for (arguments, expected) in [
        (
            &["digest-name", "report.pdf"][..],
            "47b3f18dcde8051b1fa2ef28a56b520b\n",
        ),
        (
            &["digest-caller", ISSUER, "ada"],
            "81068c55509c01906e2bbcaea3e2978d\n",
        ),
    ] {
        let of = |keys: &str| run(keys, arguments).stdout;
        assert_eq!(of(&one), expected, "{arguments:?}");
        assert_ne!(of(&other), expected, "{arguments:?}");
        let both = format!("{}{}", of(&one), of(&other));
        assert_eq!(of(&format!("{one},{other}")), both, "{arguments:?}");
    }
}

#[test]
fn a_subject_may_begin_with_a_hyphen() {
    let ran = run(&keys().0, &["digest-caller", ISSUER, "-subject"]);
    assert_eq!((ran.status, ran.stdout.len()), (0, 33), "{ran:?}");
}

#[test]
fn what_has_no_digest_is_reported_without_the_key() {
    let (key, _) = keys();
    for arguments in [
        &["digest-name", "report.pdf"][..],
        &["digest-caller", ISSUER, "ada"],
    ] {
        let ran = Files::new(RULES, ENVIRONMENT).run(arguments);
        assert_eq!(ran.status, 1, "{ran:?}");
    }
    for (handle_keys, arguments, expected_status) in [
        (key.as_str(), &["digest-name", "no extension"][..], 2),
        (&key, &["digest-name", "a/b.pdf"], 2),
        (&key, &["digest-caller", "", "ada"], 2),
        (&key, &["digest-caller", ISSUER, ""], 2),
        (&key, &["digest-caller", ISSUER], 2),
        ("marker", &["digest-name", "report.pdf"], 1),
        ("marker", &["digest-caller", ISSUER, "ada"], 1),
    ] {
        let ran = run(handle_keys, arguments);
        assert_eq!(ran.status, expected_status, "{arguments:?}: {ran:?}");
        let shown = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!shown.contains("marker") && !shown.contains(&key), "{shown}");
    }
}
