//! Snapshots. The bytes of values are JavaScript's own affair: they lie staged beside the engine while a snapshot is made or read.

use super::desk::Texts;
use super::engine::{Engine, Held, at, natural, scope, whole, with};
use super::inject::{Op, Phase, pass};
use super::invalidate::selector;
use crate::engine::{self, Partition, Record, SnapshotError};
use wasm_bindgen::prelude::wasm_bindgen;

/// Where so many bytes may be staged; nothing if there is no memory for them.
#[wasm_bindgen]
pub fn stage(engine: u32, bytes: usize) -> usize {
    with(engine, 0, |this, _| {
        pass(Op::Stage, Phase::Before);
        this.staged = Vec::new();
        if this.staged.try_reserve_exact(bytes).is_err() {
            return 0;
        }
        this.staged.resize(bytes, 0);
        pass(Op::Stage, Phase::After);
        this.staged.as_ptr().addr()
    })
}

/// Forgets what is staged, and listed.
#[wasm_bindgen]
pub fn unstage(engine: u32) {
    with(engine, (), |this, _| {
        this.staged = Vec::new();
        this.listed = Vec::new();
    });
}

/// Writes what is meant as a snapshot: where its bytes lie. Staged are the values' bytes; listed, where each lies: its handle, where
/// it begins and where it ends, in the order of handles. What has none is left out. Number 1 is the length, -1 without memory;
/// numbers 2 and 3 are how many entries are in it and how many are not.
#[expect(clippy::too_many_arguments, reason = "numbers cross for nothing, objects do not")]
#[wasm_bindgen]
pub fn snapshot(engine: u32, kind: u32, reach: u32, space: u32, key: usize, all: usize, now: f64, wall: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Snapshot, Phase::Before);
        let namespace = this.space(space);
        let Engine { store, staged, listed, .. } = this;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return 0 };
        let scope = scope(store, reach, namespace, partition);
        let (places, _) = listed.as_chunks::<3>();
        let snapshot = store.snapshot(scope, selector(kind, key), at(now), natural(wall), |held| {
            let at = places.binary_search_by_key(&held.handle, |[handle, ..]| *handle).ok()?;
            let [_, from, to] = *places.get(at)?;
            let bytes = staged.get(from as usize..to as usize)?;
            let mut copy = Vec::new();
            copy.try_reserve_exact(bytes.len()).ok()?;
            copy.extend_from_slice(bytes);
            Some(copy)
        });
        let length = if snapshot.bytes.is_empty() { -1.0 } else { whole(snapshot.bytes.len()) };
        desk.put(1, &[length, whole(snapshot.entries), whole(snapshot.left_out)]);
        pass(Op::Snapshot, Phase::Changed);
        this.staged = snapshot.bytes;
        this.settle(desk);
        pass(Op::Snapshot, Phase::After);
        this.staged.as_ptr().addr()
    })
}

/// Reads the snapshot that is staged: where the list lies that tells where the bytes of each value begin and how many they are. What is not
/// in reach (see `scope`) has no place. Number 1 is how many there are; -1 is damaged, -2 is another version, which number 2 tells, -3 is
/// no memory.
#[wasm_bindgen]
pub fn decode(engine: u32, reach: u32, space: u32, all: usize) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Decode, Phase::Before);
        let namespace = this.space(space);
        let Engine { store, staged, listed, .. } = this;
        listed.clear();
        let Some(Texts { partition, .. }) = desk.read(0, all) else { return 0 };
        let own_name = store.namespaces().find(|(known, _)| *known == namespace).map_or("", |(_, name)| name);
        let meant = |record: &Record<'_>| {
            let theirs = record.partition.map_or(Partition::Shared, Partition::Named);
            (reach == 2 || record.namespace == own_name) && (partition == Partition::Shared || partition == theirs)
        };
        let start = staged.as_ptr().addr();
        let fault = match engine::decode(staged) {
            Ok(records) if listed.try_reserve_exact(2 * records.len()).is_ok() => {
                let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                for record in &records {
                    let from = if meant(record) { word(record.value.as_ptr().addr() - start) } else { u32::MAX };
                    listed.extend([from, word(record.value.len())]);
                }
                [whole(records.len()), 0.0]
            }
            Ok(_) | Err(SnapshotError::NoMemory) => [-3.0, 0.0],
            Err(SnapshotError::Damaged) => [-1.0, 0.0],
            Err(SnapshotError::Version { found }) => [-2.0, f64::from(found)],
        };
        desk.put(1, &fault);
        pass(Op::Decode, Phase::After);
        listed.as_ptr().addr()
    })
}

/// Puts back what is staged. Listed are the handles of the values, in their order; the number of no handle leaves one out. Then nothing is
/// staged, and it tells where the handles of everything lie that the engine holds. Number 1 is how many entries came back (-1 if the bytes
/// are no snapshot), number 2 how many are held (-1 without memory to list them).
#[wasm_bindgen]
pub fn restore(engine: u32, now: f64, wall: f64) -> usize {
    with(engine, 0, |this, desk| {
        pass(Op::Restore, Phase::Before);
        let (staged, handles) = (core::mem::take(&mut this.staged), core::mem::take(&mut this.listed));
        let outcome = this.store.restore_each(&staged, at(now), natural(wall), |which, _| {
            let handle = *handles.get(which).filter(|handle| **handle != u32::MAX)?;
            Some(Held { handle, load_ms: 0 })
        });
        pass(Op::Restore, Phase::Changed);
        let Engine { store, listed, .. } = this;
        let listing = listed.try_reserve_exact(store.len()).is_ok();
        if listing {
            listed.extend(store.values().map(|held| held.handle));
        }
        let held = if listing { whole(listed.len()) } else { -1.0 };
        desk.put(1, &[outcome.map_or(-1.0, |outcome| whole(outcome.restored)), held]);
        this.settle(desk);
        pass(Op::Restore, Phase::After);
        this.listed.as_ptr().addr()
    })
}
