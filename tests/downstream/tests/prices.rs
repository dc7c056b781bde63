//! `wasm-pack test --node`
#![cfg(target_arch = "wasm32")]

use fetchwell_downstream::Prices;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_price_is_fresh_for_a_minute() {
    let mut prices = Prices::new();
    assert!(prices.keep("tea", 3.5, 1_000.0));
    assert_eq!(prices.of("tea", 60_999.0), Some(3.5));
    assert_eq!(prices.of("tea", 61_000.0), None);
    assert_eq!(prices.of("coffee", 1_000.0), None);
}
