//! `brokerctl check`, as operators run it.

use crate::common::{ENVIRONMENT, Files, RULES};

const CHECK: [&str; 4] = ["check", "broker.toml", "--env-file", "broker.env"];

/// What `check` prints of the digest of `rules`.
fn digest_line(rules: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, rules.as_bytes());
    let digits: Vec<_> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("rules_sha256: {}\n", digits.concat())
}

#[test]
fn sound_settings_are_counted_and_named_by_their_digest() {
    let ran = Files::new(RULES, ENVIRONMENT).run(&CHECK);
    let expected = format!("ok: 1 issuer, 2 identity rules, 3 grants\n{}", digest_line(RULES));
    assert_eq!((ran.status, &*ran.stdout), (0, &*expected), "{ran:?}");
}

#[test]
fn origins_of_plain_http_are_warned_of_and_are_no_faults() {
    let origins = "allowed_origins = [\"https://portal.example.com\", \"capacitor://localhost\", \
                   \"http://localhost:3000\", \"http://127.0.0.1:8080\"]\n";
    let ran = Files::new(&format!("{origins}{RULES}"), ENVIRONMENT).run(&CHECK);
    let why = "is plain http, so any program on the user's machine can call as this site";
    let warned: Vec<_> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("allowed_origins"))
        .collect();
    let expected = [2, 3].map(|position| format!("warning: allowed_origins[{position}]: {why}"));
    assert_eq!(
        (ran.status, warned),
        (0, expected.iter().map(String::as_str).collect()),
        "{ran:?}"
    );
    assert!(ran.stdout.starts_with("ok: "), "{ran:?}");
}

#[test]
fn what_is_weak_or_can_never_match_is_a_warning_and_no_fault() {
    let warnings = |rules: &str, arguments: &[&str]| {
        let ran = Files::new(rules, ENVIRONMENT).run(arguments);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(
            ran.stdout.starts_with("ok: ") && !ran.stdout.contains("warning"),
            "{ran:?}"
        );
        ran.stderr
    };
    let no_scopes = "warning: issuer[0].scopes: is empty, so an ID token for the same audience could pass as an \
                     access token\n";
    for arguments in [&CHECK[..], &["check", "broker.toml", "--rules-only"]] {
        assert_eq!(warnings(RULES, arguments), no_scopes);
    }
    let scoped = RULES.replace("algorithms", "scopes = [\"uploads.write\"]\nalgorithms");
    assert_eq!(warnings(&scoped, &CHECK), "");
    let dotted = scoped.replace("\"groups\"", "\"realm_access.roles\"");
    assert_eq!(
        warnings(&dotted, &CHECK),
        "warning: identity[0].when.claim: names one claim with a dot in its name; a member of an object is named \
         `/OBJECT/MEMBER`\n"
    );
}

#[test]
fn every_fault_has_a_line_and_none_shows_its_value() {
    let rules = RULES.replace(
        "https://login.example.com\"\nprofile",
        "http://marker.example.com\"\nprofile",
    );
    let rules = rules.replace("\"own-contacts\"", "\"marker\"");
    let ran = Files::new(&rules, "HANDLE_KEYS=marker\n").run(&CHECK);
    let names: Vec<_> = ran
        .stdout
        .lines()
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    let expected = [
        "CONNECT_INSTANCE_ARN",
        "HANDLE_KEYS[0]",
        "issuer[0].url",
        "identity[0].when.issuer",
        "grant[0].when.issuer",
        "grant[1].when.issuer",
        "grant[1].resources",
        "CASES_DOMAIN_ARN",
    ];
    assert_eq!((ran.status, names), (1, expected.to_vec()), "{ran:?}");
    assert!(!ran.stdout.contains("marker") && ran.stderr.is_empty(), "{ran:?}");
}

#[test]
fn the_processs_own_environment_is_read_where_no_file_is_named() {
    let files = Files::new(RULES, "");
    let lines = ENVIRONMENT.lines().filter_map(|line| line.split_once('='));
    let variables: Vec<_> = lines.collect();
    assert_eq!(files.run_in(&variables, &CHECK[..2]).status, 0);
    let ran = files.run(&CHECK[..2]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("HANDLE_KEYS: is required"), "{ran:?}");
    assert_eq!(
        files.run_in(&variables, &CHECK).status,
        1,
        "an empty file of variables replaces them"
    );
}

#[test]
fn rules_can_be_checked_without_their_deployment() {
    let ran = Files::new(RULES, "").run(&["check", "broker.toml", "--rules-only"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(
        ran.stdout,
        format!(
            "ok: 1 issuer, 2 identity rules, 3 grants (rules only)\n{}",
            digest_line(RULES)
        )
    );
    let of_two = RULES.replace(
        "c-1\"]",
        "c-1\", \"arn:aws:cases:eu-west-1:111122223333:domain/d-2/case/c\"]",
    );
    let ran = Files::new(&of_two, "").run(&["check", "broker.toml", "--rules-only"]);
    assert_eq!(ran.status, 1, "no deployment has two domains: {ran:?}");
    assert!(ran.stdout.starts_with("grant[2].resources[1]: "), "{ran:?}");
}

#[test]
fn a_jwks_file_is_found_beside_the_rules() {
    let files = Files::new(
        &RULES.replace("algorithms", "jwks_file = \"jwks.json\"\nalgorithms"),
        ENVIRONMENT,
    );
    let ran = files.run(&CHECK);
    assert_eq!(ran.status, 1, "{ran:?}");
    let expected = "issuer[0].jwks_file: must name a readable file: entity not found\n";
    assert_eq!(ran.stdout, expected);
}

#[test]
fn what_cannot_be_asked_is_an_error_of_usage() {
    let files = Files::new(RULES, "HANDLE_KEYS\n");
    for (arguments, told) in [
        (&CHECK[..], "broker.env, line 1: must be NAME=VALUE"),
        (&["check", "broker.toml", "--env-file", "none.env"], "none.env: "),
        (
            &["check", "broker.toml", "--env-file", "broker.env", "--rules-only"],
            "cannot be used with",
        ),
        (&["check", ""], "value is required"),
        (&["check"], "Usage"),
        (&[], "Usage"),
    ] {
        let ran = files.run(arguments);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains(told) && ran.stdout.is_empty(), "{ran:?}");
    }
}
