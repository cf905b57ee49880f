//! The ports of broker-core and of broker-token over the AWS SDKs and their HTTP client.
//!
//! [`Connect`] answers `AttachedFiles`, `AttachmentLimits`, `UserDirectory`, `CaseRecords` and `ContactRecords`. It
//! is the only crate that names the SDKs: their types go in and out through pure functions in `wire`, each call
//! goes through the one loop in `retry`, and what comes back carries nothing of the service's text.
//! [`DocumentClient`] fetches the documents of token issuers through the same HTTP client.
//!
//! ```no_run
//! # fn build() -> Result<(), Box<dyn std::error::Error>> {
//! use broker_connect::{Roots, connector, http_client};
//!
//! let http_client = http_client(connector(&Roots::amazon())?);
//! let sdk_config = aws_config::SdkConfig::builder().http_client(http_client).build();
//! # Ok(()) }
//! ```

mod cases;
mod connect;
mod contacts;
pub mod diagnosis;
mod directory;
mod documents;
mod failure;
mod files;
mod http;
mod observation;
mod operation;
mod retry;
mod roots;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod user_agent;
mod wire;

pub use aws_smithy_runtime_api::client::http::SharedHttpConnector;
pub use connect::Connect;
pub use documents::DocumentClient;
pub use http::{connector, http_client};
pub use observation::{Attempt, AttemptOutcome, Observation, Observer};
pub use roots::{Roots, RootsError};
