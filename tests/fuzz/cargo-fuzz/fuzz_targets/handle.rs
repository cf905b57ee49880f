//! `fuzz_entries::handle` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_entries::handle::entry(bytes));
