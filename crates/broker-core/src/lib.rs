//! The rules of the broker, without I/O, clock and environment.
//!
//! A request travels one way: a [`caller::Caller`], then its [`identity`] (the Connect user), then the
//! [`request::UploadRequest`], then the [`grants`], which make the only value that the [`ports`] accept. Each step
//! takes the previous step's result as its argument, so no step can be skipped.

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
pub mod pace;
pub mod ports;
mod refusals;
pub mod request;
pub mod rule;
pub mod started_upload;
pub mod strict_url;
pub mod ticket;
pub mod upload;
pub mod upload_hosts;
