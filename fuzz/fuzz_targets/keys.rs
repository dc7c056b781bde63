#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fetchwell_fuzz::keys(data));
