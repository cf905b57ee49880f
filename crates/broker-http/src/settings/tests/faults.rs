//! Every fault, as operators read it.

use toml::{Table, Value};

use super::{DOMAIN, EVERY_MEMBER, INSTANCE, Surroundings, surroundings};

/// Cases as TOML. Each gives new values to members of [`EVERY_MEMBER`], by the names that faults have, and to variables;
/// takes away what `without` lists; and lists the `faults` that are expected.
const CASES: [(&str, &str); 7] = [
    ("environment", include_str!("faults/environment.toml")),
    ("file", include_str!("faults/file.toml")),
    ("issuer", include_str!("faults/issuer.toml")),
    ("when", include_str!("faults/when.toml")),
    ("identity", include_str!("faults/identity.toml")),
    ("grant", include_str!("faults/grant.toml")),
    ("many", include_str!("faults/many.toml")),
];

#[test]
fn every_fault_is_reported_by_name_and_all_of_them_at_once() {
    for (file, cases) in CASES {
        let cases: Table = cases.parse().expect("TOML");
        for case in cases["case"].as_array().expect("cases") {
            let mut changes = case.as_table().expect("a table").clone();
            let expected = texts(changes.remove("faults"));
            assert!(!expected.is_empty(), "{file}.toml: {case}");
            assert_eq!(changed(changes).faults(), expected, "{file}.toml: {case}");
        }
    }
}

fn texts(list: Option<Value>) -> Vec<String> {
    list.map_or_else(Vec::new, |list| list.try_into().expect("texts"))
}

fn changed(mut changes: Table) -> Surroundings {
    let without = texts(changes.remove("without"))
        .into_iter()
        .map(|name| (name, None));
    let given = changes.into_iter().map(|(name, value)| (name, Some(value)));
    let mut rules: Table = EVERY_MEMBER.parse().expect("TOML");
    let mut surroundings = surroundings();
    for (name, value) in without.chain(given) {
        let is_variable = name.starts_with(|first: char| first.is_ascii_uppercase());
        surroundings = match value {
            Some(Value::String(text)) if is_variable => surroundings.variable(&name, &text),
            None if is_variable => surroundings.without(&name),
            value => {
                change(&mut rules, &name, value);
                surroundings
            }
        };
    }
    surroundings.rules(&rules.to_string())
}

/// Gives the member `name`, such as `grant[1].when.issuer`, a new value or none.
fn change(rules: &mut Table, name: &str, value: Option<Value>) {
    let (parents, member) = name.rsplit_once('.').unwrap_or(("", name));
    let table = parents.split_terminator('.').fold(rules, |table, step| {
        let entry = step.strip_suffix(']').and_then(|step| step.split_once('['));
        let parent = match entry {
            Some((list, index)) => &mut table[list][index.parse::<usize>().expect("an index")],
            None => &mut table[step],
        };
        parent.as_table_mut().expect("a table")
    });
    let old = match value {
        Some(value) => table.insert(member.into(), value),
        None => Some(table.remove(member).expect("a member")),
    };
    drop(old);
}

#[track_caller]
fn assert_one(surroundings: &Surroundings, expected: &str, what: &str) {
    assert_eq!(surroundings.faults(), [expected], "{what}");
}

#[test]
fn a_file_that_is_not_toml_is_one_fault_with_its_place() {
    for (rules, place) in [
        ("a = 1\nb = \"\u{e9}\" c", "line 2, column 9"),
        ("a = 1\na = 2\n", "line 2, column 1"),
        ("[[issuer]", "line 1, column 10"),
    ] {
        let expected = format!("BROKER_CONFIG: must name a TOML file: syntax error at {place}");
        assert_one(&surroundings().rules(rules), &expected, rules);
    }
    let latin = surroundings().file("/opt/broker.toml", *b"a = \"\xe9\"");
    assert_one(&latin, "BROKER_CONFIG: must name a file in UTF-8", "latin 1");
}

