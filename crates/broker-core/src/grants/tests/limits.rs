//! Sizes, types and tags that a grant admits, under Connect's own limits.

use super::*;

#[test]
fn a_file_within_one_grants_limits_is_allowed_and_otherwise_the_widest_is_named() {
    let extensions = |names: &[&str]| {
        Some(
            names
                .iter()
                .map(|name| Extension::parse(name).expect("valid"))
                .collect::<BTreeSet<_>>(),
        )
    };
    let limited = |max, names: &[&str]| Grant {
        max_file_size_bytes: Some(max),
        allowed_extensions: extensions(names),
        ..grant(Resources::AnyCase)
    };
    let types = |names: &[&str]| FileError::TypeNotAllowed {
        allowed_extensions: extensions(names).into_iter().flatten().collect(),
    };
    let too_large = |max_file_size_bytes| FileError::TooLarge { max_file_size_bytes };
    for (entries, expected) in [
        (vec![limited(99, &["pdf"]), limited(100, &["pdf"])], Ok(1)),
        (
            vec![limited(98, &["pdf"]), limited(99, &["pdf"])],
            Err(vec![too_large(99)]),
        ),
        (
            vec![limited(100, &["png"]), limited(1, &["jpg"])],
            Err(vec![types(&["jpg", "png"])]),
        ),
        (
            vec![limited(99, &["png"])],
            Err(vec![types(&["png"]), too_large(99)]),
        ),
        (
            vec![limited(99, &["pdf"]), limited(100, &["png"])],
            Err(vec![too_large(99)]),
        ),
        (vec![limited(u64::MAX, &["exe", "pdf"])], Ok(0)),
        (vec![limited(u64::MAX, &["exe"])], Err(vec![types(&[])])),
    ] {
        let got = decide(
            &grants(entries),
            &caller(&[]),
            request(&case("c")),
            &Records::default(),
        );
        assert_eq!(got, expected.map_err(GrantError::File));
    }
    let grants = grants(vec![limited(u64::MAX, &["pdf"])]);
    let huge = UploadRequest {
        file_size: FileSize::from_bytes(1 << 40).expect("valid"),
        ..request(&case("c"))
    };
    let got = decide(&grants, &caller(&[]), huge, &Records::default());
    assert_eq!(
        got,
        Err(GrantError::File(vec![too_large(20_971_520)])),
        "Connect's limit is above every grant's"
    );
}

#[test]
fn tags_need_a_grant_that_lists_their_keys() {
    let mut tagged = request(&case("c"));
    tagged.tags.insert("department", "claims").expect("valid");
    tagged.tags.insert("Department", "claims").expect("valid");
    let lists = |keys: &[&str]| Grant {
        tag_keys: keys.iter().map(|&key| key.into()).collect(),
        ..grant(Resources::AnyCase)
    };
    let refused = |key: &str| FileError::TagNotAllowed { key: key.into() };
    for (entry, expected) in [
        (lists(&["department", "Department"]), Ok(0)),
        (
            lists(&["department"]),
            Err(GrantError::File(vec![refused("Department")])),
        ),
        (
            lists(&[]),
            Err(GrantError::File(vec![
                refused("Department"),
                refused("department"),
            ])),
        ),
    ] {
        let got = decide(
            &grants(vec![entry]),
            &caller(&[]),
            tagged.clone(),
            &Records::default(),
        );
        assert_eq!(got, expected);
    }
}

#[test]
fn limits_are_the_widest_of_the_callers_grants_per_scope() {
    let entries = vec![
        Grant {
            max_file_size_bytes: Some(10),
            ..grant(Resources::AnyCase)
        },
        Grant {
            max_file_size_bytes: Some(20),
            ..grant(Resources::AnyCase)
        },
        Grant {
            max_file_size_bytes: Some(99),
            when: When::issuer("https://other"),
            ..grant(Resources::AnyCase)
        },
        Grant {
            actions: [Action::Read].into(),
            ..grant(Resources::AnyContact)
        },
    ];
    let limits = grants(entries).limits(&caller(&[]), &ServiceLimits::default());
    let sizes: Vec<_> = limits
        .iter()
        .map(|(scope, limits)| (scope.name(), limits.max_file_size_bytes))
        .collect();
    assert_eq!(sizes, [("case", 20)]);
}

#[test]
fn limits_are_of_the_scopes_that_a_grant_is_about() {
    let listed =
        |arns: &[String]| Resources::Listed(arns.iter().map(|arn| arn.parse().expect("valid")).collect());
    let (cases, contacts) = (&["case"][..], &["email", "task"][..]);
    for (resources, expected) in [
        (Resources::AnyCase, cases),
        (Resources::CaseIdsClaim(name("ids")), cases),
        (Resources::CaseCustomerClaim(name("profile")), cases),
        (Resources::AnyContact, contacts),
        (Resources::OwnContacts, contacts),
        (listed(&[case("c")]), cases),
        (listed(&[contact("k")]), contacts),
        (listed(&[contact("k"), case("c")]), &["case", "email", "task"]),
        (listed(&[]), &[]),
    ] {
        let limits = grants(vec![grant(resources.clone())]).limits(&caller(&[]), &ServiceLimits::default());
        let scopes: Vec<_> = limits.iter().map(|(scope, _)| scope.name()).collect();
        assert_eq!(scopes, expected, "{resources:?}");
    }
}

#[test]
fn a_grant_that_connect_confirms_admits_files_within_its_limits_only() {
    let limited = |max| Grant {
        max_file_size_bytes: Some(max),
        ..grant(Resources::CaseCustomerClaim(name("profile")))
    };
    let too_large = |max_file_size_bytes| FileError::TooLarge { max_file_size_bytes };
    let caller = caller(&[("profile", Claim::Text("p-1".into()))]);
    let records = Records {
        customer: Some("p-1"),
        ..Records::default()
    };
    for (sizes, expected) in [
        (&[100][..], Ok(0)),
        (&[99], Err(GrantError::File(vec![too_large(99)]))),
        (&[98, 100], Ok(1)),
        (&[99, 98], Err(GrantError::File(vec![too_large(99)]))),
    ] {
        let entries = sizes.iter().copied().map(limited).collect();
        let got = decide(&grants(entries), &caller, request(&case("c")), &records);
        assert_eq!(got, expected, "{sizes:?}");
    }
}
