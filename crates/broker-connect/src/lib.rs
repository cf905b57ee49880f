//! The ports of broker-core and broker-token, over the AWS SDKs and one HTTP client.
//!
//! [`Connect`] implements `AttachedFiles`, `AttachmentLimits`, `UserDirectory`, `CaseRecords` and `ContactRecords`. Pure
//! functions in `wire` translate the SDKs' types, and every call goes through the one loop in `retry`. No text of the
//! service passes through. [`DocumentClient`] fetches the documents of token issuers through the same HTTP client.
//!
//! ```no_run
//! # fn build() -> Result<(), Box<dyn std::error::Error>> {
//! use broker_connect::{Roots, connector, http_client};
//!
//! let http_client = http_client(connector(&Roots::amazon())?);
//! let sdk_config = aws_config::SdkConfig::builder().http_client(http_client).build();
//! # Ok(()) }
//! ```

mod attempt_error;
mod cases;
mod connect;
mod contacts;
mod directory;
mod documents;
mod files;
mod http;
mod observation;
mod retry;
mod roots;
mod sdk_config;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod user_agent;
mod wire;

pub use aws_smithy_runtime_api::client::http::SharedHttpConnector;
pub use connect::{Connect, cases_client, client};
pub use documents::{DocumentClient, read_body};
pub use http::{connector, http_client};
pub use observation::{Attempt, AttemptOutcome, Observation, Observer};
pub use retry::SystemClock;
pub use roots::Roots;
pub use sdk_config::{Lookup, sdk_config};
pub use wire::{CommonError, attachment_scope, file_limits};
