//! Stand-in for Amazon Connect's attached-file API, for tests and local work.
//!
//! One listener serves the operations of `model/connect.json` and `model/connectcases.json`. Every call must be signed
//! with Signature Version 4, counts against Connect's quotas, and must meet the constraints of the models. The files'
//! bytes are in an S3-compatible store behind presigned URLs. What is not known of the live service is a member of
//! [`Readings`], with the likelier answer as its default.
//!
//! `local/local-stack/README.md` describes the routes below `/_local/`. This crate imports no broker crate, so that it
//! can disagree with the broker.

mod clock;
mod front_door;
mod model;
mod operations;
mod options;
mod readings;
mod server;
mod signing;
mod state;

pub use clock::{Clock, ClockHand};
pub use front_door::sigv4::{SignatureError, credential_scope, verify as verify_signature};
pub use operations::CASE_TEMPLATE_ID;
pub use options::{
    Channel, Credentials, Limits, Options, Quota, Rate, ScannerOptions, SeedCase, SeedContact, SeedUser,
    Seeds, StoreOptions,
};
pub use readings::Readings;
pub use server::{Running, serve};
pub use signing::Signer;
