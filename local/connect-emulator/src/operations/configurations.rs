//! `DescribeAttachedFilesConfiguration`, `ListAttachedFilesConfigurations`, `UpdateAttachedFilesConfiguration`.

use serde::{Deserialize, Serialize};

use super::page::page;
use crate::clock::EpochSecs;
use crate::state::State;
use crate::state::configuration::{Configuration, Scope};
use crate::state::error::OperationError;

const DEFAULT_MAX_RESULTS: usize = 100;

/// Every scope, in the order of the list.
const SCOPES: [Scope; 4] = [Scope::Email, Scope::Chat, Scope::Case, Scope::Task];

/// `DescribeAttachedFilesConfigurationRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeInput {
    attachment_scope: Scope,
}

/// `DescribeAttachedFilesConfigurationResponse`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeOutput {
    attached_files_configuration: Described,
}

/// `ListAttachedFilesConfigurationsRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// `ListAttachedFilesConfigurationsResponse`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    attached_files_configurations: Vec<Described>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `UpdateAttachedFilesConfigurationRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    attachment_scope: Scope,
    maximum_size_limit_in_bytes: Option<u64>,
    extension_configuration: Option<ExtensionConfiguration>,
}

/// `AttachedFilesConfiguration`; its summary is the same without the time.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    instance_id: String,
    attachment_scope: Scope,
    maximum_size_limit_in_bytes: u64,
    extension_configuration: ExtensionConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_time: Option<EpochSecs>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExtensionConfiguration {
    allowed_extensions: Vec<AllowedExtension>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AllowedExtension {
    extension: String,
}

/// The effective limits of one scope.
pub(super) fn describe(state: &State, input: &DescribeInput) -> DescribeOutput {
    let mut records = state.records();
    let scope = input.attachment_scope;
    DescribeOutput {
        attached_files_configuration: described(state, scope, records.configuration(scope)),
    }
}

/// The effective limits of every scope.
pub(super) fn list(state: &State, input: &ListInput) -> Result<ListOutput, OperationError> {
    let mut records = state.records();
    let summary = |scope| Described {
        last_modified_time: None,
        ..described(state, scope, records.configuration(scope))
    };
    let summaries = SCOPES.map(summary).into();
    let max_results = input.max_results.unwrap_or(DEFAULT_MAX_RESULTS);
    let (attached_files_configurations, next_token) =
        page(summaries, max_results, input.next_token.as_deref())?;
    Ok(ListOutput {
        attached_files_configurations,
        next_token,
    })
}

/// Changes the limits of one scope that the request names.
pub(super) fn update(state: &State, input: UpdateInput) -> Described {
    let scope = input.attachment_scope;
    let mut records = state.records();
    let configuration = records.configuration(scope);
    if let Some(maximum_size_bytes) = input.maximum_size_limit_in_bytes {
        configuration.maximum_size_bytes = maximum_size_bytes;
    }
    if let Some(extensions) = input.extension_configuration {
        let allowed = extensions.allowed_extensions.into_iter();
        configuration.extensions = allowed.map(|one| one.extension).collect();
    }
    configuration.modified_at = Some(state.options.clock.now());
    described(state, scope, configuration)
}

fn described(state: &State, attachment_scope: Scope, configuration: &Configuration) -> Described {
    let extensions = configuration.extensions.iter().cloned();
    let allowed_extensions = extensions
        .map(|extension| AllowedExtension { extension })
        .collect();
    Described {
        instance_id: state.options.instance_id.clone(),
        attachment_scope,
        maximum_size_limit_in_bytes: configuration.maximum_size_bytes,
        extension_configuration: ExtensionConfiguration { allowed_extensions },
        last_modified_time: configuration.modified_at.map(EpochSecs),
    }
}
