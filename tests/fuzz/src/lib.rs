//! Fuzz entries of the broker's parsers, as plain functions of bytes.
//!
//! Each module has an `entry` that panics when an input breaks a rule of its parser. `tests/entries` drives every
//! entry for a few seconds with the inputs in `corpus` and with mutations of them. Signed and sealed inputs come from
//! `seeds`, because the repository holds no tokens.

pub mod arn;
pub mod event;
pub mod file_name;
pub mod handle;
pub mod settings;
pub mod strict_json;
pub mod token;
