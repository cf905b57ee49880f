//! `StartOutboundEmailContact`.
//!
//! Source: API reference, `StartOutboundEmailContact`; agent workspace developer guide, "Send a draft email contact" (the
//! contact has ended then). An email that is sent before its attachments are approved fails. AWS does not document the
//! error, so it is that of an invalid request here. A rejected file and an abandoned upload do not count.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Iso8601;
use crate::state::State;
use crate::state::error::OperationError;
use crate::state::file::{File, Status};
use crate::state::records::Records;

/// `StartOutboundEmailContactRequest`. Without a sender Connect uses the queue's.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    contact_id: String,
    from_email_address: Option<Address>,
    destination_email_address: Address,
    additional_recipients: Option<Recipients>,
    email_message: Content,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    email_address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recipients {
    cc_email_addresses: Option<Vec<Address>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    message_source_type: Source,
    raw_message: Option<RawMessage>,
    templated_message_config: Option<Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Source {
    Raw,
    Template,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawMessage {
    subject: String,
}

/// Sends a draft with its approved files, which ends the contact.
pub(super) fn send(state: &State, records: &mut Records, input: &Input) -> Result<Value, OperationError> {
    let subject = input.email_message.subject()?;
    let (options, now) = (&state.options, state.options.clock.now());
    let contact = records.contact(&input.contact_id)?;
    check_draft(contact.is_outbound_email(), contact.ended_at.is_some())?;
    let contact_arn = options.contact_arn(&contact.id);
    let files = records.files.iter();
    let of_contact = files.filter(|file| file.associated_resource_arn == contact_arn);
    let (approved, others): (Vec<&File>, Vec<&File>) = of_contact
        .filter(|file| !matches!(file.status(now), Status::Rejected | Status::Expired))
        .partition(|file| file.status(now) == Status::Approved);
    if let Some(file) = others.first() {
        let message = format!("Attachment {} is not APPROVED yet", file.file_id);
        return Err(OperationError::Invalid(message.into()));
    }
    let name = |file: &&File| json!({ "FileId": file.file_id, "FileName": file.file_name });
    let cc = input.additional_recipients.as_ref();
    let email = json!({
        "ContactId": input.contact_id,
        "SentTime": Iso8601(now),
        "From": input.from_email_address.as_ref().map(|from| &from.email_address),
        "To": input.destination_email_address.email_address,
        "Cc": cc.and_then(|cc| cc.cc_email_addresses.as_ref()).into_iter().flatten()
            .map(|address| &address.email_address).collect::<Vec<_>>(),
        "Subject": subject,
        "Attachments": approved.iter().map(name).collect::<Vec<_>>(),
    });
    records.emails.push(email);
    for contact in records
        .contacts
        .iter_mut()
        .filter(|contact| contact.id == input.contact_id)
    {
        contact.ended_at = Some(now);
    }
    Ok(json!({ "ContactId": input.contact_id }))
}

fn check_draft(is_outbound_email: bool, has_ended: bool) -> Result<(), OperationError> {
    let message = match (is_outbound_email, has_ended) {
        (true, false) => return Ok(()),
        (false, _) => "The contact is not an outbound email or a reply",
        (true, true) => "The email was sent before",
    };
    Err(OperationError::Invalid(message.into()))
}

impl Content {
    /// The subject, which a template has of its own.
    fn subject(&self) -> Result<Option<&str>, OperationError> {
        match (
            self.message_source_type,
            &self.raw_message,
            &self.templated_message_config,
        ) {
            (Source::Raw, Some(raw), None) => Ok(Some(&raw.subject)),
            (Source::Template, None, Some(_)) => Ok(None),
            _ => Err(OperationError::Invalid(
                "EmailMessage must have RawMessage for RAW, TemplatedMessageConfig for TEMPLATE".into(),
            )),
        }
    }
}
