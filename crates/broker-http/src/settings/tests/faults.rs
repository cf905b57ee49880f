//! Every fault, by the name under which it is reported.

use super::{DOMAIN, EVERY_MEMBER, INSTANCE, Surroundings, surroundings};

/// Asserts that `surroundings` have exactly one fault, whose line starts with `name: ` and goes on with `rule`.
#[track_caller]
fn assert_one(surroundings: &Surroundings, name: &str, rule: &str, what: &str) {
    let faults = surroundings.faults();
    let [fault] = &faults[..] else {
        panic!("{what}: {faults:#?}")
    };
    let told = fault.strip_prefix(name).and_then(|rest| rest.strip_prefix(": "));
    assert!(told.is_some_and(|told| told.contains(rule)), "{what}: {fault}");
}

#[test]
fn variables_that_must_be_there() {
    for name in ["CONNECT_INSTANCE_ARN", "HANDLE_KEYS"] {
        assert_one(&surroundings().without(name), name, "is required", "absent");
        assert_one(&surroundings().variable(name, ""), name, "is required", "empty");
    }
    let name = "CASES_DOMAIN_ARN";
    assert_one(
        &surroundings().without(name),
        name,
        "a grant names cases",
        "absent",
    );
}

#[test]
fn variables_that_are_not_what_they_must_be() {
    let user = format!("{INSTANCE}/agent/u-1");
    let twice = ["07".repeat(32), "07".repeat(32)].join(",");
    for (name, text, at, rule) in [
        (
            "CONNECT_INSTANCE_ARN",
            &*user,
            "CONNECT_INSTANCE_ARN",
            "another kind of resource",
        ),
        (
            "CONNECT_INSTANCE_ARN",
            DOMAIN,
            "CONNECT_INSTANCE_ARN",
            "of another service",
        ),
        (
            "CASES_DOMAIN_ARN",
            INSTANCE,
            "CASES_DOMAIN_ARN",
            "of another service",
        ),
        ("HANDLE_KEYS", "07", "HANDLE_KEYS[0]", "64 hex digits"),
        ("HANDLE_KEYS", &twice, "HANDLE_KEYS[1]", "another key id"),
        ("BASE_PATH", "/", "BASE_PATH", "must be empty or"),
        ("BASE_PATH", "prod", "BASE_PATH", "must be empty or"),
        ("BASE_PATH", "/prod/", "BASE_PATH", "must be empty or"),
        ("BASE_PATH", "//prod", "BASE_PATH", "must be empty or"),
        ("BASE_PATH", "/a/../b", "BASE_PATH", "must be empty or"),
        ("BASE_PATH", "/a%2Fb", "BASE_PATH", "must be empty or"),
        ("BASE_PATH", "/a?b", "BASE_PATH", "must be empty or"),
        (
            "AWS_CA_BUNDLE",
            "/nowhere.pem",
            "AWS_CA_BUNDLE",
            "readable file: entity not found",
        ),
        (
            "AWS_CA_BUNDLE",
            "/opt/broker.toml",
            "AWS_CA_BUNDLE",
            "PEM certificates",
        ),
        (
            "BROKER_CONFIG",
            "/nowhere.toml",
            "BROKER_CONFIG",
            "readable file: entity not found",
        ),
    ] {
        assert_one(&surroundings().variable(name, text), at, rule, text);
    }
}

#[test]
fn a_file_that_is_not_toml_is_one_fault_with_its_place() {
    for (rules, rule) in [
        ("a = 1\nb = \"\u{e9}\" c", "line 2, column 9"),
        ("a = 1\na = 2\n", "line 2, column 1"),
        ("[[issuer]", "line 1, column 10"),
    ] {
        assert_one(&surroundings().rules(rules), "BROKER_CONFIG", rule, rules);
    }
    let latin = surroundings().file("/opt/broker.toml", *b"a = \"\xe9\"");
    assert_one(&latin, "BROKER_CONFIG", "in UTF-8", "latin 1");
}

