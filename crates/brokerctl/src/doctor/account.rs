//! The account as the operator's own credentials see it.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_connect::types::{
    InstanceStorageConfig, InstanceStorageResourceType, IntegrationType, S3Config, StringComparisonType,
    StringCondition, UserSearchCriteria,
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use broker_connect::{Connect, UserAgent, attachment_scope, file_limits, http_client};
use broker_core::arn::{ConnectUserArn, Deployment};
use broker_core::limits::{FileLimits, Scope};
use broker_core::request::Username;
use broker_core::upload_hosts::UploadHosts;

use super::call_error::CallError;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a throttled call waits before it is made again: most quotas give two requests a second.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// Id of a case or contact that nobody has: being told that it is not there takes the permission to look.
const NOBODYS_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Most names in one search.
const NAMES_PER_SEARCH: usize = 50;

/// Where an instance keeps attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttachmentStorage {
    /// The kind of storage as Connect calls it; attachments need `S3`.
    pub(super) kind: String,
    /// The bucket, where it is one.
    pub(super) bucket: Option<Bucket>,
}

/// The bucket for attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Its name.
    pub(super) name: String,
    /// What the keys of Connect's objects begin with.
    pub(super) prefix: String,
    /// Whether Connect encrypts with a key of the customer's.
    pub(super) has_own_key: bool,
}

/// An account as the SDK's own environment and files lead to it.
pub(super) struct Account {
    sdk_config: SdkConfig,
    connect: aws_sdk_connect::Client,
    cases: aws_sdk_connectcases::Client,
    deployment: Deployment,
}

impl Account {
    /// The account that the process's environment leads to, for a look at `deployment`.
    ///
    /// Region, endpoints and credentials are found as the SDK finds them; where no region is configured it
    /// is `region`.
    pub(super) async fn from_environment(
        connector: SharedHttpConnector,
        deployment: Deployment,
        region: &str,
    ) -> Self {
        let defaults = aws_config::defaults(BehaviorVersion::latest());
        let loaded = defaults.http_client(http_client(connector)).load().await;
        let region = loaded
            .region()
            .cloned()
            .unwrap_or_else(|| Region::new(region.to_owned()));
        let once = RetryConfig::disabled();
        let sdk_config = loaded.to_builder().region(region).retry_config(once).build();
        let user_agent = UserAgent::of(sdk_config.app_name());
        let connect = aws_sdk_connect::config::Builder::from(&sdk_config).interceptor(user_agent.clone());
        let cases = aws_sdk_connectcases::config::Builder::from(&sdk_config).interceptor(user_agent);
        Self {
            connect: aws_sdk_connect::Client::from_conf(connect.build()),
            cases: aws_sdk_connectcases::Client::from_conf(cases.build()),
            sdk_config,
            deployment,
        }
    }

    /// The region that is asked.
    pub(super) fn region(&self) -> &str {
        self.sdk_config.region().map(Region::as_ref).unwrap_or_default()
    }

