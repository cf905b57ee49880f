//! The broker's `User-Agent`, which `CloudTrail` records as `userAgent`.
//!
//! It replaces the SDK's own headers, which the SDK formats anew for each request and sends twice, with an attempt number
//! that is always 1, because the retries are ours.

use aws_config::AppName;
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, disable_interceptor};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

const PRODUCT: &str = concat!("upload-broker/", env!("CARGO_PKG_VERSION"), " aws-sdk-rust");

/// The interceptor that sets the header.
#[derive(Clone, Debug)]
pub(crate) struct UserAgent(String);

impl UserAgent {
    /// The broker's name, followed by the deployment's own `app_name` if there is one.
    pub(crate) fn of(app_name: Option<&AppName>) -> Self {
        Self(match app_name {
            Some(name) => format!("{PRODUCT} app/{name}"),
            None => PRODUCT.to_owned(),
        })
    }
}

impl Intercept for UserAgent {
    fn name(&self) -> &'static str {
        "UserAgent"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reason = "the broker names itself";
        let state = config.interceptor_state();
        state.store_put(disable_interceptor::<UserAgentInterceptor>(reason));
        state.store_put(disable_interceptor::<InvocationIdInterceptor>(reason));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>(reason));
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert("user-agent", self.0.clone());
        Ok(())
    }
}
