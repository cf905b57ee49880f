//! The users that a grant lets a backend act for.

use super::*;

#[test]
fn a_user_is_named_only_with_a_grant_that_admits_the_name() {
    let ada = Username::parse("ada").expect("valid");
    let listed =
        |names: &[&str]| OnBehalfOf::Listed(names.iter().filter_map(|n| Username::parse(n)).collect());
    for (on_behalf_of, allowed) in [
        (OnBehalfOf::Anyone, true),
        (listed(&["bob", "ada"]), true),
        (listed(&["Ada"]), false),
        (OnBehalfOf::Nobody, false),
    ] {
        let grants = grants(vec![Grant {
            on_behalf_of: on_behalf_of.clone(),
            ..grant(Resources::AnyCase)
        }]);
        let request = UploadRequest {
            on_behalf_of: Some(ada.clone()),
            ..request(&case("c"))
        };
        let got = decide(&grants, &caller(&[]), request, &Records::default());
        assert_eq!(got.is_ok(), allowed, "{on_behalf_of:?}");
        assert_eq!(
            grants.allow_on_behalf_of(&caller(&[]), Action::Start, Some(&ada)),
            allowed
        );
    }
}

#[test]
fn who_may_ask_for_others_at_all_is_known_before_a_name_is() {
    let to_read = Grant {
        on_behalf_of: OnBehalfOf::Anyone,
        actions: [Action::Read].into(),
        ..grant(Resources::AnyCase)
    };
    let of_others = Grant {
        on_behalf_of: OnBehalfOf::Anyone,
        when: When::issuer("https://other"),
        ..grant(Resources::AnyCase)
    };
    let to_start = Grant {
        actions: [Action::Start].into(),
        ..to_read.clone()
    };
    let for_ada = Grant {
        on_behalf_of: OnBehalfOf::Listed(Username::parse("ada").into_iter().collect()),
        ..grant(Resources::AnyCase)
    };
    for (entries, allowed) in [
        (vec![], false),
        (vec![grant(Resources::AnyCase)], false),
        (vec![to_read.clone()], false),
        (vec![of_others.clone()], false),
        (vec![grant(Resources::AnyCase), to_read, of_others], false),
        (vec![to_start], true),
        (vec![grant(Resources::AnyCase), for_ada], true),
    ] {
        let grants = grants(entries.clone());
        assert_eq!(
            grants.allow_on_behalf_of(&caller(&[]), Action::Start, None),
            allowed,
            "{entries:?}"
        );
        assert_eq!(grants.entries(), entries);
    }
}

#[test]
fn what_a_caller_may_for_its_own_claims_or_contacts_is_not_lent() {
    let ada = || OnBehalfOf::Listed(Username::parse("ada").into_iter().collect());
    for (resources, is_personal) in [
        (Resources::AnyCase, false),
        (Resources::AnyContact, false),
        (Resources::Listed(vec![]), false),
        (Resources::CaseIdsClaim(name("ids")), true),
        (Resources::CaseCustomerClaim(name("profile")), true),
        (Resources::OwnContacts, true),
    ] {
        for (on_behalf_of, lends) in [
            (OnBehalfOf::Nobody, false),
            (OnBehalfOf::Anyone, true),
            (ada(), true),
        ] {
            let grant = Grant {
                on_behalf_of,
                ..grant(resources.clone())
            };
            assert_eq!(grant.resources.is_personal(), is_personal, "{grant:?}");
            assert_eq!(grant.lends_what_is_personal(), is_personal && lends, "{grant:?}");
        }
    }
}
