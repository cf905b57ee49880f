use broker_core::ports::{UpstreamError, UserDirectory};
use broker_core::request::Username;
use serde_json::{Value, json as value};

use crate::testing::{Answer, INSTANCE, Service, USER, error, json, soon};

fn user(name: &str, arn: &str) -> Value {
    value!({"Username": name, "Arn": arn, "Id": "u-1"})
}

fn page(users: &[Value], next: Option<&str>) -> Answer {
    json(200, &value!({"Users": users, "NextToken": next}).to_string())
}

async fn ada(service: &Service) -> Result<Option<String>, UpstreamError> {
    let name = Username::parse("ada.agent").expect("valid");
    let found = service.connect().user_named(&name, soon()).await?;
    Ok(found.map(|user| user.as_str().to_owned()))
}

#[tokio::test]
async fn a_user_is_the_only_exact_match_in_our_instance() {
    let ours = user("ada.agent", USER);
    let found = || Ok(Some(USER.to_owned()));
    for (what, pages, expected) in [
        ("the one", vec![page(std::slice::from_ref(&ours), None)], found()),
        ("nobody", vec![page(&[], None)], Ok(None)),
        ("no member", vec![json(200, "{}")], Ok(None)),
        (
            "another case",
            vec![page(&[user("Ada.Agent", USER)], None)],
            Ok(None),
        ),
        (
            "a longer name",
            vec![page(&[user("ada.agent2", USER)], None)],
            Ok(None),
        ),
        (
            "an outer space",
            vec![page(&[user("ada.agent ", USER)], None)],
            Ok(None),
        ),
        ("no name", vec![page(&[value!({"Arn": USER})], None)], Ok(None)),
        (
            "the one among others",
            vec![page(&[user("Ada.Agent", "x"), ours.clone()], None)],
            found(),
        ),
        (
            "two of one name",
            vec![page(&[ours.clone(), user("ada.agent", "x")], None)],
            Ok(None),
        ),
        (
            "two of one name on two pages",
            vec![
                page(std::slice::from_ref(&ours), Some("2")),
                page(std::slice::from_ref(&ours), None),
            ],
            Ok(None),
        ),
        (
            "the one on the second page",
            vec![page(&[], Some("2")), page(std::slice::from_ref(&ours), None)],
            found(),
        ),
        (
            "an empty token ends it",
            vec![page(std::slice::from_ref(&ours), Some(""))],
            found(),
        ),
        (
            "pages without end",
            vec![page(&[], Some("more"))],
            Err(UpstreamError::Unexpected),
        ),
        (
            "another instance",
            vec![page(&[user("ada.agent", &USER.replace("i-1", "i-2"))], None)],
            Ok(None),
        ),
        (
            "another kind",
            vec![page(&[user("ada.agent", &format!("{INSTANCE}/queue/q"))], None)],
            Ok(None),
        ),
        (
            "no ARN",
            vec![page(&[value!({"Username": "ada.agent"})], None)],
            Ok(None),
        ),
        (
            "denied",
            vec![error(403, "AccessDeniedException")],
            Err(UpstreamError::AccessDenied),
        ),
        (
            "no such instance",
            vec![error(404, "ResourceNotFoundException")],
            Err(UpstreamError::NotFound),
        ),
    ] {
        assert_eq!(ada(&Service::answering(pages)).await, expected, "{what}");
    }
}

#[tokio::test]
async fn the_search_is_exactly_this_request() {
    let service = Service::answering([page(&[], Some("2")), page(&[], None)]);
    ada(&service).await.expect("nobody");
    let sent = service.sent();
    let condition = value!({"FieldName": "Username", "Value": "ada.agent", "ComparisonType": "EXACT"});
    let mut expected = value!({
        "InstanceId": "i-1",
        "MaxResults": 500,
        "SearchCriteria": {"StringCondition": condition},
    });
    assert_eq!(
        (sent[0].target(), sent[0].json()),
        ("/search-users", expected.clone())
    );
    expected["NextToken"] = "2".into();
    assert_eq!(sent[1].json(), expected);
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn pages_are_bounded() {
    let service = Service::answering([page(&[], Some("more"))]);
    ada(&service).await.expect_err("no end");
    assert_eq!(service.sent().len(), 4);
}
