//! The operations, each a function of the state and an input that meets the model's constraints.

mod address;
mod cases;
mod complete;
mod configurations;
mod contacts;
mod delete;
mod instance;
mod page;
mod read;
mod search;
mod send;
mod start;
mod users;

pub use cases::CASE_TEMPLATE_ID;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::state::State;
use crate::state::error::OperationError;
use crate::state::records::Records;

/// The output of the operation with that name. A call about another instance finds nothing.
pub(crate) async fn run(state: &Arc<State>, operation: &str, input: Value) -> Result<Value, OperationError> {
    if let Some(instance_id) = input["InstanceId"].as_str() {
        state.check_instance(instance_id)?;
    }
    Ok(match operation {
        "StartAttachedFileUpload" => start::start(state, parse(input)?)?,
        "CompleteAttachedFileUpload" => empty(complete::complete(state, &parse(input)?).await?),
        "GetAttachedFile" => read::get(state, &parse(input)?)?,
        "BatchGetAttachedFileMetadata" => read::batch_get(state, &parse(input)?),
        "DeleteAttachedFile" => empty(delete::delete(state, &parse(input)?).await?),
        "DescribeAttachedFilesConfiguration" => json!(configurations::describe(state, &parse(input)?)),
        "ListAttachedFilesConfigurations" => json!(configurations::list(state, &parse(input)?)?),
        "UpdateAttachedFilesConfiguration" => json!(configurations::update(state, parse(input)?)),
        "SearchUsers" => json!(search::search(state, &parse(input)?)?),
        "DescribeUser" => json!(users::describe(state, &parse(input)?)?),
        "DescribeContact" => contacts::describe(state, &parse(input)?)?,
        "CreateContact" => once(state, operation, &input, contacts::create)?,
        "StartTaskContact" => once(state, operation, &input, contacts::start_task)?,
        "StartOutboundEmailContact" => once(state, operation, &input, |state, records, input| {
            send::send(state, records, &input)
        })?,
        "ListInstanceStorageConfigs" => instance::storage_configs(state, &parse(input)?),
        "ListIntegrationAssociations" => instance::list_associations(state, &parse(input)?),
        "CreateIntegrationAssociation" => instance::create_association(state, parse(input)?)?,
        "DeleteIntegrationAssociation" => empty(instance::delete_association(state, &parse(input)?)?),
        "GetCase" => json!(cases::get(state, parse(input)?)?),
        "CreateCase" => once(state, operation, &input, cases::create)?,
        other => {
            let message = format!("`{other}` is modelled, but not emulated");
            return Err(OperationError::Unreadable(message));
        }
    })
}

/// The output of an operation whose token makes a repetition safe.
fn once<T: DeserializeOwned>(
    state: &State,
    operation: &str,
    input: &Value,
    run: impl FnOnce(&State, &mut Records, T) -> Result<Value, OperationError>,
) -> Result<Value, OperationError> {
    let parsed = parse(input.clone())?;
    state
        .records()
        .once(operation, input, |records| run(state, records, parsed))
}

/// The input as the operation's own type. It already meets the model's constraints.
fn parse<T: DeserializeOwned>(input: Value) -> Result<T, OperationError> {
    serde_json::from_value(input).map_err(|error| OperationError::Unreadable(error.to_string()))
}

/// The output of an operation that returns no members.
fn empty((): ()) -> Value {
    json!({})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::services;
    use crate::options::Options;

    fn state() -> Arc<State> {
        let seeds = serde_json::from_str(include_str!("../seeds.json")).expect("the sample seeds");
        Arc::new(State::new(Options {
            seeds,
            ..Options::default()
        }))
    }

    /// Input that sends a draft.
    fn email(draft: &Value) -> Value {
        json!({
            "ContactId": draft["ContactId"],
            "DestinationEmailAddress": { "EmailAddress": "customer@example.com" },
            "EmailMessage": {
                "MessageSourceType": "RAW",
                "RawMessage": { "Subject": "s", "Body": "b", "ContentType": "text/plain" },
            },
        })
    }

    /// Outputs of the operations that need no store, about a file that was started first.
    async fn outputs(state: &Arc<State>) -> Vec<(&'static str, Value)> {
        let options = &state.options;
        let (instance, domain) = (&options.instance_id, &options.cases_domain_id);
        let (user, case) = (&options.seeds.users[0].id, &options.seeds.cases[1].id);
        let (contact, arn) = (&options.seeds.contacts[0].id, options.case_arn(case));
        let started = json!({
            "InstanceId": instance, "FileName": "a.pdf", "FileSizeInBytes": 5, "FileUseCaseType": "ATTACHMENT",
            "AssociatedResourceArn": arn, "Tags": { "k": "v" },
        });
        let started = run(state, "StartAttachedFileUpload", started)
            .await
            .expect("started");
        let file = started["FileId"].clone();
        let draft = json!({
            "InstanceId": instance, "Channel": "EMAIL", "InitiationMethod": "OUTBOUND", "UserInfo": { "UserId": user },
        });
        let draft = run(state, "CreateContact", draft).await.expect("created");
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
                "CreateIntegrationAssociation",
                json!({ "IntegrationType": "FILE_SCANNER", "IntegrationArn": options.scanner_arn() }),
            ),
            (
                "CreateContact",
                json!({ "Channel": "TASK", "InitiationMethod": "API", "Name": "call back" }),
            ),
            (
                "StartTaskContact",
                json!({ "Name": "call back", "ContactFlowId": "flow" }),
            ),
            ("StartOutboundEmailContact", email(&draft)),
            (
                "CreateCase",
                json!({
                    "domainId": domain, "templateId": CASE_TEMPLATE_ID,
                    "fields": [{ "id": "title", "value": { "stringValue": "a claim" } }],
                }),
            ),
            (
                "GetCase",
                json!({ "domainId": domain, "caseId": case, "fields": [{ "id": "customer_id" }] }),
            ),
        ] {
            let mut input = input;
            input["InstanceId"] = json!(instance);
            outputs.push((name, run(state, name, input).await.expect(name)));
        }
        outputs
    }

    #[tokio::test]
    async fn answers_in_the_shape_that_the_model_gives_the_output() {
        for (name, output) in outputs(&state()).await {
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
        let state = state();
        for name in services().iter().flat_map(|service| service.operations.keys()) {
            let outcome = run(&state, name, json!({})).await;
            let is_unknown = outcome.is_err_and(|error| error.to_string().contains("not emulated"));
            assert!(!is_unknown, "{name}");
        }
    }
}
