//! `fuzz_entries::file_name` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_entries::file_name::entry(bytes));
