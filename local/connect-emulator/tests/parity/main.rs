//! The emulator, driven by the AWS SDKs.

mod contacts;
mod directory;
mod faults;
mod readings;
mod refusals;
mod scanner;
mod store;
mod support;
mod uploads;
