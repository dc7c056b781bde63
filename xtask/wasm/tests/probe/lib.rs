//! The least that glue is needed for: a text goes in, and another comes out.
#![cfg(target_arch = "wasm32")] // elsewhere it is empty

use wasm_bindgen::prelude::wasm_bindgen;

/// Greets somebody.
#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}
