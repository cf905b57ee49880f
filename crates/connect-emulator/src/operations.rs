//! What each operation does with an input that keeps the model's constraints.

mod cases;
mod complete;
mod configurations;
mod contacts;
mod delete;
mod instance;
mod page;
mod read;
mod search;
mod start;
mod users;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::error::Refusal;

/// The output of the operation with that name.
///
/// # Errors
/// Why the call is refused.
pub(crate) async fn run(emulator: &Emulator, name: &str, input: Value) -> Result<Value, Refusal> {
    match name {
        "StartAttachedFileUpload" => start::start(emulator, input),
        "CompleteAttachedFileUpload" => complete::complete(emulator, parse(input)?).await,
        "GetAttachedFile" => read::get(emulator, &parse(input)?),
        "BatchGetAttachedFileMetadata" => read::batch_get(emulator, parse(input)?),
        "DeleteAttachedFile" => delete::delete(emulator, parse(input)?).await,
        "DescribeAttachedFilesConfiguration" => configurations::describe(emulator, &parse(input)?),
        "ListAttachedFilesConfigurations" => configurations::list(emulator, &parse(input)?),
        "UpdateAttachedFilesConfiguration" => configurations::update(emulator, parse(input)?),
        "SearchUsers" => search::search(emulator, &parse(input)?),
        "DescribeUser" => users::describe(emulator, &parse(input)?),
        "DescribeContact" => contacts::describe(emulator, &parse(input)?),
        "ListInstanceStorageConfigs" => instance::storage_configs(emulator, &parse(input)?),
        "ListIntegrationAssociations" => instance::integration_associations(emulator, &parse(input)?),
        "GetCase" => cases::get(emulator, &parse(input)?),
        other => Err(Refusal::Unreadable(format!(
            "`{other}` is modelled, but not emulated"
        ))),
    }
}

/// The input as the operation's own type; the model has already been kept.
fn parse<T: DeserializeOwned>(input: Value) -> Result<T, Refusal> {
    serde_json::from_value(input).map_err(|error| Refusal::Unreadable(error.to_string()))
}

/// The input of the operations that concern one file.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneFile {
    instance_id: String,
    file_id: String,
    associated_resource_arn: String,
}

impl Emulator {
    /// Whether the call is meant for the one instance there is.
    fn check_instance(&self, instance_id: &str) -> Result<(), Refusal> {
        if instance_id == self.options.instance_id {
            return Ok(());
        }
        Err(Refusal::NotFound {
            kind: "Instance",
            id: instance_id.to_owned(),
        })
    }
}

/// The output of an operation that has nothing to say.
fn nothing() -> Value {
    json!({})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::services;
    use crate::options::Options;

    #[tokio::test]
    async fn knows_every_operation_of_the_models() {
        let emulator = Emulator::new(Options::default());
        for name in services().iter().flat_map(|service| service.operations.keys()) {
            let refusal = run(&emulator, name, json!({}))
                .await
                .expect_err("nothing was asked");
            assert!(!refusal.to_string().contains("not emulated"), "{name}: {refusal}");
        }
    }
}
