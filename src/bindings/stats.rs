//! Sizes and statistics.

use super::desk::Texts;
use super::engine::{at, scope, whole, with};
use super::inject::{Op, Phase, pass};
use wasm_bindgen::prelude::wasm_bindgen;

/// Leaves entries and bytes in reach as numbers 1 and 2.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
#[wasm_bindgen]
pub fn size(engine: u32, reach: u32, space: u32, all: usize) {
    with(engine, (), |this, desk| {
        pass(Op::Size, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { partition, .. }) = desk.read(0, all) else { return };
        let (entries, bytes) = store.size_of(scope(store, reach, namespace, partition));
        desk.put(1, &[whole(entries), bytes as f64]);
        pass(Op::Size, Phase::After);
    });
}

/// Leaves the statistics of one namespace, or of the whole (-1), as numbers from 1 on, in the order of
/// [`Store::numbers`](crate::engine::Store::numbers), which `js/stats.ts` knows.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 of anything the last digit does not matter")]
#[wasm_bindgen]
pub fn stats(engine: u32, space: i32, now: f64) {
    with(engine, (), |this, desk| {
        pass(Op::Stats, Phase::Before);
        let of = u32::try_from(space).ok().map(|space| this.space(space));
        for (place, number) in (1..).zip(this.store.numbers(of, at(now))) {
            desk.put(place, &[number as f64]);
        }
        pass(Op::Stats, Phase::After);
    });
}

/// Starts the counters of one namespace, or of all (-1), from zero.
#[wasm_bindgen(js_name = "resetStats")]
pub fn reset_stats(engine: u32, space: i32) {
    with(engine, (), |this, _| {
        pass(Op::ResetStats, Phase::Before);
        let of = u32::try_from(space).ok().map(|space| this.space(space));
        this.store.reset_stats(of);
        pass(Op::ResetStats, Phase::After);
    });
}
