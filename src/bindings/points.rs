//! The exports of a test build: which points there are, and at which one the engine is to trap.

use super::engine::with_desk;
use super::inject;
use wasm_bindgen::prelude::wasm_bindgen;

/// How many points there are.
#[wasm_bindgen(js_name = "injectionPoints")]
pub fn points() -> usize {
    inject::names().count()
}

/// What a point is called, laid on the desk: its length.
#[wasm_bindgen(js_name = "injectionPoint")]
pub fn point(number: usize) -> i32 {
    inject::names().nth(number).map_or(-1, |name| with_desk(|desk| desk.lay_one(&name)))
}

/// Has the next operation that passes this point trap there; a number that is no point disarms.
#[wasm_bindgen(js_name = "injectionArm")]
pub fn arm(number: usize) {
    inject::arm(number);
}
