//! Look-ups: what a reader is given, why there is nothing, and what is counted.

use super::desk::{Desk, Texts};
use super::engine::{Engine, Held, at, natural, reason, with, with_desk};
use super::inject::{Op, Phase, pass};
use crate::cache::{Next, is_due, next};
use crate::engine::{Counted, EntryInfo, Freshness, Lookup, Place, Stale, Store, Timestamp, Why};
use wasm_bindgen::prelude::wasm_bindgen;

/// There is no such entry.
const NONE: i32 = -1;

/// The handle of a fresh value, or of a stale one too; counts a hit or a miss. Nothing is -1 less the number of the reason. Number 1
/// is whether the value is stale, 2 the entry's number, 3 until when JavaScript may answer with it by itself, 4 its weight.
#[wasm_bindgen]
pub fn get(engine: u32, space: u32, key: usize, all: usize, stale: bool, now: f64) -> i32 {
    with(engine, NONE, |this, desk| {
        pass(Op::Get, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return NONE };
        let (place, now) = (store.place(namespace, partition), at(now));
        let is_stale = stale && !store.contains(place, key, now);
        let (number, answer) = match store.ask(place, key, stale, now) {
            Some((number, held)) => (number, handle(held)),
            None => (0, NONE - reason(store.why_missing(place, key, now).reason())),
        };
        pass(Op::Get, Phase::Changed);
        let (until, weight) = if answer >= 0 { store.fresh_until(number) } else { (0.0, 0.0) };
        desk.put(1, &[f64::from(u8::from(is_stale)), f64::from(number), until, weight]);
        this.settle(desk);
        pass(Op::Get, Phase::After);
        answer
    })
}

/// Where JavaScript writes with which entries it answered by itself, for `tellAsked`.
#[wasm_bindgen]
pub fn asked() -> usize {
    with_desk(|desk| desk.asked().as_ptr().addr())
}

/// Counts what JavaScript answered by itself at this moment: so many hits in one namespace, on values that weigh so much together; the
/// entries were written down, each once. Nothing goes by this, so that it can come before any other call.
#[wasm_bindgen(js_name = "tellAsked")]
pub fn tell_asked(engine: u32, space: u32, count: usize, hits: f64, bytes: f64, now: f64) {
    with(engine, (), |this, desk| {
        pass(Op::Asked, Phase::Before);
        let (namespace, now) = (this.space(space), at(now));
        this.store.asked(namespace, desk.asked().get(..count).unwrap_or_default());
        this.store.count_hits(namespace, natural(hits), natural(bytes), now);
        pass(Op::Asked, Phase::After);
    });
}

/// The handle of a fresh value; moves nothing.
#[wasm_bindgen]
pub fn peek(engine: u32, space: u32, key: usize, all: usize, now: f64) -> i32 {
    with(engine, NONE, |this, desk| {
        pass(Op::Peek, Phase::Before);
        let answer = this.read(desk, space, key, all, |store, place, key| store.peek(place, key, at(now)).map(handle));
        pass(Op::Peek, Phase::After);
        answer.unwrap_or(NONE)
    })
}

/// What a caller does next who wants a value, loaded if need be: 0 serve, 1 serve and refresh, 2 load, 3 load with what was found to
/// fall back on; 4 more if what was found is stale. Its handle is number 1 (-1 is none), its weight number 2. What is served is counted
/// at once; of the others number 3 tells why, for [`count`], the reason alone in its last three bits. `eager` is how eager to refresh ahead, drawn anew for each caller; 0 is not at all.
#[expect(clippy::too_many_arguments, reason = "numbers cross for nothing, objects do not")]
#[wasm_bindgen]
pub fn look(engine: u32, space: u32, key: usize, all: usize, force: bool, resting: bool, eager: f64, now: f64) -> u32 {
    with(engine, 2, |this, desk| {
        pass(Op::Look, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return 2 };
        let now = at(now);
        let place = store.find_place(namespace, partition).unwrap_or(Place::NOWHERE);
        let found = store.lookup(place, key, now);
        let (held, stale) = match &found {
            Lookup::Fresh(held) => (Some(**held), 0),
            Lookup::Stale(Stale { value, .. }) => (Some(**value), 4),
            Lookup::Dormant(_) | Lookup::Miss(_) => (None, 0),
        };
        let left = if eager > 0.0 { store.entry(place, key, now).and_then(|entry| entry.remaining) } else { None };
        let left = left.map(|left| u64::try_from(left).unwrap_or(0));
        let early =
            eager > 0.0 && held.zip(left).is_some_and(|(held, left)| is_due(left, u64::from(held.load_ms), eager));
        let step = match next(&found, force, early, resting) {
            Next::Serve => 0,
            Next::ServeAndRefresh => 1,
            Next::Load { fallback: false } => 2,
            Next::Load { fallback: true } => 3,
        };
        let bytes = if held.is_some() { store.weight(place, key) } else { 0 };
        if step < 2 {
            store.count(place, if stale > 0 { Counted::StaleHit { bytes } } else { Counted::Hit { bytes } }, now);
        }
        let why = if step < 2 { 0 } else { store.why_missing(place, key, now).pack() };
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
        desk.put(1, &[held.map_or(-1.0, |held| f64::from(held.handle)), bytes as f64, why.into()]);
        pass(Op::Look, Phase::After);
        step + stale
    })
}

