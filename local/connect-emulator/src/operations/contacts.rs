//! `DescribeContact`, and the operations that create a contact.
//!
//! Source: API reference, `CreateContact` and `StartTaskContact`. The stand-in decides what they do not say:
//! only a contact that is initiated as `CONNECTED_TO_USER` has an agent; a task waits in its queue, because no flow runs
//! here.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::options::Channel;
use crate::state::State;
use crate::state::contact::Contact;
use crate::state::error::OperationError;
use crate::state::records::Records;

/// `DescribeContactRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeInput {
    contact_id: String,
}

/// `CreateContactRequest`. Attributes and references are not recorded, and no contact expires.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    channel: Channel,
    initiation_method: String,
    initiate_as: Option<InitiateAs>,
    user_info: Option<UserInfo>,
    related_contact_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum InitiateAs {
    ConnectedToUser,
    Completed,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserInfo {
    user_id: Option<String>,
}

/// `StartTaskContactRequest`. Attributes and references are not recorded, and a task is never scheduled.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TaskInput {
    name: String,
    description: Option<String>,
    contact_flow_id: Option<String>,
    task_template_id: Option<String>,
    quick_connect_id: Option<String>,
    related_contact_id: Option<String>,
    attachments: Option<Value>,
}

/// One contact of the instance.
pub(super) fn describe(state: &State, input: &DescribeInput) -> Result<Value, OperationError> {
    let records = state.records();
    let contact = records.contact(&input.contact_id)?;
    Ok(json!({ "Contact": contact.described(&state.options) }))
}

/// Creates an email that an agent writes, or a task.
pub(super) fn create(
    state: &State,
    records: &mut Records,
    input: CreateInput,
) -> Result<Value, OperationError> {
    check_initiation(&input)?;
    let user_id = input.user_info.as_ref().and_then(|user| user.user_id.as_deref());
    let user = user_id.map(|id| state.user(id)).transpose()?;
    if let Some(related) = &input.related_contact_id {
        records.contact(related)?;
    }
    let is_connected = input.initiate_as == Some(InitiateAs::ConnectedToUser);
    let now = state.options.clock.now();
    let contact = Contact {
        id: Uuid::new_v4().to_string(),
        channel: input.channel,
        initiation_method: input.initiation_method,
        agent_id: user.filter(|_| is_connected).map(|user| user.id.clone()),
        related_contact_id: input.related_contact_id,
        name: input.name,
        description: input.description,
        began_at: now,
        ended_at: (input.initiate_as == Some(InitiateAs::Completed)).then_some(now),
    };
    let (id, arn) = (contact.id.clone(), state.options.contact_arn(&contact.id));
    records.contacts.push(contact);
    Ok(json!({ "ContactId": id, "ContactArn": arn }))
}

/// Checks what the reference says of each channel.
fn check_initiation(input: &CreateInput) -> Result<(), OperationError> {
    let invalid = |message: &'static str| Err(OperationError::Invalid(message.into()));
    let has_user = input
        .user_info
        .as_ref()
        .is_some_and(|user| user.user_id.is_some());
    match (input.channel, input.initiation_method.as_str()) {
        (Channel::Email, "OUTBOUND" | "AGENT_REPLY") if !has_user => {
            return invalid("UserInfo is required for an email with this InitiationMethod");
        }
        (Channel::Email, "AGENT_REPLY") if input.related_contact_id.is_none() => {
            return invalid("RelatedContactId is required for a reply: the email that it answers");
        }
        (Channel::Email, "OUTBOUND" | "AGENT_REPLY" | "FLOW") | (Channel::Task, "API") => {}
        (Channel::Email | Channel::Task, _) => {
            return invalid(
                "Invalid InitiationMethod: OUTBOUND, AGENT_REPLY or FLOW for EMAIL, API for TASK",
            );
        }
        (Channel::Voice | Channel::Chat, _) => {
            return invalid("Invalid Channel: EMAIL and TASK are emulated, and CHAT is not supported");
        }
    }
    match input.initiate_as {
        Some(InitiateAs::ConnectedToUser) if !has_user => {
            invalid("UserInfo is required for InitiateAs CONNECTED_TO_USER")
        }
        Some(InitiateAs::Completed) if input.channel != Channel::Task => {
            invalid("Only tasks can be initiated as COMPLETED")
        }
        _ => Ok(()),
    }
}

/// Creates a task that waits for an agent.
pub(super) fn start_task(
    state: &State,
    records: &mut Records,
    input: TaskInput,
) -> Result<Value, OperationError> {
    let invalid = |message: &'static str| Err(OperationError::Invalid(message.into()));
    let flows = [
        &input.contact_flow_id,
        &input.task_template_id,
        &input.quick_connect_id,
    ];
    if flows.into_iter().flatten().count() != 1 {
        return invalid("Exactly one of ContactFlowId, TaskTemplateId and QuickConnectId is required");
    }
    if input.attachments.is_some() {
        return invalid("Attachments are not emulated: attach files by StartAttachedFileUpload");
    }
    if let Some(related) = &input.related_contact_id {
        records.contact(related)?;
    }
    let contact = Contact {
        id: Uuid::new_v4().to_string(),
        channel: Channel::Task,
        initiation_method: "API".to_owned(),
        agent_id: None,
        related_contact_id: input.related_contact_id,
        name: Some(input.name),
        description: input.description,
        began_at: state.options.clock.now(),
        ended_at: None,
    };
    let id = contact.id.clone();
    records.contacts.push(contact);
    Ok(json!({ "ContactId": id }))
}
