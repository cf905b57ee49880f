//! Tests of `brokerctl new-link-key` and `brokerctl mint-link`, as operators run them; `explain` reads the links as the
//! broker does.

use std::os::unix::fs::PermissionsExt as _;

use crate::common::{ENVIRONMENT, Files, Ran};

const CASE: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1";
const OTHER_CASE: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-2";
const PAGE: &str = "https://forms.example.com/upload?lang=de";

/// Rules of a deployment for guests alone.
const RULES: &str = r#"
allowed_origins = ["https://forms.example.com"]

[[issuer]]
url = "upload-links"
profile = "rfc9068"
audiences = ["upload-broker"]
algorithms = ["ES256"]
jwks_file = "links.jwks.json"
scopes = ["uploads.write"]
leeway_seconds = 0
max_lifetime_seconds = 3600

[[identity]]
when = { issuer = "upload-links" }
user = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-guests"

[[grant]]
when = { issuer = "upload-links", scope = "uploads.write" }
resources = { case_ids_claim = "/upload/cases" }
actions = ["start", "complete", "read"]
"#;

const NEW_KEY: [&str; 5] = [
    "new-link-key",
    "--key-file",
    "links.pem",
    "--jwks-file",
    "links.jwks.json",
];
const MINT: [&str; 12] = [
    "mint-link",
    "--config",
    "broker.toml",
    "--env-file",
    "broker.env",
    "--issuer",
    "upload-links",
    "--key-file",
    "links.pem",
    "--page",
    PAGE,
    "--case",
];

/// A directory with `rules` and a new key.
fn files(rules: &str) -> Files {
    let files = Files::new(rules, ENVIRONMENT);
    let ran = files.run(&NEW_KEY);
    assert_eq!(ran.status, 0, "{ran:?}");
    files
}

fn mint(files: &Files, case: &str, further: &[&str]) -> Ran {
    files.run(&[&MINT[..], &[case], further].concat())
}

/// The token in a minted link to [`CASE`].
fn token(files: &Files, further: &[&str]) -> String {
    let ran = mint(files, CASE, further);
    assert_eq!(ran.status, 0, "{ran:?}");
    let fragment = ran
        .stdout
        .strip_prefix(&format!("{PAGE}#token="))
        .expect("the page");
    let (token, resource) = fragment.split_once("&resource=").expect("the resource");
    assert_eq!(resource.trim_end(), CASE);
    token.to_owned()
}

fn explain(files: &Files, token: &str, case: &str) -> Ran {
    files.write("token", token);
    let arguments = [
        "explain",
        "--config",
        "broker.toml",
        "--env-file",
        "broker.env",
        "--token-file",
        "token",
        "--resource",
        case,
    ];
    files.run(&arguments)
}

#[test]
fn a_link_is_admitted_to_its_case_and_to_no_other() {
    for rules in [
        RULES,
        &RULES.replace("rfc9068", "oidc-access"),
        &RULES.replace("/upload/cases", "case_ids"),
    ] {
        let files = files(rules);
        let token = token(&files, &[]);
        let ran = explain(&files, &token, CASE);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.contains("(token verified)"), "{ran:?}");
        assert!(ran.stdout.ends_with("allowed by grant[0]\n"), "{ran:?}");
        let ran = explain(&files, &token, OTHER_CASE);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stdout.contains("is about other resources"), "{ran:?}");
    }
}

#[test]
fn a_new_key_ends_every_link_of_the_old_one() {
    let files = files(RULES);
    let token = token(&files, &[]);
    let refused = files.run(&NEW_KEY);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("links.pem, links.jwks.json: already there"),
        "{refused:?}"
    );
    assert_eq!(explain(&files, &token, CASE).status, 0, "nothing was overwritten");
    for name in ["links.pem", "links.jwks.json"] {
        std::fs::rename(files.path(name), files.path(&format!("{name}.old"))).expect("moved");
    }
    assert_eq!(files.run(&NEW_KEY).status, 0);
    let ran = explain(&files, &token, CASE);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("none of the issuer's signing keys"),
        "{ran:?}"
    );
}

#[test]
fn the_private_key_is_its_owners_alone_and_is_never_shown() {
    let files = Files::new(RULES, ENVIRONMENT);
    let ran = files.run(&NEW_KEY);
    let mode = |name: &str| {
        std::fs::metadata(files.path(name))
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (mode("links.pem"), mode("links.jwks.json") & 0o400),
        (0o600, 0o400)
    );
    let key = std::fs::read_to_string(files.path("links.pem")).expect("a key");
    let minted = mint(&files, CASE, &[]);
    let line = key.lines().nth(1).expect("a line of the key");
    for said in [ran.stdout, ran.stderr, minted.stdout, minted.stderr] {
        assert!(!said.contains(line), "{said}");
    }
    let public = std::fs::read_to_string(files.path("links.jwks.json")).expect("a key document");
    assert!(!public.contains("\"d\""), "{public}");
}