#[test]
fn members_at_the_top() {
    for (old, new, name, rule) in [
        (
            "allowed_origins",
            "allowed_origin",
            "allowed_origin",
            "is no member here",
        ),
        (
            "[limits]",
            "[\"li mits\\n\"]",
            "\"li mits\\n\"",
            "is no member here",
        ),
        (
            "\"http://127.0.0.1:8080\"]",
            "\"*\"]",
            "allowed_origins[1]",
            "must be an origin",
        ),
        (
            "\"http://127.0.0.1:8080\"]",
            "\"http://localhost:8080\"]",
            "allowed_origins[1]",
            "must be an origin",
        ),
        (
            "\"http://127.0.0.1:8080\"]",
            "7]",
            "allowed_origins[1]",
            "must be a string",
        ),
        (
            "\"*.amazonaws.com\"",
            "\"*\"",
            "upload_hosts[0]",
            "must be a host",
        ),
        (
            "\"http://127.0.0.1:9000\"",
            "\"http://example.com\"",
            "upload_hosts[1]",
            "loopback",
        ),
        (
            "[\"*.amazonaws.com\", \"http://127.0.0.1:9000\"]",
            "[]",
            "upload_hosts",
            "must not be empty",
        ),
        (
            "url_expiry_seconds = 120",
            "url_expiry_seconds = 4",
            "limits.url_expiry_seconds",
            "5 to 300",
        ),
        (
            "url_expiry_seconds = 120",
            "url_expiry_seconds = 301",
            "limits.url_expiry_seconds",
            "5 to 300",
        ),
        (
            "url_expiry_seconds = 120",
            "url_expiry_seconds = 60.0",
            "limits.url_expiry_seconds",
            "an integer",
        ),
        (
            "ascii_file_names = true",
            "ascii_file_names = 1",
            "limits.ascii_file_names",
            "true or false",
        ),
        (
            "ascii_file_names = true",
            "ascii = true",
            "limits.ascii",
            "is no member here",
        ),
    ] {
        assert_one(&surroundings().with(old, new), name, rule, new);
    }
}

