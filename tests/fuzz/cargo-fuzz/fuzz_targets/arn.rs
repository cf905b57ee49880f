//! `fuzz_entries::arn` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_entries::arn::entry(bytes));
