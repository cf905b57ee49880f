use serde::Deserialize;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::error::Refusal;
use crate::options::{Options, SeedUser};

/// `DescribeUserRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Asked {
    instance_id: String,
    user_id: String,
}

/// One user of the instance.
pub(super) fn describe(emulator: &Emulator, asked: &Asked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let user = emulator
        .options
        .user(&asked.user_id)
        .ok_or_else(|| Refusal::NotFound {
            kind: "User",
            id: asked.user_id.clone(),
        })?;
    Ok(json!({ "User": summary(&emulator.options, user) }))
}

/// What a user's seed says, under the names that `User` and `UserSearchSummary` share.
pub(super) fn summary(options: &Options, user: &SeedUser) -> Value {
    json!({ "Id": user.id, "Arn": options.user_arn(&user.id), "Username": user.username })
}
