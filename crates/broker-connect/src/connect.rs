//! [`Connect`]: the SDK clients, the deployment that they serve, and the retries that they share.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_connect::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use broker_core::arn::Deployment;
use broker_core::pace::{Ledger, Pace};
use broker_core::ports::{SharedValues, UpstreamError};
use broker_core::upload_hosts::UploadHosts;

use crate::attempt_error::AttemptError;
use crate::observation::{Observation, Observer};
use crate::retry::{CallFor, Retries, SystemClock};
use crate::user_agent::UserAgent;
use broker_core::operation::Operation;

/// Maximum length of a request id that is recorded; AWS's are UUIDs.
const MAX_REQUEST_ID_LEN: usize = 128;

/// The ports of broker-core, answered by Amazon Connect and Amazon Connect Cases.
///
/// An [observer](Self::observed_by) is told about each attempt and its request id.
pub struct Connect<L> {
    pub(crate) client: aws_sdk_connect::Client,
    cases_client: OnceLock<aws_sdk_connectcases::Client>,
    sdk_config: SdkConfig,
    pub(crate) deployment: Deployment,
    pub(crate) upload_hosts: UploadHosts,
    retries: Retries<L, SystemClock>,
}

impl<L: Ledger> Connect<L> {
    /// Amazon Connect as `sdk_config` reaches it, for one deployment.
    ///
    /// Retries and timeouts of `sdk_config` do not count: there is one loop, and it is ours. Its calls go at `pace`.
    #[must_use]
    pub fn new(
        sdk_config: &SdkConfig,
        deployment: Deployment,
        upload_hosts: UploadHosts,
        pace: Pace<L, SystemClock>,
    ) -> Self {
        let sdk_config = sdk_config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self {
            client: client(&sdk_config),
            cases_client: OnceLock::new(),
            sdk_config,
            deployment,
            upload_hosts,
            retries: Retries::new(pace),
        }
    }

    /// Tells `observer` about each attempt and its request id.
    #[must_use]
    pub fn observed_by(self, observer: Observer) -> Self {
        Self {
            retries: self.retries.observed_by(observer),
            ..self
        }
    }

    /// The client of Amazon Connect Cases. It is made at its first use, because few grants need it and it would make each
    /// cold start slower.
    pub(crate) fn cases_client(&self) -> &aws_sdk_connectcases::Client {
        self.cases_client.get_or_init(|| cases_client(&self.sdk_config))
    }

    /// The answer to the request that `send` sends, as often as the retries let it.
    pub(crate) async fn call<T, E, F>(
        &self,
        operation: Operation,
        call_for: impl Into<CallFor>,
        failure: fn(&SdkError<E, HttpResponse>) -> AttemptError,
        send: impl Fn() -> F + Send + Sync,
    ) -> Result<T, UpstreamError>
    where
        T: RequestId + Send,
        E: Send,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        // Boxed: the SDK's futures are several kilobytes, and every future that contains them would copy them.
        let attempt = || async { self.attempted(operation, Box::pin(send()).await, failure) };
        // Its type is hidden, because the compiler gives up on types that go as deep as two SDKs.
        let running: Pin<Box<dyn Future<Output = _> + Send + '_>> =
            Box::pin(self.retries.run(operation, call_for.into(), attempt));
        running.await
    }

    /// Tells the observer the request id of one attempt, and maps its error.
    fn attempted<T: RequestId, E>(
        &self,
        operation: Operation,
        outcome: Result<T, SdkError<E, HttpResponse>>,
        failure: fn(&SdkError<E, HttpResponse>) -> AttemptError,
    ) -> Result<T, AttemptError> {
        if let Some(request_id) = outcome.request_id().filter(|id| is_request_id(id)) {
            if operation.is_of_a_request() {
                self.retries.observe(Observation::RequestId(request_id));
            }
            let operation = operation.name();
            tracing::debug!(operation, aws.request_id = request_id, "answered");
        }
        outcome.map_err(|error| failure(&error))
    }
}

impl<L: Ledger + SharedValues> SharedValues for Connect<L> {
    async fn shared_value(&self, key: [u8; 16]) -> Option<Vec<u8>> {
        self.retries.shared()?.shared_value(key).await
    }

    async fn share_value(&self, key: [u8; 16], value: Vec<u8>, until: SystemTime) {
        if let Some(shared) = self.retries.shared() {
            shared.share_value(key, value, until).await;
        }
    }
}

/// A client of Amazon Connect that sends the broker's user agent.
#[must_use]
pub fn client(config: &SdkConfig) -> aws_sdk_connect::Client {
    let user_agent = UserAgent::of(config.app_name());
    let config = aws_sdk_connect::config::Builder::from(config).interceptor(user_agent);
    aws_sdk_connect::Client::from_conf(config.build())
}

/// A client of Amazon Connect Cases that sends the broker's user agent.
#[must_use]
pub fn cases_client(config: &SdkConfig) -> aws_sdk_connectcases::Client {
    let user_agent = UserAgent::of(config.app_name());
    let config = aws_sdk_connectcases::config::Builder::from(config).interceptor(user_agent);
    aws_sdk_connectcases::Client::from_conf(config.build())
}

/// Whether `text` has the form of a request id and so can be logged.
fn is_request_id(text: &str) -> bool {
    (1..=MAX_REQUEST_ID_LEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
