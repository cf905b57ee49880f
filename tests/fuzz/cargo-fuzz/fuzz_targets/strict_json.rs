//! `fuzz_entries::strict_json` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_entries::strict_json::entry(bytes));
