//! Grants that Connect must confirm.

use super::*;

#[test]
fn a_look_up_grant_needs_connects_word() {
    let customer = Resources::CaseCustomerClaim(name("profile"));
    let with_profile = caller(&[("profile", Claim::Text("p-1".into()))]);
    let throttled = UpstreamError::Throttled(Wait {
        retry_after: Duration::from_secs(1),
        position: 0,
    });
    for (resources, resource, caller, records, expected) in [
        (
            &customer,
            case("c"),
            &with_profile,
            Records {
                customer: Some("p-1"),
                ..Records::default()
            },
            Ok(0),
        ),
        (
            &customer,
            case("c"),
            &with_profile,
            Records {
                customer: Some("p-10"),
                ..Records::default()
            },
            Err(FORBIDDEN),
        ),
        (
            &customer,
            case("c"),
            &with_profile,
            Records::default(),
            Err(FORBIDDEN),
        ),
        (
            &customer,
            case("c"),
            &with_profile,
            Records {
                failure: Some(throttled.clone()),
                ..Records::default()
            },
            Err(GrantError::LookUp(throttled)),
        ),
        (
            &Resources::OwnContacts,
            contact("k"),
            &with_profile,
            Records {
                agent: Some("u"),
                ..Records::default()
            },
            Ok(0),
        ),
        (
            &Resources::OwnContacts,
            contact("k"),
            &with_profile,
            Records {
                agent: Some("other"),
                ..Records::default()
            },
            Err(FORBIDDEN),
        ),
    ] {
        let got = decide(
            &grants(vec![grant(resources.clone())]),
            caller,
            request(&resource),
            &records,
        );
        assert_eq!(got, expected, "{resource}");
        assert_eq!(*records.asked.lock().expect("not poisoned"), 1);
    }
}

#[test]
fn nothing_is_asked_upstream_where_the_answer_is_known() {
    let customer = || grant(Resources::CaseCustomerClaim(name("profile")));
    let other_issuer = Grant {
        when: When::issuer("https://other"),
        ..customer()
    };
    let other_action = Grant {
        actions: [Action::Read].into(),
        ..customer()
    };
    let with_profile = caller(&[("profile", Claim::Text("p".into()))]);
    for (entries, caller, resource) in [
        (vec![other_issuer, other_action], &with_profile, case("c")),
        (vec![customer()], &caller(&[]), case("c")),
        (
            vec![customer()],
            &caller(&[("profile", Claim::Text("".into()))]),
            case("c"),
        ),
        (
            vec![customer()],
            &with_profile,
            case("c").replace("domain/d", "domain/e"),
        ),
        (
            vec![customer(), grant(Resources::AnyCase)],
            &with_profile,
            case("c"),
        ),
    ] {
        let records = Records {
            customer: Some("p"),
            ..Records::default()
        };
        let _ = decide(&grants(entries), caller, request(&resource), &records);
        assert_eq!(*records.asked.lock().expect("not poisoned"), 0, "{resource}");
    }
}
