//! `DescribeContact`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::EpochSecs;
use crate::state::State;
use crate::state::error::OperationError;

/// Age of every seeded contact, and how long an ended one took.
const AGE: Duration = Duration::from_mins(10);
const LENGTH: Duration = Duration::from_mins(5);

/// `DescribeContactRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    contact_id: String,
}

/// One contact of the instance. Its times are counted back from now.
pub(super) fn describe(state: &State, input: &Input) -> Result<Value, OperationError> {
    let options = &state.options;
    let mut contacts = options.seeds.contacts.iter();
    let contact = contacts
        .find(|contact| contact.id == input.contact_id)
        .ok_or_else(|| OperationError::not_found("Contact", &input.contact_id))?;
    let began_at = options.clock.now() - AGE;
    let mut described = json!({
        "Arn": options.contact_arn(&contact.id),
        "Id": contact.id,
        "InitiationMethod": "INBOUND",
        "Channel": contact.channel,
        "InitiationTimestamp": EpochSecs(began_at),
        "LastUpdateTimestamp": EpochSecs(began_at),
    });
    if let Some(agent_id) = &contact.agent_id {
        described["AgentInfo"] = json!({ "Id": agent_id, "ConnectedToAgentTimestamp": EpochSecs(began_at) });
    }
    if contact.ended {
        described["DisconnectTimestamp"] = json!(EpochSecs(began_at + LENGTH));
        described["LastUpdateTimestamp"] = json!(EpochSecs(began_at + LENGTH));
    }
    Ok(json!({ "Contact": described }))
}
