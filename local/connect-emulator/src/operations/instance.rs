use serde::Deserialize;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::error::Refusal;

/// Ids of the one association of each kind.
const STORAGE_ASSOCIATION_ID: &str = "55555555-aaaa-4bbb-8ccc-666666666666";
const INTEGRATION_ASSOCIATION_ID: &str = "77777777-aaaa-4bbb-8ccc-888888888888";

/// `ListInstanceStorageConfigsRequest`; the list never fills a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StorageAsked {
    instance_id: String,
    resource_type: String,
}

/// `ListIntegrationAssociationsRequest`; the list never fills a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IntegrationsAsked {
    instance_id: String,
    integration_type: Option<String>,
    integration_arn: Option<String>,
}

/// The bucket for attachments, and nothing for the other types.
pub(super) fn storage_configs(emulator: &Emulator, asked: &StorageAsked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    if asked.resource_type != "ATTACHMENTS" {
        return Ok(json!({ "StorageConfigs": [] }));
    }
    let config = json!({
        "AssociationId": STORAGE_ASSOCIATION_ID,
        "StorageType": "S3",
        "S3Config": {
            "BucketName": emulator.options.store.bucket,
            "BucketPrefix": format!("connect/{}", emulator.options.instance_id),
        },
    });
    Ok(json!({ "StorageConfigs": [config] }))
}

/// The Cases domain, where the filters leave it.
pub(super) fn integration_associations(
    emulator: &Emulator,
    asked: &IntegrationsAsked,
) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let options = &emulator.options;
    let domain_arn = options.domain_arn();
    let wanted = asked
        .integration_type
        .as_ref()
        .is_none_or(|wanted| wanted == "CASES_DOMAIN")
        && asked
            .integration_arn
            .as_ref()
            .is_none_or(|wanted| *wanted == domain_arn);
    let association = json!({
        "IntegrationAssociationId": INTEGRATION_ASSOCIATION_ID,
        "IntegrationAssociationArn":
            format!("{}/integration-association/{INTEGRATION_ASSOCIATION_ID}", options.instance_arn()),
        "InstanceId": options.instance_id,
        "IntegrationType": "CASES_DOMAIN",
        "IntegrationArn": domain_arn,
    });
    let list: Vec<Value> = wanted.then_some(association).into_iter().collect();
    Ok(json!({ "IntegrationAssociationSummaryList": list }))
}
