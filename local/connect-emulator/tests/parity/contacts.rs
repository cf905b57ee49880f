//! Cases, emails and tasks that are created, take files, and are sent.

use std::time::Duration;

use aws_sdk_connect::operation::create_contact::builders::CreateContactFluentBuilder;
use aws_sdk_connect::operation::start_outbound_email_contact::builders::StartOutboundEmailContactFluentBuilder;
use aws_sdk_connect::types::{
    Channel, ContactInitiationMethod as Method, EmailAddressInfo, InitiateAs, OutboundEmailContent,
    OutboundMessageSourceType, OutboundRawMessage, UserInfo,
};
use aws_sdk_connectcases::operation::create_case::builders::CreateCaseFluentBuilder;
use aws_sdk_connectcases::types::{FieldIdentifier, FieldValue, FieldValueUnion, UserUnion};
use connect_emulator::CASE_TEMPLATE_ID;

use crate::support::{EMAIL_ID, Stack, USER_ID, code};

fn user(id: &str) -> UserInfo {
    UserInfo::builder().user_id(id).build()
}

/// An email that alice writes, for a test to change one thing.
fn draft(stack: &Stack) -> CreateContactFluentBuilder {
    stack
        .connect
        .create_contact()
        .instance_id(&stack.options.instance_id)
        .channel(Channel::Email)
        .initiation_method(Method::Outbound)
        .initiate_as(InitiateAs::ConnectedToUser)
        .user_info(user(USER_ID))
}

/// A Send of that contact that succeeds, unless its files are not approved.
fn send(stack: &Stack, contact_id: &str) -> StartOutboundEmailContactFluentBuilder {
    let address = EmailAddressInfo::builder().email_address("customer@example.com");
    let raw = OutboundRawMessage::builder()
        .subject("Your claim")
        .body("See attached.")
        .content_type("text/plain");
    let content = OutboundEmailContent::builder()
        .message_source_type(OutboundMessageSourceType::Raw)
        .raw_message(raw.build().expect("complete"));
    stack
        .connect
        .start_outbound_email_contact()
        .instance_id(&stack.options.instance_id)
        .contact_id(contact_id)
        .destination_email_address(address.build().expect("complete"))
        .email_message(content.build().expect("complete"))
}

/// Agent, and whether the contact has ended.
async fn described(stack: &Stack, contact_id: &str) -> (Option<String>, bool) {
    let describe = stack.connect.describe_contact().contact_id(contact_id);
    let described = describe.instance_id(&stack.options.instance_id).send().await;
    let contact = described.expect("described").contact.expect("a contact");
    let agent = contact.agent_info.and_then(|agent| agent.id);
    (agent, contact.disconnect_timestamp.is_some())
}

/// Starts an upload to the resource, sends its bytes and completes it.
async fn attach(stack: &Stack, arn: &str) -> String {
    let start = stack.start_upload().associated_resource_arn(arn);
    let started = start.send().await.expect("started");
    assert_eq!(stack.put(&started, b"hello").await, 200);
    let file_id = started.file_id.expect("a file id");
    let complete = stack.connect.complete_attached_file_upload().file_id(&file_id);
    let complete = complete.instance_id(&stack.options.instance_id);
    complete
        .associated_resource_arn(arn)
        .send()
        .await
        .expect("completed");
    file_id
}

