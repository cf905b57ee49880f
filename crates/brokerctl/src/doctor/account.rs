//! Calls to AWS with the operator's own credentials. The function's role may not make all of them.
//!
//! Each call is made once, and a throttled one a second time.

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
use broker_connect::{
    Connect, SystemClock, attachment_scope, cases_client, client, file_limits, http_client,
};
use broker_core::arn::{ConnectUserArn, Deployment};
use broker_core::limits::{FileLimits, Scope};
use broker_core::operation::Quotas;
use broker_core::pace::{MemoryLedger, Pace};
use broker_core::request::Username;
use broker_core::upload_hosts::UploadHosts;

use super::call_error::CallError;

/// Maximum duration of one call.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Pause before a throttled call is made again: most quotas give two requests a second.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// Id of a case or contact that does not exist. AWS says so only to a caller who may read it.
const ABSENT_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Maximum of names in one search.
const NAMES_PER_SEARCH: usize = 50;

/// Where an instance keeps attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttachmentStorage {
    /// Connect's name for the kind of storage; attachments need `S3`.
    pub(super) kind: String,
    /// The bucket, if the storage is one.
    pub(super) bucket: Option<Bucket>,
}

/// The bucket for attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Its name.
    pub(super) name: String,
    /// Prefix of the keys of Connect's objects.
    pub(super) prefix: String,
    /// The key that the customer chose for Connect to encrypt with.
    pub(super) key_id: Option<String>,
}

/// The account that the SDK finds in its own environment and files.
pub(super) struct Account {
    sdk_config: SdkConfig,
    connect: aws_sdk_connect::Client,
    cases: aws_sdk_connectcases::Client,
    deployment: Deployment,
}

impl Account {
    /// The account of the process's environment, for questions about `deployment`.
    ///
    /// The SDK finds region, endpoints and credentials; `region` is used if none is configured.
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
        Self {
            connect: client(&sdk_config),
            cases: cases_client(&sdk_config),
            sdk_config,
            deployment,
        }
    }

    /// The region that the calls go to.
    pub(super) fn region(&self) -> &str {
        self.sdk_config.region().map(Region::as_ref).unwrap_or_default()
    }

    /// Whether there are credentials to sign with. AWS may still refuse them.
    pub(super) async fn has_credentials(&self) -> bool {
        match self.sdk_config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await.is_ok(),
            None => false,
        }
    }

    /// The broker's own [`Connect`], with this account's credentials.
    pub(super) fn connect(&self, upload_hosts: UploadHosts) -> Connect<MemoryLedger> {
        // One operator needs no jitter, and stands in no line.
        let pace = Pace::new(Quotas::default(), None, SystemClock::new(|| 0.5));
        Connect::new(&self.sdk_config, self.deployment.clone(), upload_hosts, pace)
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

    /// `SearchUsers`: those of `names` that no user has, byte for byte, with one call for every fifty.
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

    /// `DescribeUser`: whether the user exists.
    pub(super) async fn user(&self, user: &ConnectUserArn) -> Result<(), CallError> {
        let request = self.connect.describe_user();
        let request = request.instance_id(self.instance_id()).user_id(user.id());
        once(|| request.clone().send()).await.map(drop)
    }

    /// `GetCase` of a case that does not exist: whether cases may be read.
    pub(super) async fn may_read_cases(&self) -> Result<(), CallError> {
        let domain = self.deployment.cases_domain.as_ref();
        let field = aws_sdk_connectcases::types::FieldIdentifier::builder().id("customer_id");
        let request = self.cases.get_case().case_id(ABSENT_ID);
        let request = request
            .set_domain_id(domain.map(|domain| domain.id().to_owned()))
            .set_fields(field.build().ok().map(|field| vec![field]));
        answered_or_absent(once(|| request.clone().send()).await)
    }

    /// `DescribeContact` of a contact that does not exist: whether contacts may be read.
    pub(super) async fn may_read_contacts(&self) -> Result<(), CallError> {
        let request = self.connect.describe_contact();
        let request = request.instance_id(self.instance_id()).contact_id(ABSENT_ID);
        answered_or_absent(once(|| request.clone().send()).await)
    }

    fn instance_id(&self) -> &str {
        self.deployment.instance.id()
    }
}

/// The outcome of one call, or of a second one if the first was throttled. Boxed, because the SDK's futures are several
/// kilobytes.
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

/// An answer that the id does not exist means that the caller may read.
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
        key_id: config.encryption_config.map(|encryption| encryption.key_id),
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
