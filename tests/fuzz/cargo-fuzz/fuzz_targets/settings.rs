//! `fuzz_entries::settings` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_entries::settings::entry(bytes));
