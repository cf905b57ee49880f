//! Tests of the decision about one use: rules, grants and what denies it.

use serde_json::json;

use super::{CASE, CONTACT, ROLE, claims, explain, explain_token, token, with};
use crate::common::{Files, RULES};

#[test]
fn a_verified_agent_is_mapped_and_its_grant_named() {
    let ran = explain_token(None, &format!("{}\n", token(&claims())), &["--resource", CASE]);
    let expected = "\
caller: issuer https://login.example.com, subject u-7 (token verified)
identity[0]: maps the caller to the one user that SearchUsers finds by the claim `username`
grant[0] (case_ids_claim `case_ids`): allows it
grant[1] (own-contacts): is about other resources
grant[2] (1 listed): is about another issuer
allowed by grant[0]
";
    assert_eq!((ran.status, &*ran.stdout), (0, expected), "{ran:?}");
}

#[test]
fn what_only_connect_can_say_is_told() {
    let ran = explain_token(None, &token(&claims()), &["--resource", CONTACT]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let condition = "grant[1] (own-contacts): allows it if DescribeContact says that the contact is open";
    assert!(ran.stdout.contains(condition), "{ran:?}");
    assert!(
        ran.stdout
            .ends_with("allowed by grant[1], if Connect confirms what it asks\n"),
        "{ran:?}"
    );
}

#[test]
fn each_denial_says_what_denies() {
    let foreign = CASE.replace("d-1", "d-2");
    let unlisted = CASE.replace("c-1", "c-2");
    for (claims, arguments, told) in [
        (
            claims(),
            &["--resource", &*unlisted][..],
            "grant[0] (case_ids_claim `case_ids`): is about other resources",
        ),
        (
            claims(),
            &["--resource", &foreign],
            "denied: the resource belongs to another instance or Cases domain",
        ),
        (
            claims(),
            &["--resource", CONTACT, "--action", "delete"],
            "grant[1] (own-contacts): does not allow the action",
        ),
        (
            claims(),
            &["--resource", CASE, "--on-behalf-of", "bob"],
            "does not let the caller act for that user",
        ),
        (
            with("case_ids", json!(["c-1", 7])),
            &["--resource", CASE],
            "grant[0] (case_ids_claim `case_ids`): depends on the claim `case_ids`, which is an array with an \
             element that is not a string",
        ),
        (
            with("groups", json!({"agents": true})),
            &["--resource", CASE],
            "identity[0]: needs `contains` to hold for the claim `groups`, which is an object",
        ),
        (
            with("groups", json!("staff")),
            &["--resource", CASE],
            "identity[0]: needs `contains` to hold for the claim `groups`, which is a string",
        ),
        (
            with("groups", json!(["staff"])),
            &["--resource", CASE],
            "denied: no identity rule matches: identity[0] needs `contains` to hold for the claim `groups`, which \
             is an array of strings",
        ),
        (
            with("groups", json!(null)),
            &["--resource", CASE],
            "for the claim `groups`, which is null",
        ),
        (
            with("username", json!("")),
            &["--resource", CASE],
            "denied: identity[0]: the claim `username` is an empty string, and must be a Connect username",
        ),
    ] {
        let ran = explain_token(None, &token(&claims), arguments);
        assert_eq!(ran.status, 1, "{told}: {ran:?}");
        assert!(
            ran.stdout.contains(told) && ran.stdout.contains("\ndenied: "),
            "{told}: {ran:?}"
        );
    }
}

#[test]
fn rules_alone_take_an_unknown_deployment_from_the_resource() {
    let any = RULES.replace("\"own-contacts\"", "\"any-contact\"").replace(
        "resources = { case_ids_claim = \"case_ids\" }",
        "resources = \"any-case\"",
    );
    let (any, _) = any.rsplit_once("[[grant]]").expect("a grant with an ARN");
    let any = format!(
        "{any}[[grant]]\nwhen = {{ issuer = \"aws-iam\" }}\nresources = \"any-case\"\non_behalf_of = [\"ada\"]\n"
    );
    let files = Files::new(&any, "");
    files.write("claims.json", &claims().to_string());
    for resource in [CASE, CONTACT] {
        let ran = files.run(&[
            "explain",
            "--config",
            "broker.toml",
            "--rules-only",
            "--claims-file",
            "claims.json",
            "--issuer",
            "https://login.example.com",
            "--resource",
            resource,
        ]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
}

#[test]
fn a_backend_must_name_a_user_whom_its_grant_admits() {
    let caller = [
        "--claims-file",
        "claims.json",
        "--issuer",
        "aws-iam",
        "--subject",
        ROLE,
        "--resource",
        CASE,
    ];
    for (name, status, told) in [
        (None, 1, "denied: the caller must name a user: --on-behalf-of"),
        (
            Some("bob"),
            1,
            "grant[2] (1 listed): does not let the caller act for that user",
        ),
        (Some("ada"), 0, "allowed by grant[2]"),
    ] {
        let named = name.map_or(vec![], |name| vec!["--on-behalf-of", name]);
        let ran = explain(None, &[("claims.json", "{}")], &[&caller[..], &named].concat());
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.stdout.contains(told), "{ran:?}");
        assert!(
            ran.stdout
                .contains("identity[0]: is about another issuer\nidentity[1]: maps"),
            "{ran:?}"
        );
    }
}
