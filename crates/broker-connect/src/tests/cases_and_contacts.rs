use broker_core::ports::{CaseRecords, ContactRecords, UpstreamError};

use crate::testing::{Answer, CASE, CONTACT, Service, error, json, soon};

const CUSTOMER: &str = "arn:aws:profile:eu-west-1:111122223333:domains/p/profiles/1";

async fn customer(service: &Service, case: &str) -> Result<Option<String>, UpstreamError> {
    let case = case.parse().expect("valid");
    let customer = service.connect().customer_of(&case, soon()).await?;
    Ok(customer.map(Into::into))
}

async fn agent(service: &Service, contact: &str) -> Result<Option<String>, UpstreamError> {
    let contact = contact.parse().expect("valid");
    let agent = service.connect().agent_of(&contact, soon()).await?;
    Ok(agent.map(Into::into))
}

fn case_with(fields: &str) -> Answer {
    json(200, &format!(r#"{{"templateId":"t-1","fields":[{fields}]}}"#))
}

fn field(value: &str) -> String {
    format!(r#"{{"id":"customer_id","value":{value}}}"#)
}

#[tokio::test]
async fn a_customer_that_is_absent_empty_or_unreadable_is_none() {
    let named = format!(r#"{{"stringValue":"{CUSTOMER}"}}"#);
    let other = r#"{"id":"title","value":{"stringValue":"x"}}"#;
    for (what, answer, expected) in [
        (
            "a customer",
            case_with(&field(&named)),
            Ok(Some(CUSTOMER.to_owned())),
        ),
        (
            "among other fields",
            case_with(&format!("{other},{}", field(&named))),
            Ok(Some(CUSTOMER.to_owned())),
        ),
        ("no field", case_with(""), Ok(None)),
        ("another field", case_with(other), Ok(None)),
        (
            "twice",
            case_with(&format!("{},{}", field(&named), field(&named))),
            Ok(None),
        ),
        (
            "an empty text",
            case_with(&field(r#"{"stringValue":""}"#)),
            Ok(None),
        ),
        (
            "an empty value",
            case_with(&field(r#"{"emptyValue":{}}"#)),
            Ok(None),
        ),
        ("a number", case_with(&field(r#"{"doubleValue":1.0}"#)), Ok(None)),
        (
            "a user",
            case_with(&field(&format!(r#"{{"userArnValue":"{CUSTOMER}"}}"#))),
            Ok(None),
        ),
        (
            "a value to come",
            case_with(&field(r#"{"somethingNew":"x"}"#)),
            Ok(None),
        ),
        ("no such case", error(404, "ResourceNotFoundException"), Ok(None)),
        ("no id of a case", error(400, "ValidationException"), Ok(None)),
        (
            "denied",
            error(403, "AccessDeniedException"),
            Err(UpstreamError::AccessDenied),
        ),
        (
            "credentials that are over",
            error(403, "ExpiredTokenException"),
            Err(UpstreamError::AccessDenied),
        ),
    ] {
        assert_eq!(
            customer(&Service::answering([answer]), CASE).await,
            expected,
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_case_is_asked_for_its_customer_only() {
    let service = Service::answering([case_with("")]);
    customer(&service, CASE).await.expect("read");
    let sent = service.sent();
    assert_eq!(
        sent[0].uri,
        "https://cases.eu-west-1.amazonaws.com/domains/d-1/cases/c-1"
    );
    assert_eq!(sent[0].body, r#"{"fields":[{"id":"customer_id"}]}"#);
}

#[tokio::test]
async fn an_agent_is_who_accepted_an_open_contact() {
    let contact = |members: &str| json(200, &format!(r#"{{"Contact":{{"Id":"ct-1"{members}}}}}"#));
    let accepted = r#","AgentInfo":{"Id":"u-1"}"#;
    for (what, answer, expected) in [
        ("open", contact(accepted), Ok(Some("u-1".to_owned()))),
        (
            "over",
            contact(&format!(r#"{accepted},"DisconnectTimestamp":1795342500"#)),
            Ok(None),
        ),
        ("nobody", contact(""), Ok(None)),
        ("an agent without an id", contact(r#","AgentInfo":{}"#), Ok(None)),
        ("an empty id", contact(r#","AgentInfo":{"Id":""}"#), Ok(None)),
        ("no contact", json(200, "{}"), Ok(None)),
        (
            "no such contact",
            error(404, "ResourceNotFoundException"),
            Ok(None),
        ),
        (
            "denied",
            error(403, "AccessDeniedException"),
            Err(UpstreamError::AccessDenied),
        ),
        (
            "no id of a contact",
            error(400, "InvalidRequestException"),
            Ok(None),
        ),
    ] {
        assert_eq!(
            agent(&Service::answering([answer]), CONTACT).await,
            expected,
            "{what}"
        );
    }
}

#[tokio::test]
async fn what_lies_outside_of_the_deployment_is_not_asked_for() {
    let service = Service::answering([case_with(&field(r#"{"stringValue":"x"}"#))]);
    let foreign_case = CASE.replace("d-1", "d-2");
    let foreign_contact = CONTACT.replace("i-1", "i-2");
    assert_eq!(customer(&service, &foreign_case).await, Ok(None));
    assert_eq!(agent(&service, &foreign_contact).await, Ok(None));
    assert_eq!(service.sent().len(), 0);
}
