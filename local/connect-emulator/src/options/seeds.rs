//! Users, cases and contacts that exist when the emulator starts.

use serde::{Deserialize, Serialize};

/// Users, cases and contacts of the instance.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Seeds {
    /// Users of the instance.
    pub users: Vec<SeedUser>,
    /// Cases of the domain.
    pub cases: Vec<SeedCase>,
    /// Contacts of the instance.
    pub contacts: Vec<SeedContact>,
}

/// A user of the instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedUser {
    /// Login name.
    pub username: String,
    /// Id at the end of the ARN.
    pub id: String,
}

/// A case of the domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedCase {
    /// Id at the end of the ARN.
    pub id: String,
    /// ARN of the customer's profile; `Some("")` is a field whose value was removed.
    #[serde(default)]
    pub customer_id: Option<String>,
}

/// A contact of the instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedContact {
    /// Id at the end of the ARN.
    pub id: String,
    /// Channel of the contact.
    pub channel: Channel,
    /// User id of the agent who accepted the contact.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// Whether the contact has ended.
    #[serde(default)]
    pub ended: bool,
}

/// Channel by which a contact reaches the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channel {
    /// A call.
    Voice,
    /// A chat.
    Chat,
    /// A task.
    Task,
    /// An email.
    Email,
}