#[test]
fn authentication() {
    let accept = r#"accept = ["token", "lambda", "iam"]"#;
    let api_ids = r#"api_ids = ["a1b2c3"]"#;
    for (old, new, name, rule) in [
        (accept, "accept = []", "accept", "must not be empty"),
        (
            accept,
            r#"accept = ["Token", "lambda", "iam"]"#,
            "accept[0]",
            "token, jwt, lambda, iam",
        ),
        (accept, r#"accept = "token""#, "accept", "must be an array"),
        (accept, "accepts = []", "accepts", "is no member here"),
        (api_ids, "api_ids = []", "api_ids", "must not be empty"),
        (api_ids, r#"api_ids = ["*"]"#, "api_ids[0]", "the id of an API"),
    ] {
        let surroundings = surroundings().with(old, new);
        let found = surroundings.faults();
        let line = found
            .iter()
            .find(|line| line.starts_with(&format!("authentication.{name}: ")));
        assert!(line.is_some_and(|line| line.contains(rule)), "{new}: {found:#?}");
    }
}

#[test]
fn token_and_jwt_exclude_each_other() {
    let both = surroundings().with(
        r#"["token", "lambda", "iam"]"#,
        r#"["token", "jwt", "lambda", "iam"]"#,
    );
    let rule = "must not have both";
    assert_one(&both, "authentication.accept", rule, "both");
}

#[test]
fn issuers() {
    let url = r#"url = "http://127.0.0.1:4520""#;
    for (old, new, name, rule) in [
        (url, r#"url = "http://login.example.com""#, "url", "loopback"),
        (url, r#"url = "http://localhost:4520""#, "url", "loopback"),
        (url, r#"url = "https://169.254.169.254""#, "url", "IP address"),
        (url, r#"url = "https://login.example.com""#, "url", "must differ"),
        (url, "", "url", "is required"),
        ("profile = \"rfc9068\"\n", "", "profile", "is required"),
        (
            "profile = \"rfc9068\"",
            "profile = \"cognito\"",
            "profile",
            "not one of the profiles",
        ),
        (
            "profile = \"rfc9068\"\naudiences = [\"broker\"]",
            "profile = \"rfc9068\"",
            "audiences",
            "is required",
        ),
        (
            "profile = \"rfc9068\"\naudiences = [\"broker\"]",
            "profile = \"rfc9068\"\naudiences = []",
            "audiences",
            "must not be empty",
        ),
        (
            "profile = \"rfc9068\"\naudiences = [\"broker\"]",
            "profile = \"rfc9068\"\naudiences = [\"\"]",
            "audiences[0]",
            "must not be empty",
        ),
        (
            "algorithms = [\"EdDSA\"]",
            "algorithms = []",
            "algorithms",
            "must not be empty",
        ),
        (
            "algorithms = [\"EdDSA\"]",
            "algorithms = [\"HS256\"]",
            "algorithms[0]",
            "not one of the algorithms",
        ),
        (
            "algorithms = [\"EdDSA\"]",
            "algorithms = [\"none\"]",
            "algorithms[0]",
            "not one of the algorithms",
        ),
        (
            "algorithms = [\"EdDSA\"]",
            "algorithms = [\"ES256\"]",
            "jwks_file",
            "no usable key",
        ),
        (
            "jwks_file",
            "scopes = [\"a b\"]\njwks_file",
            "scopes",
            "single scopes",
        ),
        (
            "jwks_file",
            "leeway_seconds = 61\njwks_file",
            "leeway_seconds",
            "0 to 60",
        ),
        (
            "jwks_file",
            "leeway_seconds = -1\njwks_file",
            "leeway_seconds",
            "0 to 60",
        ),
        (
            "jwks_file",
            "max_lifetime_seconds = 0\njwks_file",
            "max_lifetime_seconds",
            "at least 1",
        ),
        (
            "jwks_file",
            "immutable_claims = \"email\"\njwks_file",
            "immutable_claims",
            "must be an array",
        ),
        (
            "jwks_file",
            "jwks_url = \"https://a.example/\"\njwks_file",
            "jwks_file",
            "beside `jwks_url`",
        ),
        (
            "jwks_file = \"jwks.json\"",
            "jwks_url = \"http://a.example/\"",
            "jwks_url",
            "loopback",
        ),
        (
            "jwks_file = \"jwks.json\"",
            "jwks_file = \"none.json\"",
            "jwks_file",
            "entity not found",
        ),
        (
            "jwks_file = \"jwks.json\"",
            "jwks_file = \"broker.toml\"",
            "jwks_file",
            "no strict JSON object",
        ),
        (
            "jwks_file = \"jwks.json\"",
            "jwks_file = \"jwks.json\"\nsecret = 1",
            "secret",
            "is no member here",
        ),
    ] {
        let found = surroundings().with(old, new).faults();
        let line = found
            .iter()
            .find(|line| line.starts_with(&format!("issuer[1].{name}: ")));
        assert!(line.is_some_and(|line| line.contains(rule)), "{new}: {found:#?}");
        let is_cascade = |line: &&String| line.contains("must be the url of an [[issuer]]");
        assert_eq!(
            found.iter().filter(|line| !is_cascade(line)).count(),
            1,
            "{new}: {found:#?}"
        );
    }
    let query =
        surroundings().rules(&EVERY_MEMBER.replace("http://127.0.0.1:4520", "http://127.0.0.1:4520/?x"));
    assert_one(
        &query.clone().with("jwks_file = \"jwks.json\"", ""),
        "issuer[1].url",
        "no query",
        "discovery",
    );
    query.assert_sound("no discovery");
}

#[test]
fn rules_need_evidence_that_can_produce_their_issuer() {
    let accept = r#"accept = ["token", "lambda", "iam"]"#;
    let produced = "must be the url of an [[issuer]]";
    for (old, new, expected) in [
        (
            accept,
            r#"accept = ["token", "iam"]"#,
            &["identity[1].when.issuer", "grant[1].when.issuer"][..],
        ),
        (
            accept,
            r#"accept = ["token", "lambda"]"#,
            &["identity[3].when.issuer", "grant[0].when.issuer"],
        ),
        (
            "issuer = \"http://127.0.0.1:4520\"",
            "issuer = \"http://127.0.0.1:4520/\"",
            &["identity[2].when.issuer"],
        ),
        (
            "issuer = \"lambda-authorizer\"",
            "issuer = \"lambda\"",
            &["identity[1].when.issuer"],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|name| format!("{name}: {produced}"))
            .collect();
        let found = surroundings().with(old, new).faults();
        assert_eq!(found.len(), expected.len(), "{new}: {found:#?}");
        for (line, expected) in found.iter().zip(&expected) {
            assert!(line.starts_with(expected.as_str()), "{new}: {line}");
        }
    }
}

#[test]
fn issuers_and_accepted_tokens_need_each_other() {
    let found = surroundings()
        .with("[\"token\", \"lambda\", \"iam\"]", "[\"lambda\", \"iam\"]")
        .faults();
    for name in ["issuer[0]: is used by nothing", "issuer[1]: is used by nothing"] {
        assert!(
            found.iter().any(|line| line.starts_with(name)),
            "{name}: {found:#?}"
        );
    }
    let rules = r#"
        authentication.accept = ["ACCEPT", "iam"]
        identity = [{ when = { issuer = "aws-iam" }, user = "on-behalf-of" }]
        grant = [{ when = { issuer = "aws-iam" }, resources = "any-contact", on_behalf_of = true }]
    "#;
    for (kind, is_sound) in [("token", false), ("jwt", false), ("lambda", true), ("iam", true)] {
        let surroundings = surroundings().rules(&rules.replace("ACCEPT", kind));
        if is_sound {
            surroundings.assert_sound(kind);
        } else {
            assert_one(&surroundings, "issuer", "at least one [[issuer]]", kind);
        }
    }
}

#[test]
fn conditions() {
    for (old, new, name, rule) in [
        (
            "[identity.when]\nissuer = \"http://127.0.0.1:4520\"",
            "",
            "identity[2].when",
            "is required",
        ),
        (
            "[grant.when]\nissuer = \"lambda-authorizer\"",
            "when = \"all\"",
            "grant[1].when",
            "must be a table",
        ),
        (
            "issuer = \"http://127.0.0.1:4520\"",
            "subject = \"ada\"",
            "identity[2].when.issuer",
            "is required",
        ),
        (
            "subject = \"ada\"",
            "subject = \"\"",
            "identity[0].when.subject",
            "must not be empty",
        ),
        (
            "subject = \"ada\"",
            "sub = \"ada\"",
            "identity[0].when.sub",
            "is no member here",
        ),
        (
            "scope = \"broker/attachments.write\"",
            "scope = \"a b\"",
            "identity[0].when.scope",
            "without spaces",
        ),
        (
            "contains = \"agents\"",
            "",
            "identity[0].when.claim",
            "exactly one of",
        ),
        (
            "contains = \"agents\"",
            "contains = \"a\"\nequals = \"a\"",
            "identity[0].when.claim",
            "exactly one of",
        ),
        (
            "contains = \"agents\"",
            "contains = true",
            "identity[0].when.contains",
            "must be a string",
        ),
        (
            "claim = \"groups\"\n",
            "",
            "identity[0].when.contains",
            "must have `claim`",
        ),
        (
            "claim = \"is_agent\"\n",
            "",
            "identity[1].when.equals",
            "must have `claim`",
        ),
        (
            "equals = true",
            "equals = 1",
            "identity[1].when.equals",
            "a string, true or false",
        ),
        (
            "equals = true",
            "equals = [\"a\"]",
            "identity[1].when.equals",
            "a string, true or false",
        ),
        (
            "claim = \"groups\"",
            "claim = \"name\"",
            "identity[0].when.claim",
            "its subject cannot change",
        ),
        (
            "claim = \"is_agent\"",
            "claim = \"custom:agent\"",
            "identity[1].when.claim",
            "its subject cannot change",
        ),
    ] {
        assert_one(&surroundings().with(old, new), name, rule, new);
    }
}

#[test]
fn callers_of_aws_iam_are_roles_without_claims() {
    let subject = "arn:aws:iam::111122223333:role/portal-backend";
    for other in [
        "portal-backend",
        "arn:aws:iam::111122223333:role/path/portal-backend",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::11112222333:role/portal-backend",
        "arn:aws:iam::111122223333:user/ada",
        "arn:aws:iam::111122223333:root",
        "arn:aws:sts::111122223333:assumed-role/portal-backend/session",
        "arn:other:iam::111122223333:role/portal-backend",
        "arn:aws:iam:eu-west-1:111122223333:role/portal-backend",
        "arn:aws:iam::111122223333:role/*",
    ] {
        let found = surroundings()
            .rules(&EVERY_MEMBER.replace(subject, other))
            .faults();
        assert_eq!(found.len(), 2, "{other}: {found:#?}");
        assert!(
            found[0].starts_with("identity[3].when.subject: must be arn:PARTITION"),
            "{other}: {found:#?}"
        );
    }
    let role = r#"subject = "arn:aws:iam::111122223333:role/portal-backend""#;
    for (old, new, name) in [
        (role, "scope = \"a\"", "identity[3].when.scope"),
        (role, "claim = \"a\"\nequals = \"b\"", "identity[3].when.claim"),
        (
            "user = \"on-behalf-of\"",
            "user = { username_claim = \"a\" }",
            "identity[3].user.username_claim",
        ),
        (
            "user = \"on-behalf-of\"",
            "user = { arn_claim = \"a\" }",
            "identity[3].user.arn_claim",
        ),
        (
            "resources = \"any-case\"\nactions = [\"start\", \"complete\"]\non_behalf_of = true",
            "resources = { case_customer_claim = \"a\" }",
            "grant[0].resources.case_customer_claim",
        ),
    ] {
        let found = surroundings().with(old, new).faults();
        assert!(
            found.contains(&format!("{name}: callers of \"aws-iam\" have no claims")),
            "{found:#?}"
        );
    }
}

#[test]
fn claims_that_their_subject_may_edit_are_faults_wherever_a_rule_names_one() {
    let immutable = r#"immutable_claims = ["email"]"#;
    for claim in ["preferred_username", "nickname", "name", "email", "custom:agent"] {
        for (old, name) in [
            (r#"claim = "groups""#, "identity[0].when.claim"),
            (r#"username_claim = "email""#, "identity[0].user.username_claim"),
            (
                r#"case_ids_claim = "case_ids""#,
                "grant[2].resources.case_ids_claim",
            ),
            (
                r#"case_customer_claim = "profile_arn""#,
                "grant[3].resources.case_customer_claim",
            ),
        ] {
            let member = old.split_once(' ').expect("a member").0;
            let new = format!("{member} = \"{claim}\"");
            let edited = surroundings().with("username_claim = \"email\"", "username_claim = \"sub\"");
            let old = old.replace("email", "sub");
            let edited = edited.with(&old, &new).with(immutable, "");
            assert_one(&edited, name, "its subject cannot change", claim);
            let listed = surroundings()
                .with("username_claim = \"email\"", "username_claim = \"sub\"")
                .with(&old, &new)
                .with(immutable, &format!("immutable_claims = [\"{claim}\"]"));
            listed.assert_sound(claim);
        }
    }
    let arn = surroundings().with("arn_claim = \"connect_user_arn\"", "arn_claim = \"custom:arn\"");
    assert_one(
        &arn,
        "identity[1].user.arn_claim",
        "its subject cannot change",
        "lambda-authorizer",
    );
}

#[test]
fn under_jwt_no_rule_may_need_an_array() {
    let flattened = "needs an array claim, and under \"jwt\" the gateway flattens arrays";
    let found = surroundings().with(r#"["token", "#, r#"["jwt", "#).faults();
    let expected = ["identity[0].when.claim", "grant[2].resources.case_ids_claim"];
    assert_eq!(found, expected.map(|name| format!("{name}: {flattened}")));
}

#[test]
fn identities() {
    let fixed = "user = \"arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/u-1\"";
    let foreign = fixed.replace("i-1", "i-2");
    for (old, new, name, rule) in [
        (fixed, "", "identity[2].user", "is required"),
        (fixed, "user = 7", "identity[2].user", "must be { username_claim"),
        (
            fixed,
            "user = \"ada\"",
            "identity[2].user",
            "must be { username_claim",
        ),
        (fixed, &foreign, "identity[2].user", "of CONNECT_INSTANCE_ARN"),
        (fixed, "user = {}", "identity[2].user", "must be { username_claim"),
        (
            fixed,
            "user = { username_claim = \"a\", arn_claim = \"b\" }",
            "identity[2].user",
            "must be {",
        ),
        (
            fixed,
            "user = { username_claim = 7 }",
            "identity[2].user.username_claim",
            "must be a string",
        ),
        (
            fixed,
            "user = { username_claim = \"a\", case = 7 }",
            "identity[2].user.case",
            "is no member here",
        ),
        (
            fixed,
            "user = \"on-behalf-of\"",
            "identity[2].user",
            "must have a [[grant]] with `on_behalf_of`",
        ),
        (
            "on_behalf_of = true\n",
            "",
            "identity[3].user",
            "must have a [[grant]] with `on_behalf_of`",
        ),
    ] {
        assert_one(&surroundings().with(old, new), name, rule, new);
    }
    let (before, rest) = EVERY_MEMBER.split_once("[[identity]]").expect("identities");
    let (_, grants) = rest.split_once("[[grant]]").expect("grants");
    let none = surroundings().rules(&format!("{before}[[grant]]{grants}"));
    assert_one(&none, "identity", "at least one", "none");
    let table = surroundings().rules(&format!("{before}[identity]\n[[grant]]{grants}"));
    assert_one(&table, "identity", "must be an array", "a table");
}

#[test]
fn a_backend_is_not_helped_by_a_grant_of_another_role() {
    let other = EVERY_MEMBER.replacen("role/portal-backend", "role/other", 1);
    let rule = "must have a [[grant]] with `on_behalf_of`";
    assert_one(
        &surroundings().rules(&other),
        "identity[3].user",
        rule,
        "another role",
    );
}

#[test]
fn grants() {
    let listed = "resources = [\"arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c-1\"]";
    let foreign_case = listed.replace("d-1", "d-2");
    let foreign_contact = format!("resources = [\"{INSTANCE}2/contact/c\"]");
    let actions = "actions = [\"start\", \"complete\"]";
    let extensions = "allowed_extensions = [\"pdf\", \"PNG\"]";
    let keys = "tag_keys = [\"department\"]";
    let many: Vec<_> = (0..51).map(|n| format!("\"k{n}\"")).collect();
    let many = format!("tag_keys = [{}]", many.join(","));
    for (old, new, name, rule) in [
        (listed, "", "grant[1].resources", "is required"),
        (
            listed,
            "resources = 7",
            "grant[1].resources",
            "must be \"any-case\"",
        ),
        (
            listed,
            "resources = \"any\"",
            "grant[1].resources",
            "must be \"any-case\"",
        ),
        (
            listed,
            "resources = {}",
            "grant[1].resources",
            "must be \"any-case\"",
        ),
        (
            listed,
            "resources = []",
            "grant[1].resources",
            "must not be empty",
        ),
        (
            listed,
            "resources = [\"*\"]",
            "grant[1].resources[0]",
            "not an ARN",
        ),
        (
            listed,
            &foreign_case,
            "grant[1].resources[0]",
            "a case of CASES_DOMAIN_ARN",
        ),
        (
            listed,
            &foreign_contact,
            "grant[1].resources[0]",
            "a contact of CONNECT_INSTANCE_ARN",
        ),
        (
            listed,
            "resources = \"own-contacts\"",
            "grant[1].on_behalf_of",
            "must not stand beside",
        ),
        (
            listed,
            "resources = { case_ids_claim = \"a\" }",
            "grant[1].on_behalf_of",
            "must not stand beside",
        ),
        (
            listed,
            "resources = { case_customer_claim = \"a\" }",
            "grant[1].on_behalf_of",
            "must not stand",
        ),
        (actions, "actions = []", "grant[0].actions", "must not be empty"),
        (
            actions,
            "actions = [\"list\"]",
            "grant[0].actions[0]",
            "start, complete, read, delete",
        ),
        (
            "on_behalf_of = true",
            "on_behalf_of = \"ada\"",
            "grant[0].on_behalf_of",
            "an array of usernames",
        ),
        (
            "on_behalf_of = [\"ada\"]",
            "on_behalf_of = []",
            "grant[1].on_behalf_of",
            "must not be empty",
        ),
        (
            "on_behalf_of = [\"ada\"]",
            "on_behalf_of = [\" a\"]",
            "grant[1].on_behalf_of[0]",
            "a username",
        ),
        ("= 20971520", "= 0", "grant[0].max_file_size_bytes", "at least 1"),
        ("= 20971520", "= -1", "grant[0].max_file_size_bytes", "at least 1"),
        (
            "= 20971520",
            "= \"20 MB\"",
            "grant[0].max_file_size_bytes",
            "an integer",
        ),
        (
            extensions,
            "allowed_extensions = []",
            "grant[0].allowed_extensions",
            "must not be empty",
        ),
        (
            extensions,
            "allowed_extensions = [\".pdf\"]",
            "grant[0].allowed_extensions[0]",
            "without the leading dot",
        ),
        (
            extensions,
            "allowed_extensions = [\"*\"]",
            "grant[0].allowed_extensions[0]",
            "ASCII letters",
        ),
        (
            keys,
            "tag_keys = [\"aws:x\"]",
            "grant[0].tag_keys[0]",
            "begin with aws:",
        ),
        (
            keys,
            "tag_keys = [\"a?\"]",
            "grant[0].tag_keys[0]",
            "1 to 128 letters",
        ),
        (keys, &many, "grant[0].tag_keys", "at most 50"),
        (keys, "tags = []", "grant[0].tags", "is no member here"),
    ] {
        assert_one(&surroundings().with(old, new), name, rule, new);
    }
    let (before, _) = EVERY_MEMBER.split_once("[[grant]]").expect("grants");
    let found = surroundings().rules(before).faults();
    assert!(
        found.contains(&"grant: at least one [[grant]] is required".to_owned()),
        "{found:#?}"
    );
}

#[test]
fn a_cases_domain_is_asked_for_by_every_grant_that_names_cases() {
    let rules = r#"
        issuer = [{ url = "https://idp.example", profile = "oidc-id", audiences = ["a"] }]
        identity = [{ when = { issuer = "https://idp.example" }, user = { username_claim = "sub" } }]
        grant = [{ when = { issuer = "https://idp.example" }, resources = RESOURCES }]
    "#;
    for (resources, names_cases) in [
        ("\"any-case\"".to_owned(), true),
        ("{ case_ids_claim = \"a\" }".to_owned(), true),
        ("{ case_customer_claim = \"a\" }".to_owned(), true),
        (format!("[\"{INSTANCE}/contact/c\", \"{DOMAIN}/case/c\"]"), true),
        (format!("[\"{INSTANCE}/contact/c\"]"), false),
        ("\"any-contact\"".to_owned(), false),
        ("\"own-contacts\"".to_owned(), false),
    ] {
        let surroundings = surroundings().without("CASES_DOMAIN_ARN");
        let found = surroundings
            .rules(&rules.replace("RESOURCES", &resources))
            .faults();
        assert_eq!(!found.is_empty(), names_cases, "{resources}: {found:#?}");
    }
}

#[test]
fn many_faults_are_reported_at_once() {
    let found = surroundings()
        .without("CONNECT_INSTANCE_ARN")
        .variable("HANDLE_KEYS", "x,y")
        .variable("BASE_PATH", "/")
        .variable("AWS_CA_BUNDLE", "/nowhere.pem")
        .with("[limits]", "[limits]\nmax = 1")
        .with("\"http://127.0.0.1:8080\"]", "\"null\"]")
        .with("profile = \"oidc-access\"", "profile = \"x\"")
        .with("audiences = [\"broker\"]", "audiences = []")
        .with("jwks.json", "none.json")
        .with("equals = true", "equals = 1")
        .with("user = \"on-behalf-of\"", "user = 1")
        .with("resources = \"any-case\"", "resources = 1")
        .with("20971520", "0")
        .with("\"pdf\"", "\".pdf\"")
        .with("url_expiry_seconds = 120", "url_expiry_seconds = 1")
        .faults();
    let names: Vec<_> = found
        .iter()
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    let expected = [
        "CONNECT_INSTANCE_ARN",
        "HANDLE_KEYS[0]",
        "HANDLE_KEYS[1]",
        "BASE_PATH",
        "AWS_CA_BUNDLE",
        "allowed_origins[1]",
        "issuer[0].profile",
        "issuer[0].audiences",
        "issuer[1].jwks_file",
        "identity[1].when.equals",
        "identity[3].user",
        "grant[0].resources",
        "grant[0].max_file_size_bytes",
        "grant[0].allowed_extensions[0]",
        "limits.url_expiry_seconds",
        "limits.max",
    ];
    assert_eq!(names, expected, "{found:#?}");
}
