//! What a caller may upload, decided without I/O, clock or environment.
//!
//! A request travels one way: [`caller::Caller`], then [`identity`] (whom Connect records), then
//! [`request::UploadRequest`], then [`grants`] (may they), which makes the only value that the
//! [`ports`] accept. Each step's argument is the previous step's result, so none can be skipped.

pub mod arn;
pub mod byte_set;
pub mod caller;
pub mod character;
pub mod claim_name;
pub mod file;
pub mod grants;
pub mod identity;
pub mod limits;
pub mod operation;
pub mod ports;
mod refusals;
pub mod request;
pub mod rule;
pub mod strict_url;
pub mod ticket;
pub mod upload;
pub mod upload_hosts;
