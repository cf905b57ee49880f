//! The ports of broker-core over the AWS SDKs for Amazon Connect.
//!
//! [`Connect`] answers `AttachedFiles`, `UserDirectory`, `CaseRecords` and `ContactRecords`. It is the only
//! room that names the SDKs: their types go in and out through pure functions in `wire`, each call goes
//! through the one loop in `retry`, and what comes back carries nothing of the service's text.
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
mod directory;
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
mod wire;

pub use connect::Connect;
pub use http::{connector, http_client};
pub use observation::{Attempt, AttemptOutcome, Observation, Observer};
pub use roots::{Roots, RootsError};
