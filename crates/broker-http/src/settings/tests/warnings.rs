//! What sound settings are warned about.

use super::{EVERY_MEMBER, Surroundings, surroundings};

/// Settings with one Cognito user pool, which cause no warning.
const POOL: &str = r#"
authentication = { accept = ["token"] }

[[issuer]]
url = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
profile = "cognito-access"
audiences = ["app-client-id"]

[[identity]]
when = { issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE", claim = "cognito:groups", contains = "agents" }
user = { username_claim = "username" }

[[grant]]
when = { issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE" }
resources = { case_ids_claim = "case_ids" }
"#;

fn warnings(surroundings: &Surroundings) -> Vec<String> {
    let settings = surroundings.settings().expect("sound");
    settings.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_is_said_of_rules_that_can_match() {
    assert!(warnings(&surroundings().rules(POOL)).is_empty());
    assert_eq!(
        warnings(&surroundings().rules(EVERY_MEMBER)),
        [
            "allowed_origins[1]: is plain http, so any program on the user's machine can call as this site",
            "identity[2].when.issuer: no [[grant]] is about these callers, so each of them gets a 403",
        ]
    );
}

#[test]
fn each_weak_member_is_named_with_what_to_write_instead() {
    let dot = "names one claim with a dot in its name; a member of an object is named `/OBJECT/MEMBER`";
    let no_scope = "can never hold, because an ID token has no scopes";
    let id = r#"profile = "oidc-id""#;
    let access = r#"profile = "cognito-access""#;
    let other = r#"profile = "oidc-access""#;
    let agents = r#"claim = "cognito:groups", contains = "agents""#;
    let long = format!("subject = \"{}\"", "a".repeat(256));
    for (edits, expected) in [
        (
            &[(agents, r#"claim = "realm_access.roles", contains = "agents""#)][..],
            &[format!("identity[0].when.claim: {dot}")][..],
        ),
        (
            &[(r#""username""#, r#""user.name""#), (r#""case_ids""#, r#""app.cases""#)],
            &[
                format!("identity[0].user.username_claim: {dot}"),
                format!("grant[0].resources.case_ids_claim: {dot}"),
            ],
        ),
        (&[(agents, r#"claim = "urn:a.b", contains = "c""#)], &[]),
        (&[(agents, r#"claim = "https://a.example/b", contains = "c""#)], &[]),
        (&[(agents, r#"claim = "/realm_access/a.b", contains = "c""#)], &[]),
        (
            &[(access, other)],
            &["issuer[0].scopes: is empty, so an ID token for the same audience could pass as an access \
               token"
                .into()],
        ),
        (&[(access, "profile = \"oidc-access\"\nscopes = [\"a\"]")], &[]),
        (&[(access, r#"profile = "rfc9068""#)], &[]),
        (
            &[
                (access, id),
                (agents, r#"scope = "a""#),
                (r#""username""#, r#""cognito:username""#),
            ],
            &[format!("identity[0].when.scope: {no_scope}")],
        ),
        (
            &[(agents, r#"claim = "scp", contains = "a""#)],
            &["identity[0].when.claim: compares the whole claim; `scope` in `when` finds one scope in it"
                .into()],
        ),
        (
            &[(r#""username""#, r#""cognito:username""#)],
            &[
                "identity[0].user.username_claim: is never in an access token of Cognito, which calls it \
               `username`"
                    .into(),
            ],
        ),
        (
            &[(access, id)],
            &[
                "identity[0].user.username_claim: is never in an ID token of Cognito, which calls it \
               `cognito:username`"
                    .into(),
            ],
        ),
        (
            &[(agents, &long)],
            &["identity[0].when.subject: can never match, because a subject has at most 255 characters and \
               no control character"
                .into()],
        ),
        (
            &[
                (r#"["token"]"#, r#"["jwt"]"#),
                (agents, r#"claim = "tenant", equals = "a,b""#),
                ("case_ids_claim", "case_customer_claim"),
            ],
            &[
                "identity[0].when.equals: could match a flattened array too: a REST API joins its elements \
               with commas"
                    .into(),
            ],
        ),
        (&[(agents, r#"claim = "tenant", equals = "a,b""#)], &[]),
        (
            &[(r#"["token"]"#, r#"["token", "iam"]"#)],
            &[
                "authentication.accept: no [[identity]] is about these callers, so each of them gets a 403"
                    .into(),
            ],
        ),
    ] {
        let edited = edits
            .iter()
            .fold(surroundings().rules(POOL), |all, (old, new)| all.with(old, new));
        assert_eq!(warnings(&edited), expected, "{edits:?}");
    }
}

#[test]
fn a_rule_that_no_caller_reaches_is_named() {
    let second = r#"
[[identity]]
when = { issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE", subject = "ada", claim = "cognito:groups", contains = "agents" }
user = { username_claim = "username" }
"#;
    let shadowed = surroundings().rules(&format!("{POOL}{second}"));
    assert_eq!(
        warnings(&shadowed),
        ["identity[1]: can never match, because identity[0] comes before it and is about all these callers"]
    );
    let told_apart = shadowed.with("contains = \"agents\" }\nuser", "contains = \"staff\" }\nuser");
    assert!(warnings(&told_apart).is_empty());
    let two = r#"
[[issuer]]
url = "https://idp.example.com"
profile = "rfc9068"
audiences = ["a"]

[[grant]]
when = { issuer = "https://idp.example.com" }
resources = "any-case"
"#;
    let no_identity = surroundings().rules(&format!("{POOL}{two}"));
    assert_eq!(
        warnings(&no_identity),
        [
            "issuer[1]: no [[identity]] is about these callers, so each of them gets a 403",
            "grant[1].when.issuer: no [[identity]] is about these callers, so each of them gets a 403",
        ]
    );
    let no_grant = two
        .replace("[[grant]]", "[[identity]]")
        .replace("resources = \"any-case\"", "user = { username_claim = \"sub\" }");
    assert_eq!(
        warnings(&surroundings().rules(&format!("{POOL}{no_grant}"))),
        ["identity[1].when.issuer: no [[grant]] is about these callers, so each of them gets a 403"]
    );
}
