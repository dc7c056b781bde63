//! The bindings from where JavaScript stands: texts are laid in memory, numbers come back. Runs in wasm alone, in Node and in browsers:
//! `wasm-pack test --node`, or a step of `cargo xtask test`.
#![cfg(target_arch = "wasm32")]

use fetchwell::bindings::{close, digest, get, numbers, open, peek, remove, set, texts};
use wasm_bindgen_test::wasm_bindgen_test;

const ROOT: u32 = 0;
const NEVER: f64 = f64::INFINITY;

/// An engine of its own for each test, closed at the end.
struct Opened(u32);

impl Opened {
    fn new() -> Self {
        Self(open(100, 1e6, 1e5, lay(":"), false, 1.0, 2.0))
    }

    fn set(&self, key: &str, handle: u32, ttl: f64) -> u32 {
        let key = lay(key);
        set(self.0, ROOT, key, key, handle, 1.0, ttl, NEVER, 0.0, 0.0, 0.0, 0.0)
    }

    fn get(&self, key: &str, now: f64) -> i32 {
        let key = lay(key);
        get(self.0, ROOT, key, key, false, now)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        close(self.0);
    }
}

/// Lays a text where the engine reads it, and tells its length.
fn lay(text: &str) -> usize {
    lay_bytes(text.as_bytes())
}

fn lay_bytes(bytes: &[u8]) -> usize {
    let small = |number: usize| u32::try_from(number).expect("memory of 64 bits");
    let (place, length) = (small(texts(bytes.len())), small(bytes.len()));
    let memory = js_sys::Reflect::get(&wasm_bindgen::memory(), &"buffer".into()).expect("no buffer");
    js_sys::Uint8Array::new_with_byte_offset_and_length(&memory, place, length).copy_from(bytes);
    bytes.len()
}

#[wasm_bindgen_test]
fn a_value_is_found_under_its_key_by_the_number_it_was_given() {
    let engine = Opened::new();
    assert_eq!(engine.set("books:7", 42, NEVER), 0);
    assert_eq!(engine.get("books:7", 1.0), 42);
    assert_eq!(engine.get("books:8", 1.0), -1, "cold");
}

#[wasm_bindgen_test]
fn a_value_is_expired_at_its_deadline() {
    let engine = Opened::new();
    engine.set("a", 1, 1000.0);
    assert_eq!(engine.get("a", 999.0), 1);
    assert!(engine.get("a", 1000.0) < 0);
}

#[wasm_bindgen_test]
fn a_key_may_have_any_letters() {
    let engine = Opened::new();
    for (handle, key) in (0..).zip(["", "ключ", "鍵", "🗝", "a\0b"]) {
        assert_eq!(engine.set(key, handle, NEVER), 0);
        assert_eq!(engine.get(key, 1.0), i32::try_from(handle).expect("a small number"), "{key}");
    }
}

#[wasm_bindgen_test]
fn what_is_removed_is_gone_in_its_engine_alone() {
    let (one, other) = (Opened::new(), Opened::new());
    one.set("a", 1, NEVER);
    other.set("a", 2, NEVER);
    let key = lay("a");
    assert!(remove(one.0, ROOT, key, key, 1.0));
    assert!(one.get("a", 1.0) < 0);
    assert_eq!(other.get("a", 1.0), 2);
}

#[wasm_bindgen_test]
fn an_engine_that_is_closed_answers_that_there_is_nothing() {
    let engine = Opened::new();
    engine.set("a", 1, NEVER);
    close(engine.0);
    let key = lay("a");
    assert!(peek(engine.0, ROOT, key, key, 1.0) < 0);
}

#[wasm_bindgen_test]
fn bytes_that_are_no_text_are_no_key() {
    let engine = Opened::new();
    let key = lay_bytes(&[0xc3, 0x28]);
    assert_ne!(set(engine.0, ROOT, key, key, 1, 1.0, NEVER, NEVER, 0.0, 0.0, 0.0, 0.0), 0);
    let key = lay("a");
    assert!(peek(engine.0, ROOT, key + 1_000_000, key, 1.0) < 0);
}

#[wasm_bindgen_test]
fn numbers_lie_where_they_always_lie() {
    let before = numbers();
    lay(&"x".repeat(1_000_000));
    assert_eq!(numbers(), before);
    assert!(digest(lay("abc")) >= 0);
}
