use super::*;
use proptest::prelude::*;

const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";
const DOMAIN: &str = "arn:aws:cases:eu-west-1:111122223333:domain/d-1";

#[test]
fn refuses_what_is_no_user_of_connect() {
    use ArnError::{BadId, NotAnArn, UnknownPartition, WrongResource, WrongService};
    let user = format!("{INSTANCE}/agent/u-1");
    assert!(user.parse::<ConnectUserArn>().is_ok());
    for (input, expected) in [
        (String::new(), NotAnArn),
        ("arn:aws:iam::1:user/x".into(), NotAnArn),
        (user.replace("arn:", "ARN:"), NotAnArn),
        (user.replace("eu-west-1", "eu_west_1"), NotAnArn),
        (user.replace("eu-west-1", ""), NotAnArn),
        (user.replace("111122223333", "11112222333"), NotAnArn),
        (user.replace("aws:connect", "aws-cn:connect"), UnknownPartition),
        (user.replace("aws:connect", "*:connect"), UnknownPartition),
        (user.replace(":connect:", ":cases:"), WrongService),
        (user.replace("/agent/", "/user/"), WrongResource),
        (INSTANCE.into(), WrongResource),
        (format!("{user}/agent/u-2"), WrongResource),
        (format!("{user}/"), WrongResource),
        (user.replace("u-1", ""), BadId),
        (user.replace("u-1", "*"), BadId),
        (user.replace("u-1", "u%2F1"), BadId),
        (user.replace("u-1", "u-1?x=1"), BadId),
        (user.replace("u-1", "u-1\n"), BadId),
        (user.replace("u-1", "\u{443}-1"), BadId),
        (user.replace("u-1", "u:1"), BadId),
        (user.replace("u-1", &"a".repeat(501)), BadId),
    ] {
        assert_eq!(input.parse::<ConnectUserArn>(), Err(expected), "{input:?}");
    }
}

#[test]
fn an_id_holds_nothing_that_a_path_or_a_query_gives_a_meaning() {
    let domain: CasesDomainArn = DOMAIN.parse().expect("valid");
    let refused = |id: &str| {
        assert!(domain.case(id).is_err(), "{id:?}");
        let contact = format!("{INSTANCE}/contact/{id}").parse::<ResourceArn>();
        assert!(contact.is_err(), "{id:?}");
    };
    for character in "&?%#/\\;:@$,!'()*~ \u{0}\u{7f}\u{e9}".chars() {
        refused(&format!("c{character}1"));
        refused(&format!("{character}1"));
        refused(&format!("c{character}"));
    }
    refused(".");
    refused("..");
    assert!(domain.case("...").is_ok(), "is a name like any other");
}

#[test]
fn an_instance_is_in_the_region_that_its_arn_names() {
    for (arn, region) in [
        (INSTANCE.to_owned(), "eu-west-1"),
        (INSTANCE.replace("eu-west-1", "us-gov-west-1"), "us-gov-west-1"),
    ] {
        let instance: InstanceArn = arn.parse().expect("valid");
        assert_eq!(instance.region(), region);
    }
}

#[test]
fn a_user_is_of_its_own_instance_only() {
    let instance: InstanceArn = INSTANCE.parse().expect("valid");
    for (arn, expected) in [
        (format!("{INSTANCE}/agent/u-1"), true),
        (format!("{INSTANCE}1/agent/u-1"), false),
        (INSTANCE.replace("i-1", "I-1") + "/agent/u-1", false),
        (
            INSTANCE.replace("111122223333", "999922223333") + "/agent/u-1",
            false,
        ),
        (INSTANCE.replace("eu-west-1", "us-east-1") + "/agent/u-1", false),
        (INSTANCE.replace("i-1", "...") + "/agent/u-1", false),
    ] {
        let user: ConnectUserArn = arn.parse().expect("well-formed");
        assert_eq!(user.is_of(&instance), expected, "{arn}");
    }
}

#[test]
fn a_deployment_holds_its_own_cases_and_contacts_only() {
    let with_cases = Deployment {
        instance: INSTANCE.parse().expect("valid"),
        cases_domain: Some(DOMAIN.parse().expect("valid")),
    };
    let without = Deployment {
        cases_domain: None,
        ..with_cases.clone()
    };
    for (arn, in_both, in_contacts_only) in [
        (format!("{DOMAIN}/case/c-1"), true, false),
        (DOMAIN.replace("d-1", "d-2") + "/case/c-1", false, false),
        (
            DOMAIN.replace("111122223333", "444422223333") + "/case/c-1",
            false,
            false,
        ),
        (format!("{INSTANCE}/contact/c-1"), true, true),
        (INSTANCE.replace("i-1", "i-2") + "/contact/c-1", false, false),
    ] {
        let resource: ResourceArn = arn.parse().expect("well-formed");
        assert_eq!(with_cases.holds(&resource), in_both, "{arn}");
        assert_eq!(without.holds(&resource), in_contacts_only, "{arn}");
    }
}

proptest! {
    #[test]
    fn what_is_accepted_is_rebuilt_byte_for_byte(id in "[A-Za-z0-9._=+-]{1,40}") {
        prop_assume!(is_id(&id), "`.` and `..` are none");
        let domain: CasesDomainArn = DOMAIN.parse().expect("valid");
        let case = domain.case(&id).expect("in the grammar");
        let contact = format!("{INSTANCE}/contact/{id}");
        for (resource, text) in [
            (ResourceArn::Case(case.clone()), format!("{DOMAIN}/case/{id}")),
            (ResourceArn::Contact(contact.parse().expect("in the grammar")), contact),
        ] {
            prop_assert_eq!(text.parse::<ResourceArn>(), Ok(resource.clone()));
            prop_assert_eq!((resource.as_str(), resource.id()), (&*text, &*id));
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
        let _ = text.parse::<ResourceArn>();
    }
}
