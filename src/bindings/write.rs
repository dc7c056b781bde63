//! Storing, touching, deleting.

use super::desk::Texts;
use super::engine::{Held, Offer, at, span, verdict, with};
use super::inject::{Op, Phase, pass};
use wasm_bindgen::prelude::wasm_bindgen;

/// Stores a value; tags lie on the desk behind the key. 0 is stored, 1 too large, 2 a lifetime of nothing, 3 fenced.
#[expect(clippy::too_many_arguments, reason = "numbers cross for nothing, objects do not")]
#[wasm_bindgen]
pub fn set(
    engine: u32,
    space: u32,
    key: usize,
    all: usize,
    handle: u32,
    weight: f64,
    ttl: f64,
    tti: f64,
    swr: f64,
    stale_if_error: f64,
    jitter: f32,
    now: f64,
) -> u32 {
    with(engine, 1, |this, desk| {
        pass(Op::Set, Phase::Before);
        let offer = Offer { held: Held { handle, load_ms: 0 }, weight, ttl, tti, swr, stale_if_error, jitter };
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some((texts, tags)) = desk.read(key, all).and_then(|texts| texts.tags().map(|tags| (texts, tags))) else {
            return 1;
        };
        let Texts { key, partition, .. } = texts;
        let place = store.place(namespace, partition);
        let outcome = verdict(store.insert(place, key, offer.held, offer.how(&tags), at(now)));
        pass(Op::Set, Phase::Changed);
        this.settle(desk);
        pass(Op::Set, Phase::After);
        outcome
    })
}

/// Gives a fresh entry its lifetime anew; a `ttl` of NaN is the one it was stored with. Was there one?
#[wasm_bindgen]
pub fn touch(engine: u32, space: u32, key: usize, all: usize, ttl: f64, now: f64) -> bool {
    with(engine, false, |this, desk| {
        pass(Op::Touch, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return false };
        let ttl = (!ttl.is_nan()).then(|| span(ttl));
        let touched = store.find_place(namespace, partition).is_some_and(|place| store.touch(place, key, ttl, at(now)));
        pass(Op::Touch, Phase::Changed);
        this.settle(desk);
        pass(Op::Touch, Phase::After);
        touched
    })
}

/// Takes an entry away, and fences the loads of its key. Could a reader still have been given it?
#[wasm_bindgen]
pub fn remove(engine: u32, space: u32, key: usize, all: usize, now: f64) -> bool {
    with(engine, false, |this, desk| {
        pass(Op::Remove, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return false };
        let removed = store.find_place(namespace, partition).is_some_and(|place| store.remove(place, key, at(now)));
        pass(Op::Remove, Phase::Changed);
        this.settle(desk);
        pass(Op::Remove, Phase::After);
        removed
    })
}

/// Takes out up to `budget` entries that are dead, and tells how many. Number 1 is when it is worth while to do so again, at the earliest.
#[wasm_bindgen]
pub fn prune(engine: u32, budget: usize, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Prune, Phase::Before);
        let pruned = this.store.prune(at(now), budget);
        #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
        desk.put(1, &[this.store.next_prune().map_or(f64::INFINITY, |next| next.0 as f64)]);
        pass(Op::Prune, Phase::Changed);
        this.settle(desk);
        pass(Op::Prune, Phase::After);
        pruned
    })
}
