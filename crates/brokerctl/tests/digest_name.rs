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
    let (one, other) = ("07".repeat(32), "08".repeat(32));
    let of = |keys: &str| digests(keys, "report.pdf").1;
    // Source: Python's hmac module.
    assert_eq!(of(&one), "ce74a533dc8259ea17a9cd40447f61b9\n");
    assert_eq!(
        of(&format!("{one},{other}")),
        format!("{}{}", of(&one), of(&other))
    );
}

#[test]
fn what_has_no_digest_is_said_without_the_key() {
    let key = "07".repeat(32);
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
