//! `ListInstanceStorageConfigs` and `ListIntegrationAssociations`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::state::State;

/// Id of the only association of each kind.
const STORAGE_ASSOCIATION_ID: &str = "55555555-aaaa-4bbb-8ccc-666666666666";
const INTEGRATION_ASSOCIATION_ID: &str = "77777777-aaaa-4bbb-8ccc-888888888888";

/// `ListInstanceStorageConfigsRequest`; the list never fills a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StorageInput {
    resource_type: String,
}

/// `ListIntegrationAssociationsRequest`; the list never fills a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IntegrationsInput {
    integration_type: Option<String>,
    integration_arn: Option<String>,
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

/// The association with the Cases domain, if the filters match it.
pub(super) fn integration_associations(state: &State, input: &IntegrationsInput) -> Value {
    let options = &state.options;
    let domain_arn = options.domain_arn();
    let matches = |filter: &Option<String>, value: &str| filter.as_ref().is_none_or(|wanted| wanted == value);
    if !matches(&input.integration_type, "CASES_DOMAIN") || !matches(&input.integration_arn, &domain_arn) {
        return json!({ "IntegrationAssociationSummaryList": [] });
    }
    let association = json!({
        "IntegrationAssociationId": INTEGRATION_ASSOCIATION_ID,
        "IntegrationAssociationArn":
            format!("{}/integration-association/{INTEGRATION_ASSOCIATION_ID}", options.instance_arn()),
        "InstanceId": options.instance_id,
        "IntegrationType": "CASES_DOMAIN",
        "IntegrationArn": domain_arn,
    });
    json!({ "IntegrationAssociationSummaryList": [association] })
}
