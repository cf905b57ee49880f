use serde::Deserialize;
use serde_json::{Value, json};

use super::page::page;
use crate::configuration::Scope;
use crate::emulator::Emulator;
use crate::error::Refusal;

/// `DescribeAttachedFilesConfigurationRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeAsked {
    instance_id: String,
    attachment_scope: Scope,
}

/// `ListAttachedFilesConfigurationsRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAsked {
    instance_id: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// `UpdateAttachedFilesConfigurationRequest`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateAsked {
    instance_id: String,
    attachment_scope: Scope,
    maximum_size_limit_in_bytes: Option<u64>,
    extension_configuration: Option<ExtensionConfiguration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExtensionConfiguration {
    allowed_extensions: Vec<AllowedExtension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AllowedExtension {
    extension: String,
}

/// The effective limits of one scope.
pub(super) fn describe(emulator: &Emulator, asked: &DescribeAsked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let scope = asked.attachment_scope;
    let configuration = emulator
        .state()
        .configuration(scope)
        .full(&asked.instance_id, scope);
    Ok(json!({ "AttachedFilesConfiguration": configuration }))
}

/// The effective limits of every scope.
pub(super) fn list(emulator: &Emulator, asked: &ListAsked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let state = emulator.state();
    let all: Vec<Value> = Scope::ALL
        .iter()
        .map(|scope| state.configuration(*scope).summary(&asked.instance_id, *scope))
        .collect();
    let (configurations, next) = page(all, asked.max_results.unwrap_or(100), asked.next_token.as_deref())?;
    let mut answer = json!({ "AttachedFilesConfigurations": configurations });
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

/// Changes what the request names of one scope's limits, and leaves the rest.
pub(super) fn update(emulator: &Emulator, asked: UpdateAsked) -> Result<Value, Refusal> {
    emulator.check_instance(&asked.instance_id)?;
    let scope = asked.attachment_scope;
    let mut state = emulator.state();
    let mut configuration = state.configuration(scope);
    if let Some(maximum_size_bytes) = asked.maximum_size_limit_in_bytes {
        configuration.maximum_size_bytes = maximum_size_bytes;
    }
    if let Some(extensions) = asked.extension_configuration {
        configuration.extensions = extensions
            .allowed_extensions
            .into_iter()
            .map(|one| one.extension)
            .collect();
    }
    configuration.modified_at = Some(emulator.options.clock.now());
    let answer = configuration.full(&asked.instance_id, scope);
    state.configure(scope, configuration);
    Ok(answer)
}
