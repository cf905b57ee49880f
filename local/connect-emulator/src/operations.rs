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

    fn emulator() -> Emulator {
        let seeds = serde_json::from_str(include_str!("../seeds.json")).expect("the sample seeds");
        Emulator::new(Options {
            seeds,
            ..Options::default()
        })
    }

    /// What each operation that needs no store answers, on a file that was started before.
    async fn outputs(emulator: &Emulator) -> Vec<(&'static str, Value)> {
        let options = &emulator.options;
        let (instance, domain) = (&options.instance_id, &options.cases_domain_id);
        let (user, case) = (&options.seeds.users[0].id, &options.seeds.cases[1].id);
        let (contact, arn) = (&options.seeds.contacts[0].id, options.case_arn(case));
        let started = json!({
            "InstanceId": instance, "FileName": "a.pdf", "FileSizeInBytes": 5, "FileUseCaseType": "ATTACHMENT",
            "AssociatedResourceArn": arn, "Tags": { "k": "v" },
        });
        let started = run(emulator, "StartAttachedFileUpload", started)
            .await
            .expect("started");
        let file = started["FileId"].clone();
        let mut outputs = vec![("StartAttachedFileUpload", started)];
        for (name, input) in [
            (
                "GetAttachedFile",
                json!({ "FileId": file, "AssociatedResourceArn": arn }),
            ),
            (
                "BatchGetAttachedFileMetadata",
                json!({ "FileIds": [file, "x"], "AssociatedResourceArn": arn }),
            ),
            (
                "DescribeAttachedFilesConfiguration",
                json!({ "AttachmentScope": "CASE" }),
            ),
            ("ListAttachedFilesConfigurations", json!({ "MaxResults": 1 })),
            (
                "UpdateAttachedFilesConfiguration",
                json!({ "AttachmentScope": "CASE" }),
            ),
            ("SearchUsers", json!({ "MaxResults": 1 })),
            ("DescribeUser", json!({ "UserId": user })),
            ("DescribeContact", json!({ "ContactId": contact })),
            (
                "ListInstanceStorageConfigs",
                json!({ "ResourceType": "ATTACHMENTS" }),
            ),
            ("ListIntegrationAssociations", json!({})),
            (
                "GetCase",
                json!({ "domainId": domain, "caseId": case, "fields": [{ "id": "customer_id" }] }),
            ),
        ] {
            let mut input = input;
            input["InstanceId"] = json!(instance);
            outputs.push((name, run(emulator, name, input).await.expect(name)));
        }
        outputs
    }

    #[tokio::test]
    async fn answers_in_the_shape_that_the_model_gives_the_output() {
        for (name, output) in outputs(&emulator()).await {
            let mut services = services().iter();
            let service = services
                .find(|service| service.operations.contains_key(name))
                .expect("modelled");
            assert_eq!(
                service.check_output(name, &output),
                Ok(vec![]),
                "{name}: {output}"
            );
        }
    }

    #[tokio::test]
    async fn knows_every_operation_of_the_models() {
        let emulator = emulator();
        for name in services().iter().flat_map(|service| service.operations.keys()) {
            let refusal = run(&emulator, name, json!({}))
                .await
                .expect_err("nothing was asked");
            assert!(!refusal.to_string().contains("not emulated"), "{name}: {refusal}");
        }
    }
}
