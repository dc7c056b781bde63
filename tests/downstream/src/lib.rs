//! A cache of prices for a page, in Rust: the engine of `fetchwell` behind an interface of this crate's own.

use fetchwell::engine::{Config, Insert, Inserted, Place, Span, Store, Terms, Timestamp};
use wasm_bindgen::prelude::wasm_bindgen;

/// Prices, each fresh for a minute.
#[wasm_bindgen]
pub struct Prices {
    store: Store<f64>,
}

#[wasm_bindgen]
impl Prices {
    /// None yet.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript has no other way to make one")]
    pub fn new() -> Self {
        Self { store: Store::new(Config::default()) }
    }

    /// Keeps a price; `now` is `Date.now()`. Was there room for it?
    pub fn keep(&mut self, of: &str, price: f64, now: f64) -> bool {
        let how = Insert { weight: 8, terms: Terms::ttl(Span::ms(60_000)), tags: &[] };
        self.store.insert(Place::ROOT, of, price, how, at(now)) == Inserted::Stored
    }

    /// The price, if it is fresh.
    pub fn of(&mut self, what: &str, now: f64) -> Option<f64> {
        self.store.get(Place::ROOT, what, at(now)).copied()
    }
}

/// The engine has no clock: time is an argument everywhere.
fn at(now: f64) -> Timestamp {
    Timestamp(now as u64)
}
