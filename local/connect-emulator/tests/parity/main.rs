//! The emulator, driven by the SDKs that speak to the real service.

mod directory;
mod faults;
mod readings;
mod refusals;
mod store;
mod support;
mod uploads;
