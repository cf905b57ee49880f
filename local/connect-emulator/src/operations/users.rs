//! `DescribeUser`, and the user that it shares with `SearchUsers`.

use serde::{Deserialize, Serialize};

use crate::options::{Options, SeedUser};
use crate::state::State;
use crate::state::error::OperationError;

/// `DescribeUserRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    user_id: String,
}

/// `DescribeUserResponse`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    user: User,
}

/// The members that `User` and `UserSearchSummary` share.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    id: String,
    arn: String,
    username: String,
}

impl User {
    pub(super) fn new(options: &Options, seed: &SeedUser) -> Self {
        Self {
            id: seed.id.clone(),
            arn: options.user_arn(&seed.id),
            username: seed.username.clone(),
        }
    }
}

/// One user of the instance.
pub(super) fn describe(state: &State, input: &Input) -> Result<Output, OperationError> {
    Ok(Output {
        user: User::new(&state.options, state.user(&input.user_id)?),
    })
}