#[tokio::test]
async fn an_email_is_sent_once_its_attachments_are_approved_and_not_before() {
    let stack = Stack::start().await;
    let created = draft(&stack).send().await.expect("created");
    let (id, arn) = (
        created.contact_id.expect("an id"),
        created.contact_arn.expect("an ARN"),
    );
    assert_eq!(arn, format!("{}/contact/{id}", stack.instance_arn()));
    assert_eq!(described(&stack, &id).await, (Some(USER_ID.to_owned()), false));
    let start = stack.start_upload().associated_resource_arn(&arn);
    let started = start.url_expiry_in_seconds(5).send().await;
    let never_put = started.expect("started").file_id.expect("an id");
    let file_id = attach(&stack, &arn).await;
    for (because, millis) in [("scanned", 999), ("still not put", 1)] {
        let refused = send(&stack, &id).send().await.expect_err(because);
        assert_eq!(code(&refused), "InvalidRequestException", "{because}");
        stack.clock.advance(Duration::from_millis(millis));
    }
    let refused = send(&stack, &id).send().await.expect_err("a file was not put");
    assert!(format!("{refused:?}").contains(&never_put), "{refused:?}");
    stack.clock.advance(Duration::from_secs(5));
    send(&stack, &id).send().await.expect("sent");
    assert_eq!(described(&stack, &id).await, (Some(USER_ID.to_owned()), true));
    let (_, sent) = stack.local("GET", "/_local/emails", "").await;
    assert_eq!(sent["emails"].as_array().map(Vec::len), Some(1), "{sent}");
    let email = &sent["emails"][0];
    assert_eq!(email["Subject"], "Your claim");
    assert_eq!(email["To"], "customer@example.com");
    assert_eq!(email["Attachments"][0]["FileId"], file_id.as_str());
    assert_eq!(email["Attachments"].as_array().map(Vec::len), Some(1));
    let again = send(&stack, &id).send().await.expect_err("it was sent");
    assert_eq!(code(&again), "InvalidRequestException");
}

