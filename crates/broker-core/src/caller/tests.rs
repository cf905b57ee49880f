use super::*;

const SOURCES: [ClaimSource; 5] = [
    ClaimSource::Nowhere,
    ClaimSource::Token,
    ClaimSource::JwtAuthorizer,
    ClaimSource::LambdaAuthorizerV1,
    ClaimSource::LambdaAuthorizerV2,
];

fn text(text: &str) -> Claim {
    Claim::Text(text.into())
}

fn list(elements: &[&str]) -> Claim {
    Claim::List(elements.iter().map(|&element| element.into()).collect())
}

fn object(members: &[(&str, Claim)]) -> Claim {
    let members = members
        .iter()
        .map(|(name, claim)| ((*name).into(), claim.clone()));
    Claim::Object(members.collect())
}

fn one(source: ClaimSource, name: &str, claim: &Claim) -> CallerClaims {
    CallerClaims::new(source, [(name.into(), claim.clone())])
}

fn name(text: &str) -> ClaimName {
    text.parse().expect("a claim's name")
}

#[test]
fn a_scope_is_a_whole_word_of_scope_or_scp() {
    for (name, value, expected) in [
        ("scope", text("openid files.write"), true),
        ("scope", list(&["openid", "files.write"]), true),
        ("scp", text("openid files.write"), true),
        ("scp", list(&["openid", "files.write"]), true),
        ("scope", text("files.writer"), false),
        ("scope", list(&["openid files.write"]), false),
        ("scope", text("[files.write other]"), false),
        ("scope", Claim::MixedList, false),
        ("scope", object(&[("files.write", Claim::Flag(true))]), false),
        ("scope", Claim::Number, false),
        ("scope", Claim::Null, false),
        ("scope", Claim::Flag(true), false),
        ("roles", text("files.write"), false),
    ] {
        for source in SOURCES {
            let claims = one(source, name, &value);
            assert_eq!(
                claims.has_scope("files.write"),
                expected,
                "{name}: {value:?} of {source:?}"
            );
        }
    }
}

#[test]
fn a_pointer_follows_members_of_objects_and_nothing_else() {
    let roles = list(&["agents"]);
    let realm = object(&[
        ("roles", roles.clone()),
        ("0", text("member")),
        ("a/b~c", text("escaped")),
        ("deeper", object(&[("roles", text("deep"))])),
    ]);
    let claims = CallerClaims::new(
        ClaimSource::Token,
        [
            ("realm".into(), realm.clone()),
            ("list".into(), roles.clone()),
            ("realm.roles".into(), text("one claim with a dot")),
            ("https://example.com/roles".into(), text("namespaced")),
        ],
    );
    for (pointer, expected) in [
        ("/realm/roles", Some(&roles)),
        ("/realm", Some(&realm)),
        ("realm", Some(&realm)),
        ("/realm/0", Some(&text("member"))),
        ("/realm/a~1b~0c", Some(&text("escaped"))),
        ("/realm/deeper/roles", Some(&text("deep"))),
        ("realm.roles", Some(&text("one claim with a dot"))),
        ("https://example.com/roles", Some(&text("namespaced"))),
        ("/https:~1~1example.com~1roles", Some(&text("namespaced"))),
        ("/realm/Roles", None),
        ("/realm/roles/0", None),
        ("/list/0", None),
        ("/list/agents", None),
        ("/realm.roles/x", None),
        ("/absent/roles", None),
        ("realm/roles", None),
    ] {
        assert_eq!(claims.get(&name(pointer)), expected, "{pointer}");
    }
}

#[test]
fn a_pointer_is_followed_only_where_objects_arrive_whole() {
    let nested = object(&[("b", text("c"))]);
    for (source, expected) in [
        (ClaimSource::Token, true),
        (ClaimSource::LambdaAuthorizerV2, true),
        (ClaimSource::LambdaAuthorizerV1, false),
        (ClaimSource::JwtAuthorizer, false),
        (ClaimSource::Nowhere, false),
    ] {
        let found = one(source, "a", &nested);
        assert_eq!(found.text(&name("/a/b")).is_some(), expected, "{source:?}");
        let flat = one(source, "a", &text("c"));
        assert_eq!(flat.text(&name("/a")).is_some(), expected, "{source:?}");
        assert_eq!(flat.text(&name("a")), Some("c"), "{source:?}");
    }
}

#[test]
fn a_string_is_a_list_of_one_in_tokens_alone_and_counts_whole() {
    let shortened: &[Box<str>] = &["agents staff".into()];
    for source in SOURCES {
        let expected = (source == ClaimSource::Token).then_some(shortened);
        assert_eq!(
            one(source, "a", &text("agents staff")).list(&name("a")),
            expected,
            "{source:?}"
        );
        let whole: &[Box<str>] = &["agents".into(), "staff".into()];
        assert_eq!(
            one(source, "a", &list(&["agents", "staff"])).list(&name("a")),
            Some(whole)
        );
    }
    for value in [
        text(""),
        Claim::MixedList,
        Claim::Flag(true),
        Claim::Number,
        Claim::Null,
        object(&[]),
    ] {
        assert_eq!(
            one(ClaimSource::Token, "a", &value).list(&name("a")),
            None,
            "{value:?}"
        );
    }
}

#[test]
fn what_stands_under_a_name_is_told_without_its_value() {
    for (value, expected) in [
        (text("secret"), "a string"),
        (text(""), "an empty string"),
        (Claim::Flag(true), "a boolean"),
        (list(&["secret"]), "an array of strings"),
        (Claim::MixedList, "an array with an element that is not a string"),
        (object(&[("secret", Claim::Null)]), "an object"),
        (Claim::Number, "a number"),
        (Claim::Null, "null"),
    ] {
        let claims = one(ClaimSource::Token, "scope", &value);
        assert_eq!(claims.shape(&name("scope")).to_string(), expected);
        let scopes = format!("`scope` is {expected}, `scp` is absent");
        assert_eq!(claims.scope_shapes().to_string(), scopes);
        assert_eq!(format!("{value:?}"), format!("Claim({expected}, [redacted])"));
        assert_eq!(claims.shape(&name("other")).to_string(), "absent");
    }
}

#[test]
fn debug_shows_neither_subject_nor_claim() {
    let caller = Caller {
        issuer: CallerIssuer::named("i"),
        subject: "secret-subject".into(),
        claims: one(ClaimSource::Token, "email", &text("ada@example.com")),
    };
    assert_eq!(format!("{caller:?}"), r#"Caller { issuer: "i", .. }"#);
    assert_eq!(
        format!("{:?}", caller.claims),
        "CallerClaims(1 of them, [redacted])"
    );
}
