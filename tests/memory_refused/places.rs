//! Partitions, namespaces and loads, when there is no memory for their records.

use super::{KEYS, NOW, amounts, filled, in_its_own_process, key, under_pressure, with_bytes_left};
use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Namespace, Partition, RejectReason, Scope, Selector, Store,
};

#[test]
fn a_new_partition_is_had_or_stores_nothing() {
    in_its_own_process("places::a_new_partition_is_had_or_stores_nothing", || {
        const WHOSE: Partition<'static> = Partition::Named("somebody with a name of some length");
        under_pressure(
            |store| {
                let place = store.place(Namespace::ROOT, WHOSE);
                store.insert(place, "new", 1, Insert::default(), NOW)
            },
            |store, outcome| {
                let place = store.place(Namespace::ROOT, WHOSE);
                assert_eq!(store.peek(place, "new", NOW).is_some(), outcome.is_stored());
                // It is a place like any other now: whatever reaches everybody reaches it.
                assert!(store.insert(place, "new", 2, Insert::default(), NOW).is_stored());
                assert_eq!(store.invalidate(Scope::All, Selector::Key("new"), How::HARD, NOW), 1);
                assert_eq!(store.get(place, "new", NOW), None);
            },
        );
    });
}

#[test]
fn many_new_partitions_are_had_or_store_nothing() {
    in_its_own_process("places::many_new_partitions_are_had_or_store_nothing", || {
        let names: Vec<String> = (0..70).map(|number| format!("visitor {number}")).collect();
        under_pressure(
            |store| {
                for name in &names {
                    let place = store.place(Namespace::ROOT, Partition::Named(name));
                    let _ = store.insert(place, "new", 1, Insert::default(), NOW);
                }
            },
            |store, ()| {
                for name in &names {
                    let place = store.place(Namespace::ROOT, Partition::Named(name));
                    assert!(store.insert(place, "new", 2, Insert::default(), NOW).is_stored());
                }
                let all = Scope::Namespace(Namespace::ROOT);
                assert_eq!(store.invalidate(all, Selector::Key("new"), How::HARD, NOW), names.len());
                for name in &names {
                    let place = store.place(Namespace::ROOT, Partition::Named(name));
                    assert_eq!(store.get(place, "new", NOW), None, "of {name}");
                }
            },
        );
    });
}

#[test]
fn a_new_namespace_is_had_with_its_bounds_or_holds_nothing() {
    in_its_own_process("places::a_new_namespace_is_had_with_its_bounds_or_holds_nothing", || {
        let own = Some(Bounds::entries(5));
        let (mut refused, mut made) = (0, 0);
        for left in amounts() {
            let mut store = filled(300, Config::default());
            others(&mut store);
            let shop = with_bytes_left(left, || store.namespace("shop", own).unwrap());
            store.check().unwrap();
            let had = store.namespaces().any(|(namespace, _)| namespace == shop);
            *(if had { &mut made } else { &mut refused }) += 1;
            assert_ne!(shop, Namespace::ROOT, "the same key means something else there");
            for number in 0..20 {
                let place = store.place(shop, Partition::Shared);
                assert_eq!(store.insert(place, &key(number), 1, Insert::default(), NOW).is_stored(), had);
                assert_eq!(store.get(place, &key(number), NOW).is_some(), had);
            }
            let held = if had { 5 } else { 0 };
            assert_eq!(store.size_of(Scope::Namespace(shop)).0, held);
            assert_eq!(store.size_of(Scope::Namespace(Namespace::ROOT)).0, 300);
            assert_eq!((store.clear(Scope::Namespace(shop), NOW), store.len()), (held, 300));
            // With memory again it works again.
            let shop = store.namespace("shop", own).unwrap();
            let place = store.place(shop, Partition::Shared);
            assert!(store.insert(place, KEYS[0], 1, Insert::default(), NOW).is_stored());
            store.check().unwrap();
        }
        assert!(refused > 0 && made > 0);
    });
}

/// So many namespaces with bounds that the list of pools is full.
fn others(store: &mut Store<u64>) {
    for name in ["a", "b", "c"] {
        store.namespace(name, Some(Bounds::entries(9))).unwrap();
    }
}

#[test]
fn a_namespace_from_a_snapshot_is_given_its_bounds_or_stays_as_it_is() {
    in_its_own_process("places::a_namespace_from_a_snapshot_is_given_its_bounds_or_stays_as_it_is", || {
        let mut from = Store::<u64>::new(Config { bounds: Bounds::entries(1_000), ..Config::default() });
        let shop = from.namespace("shop", None).unwrap();
        let place = from.place(shop, Partition::Shared);
        for number in 0..40 {
            assert!(from.insert(place, &key(number), 7, Insert::weighing(1 << number), NOW).is_stored());
        }
        let bytes = from.snapshot(Scope::All, Selector::All, NOW, 0, |_| Some(vec![])).bytes;
        let own = Some(Bounds { max_entries: 20, max_bytes: u64::MAX, max_entry_bytes: 1 << 30 });
        let (mut refused, mut given) = (0, 0);
        for left in amounts() {
            let mut store = Store::new(Config { bounds: Bounds::entries(1_000), ..Config::default() });
            assert_eq!(store.restore(&bytes, NOW, 0, |_| Some(7_u64)).unwrap().restored, from.len());
            others(&mut store);
            let first = with_bytes_left(left, || store.namespace("shop", own).unwrap());
            store.check().unwrap();
            let shop = store.namespace("shop", own).unwrap();
            store.check().unwrap();
            *(if first == shop { &mut given } else { &mut refused }) += 1;
            assert!(first == shop || store.size_of(Scope::Namespace(first)) == (0, 0));
            assert!(store.size_of(Scope::Namespace(shop)).0 <= 20);
        }
        assert!(refused > 0 && given > 0);
    });
}

#[test]
fn loads_that_crowd_others_out_are_remembered_or_turned_away() {
    in_its_own_process("places::loads_that_crowd_others_out_are_remembered_or_turned_away", || {
        let names: Vec<String> = (0..6).map(|number| format!("visitor {number}")).collect();
        for left in amounts() {
            let mut store = Store::<u64>::new(Config { max_loads: 3, ..Config::default() });
            let place = |store: &mut Store<u64>, name: &str| store.place(Namespace::ROOT, Partition::Named(name));
            let mut first = [None, None, None];
            for (load, name) in first.iter_mut().zip(&names) {
                let place = place(&mut store, name);
                *load = Some(store.begin_load(place, KEYS[0]));
            }
            let newer = with_bytes_left(left, || {
                [3, 4, 5].map(|number| {
                    let place = place(&mut store, &names[number]);
                    store.begin_load(place, KEYS[0])
                })
            });
            store.check().unwrap();
            assert!(store.loads_in_flight() <= 3);
            for load in first.into_iter().flatten().chain(newer) {
                let outcome = store.complete(load, 1, Insert::default(), NOW);
                assert!(matches!(outcome, Inserted::Stored | Inserted::Rejected(RejectReason::Fenced)));
                store.check().unwrap();
            }
            assert_eq!(store.loads_in_flight(), 0);
        }
    });
}
