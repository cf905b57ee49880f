//! The emulator, driven by the AWS SDKs.

mod directory;
mod faults;
mod readings;
mod refusals;
mod store;
mod support;
mod uploads;