#[test]
fn a_private_key_that_others_may_read_is_warned_of() {
    let files = files(RULES);
    assert!(!mint(&files, CASE, &[]).stderr.contains("warning"));
    for mode in [0o640, 0o604] {
        let readable = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(files.path("links.pem"), readable).expect("permissions");
        let ran = mint(&files, CASE, &[]);
        let warned = "warning: others may read links.pem";
        assert!(ran.status == 0 && ran.stderr.contains(warned), "{ran:?}");
    }
}

#[test]
fn half_a_pair_is_not_left_behind() {
    let files = Files::new(RULES, ENVIRONMENT);
    let ran = files.run(&[
        "new-link-key",
        "--key-file",
        "links.pem",
        "--jwks-file",
        "none/links.jwks.json",
    ]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("none/links.jwks.json: "), "{ran:?}");
    assert!(!files.path("links.pem").exists());
    let ran = files.run(&["new-link-key", "--key-file", "one", "--jwks-file", "one"]);
    assert_eq!(ran.status, 2, "{ran:?}");
}

#[test]
fn each_link_is_a_caller_of_its_own_unless_it_is_named() {
    let files = files(RULES);
    let subject = |token: &str| {
        let said = explain(&files, token, CASE).stdout;
        let (_, rest) = said.split_once("subject ").expect("a subject");
        rest.split_once(' ').expect("the evidence").0.to_owned()
    };
    let [one, two] = [token(&files, &[]), token(&files, &[])].map(|token| subject(&token));
    assert!(one.starts_with("link-") && one != two, "{one} {two}");
    assert_eq!(
        subject(&token(&files, &["--subject", "claim-4711"])),
        "claim-4711"
    );
}

#[test]
fn a_link_that_the_rules_deny_is_not_printed() {
    let elsewhere = CASE.replace("d-1", "d-2");
    for (rules, case, further, told) in [
        (
            RULES,
            CASE,
            &["--minutes", "61"][..],
            "denied: token is invalid: token lives longer",
        ),
        (
            RULES,
            &elsewhere,
            &[],
            "denied: the resource belongs to another instance or Cases domain",
        ),
        (
            &RULES.replace(", \"complete\"", ""),
            CASE,
            &[],
            "to complete a file:\n",
        ),
        (
            &RULES.replace(
                "user = \"arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-guests\"",
                "user = { username_claim = \"login\" }",
            ),
            CASE,
            &[],
            "claim `login`",
        ),
    ] {
        let files = files(rules);
        let ran = mint(&files, case, further);
        assert_eq!(ran.status, 1, "{told}: {ran:?}");
        assert!(
            ran.stdout.contains(told) && !ran.stdout.contains("#token="),
            "{told}: {ran:?}"
        );
    }
    let files = files(RULES);
    std::fs::remove_file(files.path("links.pem")).expect("removed");
    assert_eq!(
        files
            .run(&[
                "new-link-key",
                "--key-file",
                "links.pem",
                "--jwks-file",
                "other.json"
            ])
            .status,
        0
    );
    let ran = mint(&files, CASE, &[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("names none of the issuer's signing keys"),
        "{ran:?}"
    );
}

#[test]
fn what_no_link_can_be_made_of_is_an_error_of_usage() {
    let contact = "arn:aws:connect:eu-west-1:111122223333:instance/i-1/contact/c-1";
    let by_url = RULES.replace(
        "jwks_file = \"links.jwks.json\"",
        "jwks_url = \"https://login.example.com/keys\"",
    );
    let any_case = RULES.replace("{ case_ids_claim = \"/upload/cases\" }", "\"any-case\"");
    let unsound = RULES.replace("audiences", "audience");
    for (rules, changes, told) in [
        (RULES, &[(CASE, contact)][..], "belongs to another service"),
        (
            RULES,
            &[(PAGE, "https://forms.example.com/#x")],
            "must have no fragment",
        ),
        (RULES, &[(PAGE, "http://forms.example.com/")], "must be https"),
        (RULES, &[("links.pem", "none.pem")], "none.pem: "),
        (
            RULES,
            &[("links.pem", "links.jwks.json")],
            "--key-file: must hold one PKCS#8 key on P-256",
        ),
        (
            RULES,
            &[("upload-links", "links")],
            "--issuer: must be the `url` of an [[issuer]]",
        ),
        (&by_url, &[], "needs a `jwks_file`"),
        (&any_case, &[], "case_ids_claim"),
        (&unsound, &[], "the settings are at fault"),
    ] {
        let files = files(rules);
        let mut arguments = [&MINT[..], &[CASE]].concat();
        for argument in &mut arguments {
            let change = changes.iter().find(|(from, _)| from == argument);
            *argument = change.map_or(*argument, |(_, to)| to);
        }
        let ran = files.run(&arguments);
        assert_eq!(ran.status, 2, "{told}: {ran:?}");
        assert!(
            ran.stderr.contains(told) && !ran.stdout.contains("#token="),
            "{told}: {ran:?}"
        );
    }
}

#[test]
fn an_origin_that_may_not_call_is_warned_of() {
    let files = files(&RULES.replace("https://forms", "https://other"));
    let ran = mint(&files, CASE, &[]);
    let warned = "warning: allowed_origins does not list https://forms.example.com\n";
    assert!(ran.status == 0 && ran.stderr.contains(warned), "{ran:?}");
}
