//! `fuzz_entries::event` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_entries::event::entry(bytes));