#[tokio::test]
async fn only_a_draft_is_sent() {
    let stack = Stack::start().await;
    let task = draft(&stack)
        .channel(Channel::Task)
        .initiation_method(Method::Api);
    let task = task.send().await.expect("created").contact_id.expect("an id");
    for (id, expected) in [
        (EMAIL_ID, "InvalidRequestException"),
        (task.as_str(), "InvalidRequestException"),
        ("none", "ResourceNotFoundException"),
    ] {
        let refused = send(&stack, id).send().await.expect_err(id);
        assert_eq!(code(&refused), expected, "{id}");
    }
    let (_, sent) = stack.local("GET", "/_local/emails", "").await;
    assert_eq!(sent["emails"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_contact_is_created_as_the_reference_says_and_not_otherwise() {
    let stack = Stack::start().await;
    let reply = |id: &str| {
        draft(&stack)
            .initiation_method(Method::AgentReply)
            .related_contact_id(id)
    };
    let task = || {
        draft(&stack)
            .channel(Channel::Task)
            .initiation_method(Method::Api)
    };
    for (name, call, expected) in [
        ("a reply", reply(EMAIL_ID), None),
        (
            "a reply to nothing",
            draft(&stack).initiation_method(Method::AgentReply),
            Some("InvalidParameterException"),
        ),
        (
            "a reply to an unknown email",
            reply("none"),
            Some("ResourceNotFoundException"),
        ),
        (
            "an email without a user",
            draft(&stack).set_user_info(None),
            Some("InvalidParameterException"),
        ),
        (
            "an email that waits, without a user",
            draft(&stack).set_user_info(None).set_initiate_as(None),
            Some("InvalidParameterException"),
        ),
        (
            "an unknown user",
            draft(&stack).user_info(user("u-9")),
            Some("ResourceNotFoundException"),
        ),
        (
            "an inbound email",
            draft(&stack).initiation_method(Method::Inbound),
            Some("InvalidParameterException"),
        ),
        (
            "a completed email",
            draft(&stack).initiate_as(InitiateAs::Completed),
            Some("InvalidParameterException"),
        ),
        (
            "a chat",
            draft(&stack).channel(Channel::Chat),
            Some("InvalidParameterException"),
        ),
        ("a task", task(), None),
        (
            "a completed task",
            task().initiate_as(InitiateAs::Completed),
            None,
        ),
        (
            "a task for nobody",
            task().set_user_info(None),
            Some("InvalidParameterException"),
        ),
        (
            "a task by a flow",
            task().initiation_method(Method::Flow),
            Some("InvalidParameterException"),
        ),
    ] {
        let refused = call.send().await.err().map(|error| code(&error));
        assert_eq!(refused.as_deref(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_task_that_waits_has_no_agent_and_takes_files() {
    let stack = Stack::start().await;
    let start = || {
        let start = stack.connect.start_task_contact().name("call back");
        start.instance_id(&stack.options.instance_id)
    };
    for call in [start(), start().contact_flow_id("f").quick_connect_id("q")] {
        let refused = call.send().await.expect_err("one flow is needed");
        assert_eq!(code(&refused), "InvalidParameterException");
    }
    let started = start().contact_flow_id("f").send().await.expect("started");
    let id = started.contact_id.expect("an id");
    assert_eq!(described(&stack, &id).await, (None, false));
    attach(&stack, &format!("{}/contact/{id}", stack.instance_arn())).await;
}

/// A case with a title, for a test to change one thing.
fn case(stack: &Stack) -> CreateCaseFluentBuilder {
    let create = stack
        .cases
        .create_case()
        .domain_id(&stack.options.cases_domain_id);
    create
        .template_id(CASE_TEMPLATE_ID)
        .fields(field("title", "A claim"))
}

fn field(id: &str, value: &str) -> FieldValue {
    let field = FieldValue::builder().id(id);
    let field = field.value(FieldValueUnion::StringValue(value.to_owned()));
    field.build().expect("complete")
}

#[tokio::test]
async fn a_new_case_is_read_and_takes_files() {
    let stack = Stack::start().await;
    let created = case(&stack).fields(field("summary", "Water damage")).send().await;
    let created = created.expect("created");
    let wanted = FieldIdentifier::builder()
        .id("summary")
        .build()
        .expect("complete");
    let get = stack.cases.get_case().domain_id(&stack.options.cases_domain_id);
    let read = get
        .case_id(&created.case_id)
        .fields(wanted)
        .send()
        .await
        .expect("read");
    assert_eq!(read.template_id, CASE_TEMPLATE_ID);
    assert_eq!(
        read.fields[0].value,
        Some(FieldValueUnion::StringValue("Water damage".to_owned()))
    );
    attach(&stack, &created.case_arn).await;
}

#[tokio::test]
async fn a_case_is_created_as_the_reference_says_and_not_otherwise() {
    let stack = Stack::start().await;
    let by = |arn: String| Some(UserUnion::UserArn(arn));
    for (name, call, expected) in [
        (
            "by a user",
            case(&stack).set_performed_by(by(stack.user_arn())),
            None,
        ),
        (
            "by nobody",
            case(&stack).set_performed_by(by(format!("{}0", stack.user_arn()))),
            Some("ValidationException"),
        ),
        (
            "another domain",
            case(&stack).domain_id("d"),
            Some("ResourceNotFoundException"),
        ),
        (
            "another template",
            case(&stack).template_id("t"),
            Some("ResourceNotFoundException"),
        ),
        (
            "no title",
            case(&stack).set_fields(Some(vec![])),
            Some("ValidationException"),
        ),
        (
            "an empty title",
            case(&stack).set_fields(Some(vec![field("title", "")])),
            Some("ValidationException"),
        ),
        (
            "an unknown field",
            case(&stack).fields(field("colour", "blue")),
            Some("ValidationException"),
        ),
        (
            "a field twice",
            case(&stack).fields(field("title", "Another")),
            Some("ValidationException"),
        ),
    ] {
        let refused = call.send().await.err().map(|error| code(&error));
        assert_eq!(refused.as_deref(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_repeated_token_creates_nothing_new() {
    let stack = Stack::start().await;
    let email = |name: &str| draft(&stack).client_token("t").name(name).send();
    let first = email("a").await.expect("created").contact_id;
    assert_eq!(email("a").await.expect("repeated").contact_id, first);
    let changed = email("b").await.expect_err("another request");
    assert_eq!(code(&changed), "IdempotencyException");

    let with_token = |title: &str| {
        let create = case(&stack).client_token("t");
        create.set_fields(Some(vec![field("title", title)])).send()
    };
    let first = with_token("a").await.expect("created").case_id;
    assert_eq!(with_token("a").await.expect("repeated").case_id, first);
    let changed = with_token("b").await.expect_err("another request");
    assert_eq!(code(&changed), "ConflictException");
}