#[test]
fn without_identities_or_grants_nobody_can_do_anything() {
    let (before, rest) = EVERY_MEMBER.split_once("[[identity]]").expect("identities");
    let (identities, grants) = rest.split_once("[[grant]]").expect("grants");
    let none = format!("{before}[[grant]]{grants}");
    assert_one(
        &surroundings().rules(&none),
        "identity: is required: at least one [[identity]]",
        "none",
    );
    let table = format!("{before}[identity]\n[[grant]]{grants}");
    assert_one(
        &surroundings().rules(&table),
        "identity: must be an array",
        "a table",
    );
    let no_grants = format!("{before}[[identity]]{identities}");
    let found = surroundings().rules(&no_grants).faults();
    let expected = [
        "grant: is required: at least one [[grant]]",
        "identity[3].user: must have a [[grant]] with `on_behalf_of` that its callers can use",
    ];
    assert_eq!(found, expected);
}

#[test]
fn accepted_tokens_need_an_issuer() {
    let rules = r#"
        authentication.accept = ["KIND", "iam"]
        identity = [{ when = { issuer = "aws-iam" }, user = "on-behalf-of" }]
        grant = [{ when = { issuer = "aws-iam" }, resources = "any-contact", on_behalf_of = true }]
    "#;
    let none = "issuer: is required: at least one [[issuer]], because authentication.accept has \
                \"token\" or \"jwt\"";
    for (kind, expected) in [
        ("token", &[none][..]),
        ("jwt", &[none]),
        ("lambda", &[]),
        ("iam", &[]),
    ] {
        assert_eq!(
            surroundings().rules(&rules.replace("KIND", kind)).faults(),
            expected,
            "{kind}"
        );
    }
}

