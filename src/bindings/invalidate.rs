//! Invalidation, by everything that can be invalidated by.

use super::desk::Texts;
use super::engine::{at, scope, with};
use super::inject::{Op, Phase, pass};
use crate::engine::{How, Partition, Selector};
use wasm_bindgen::prelude::wasm_bindgen;

/// Invalidates, and tells how many entries a reader could still have been given. `kind` is 0 for everything, 1 for a key, 2 for a
/// prefix, 3 for a prefix of whole segments, 4 for a pattern: the text lies on the desk where keys lie. 5 is for tags, which lie where
/// tags lie. `reach` is described at `scope`; `how` is 0 for hard, 1 for soft, 2 for a dry run.
#[expect(clippy::too_many_arguments, reason = "numbers cross for nothing, objects do not")]
#[wasm_bindgen]
pub fn invalidate(engine: u32, kind: u32, reach: u32, space: u32, key: usize, all: usize, how: u32, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Invalidate, Phase::Before);
        let (namespace, how, now) = (this.space(space), how_of(how), at(now));
        let store = &mut this.store;
        let Some(texts) = desk.read(key, all) else { return 0 };
        let scope = scope(store, reach, namespace, texts.partition);
        let count = if kind == 5 {
            let tags = texts.tags().unwrap_or_default();
            store.invalidate_tags(scope, &tags, how, now)
        } else {
            store.invalidate(scope, selector(kind, texts.key), how, now)
        };
        pass(Op::Invalidate, Phase::Changed);
        this.settle(desk);
        pass(Op::Invalidate, Phase::After);
        count
    })
}

/// Takes out everything of one partition, named by a text on the desk, or of all credentials (a key of no length). Tells how many
/// entries a reader could still have been given.
#[wasm_bindgen(js_name = "dropPartition")]
pub fn drop_partition(engine: u32, all: usize, now: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Drop, Phase::Before);
        let store = &mut this.store;
        let Some(Texts { partition, .. }) = desk.read(0, all) else { return 0 };
        let count = match partition {
            Partition::Shared => store.drop_credentials(at(now)),
            partition => store.drop_partition(partition, at(now)),
        };
        pass(Op::Drop, Phase::Changed);
        this.settle(desk);
        pass(Op::Drop, Phase::After);
        count
    })
}

/// Fences the loads in flight that an invalidation would, and leaves what is stored. As [`invalidate`], but for tags.
#[wasm_bindgen]
pub fn fence(engine: u32, kind: u32, reach: u32, space: u32, key: usize, all: usize) {
    with(engine, (), |this, desk| {
        pass(Op::Fence, Phase::Before);
        let namespace = this.space(space);
        let store = &mut this.store;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return };
        let scope = scope(store, reach, namespace, partition);
        store.fence_only(scope, selector(kind, key));
        pass(Op::Fence, Phase::After);
    });
}

pub(super) fn selector(kind: u32, text: &str) -> Selector<'_> {
    match kind {
        1 => Selector::Key(text),
        2 => Selector::Prefix(text),
        3 => Selector::Segment(text),
        4 => Selector::Glob(text),
        _ => Selector::All,
    }
}

pub(super) fn how_of(how: u32) -> How {
    match how {
        1 => How::SOFT,
        2 => How::DRY_RUN,
        _ => How::HARD,
    }
}