/// Leaves what is known of an entry on the desk, and tells how long its texts are; 0 is no such entry. The texts are the key and the
/// tags, the numbers from 1 on: handle, is it stale, when it was stored, when it expires, age, what is left, bytes, hits.
#[wasm_bindgen]
pub fn entry(engine: u32, space: u32, key: usize, all: usize, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Entry, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return 0 };
        let place = store.find_place(namespace, partition).unwrap_or(Place::NOWHERE);
        let answer = store.entry(place, key, at(now)).map_or(0, |entry| shown(&entry, desk));
        pass(Op::Entry, Phase::After);
        answer
    })
}

/// Counts something that happened to a request outside the store. `detail` is the weight, why, or how long it took.
#[wasm_bindgen]
pub fn count(engine: u32, space: u32, what: u32, detail: f64, now: f64) {
    with(engine, (), |this, _| {
        pass(Op::Count, Phase::Before);
        let bytes = natural(detail);
        let why = || Why::unpack(u32::try_from(bytes).unwrap_or(0));
        let what = match what {
            0 => Counted::Hit { bytes },
            1 => Counted::StaleHit { bytes },
            2 => Counted::Miss(why()),
            3 => Counted::Coalesced(why()),
            4 => Counted::LoadBegan,
            5 => Counted::LoadTook { ms: bytes, failed: false },
            6 => Counted::LoadTook { ms: bytes, failed: true },
            _ => Counted::Revalidated { bytes },
        };
        let namespace = this.space(space);
        if let Some(place) = this.store.find_place(namespace, crate::engine::Partition::Shared) {
            this.store.count(place, what, at(now));
        }
        pass(Op::Count, Phase::After);
    });
}

impl Engine {
    /// Looks at the store under a key that lies on the desk.
    fn read<T>(
        &self,
        desk: &Desk,
        space: u32,
        key: usize,
        all: usize,
        look: impl FnOnce(&Store<Held>, Place, &str) -> Option<T>,
    ) -> Option<T> {
        let Texts { key, partition, .. } = desk.read(key, all)?;
        look(&self.store, self.store.find_place(self.space(space), partition)?, key)
    }
}

/// Leaves what is known of an entry on the desk.
#[expect(clippy::cast_precision_loss, reason = "times and sizes are far below 2^53")]
pub(super) fn shown(entry: &EntryInfo<'_, Held>, desk: &mut Desk) -> usize {
    let ends = |at: Option<Timestamp>| at.map_or(f64::INFINITY, |at| at.0 as f64);
    desk.put(
        1,
        &[
            f64::from(entry.value.handle),
            f64::from(u8::from(entry.state == Freshness::Stale)),
            entry.created_at.0 as f64,
            ends(entry.expires_at),
            entry.age as f64,
            entry.remaining.map_or(f64::INFINITY, |left| left as f64),
            entry.bytes as f64,
            f64::from(entry.hits),
        ],
    );
    desk.lay(core::iter::once(entry.key).chain(entry.tags.iter()))
}

fn handle(held: &Held) -> i32 {
    i32::try_from(held.handle).unwrap_or(NONE)
}
