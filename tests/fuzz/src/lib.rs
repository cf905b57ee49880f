//! What no input may do to the broker's parsers, as functions of bytes.
//!
//! Each room has an `entry` that panics where an input breaks a promise. `tests/entries` drives them on
//! stable Rust for a few seconds; `cargo-fuzz` holds targets for libFuzzer. `corpus` holds a folder of
//! first inputs for each room; what is signed or sealed is made by `seeds`, so that none lies in the tree.

pub mod arn;
pub mod event;
pub mod file_name;
pub mod handle;
pub mod settings;
pub mod strict_json;
pub mod token;
