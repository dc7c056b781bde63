//! Entries one by one: listings, and invalidation by what JavaScript makes of them.
//!
//! A listing is a list of pairs, the number of an entry and the handle of its value. Between two calls an entry may go and its number may
//! be given again; the handle, which JavaScript gives nobody else as long as it holds a listing, tells.

use super::desk::Texts;
use super::engine::{Engine, at, scope, with};
use super::inject::{Op, Phase, pass};
use super::invalidate::{how_of, selector};
use super::read::shown;
use wasm_bindgen::prelude::wasm_bindgen;

/// Lists what is meant and a reader could be given, or with `kept` whatever is held: where the pairs lie. Number 1 is how many there are,
/// -1 if there is no memory for them. The list is that of the last call.
#[expect(clippy::too_many_arguments, reason = "numbers cross for nothing, objects do not")]
#[wasm_bindgen]
pub fn list(engine: u32, kind: u32, reach: u32, space: u32, key: usize, all: usize, kept: bool, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::List, Phase::Before);
        let namespace = this.space(space);
        let Engine { store, listed, .. } = this;
        listed.clear();
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return listed.as_ptr().addr() };
        let scope = scope(store, reach, namespace, partition);
        let numbers = store.select(scope, selector(kind, key), (!kept).then(|| at(now)));
        let fits = numbers.as_ref().is_some_and(|numbers| listed.try_reserve_exact(2 * numbers.len()).is_ok());
        for number in numbers.into_iter().flatten().filter(|_| fits) {
            if let Some(held) = store.at(number) {
                listed.extend([number, held.handle]);
            }
        }
        let count = if fits { f64::from(u32::try_from(listed.len() / 2).unwrap_or(u32::MAX)) } else { -1.0 };
        pass(Op::List, Phase::Changed);
        desk.put(1, &[count]);
        pass(Op::List, Phase::After);
        listed.as_ptr().addr()
    })
}

/// What is known of an entry by its number, as [`entry`], also when only a soft invalidation left it to somebody; nothing if it is dead,
/// or holds another value by now.
#[wasm_bindgen]
pub fn info(engine: u32, number: u32, handle: u32, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Info, Phase::Before);
        let store = &mut this.store;
        let entry = store.entry_at(number, at(now)).filter(|entry| entry.value.handle == handle);
        let length = entry.map_or(0, |entry| shown(&entry, desk));
        pass(Op::Info, Phase::After);
        length
    })
}

/// The key of an entry by its number, laid on the desk: its length; -1 if it holds another value by now.
#[wasm_bindgen(js_name = "keyAt")]
pub fn key_at(engine: u32, number: u32, handle: u32) -> i32 {
    with(engine, -1, |this, desk| {
        pass(Op::KeyAt, Phase::Before);
        let is_same = this.store.at(number).is_some_and(|held| held.handle == handle);
        let key = this.store.key_at(number).filter(|_| is_same);
        let length = key.map_or(-1, |key| desk.lay_one(key));
        pass(Op::KeyAt, Phase::After);
        length
    })
}

/// Room for so many pairs; JavaScript writes there which entries are to end. Nothing if there is no memory.
#[wasm_bindgen(js_name = "listRoom")]
pub fn list_room(engine: u32, pairs: usize) -> usize {
    with(engine, 0, |this, _| {
        this.listed.clear();
        if this.listed.try_reserve_exact(2 * pairs).is_err() {
            return 0;
        }
        this.listed.resize(2 * pairs, 0);
        this.listed.as_ptr().addr()
    })
}

/// Invalidates the entries whose pairs lie there, and tells how many a reader could still have been given.
#[wasm_bindgen(js_name = "endListed")]
pub fn end_listed(engine: u32, how: u32, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::EndListed, Phase::Before);
        let listed = core::mem::take(&mut this.listed);
        let mut numbers = Vec::new();
        for pair in listed.chunks_exact(2) {
            if let [number, handle] = pair
                && this.store.at(*number).is_some_and(|held| held.handle == *handle)
                && numbers.try_reserve(1).is_ok()
            {
                numbers.push(*number);
            }
        }
        let count = this.store.end_numbers(&numbers, how_of(how), at(now));
        pass(Op::EndListed, Phase::Changed);
        this.settle(desk);
        pass(Op::EndListed, Phase::After);
        count
    })
}
