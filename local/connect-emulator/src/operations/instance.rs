//! `ListInstanceStorageConfigs`, and the operations about integration associations.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::state::State;
use crate::state::association::{Association, FILE_SCANNER};
use crate::state::error::OperationError;

/// Id of the only storage configuration.
const STORAGE_ASSOCIATION_ID: &str = "55555555-aaaa-4bbb-8ccc-666666666666";

/// `ListInstanceStorageConfigsRequest`; the list never fills a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StorageInput {
    resource_type: String,
}

/// `ListIntegrationAssociationsRequest`; the list never fills a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    integration_type: Option<String>,
    integration_arn: Option<String>,
}

/// `CreateIntegrationAssociationRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    integration_type: String,
    integration_arn: String,
}

/// `DeleteIntegrationAssociationRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    integration_association_id: String,
}

/// The bucket for attachments, and nothing for the other types.
pub(super) fn storage_configs(state: &State, input: &StorageInput) -> Value {
    if input.resource_type != "ATTACHMENTS" {
        return json!({ "StorageConfigs": [] });
    }
    let config = json!({
        "AssociationId": STORAGE_ASSOCIATION_ID,
        "StorageType": "S3",
        "S3Config": {
            "BucketName": state.options.store.bucket,
            "BucketPrefix": format!("connect/{}", state.options.instance_id),
        },
    });
    json!({ "StorageConfigs": [config] })
}

/// The associations that the filters match.
pub(super) fn list_associations(state: &State, input: &ListInput) -> Value {
    let matches = |filter: &Option<String>, value: &str| filter.as_ref().is_none_or(|wanted| wanted == value);
    let records = state.records();
    let associations = records.associations.iter().filter(|association| {
        matches(&input.integration_type, &association.kind)
            && matches(&input.integration_arn, &association.arn)
    });
    let summaries: Vec<Value> = associations
        .map(|association| association.described(&state.options))
        .collect();
    json!({ "IntegrationAssociationSummaryList": summaries })
}

/// Associates the instance with a scanner. Other types are not emulated, and neither is a second scanner.
pub(super) fn create_association(state: &State, input: CreateInput) -> Result<Value, OperationError> {
    let invalid = |message: &'static str| Err(OperationError::Invalid(message.into()));
    if input.integration_type != FILE_SCANNER {
        return invalid("Invalid IntegrationType: only FILE_SCANNER is emulated");
    }
    let is_function = input.integration_arn.split(':').nth(2) == Some("lambda");
    if !is_function || !input.integration_arn.contains(":function:") {
        return invalid("Invalid IntegrationArn: not the ARN of a Lambda function");
    }
    let mut records = state.records();
    if records.scanner().is_some() {
        return Err(OperationError::Duplicate(
            "The instance has a FILE_SCANNER already",
        ));
    }
    let association = Association {
        id: Uuid::new_v4().to_string(),
        kind: input.integration_type,
        arn: input.integration_arn,
    };
    let answer = json!({
        "IntegrationAssociationId": association.id,
        "IntegrationAssociationArn": association.own_arn(&state.options),
    });
    records.associations.push(association);
    Ok(answer)
}

/// Ends an association.
pub(super) fn delete_association(state: &State, input: &DeleteInput) -> Result<(), OperationError> {
    let id = &input.integration_association_id;
    let associations = &mut state.records().associations;
    let known = associations.len();
    associations.retain(|association| association.id != *id);
    (associations.len() < known)
        .then_some(())
        .ok_or_else(|| OperationError::not_found("IntegrationAssociation", id))
}
