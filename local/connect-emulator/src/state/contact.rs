//! The record of a contact.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::clock::EpochSecs;
use crate::options::{Channel, Options, SeedContact};
use crate::state::configuration::Scope;

/// How long before the start seeded contacts began, and how long an ended one took.
const AGE: Duration = Duration::from_mins(10);
const LENGTH: Duration = Duration::from_mins(5);

/// A contact of the instance.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) channel: Channel,
    /// The model's `ContactInitiationMethod`.
    pub(crate) initiation_method: String,
    /// User id of the agent who accepted or created the contact.
    pub(crate) agent_id: Option<String>,
    pub(crate) related_contact_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) began_at: SystemTime,
    pub(crate) ended_at: Option<SystemTime>,
}

impl Contact {
    /// A seeded contact, in an emulator that starts `now`.
    pub(crate) fn seeded(seed: &SeedContact, now: SystemTime) -> Self {
        let began_at = now - AGE;
        Self {
            id: seed.id.clone(),
            channel: seed.channel,
            initiation_method: "INBOUND".to_owned(),
            agent_id: seed.agent_id.clone(),
            related_contact_id: None,
            name: None,
            description: None,
            began_at,
            ended_at: seed.ended.then_some(began_at + LENGTH),
        }
    }

    /// The scope of the files that it takes, if it takes any.
    pub(crate) fn scope(&self) -> Option<Scope> {
        match self.channel {
            Channel::Chat => Some(Scope::Chat),
            Channel::Task => Some(Scope::Task),
            Channel::Email => Some(Scope::Email),
            Channel::Voice => None,
        }
    }

    /// Whether an agent writes it, and `StartOutboundEmailContact` sends it.
    pub(crate) fn is_outbound_email(&self) -> bool {
        self.channel == Channel::Email
            && ["OUTBOUND", "AGENT_REPLY"].contains(&self.initiation_method.as_str())
    }

    /// The model's `Contact`.
    pub(crate) fn described(&self, options: &Options) -> Value {
        let mut described = json!({
            "Arn": options.contact_arn(&self.id),
            "Id": self.id,
            "InitiationMethod": self.initiation_method,
            "Channel": self.channel,
            "InitiationTimestamp": EpochSecs(self.began_at),
            "LastUpdateTimestamp": EpochSecs(self.ended_at.unwrap_or(self.began_at)),
        });
        if let Some(agent_id) = &self.agent_id {
            described["AgentInfo"] = json!({
                "Id": agent_id,
                "ConnectedToAgentTimestamp": EpochSecs(self.began_at),
            });
        }
        if let Some(ended_at) = self.ended_at {
            described["DisconnectTimestamp"] = json!(EpochSecs(ended_at));
        }
        for (name, value) in [
            ("RelatedContactId", &self.related_contact_id),
            ("Name", &self.name),
            ("Description", &self.description),
        ] {
            if let Some(value) = value {
                described[name] = json!(value);
            }
        }
        described
    }
}
