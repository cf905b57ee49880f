//! `brokerctl digest-name`, as operators run it.

mod common;

use common::{ENVIRONMENT, Files, RULES};

fn digests(handle_keys: &str, name: &str) -> (i32, String, String) {
    let files = Files::new(RULES, ENVIRONMENT);
    let ran = files.run_in(&[("HANDLE_KEYS", handle_keys)], &["digest-name", name]);
    (ran.status, ran.stdout, ran.stderr)
}

#[test]
fn every_key_gives_a_digest_in_the_keys_order() {
    let (one, other) = ("0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4));
    let of = |keys: &str| digests(keys, "report.pdf").1;
    // Source: Python's hmac module.
    assert_eq!(of(&one), "47b3f18dcde8051b1fa2ef28a56b520b\n");
    assert_eq!(
        of(&format!("{one},{other}")),
        format!("{}{}", of(&one), of(&other))
    );
}

#[test]
fn what_has_no_digest_is_said_without_the_key() {
    let key = "0123456789abcdef".repeat(4);
    let ran = Files::new(RULES, ENVIRONMENT).run(&["digest-name", "report.pdf"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    for (handle_keys, name, expected_status) in [
        (key.as_str(), "no extension", 2),
        (key.as_str(), "a/b.pdf", 2),
        ("marker", "report.pdf", 1),
    ] {
        let (status, stdout, stderr) = digests(handle_keys, name);
        assert_eq!(status, expected_status, "{name}: {stdout}{stderr}");
        assert!(
            !format!("{stdout}{stderr}").contains("marker"),
            "{stdout}{stderr}"
        );
    }
}
