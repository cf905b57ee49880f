//! Amazon Connect's attached-file API, as its public model describes it, for tests and local work.
//!
//! One listener speaks the operations of `model/connect.json` and `model/connectcases.json` over
//! rest-json: requests are routed by the models' `http` traits, must be signed with Signature Version 4,
//! are counted against Connect's quotas, and keep every constraint that the models state. Files lie in an
//! S3-compatible store behind presigned URLs.
//!
//! What is not known of the live service is a [`Readings`] member each, with the likelier answer as its
//! default.
//!
//! # Local routes
//! | route | does |
//! | --- | --- |
//! | `GET /_local/files` | `{"files": [AttachedFile...]}`, oldest first, those that exist |
//! | `GET /_local/calls` | `[{"operation", "status", "time", "requestId"}]`; status 0: a fault kept it from answering |
//! | `DELETE /_local/calls` | empties that list |
//! | `PUT /_local/faults` | arms `[{"operation", "call", "times", "kind", "status", "code", "reason", "delayMs", "value"}]` in place of what was armed |
//!
//! It knows nothing of the broker, so that it can disagree with it.

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
pub use options::{
    Channel, Credentials, Limits, Options, Quota, Rate, SeedCase, SeedContact, SeedUser, Seeds, StoreOptions,
};
pub use readings::{
    ChangedRequest, ConnectUserArn, ContentLength, ExpiredUpload, FileNameHeader, MissingObject,
    PendingStatus, Readings, RepeatedToken, SecondComplete, UnknownResource, UserSearch,
};
pub use server::{Running, serve};