#[test]
fn a_cases_domain_is_asked_for_by_every_grant_that_names_cases() {
    let rules = r#"
        issuer = [{ url = "https://idp.example", profile = "oidc-id", audiences = ["a"] }]
        identity = [{ when = { issuer = "https://idp.example" }, user = { username_claim = "sub" } }]
        grant = [{ when = { issuer = "https://idp.example" }, resources = RESOURCES }]
    "#;
    let listed = format!(r#"["{INSTANCE}/contact/c", "{DOMAIN}/case/c"]"#);
    let contacts = format!(r#"["{INSTANCE}/contact/c"]"#);
    let missing = "CASES_DOMAIN_ARN: is required, because a grant names cases";
    for (resources, expected) in [
        (r#""any-case""#, &[missing][..]),
        (r#"{ case_ids_claim = "a" }"#, &[missing]),
        (r#"{ case_customer_claim = "a" }"#, &[missing]),
        (&listed, &[missing]),
        (&contacts, &[]),
        (r#""any-contact""#, &[]),
        (r#""own-contacts""#, &[]),
    ] {
        let surroundings = surroundings().without("CASES_DOMAIN_ARN");
        let found = surroundings
            .rules(&rules.replace("RESOURCES", resources))
            .faults();
        assert_eq!(found, expected, "{resources}");
    }
}

/// The text of the rule about editable claims.
const EDITABLE: &str = "must be a claim that its subject cannot change; if this one is, list it in the issuer's \
                        immutable_claims";

/// [`EVERY_MEMBER`] with `claim` in the place of one member's claim, and `immutable` declared.
fn naming(member: &str, old: &str, claim: &str, immutable: &str) -> Surroundings {
    let base = EVERY_MEMBER.replace("username_claim = \"email\"", "username_claim = \"sub\"");
    let (old, new) = (format!("{member} = \"{old}\""), format!("{member} = \"{claim}\""));
    let listed = format!("immutable_claims = [{immutable}]");
    let surroundings = surroundings().rules(&base).with(&old, &new);
    surroundings.with("immutable_claims = [\"email\"]", &listed)
}

#[test]
fn a_claim_that_its_subject_may_edit_is_a_fault_wherever_a_rule_names_one() {
    for (claim, listed) in [
        ("name", "NAME"),
        ("given_name", "given_name"),
        ("family_name", "family_name"),
        ("middle_name", "middle_name"),
        ("nickname", "nickname"),
        ("preferred_username", "Preferred_Username"),
        ("profile", "profile"),
        ("picture", "picture"),
        ("website", "website"),
        ("email", "email"),
        ("email_verified", "email_verified"),
        ("gender", "gender"),
        ("birthdate", "birthdate"),
        ("zoneinfo", "zoneinfo"),
        ("locale", "locale"),
        ("phone_number", "phone_number"),
        ("phone_number_verified", "phone_number_verified"),
        ("address", "address"),
        ("updated_at", "updated_at"),
        ("upn", "upn"),
        ("unique_name", "unique_name"),
        ("user_metadata", "user_metadata"),
        ("unsafe_metadata", "unsafe_metadata"),
        ("custom:agent", "custom:agent"),
        ("Email", "email"),
        ("EMAIL", "eMail"),
        ("Custom:Agent", "custom:agent"),
        ("/email", "email"),
        ("/address/country", "address"),
        ("/Address/country", "/address/country"),
        ("/user_metadata/role", "/user_metadata"),
        ("/custom:a~1b/c", "custom:a/b"),
    ] {
        for (member, old, name) in [
            ("claim", "groups", "identity[0].when.claim"),
            ("username_claim", "sub", "identity[0].user.username_claim"),
            ("case_ids_claim", "case_ids", "grant[2].resources.case_ids_claim"),
            (
                "case_customer_claim",
                "profile_arn",
                "grant[3].resources.case_customer_claim",
            ),
        ] {
            let fault = format!("{name}: {EDITABLE}");
            assert_one(&naming(member, old, claim, ""), &fault, claim);
            assert_one(&naming(member, old, claim, "\"other\""), &fault, claim);
            naming(member, old, claim, &format!("{listed:?}")).assert_sound(claim);
        }
    }
    let of_lambda = surroundings().with("\"connect_user_arn\"", "\"custom:arn\"");
    assert_one(
        &of_lambda,
        &format!("identity[1].user.arn_claim: {EDITABLE}"),
        "no [[issuer]] speaks for lambda-authorizer",
    );
}

#[test]
fn a_claim_is_editable_by_its_own_name_and_not_by_a_part_of_it() {
    for claim in [
        "sub",
        "oid",
        "username",
        "cognito:username",
        "user_id",
        "emails",
        "my_email",
        "a custom:b",
        "app_metadata",
        "/app_metadata/email",
        "/realm_access/name",
        "https://example.com/email",
        "email.verified",
    ] {
        naming("username_claim", "sub", claim, "").assert_sound(claim);
    }
}

#[test]
fn an_issuer_is_never_called_as_callers_of_other_evidence_are() {
    for word in ["aws-iam", "lambda-authorizer"] {
        for accepted in [r#""token""#, r#""token", "lambda", "iam""#] {
            let posing = surroundings()
                .with(r#"url = "http://127.0.0.1:4520""#, &format!("url = {word:?}"))
                .with(r#""token", "lambda", "iam""#, accepted);
            let fault = "issuer[1].url: must not be \"aws-iam\" or \"lambda-authorizer\", because its tokens would \
                         pose as such callers";
            assert!(
                posing.faults().contains(&fault.to_owned()),
                "{:#?}",
                posing.faults()
            );
        }
    }
}

#[test]
fn one_fault_does_not_bring_others_about() {
    for (name, text) in [("CONNECT_INSTANCE_ARN", "x"), ("CASES_DOMAIN_ARN", "x")] {
        assert_eq!(surroundings().variable(name, text).faults().len(), 1, "{name}");
    }
    for (old, new) in [
        ("accept = [\"token\", \"lambda\", \"iam\"]", "accept = 7"),
        ("immutable_claims = [\"email\"]", "immutable_claims = 7"),
        ("on_behalf_of = true", "on_behalf_of = 7"),
        ("url = \"https://login.example.com\"", "url = 7"),
    ] {
        assert_eq!(surroundings().with(old, new).faults().len(), 1, "{new}");
    }
}
