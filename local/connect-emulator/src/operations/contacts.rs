use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::epoch_secs;
use crate::emulator::Emulator;
use crate::error::Refusal;

/// How long ago every seeded contact began, and how long one took that is over.
const BEGAN_AGO: Duration = Duration::from_mins(10);
const TOOK: Duration = Duration::from_mins(5);

/// `DescribeContactRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Asked {
    instance_id: String,
    contact_id: String,
}

/// One contact of the instance; its times are counted back from now.
pub(super) fn describe(emulator: &Emulator, asked: &Asked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let options = &emulator.options;
    let contact = options
        .contact(&asked.contact_id)
        .ok_or_else(|| Refusal::NotFound {
            kind: "Contact",
            id: asked.contact_id.clone(),
        })?;
    let began_at = options.clock.now() - BEGAN_AGO;
    let mut answer = json!({
        "Arn": options.contact_arn(&contact.id),
        "Id": contact.id,
        "InitiationMethod": "INBOUND",
        "Channel": contact.channel.as_str(),
        "InitiationTimestamp": epoch_secs(began_at),
        "LastUpdateTimestamp": epoch_secs(began_at),
    });
    if let Some(agent_id) = &contact.agent_id {
        answer["AgentInfo"] = json!({ "Id": agent_id, "ConnectedToAgentTimestamp": epoch_secs(began_at) });
    }
    if contact.ended {
        answer["DisconnectTimestamp"] = json!(epoch_secs(began_at + TOOK));
        answer["LastUpdateTimestamp"] = json!(epoch_secs(began_at + TOOK));
    }
    Ok(json!({ "Contact": answer }))
}
