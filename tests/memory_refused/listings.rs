//! What is listed, written and read back, when there is no memory for the lists.

use super::{KEYS, NOW, amounts, filled, in_its_own_process, key, with_bytes_left};
use fetchwell::engine::{
    Bounds, Config, Insert, Namespace, Partition, Record, Scope, Selector, SnapshotError, Store, decode, encode,
};

#[test]
fn what_is_listed_is_there_and_looking_at_each_needs_no_memory() {
    in_its_own_process("listings::what_is_listed_is_there_and_looking_at_each_needs_no_memory", || {
        for what in [Selector::All, Selector::Prefix("books:1"), Selector::Segment("books"), Selector::Glob("*:?:**")] {
            let right = filled(300, Config::default()).keys(Scope::All, what, NOW).len();
            let (mut short, mut whole) = (0, 0);
            for left in amounts() {
                let mut store = filled(300, Config::default());
                let keys = with_bytes_left(left, || store.keys(Scope::All, what, NOW));
                assert!(keys.len() <= right && keys.iter().all(|key| key.starts_with("books:")));
                *(if keys.len() == right { &mut whole } else { &mut short }) += 1;
                store.check().unwrap();
                let entries = with_bytes_left(left, || store.entries(Scope::All, what, NOW));
                assert!(entries.len() <= right && entries.iter().all(|entry| entry.tags == []));
                let mut seen = 0;
                with_bytes_left(left, || store.each(Scope::All, what, NOW, |_| seen += 1));
                assert_eq!(seen, right, "{what:?}");
                store.check().unwrap();
            }
            println!("{what:?}: whole {whole} times, short {short} times");
            assert!(whole > 0 && short > 0);
        }
    });
}

#[test]
fn one_entry_sizes_and_statistics_need_no_memory() {
    in_its_own_process("listings::one_entry_sizes_and_statistics_need_no_memory", || {
        let how = Insert { tags: &["shelf"], ..Insert::default() };
        let mut store = filled(300, Config::default());
        let place = store.place(Namespace::ROOT, Partition::Named("ann"));
        assert!(store.insert(place, KEYS[0], 1, how, NOW).is_stored());
        with_bytes_left(0, || {
            assert!(store.entry(place, KEYS[0], NOW).is_some_and(|entry| entry.tags == ["shelf"]));
            assert_eq!(store.size_of(Scope::All).0, 301);
            assert_eq!(store.size_of(Scope::Namespace(Namespace::ROOT)).0, 301);
            assert_eq!(store.size_of(Scope::Partition(Partition::Named("ann"))).0, 1);
            assert_eq!(store.size_of(Scope::Place(place)).0, 1);
            assert_eq!(store.stats(None, NOW).entries, 301);
            assert_eq!(store.namespaces().count(), 1);
            assert_eq!(store.side_tables().len(), 3);
            store.reset_stats(None);
        });
    });
}

fn bytes_of(value: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(8).ok()?;
    bytes.extend(value.to_le_bytes());
    Some(bytes)
}

fn value_of(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// The same keys in the root and in two namespaces, each value its own.
fn libraries() -> Store<u64> {
    let mut store = Store::new(Config::default());
    for (number, name) in ["", "shop", "archive"].into_iter().enumerate() {
        let namespace = store.namespace(name, None).unwrap();
        for (number, who) in
            [Partition::Shared, Partition::Named("ann")].into_iter().enumerate().map(|(at, who)| (2 * number + at, who))
        {
            let place = store.place(namespace, who);
            for at in 0..4 {
                let how = Insert { tags: &["shelf", "author"], ..Insert::default() };
                assert!(store.insert(place, &key(at), number as u64, how, NOW).is_stored());
            }
        }
    }
    store
}

#[test]
fn a_snapshot_is_written_or_is_none_at_all() {
    in_its_own_process("listings::a_snapshot_is_written_or_is_none_at_all", || {
        let right = libraries().snapshot(Scope::All, Selector::All, NOW, 0, |value| bytes_of(*value));
        let (mut none, mut whole) = (0, 0);
        for left in amounts() {
            let mut store = libraries();
            let written =
                with_bytes_left(left, || store.snapshot(Scope::All, Selector::All, NOW, 0, |value| bytes_of(*value)));
            store.check().unwrap();
            assert_eq!(written.entries + written.left_out, 24);
            if written == right {
                whole += 1;
                continue;
            }
            match decode(&written.bytes) {
                // Values whose bytes there was no memory for.
                Ok(records) => assert_eq!(records.len(), written.entries),
                Err(error) => assert_eq!((error, written.bytes.len(), written.entries), (SnapshotError::Damaged, 0, 0)),
            }
            none += 1;
        }
        println!("whole {whole} times, not {none} times");
        assert!(none > 0 && whole > 0);
    });
}

#[test]
fn a_snapshot_is_read_into_the_right_places_as_far_as_there_is_memory() {
    in_its_own_process("listings::a_snapshot_is_read_into_the_right_places_as_far_as_there_is_memory", || {
        let bytes = libraries().snapshot(Scope::All, Selector::All, NOW, 0, |value| bytes_of(*value)).bytes;
        let (mut refused, mut short, mut whole) = (0, 0, 0);
        for left in amounts().chain((1_500..12_000).step_by(56)) {
            let mut store = Store::new(Config { bounds: Bounds::entries(1_000), ..Config::default() });
            let outcome = with_bytes_left(left, || store.restore(&bytes, NOW, 0, value_of));
            store.check().unwrap();
            match outcome {
                Err(error) => {
                    assert_eq!((error.code(), store.len()), ("snapshot-no-memory", 0));
                    refused += 1;
                }
                Ok(outcome) => {
                    assert_eq!((outcome.restored, outcome.skipped), (store.len(), 24 - store.len()));
                    *(if outcome.skipped == 0 { &mut whole } else { &mut short }) += 1;
                }
            }
            for (number, name) in ["", "shop", "archive"].into_iter().enumerate() {
                let namespace = store.namespace(name, None).unwrap();
                for (at, who) in [Partition::Shared, Partition::Named("ann")].into_iter().enumerate() {
                    let place = store.place(namespace, who);
                    let right = (2 * number + at) as u64;
                    let held = (0..4).filter_map(|at| store.peek(place, &key(at), NOW));
                    assert!(held.into_iter().all(|value| *value == right), "another place's value in {name:?}");
                }
            }
        }
        println!("refused {refused} times, short {short} times, whole {whole} times");
        assert!(refused > 0 && short > 0 && whole > 0);
    });
}

#[test]
fn records_are_written_and_read_whole_or_not_at_all() {
    in_its_own_process("listings::records_are_written_and_read_whole_or_not_at_all", || {
        let keys: Vec<String> = (0..50).map(key).collect();
        let records = || -> Vec<Record<'_>> {
            let tags = vec!["shelf", "author", "shelf"];
            keys.iter().map(|key| Record { key, tags: tags.clone(), ..Record::default() }).collect()
        };
        let right = encode(records());
        for left in amounts() {
            let records = records();
            let bytes = with_bytes_left(left, || encode(records));
            assert!(bytes == right || bytes.is_empty());
            let read = with_bytes_left(left, || decode(&right));
            assert!(read.as_ref().is_ok_and(|read| read.len() == 50) || read == Err(SnapshotError::NoMemory));
        }
    });
}