    /// Whether there are credentials to sign with, accepted or not.
    pub(super) async fn has_credentials(&self) -> bool {
        match self.sdk_config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await.is_ok(),
            None => false,
        }
    }

    /// The broker's own way to Amazon Connect, with this account's credentials.
    pub(super) fn connect(&self, upload_hosts: UploadHosts) -> Connect {
        // One operator needs no jitter.
        Connect::new(&self.sdk_config, self.deployment.clone(), upload_hosts, || 0.5)
    }

    /// `ListInstanceStorageConfigs`: where the instance keeps attachments.
    pub(super) async fn attachment_storage(&self) -> Result<Vec<AttachmentStorage>, CallError> {
        let request = self.connect.list_instance_storage_configs();
        let request = request
            .instance_id(self.instance_id())
            .resource_type(InstanceStorageResourceType::Attachments);
        let answer = once(|| request.clone().send()).await?;
        let configs = answer.storage_configs.unwrap_or_default();
        Ok(configs.into_iter().map(storage).collect())
    }

    /// `ListIntegrationAssociations`: ARNs of the Cases domains that the instance works with.
    pub(super) async fn cases_domains(&self) -> Result<Vec<String>, CallError> {
        let request = self.connect.list_integration_associations();
        let request = request
            .instance_id(self.instance_id())
            .integration_type(IntegrationType::CasesDomain);
        let answer = once(|| request.clone().send()).await?;
        let listed = answer.integration_association_summary_list.unwrap_or_default();
        Ok(listed
            .into_iter()
            .filter_map(|association| association.integration_arn)
            .collect())
    }

    /// `DescribeAttachedFilesConfiguration`: the effective limits of `scope`.
    pub(super) async fn limits(&self, scope: Scope) -> Result<FileLimits, CallError> {
        let request = self.connect.describe_attached_files_configuration();
        let request = request
            .instance_id(self.instance_id())
            .attachment_scope(attachment_scope(scope));
        once(|| request.clone().send()).await.map(file_limits)
    }

    /// `SearchUsers`: those of `names` that no user has, byte for byte; one call for each fifty of them.
    pub(super) async fn unknown_users(&self, names: &[Username]) -> Result<Vec<Username>, CallError> {
        let mut unknown = names.to_vec();
        for some in names.chunks(NAMES_PER_SEARCH) {
            let request = self.connect.search_users();
            let request = request
                .instance_id(self.instance_id())
                .search_criteria(any_of(some))
                .max_results(500);
            let users = once(|| request.clone().send()).await?.users.unwrap_or_default();
            let is_there = |name: &Username| users.iter().any(|user| user.username() == Some(name.as_str()));
            unknown.retain(|name| !is_there(name));
        }
        Ok(unknown)
    }

    /// `DescribeUser`: that the user exists.
    pub(super) async fn user(&self, user: &ConnectUserArn) -> Result<(), CallError> {
        let request = self.connect.describe_user();
        let request = request.instance_id(self.instance_id()).user_id(user.id());
        once(|| request.clone().send()).await.map(drop)
    }

    /// `GetCase` of a case that nobody has: that cases may be read.
    pub(super) async fn may_read_cases(&self) -> Result<(), CallError> {
        let domain = self.deployment.cases_domain.as_ref();
        let field = aws_sdk_connectcases::types::FieldIdentifier::builder().id("customer_id");
        let request = self.cases.get_case().case_id(NOBODYS_ID);
        let request = request
            .set_domain_id(domain.map(|domain| domain.id().to_owned()))
            .set_fields(field.build().ok().map(|field| vec![field]));
        answered_or_absent(once(|| request.clone().send()).await)
    }

    /// `DescribeContact` of a contact that nobody has: that contacts may be read.
    pub(super) async fn may_read_contacts(&self) -> Result<(), CallError> {
        let request = self.connect.describe_contact();
        let request = request.instance_id(self.instance_id()).contact_id(NOBODYS_ID);
        answered_or_absent(once(|| request.clone().send()).await)
    }

    fn instance_id(&self) -> &str {
        self.deployment.instance.id()
    }
}

/// The outcome of one call, or of a second one where the first was throttled; on the heap, because the SDK's
/// futures are of many kilobytes.
async fn once<T, E: ProvideErrorMetadata, F>(send: impl Fn() -> F) -> Result<T, CallError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    match attempt(Box::pin(send())).await {
        Err(CallError::Throttled) => {
            tokio::time::sleep(THROTTLED_PAUSE).await;
            attempt(Box::pin(send())).await
        }
        outcome => outcome,
    }
}

/// The outcome of one request.
async fn attempt<T, E: ProvideErrorMetadata>(
    request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T, CallError> {
    match tokio::time::timeout(TIMEOUT, request).await {
        Ok(outcome) => outcome.map_err(|error| CallError::of(&error)),
        Err(_) => Err(CallError::TimedOut),
    }
}

/// Whoever is told that nobody has the id was let in.
fn answered_or_absent<T>(outcome: Result<T, CallError>) -> Result<(), CallError> {
    match outcome {
        Ok(_) | Err(CallError::NotFound | CallError::Other { status: 400, .. }) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

fn storage(config: InstanceStorageConfig) -> AttachmentStorage {
    AttachmentStorage {
        kind: config.storage_type.as_str().to_owned(),
        bucket: config.s3_config.map(bucket),
    }
}

fn bucket(config: S3Config) -> Bucket {
    Bucket {
        has_own_key: config.encryption_config.is_some(),
        name: config.bucket_name,
        prefix: config.bucket_prefix,
    }
}

fn any_of(names: &[Username]) -> UserSearchCriteria {
    let is_named = |name: &Username| {
        let condition = StringCondition::builder()
            .field_name("Username")
            .value(name.as_str())
            .comparison_type(StringComparisonType::Exact);
        UserSearchCriteria::builder()
            .string_condition(condition.build())
            .build()
    };
    let alternatives = names.iter().map(is_named).collect();
    UserSearchCriteria::builder()
        .set_or_conditions(Some(alternatives))
        .build()
}
