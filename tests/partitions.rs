//! What partitions cost: their names are bounded as what they hold is, and an empty one is forgotten before it takes much.
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::System;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cap::Cap;
use fetchwell::engine::{
    Bounds, Config, Insert, Inserted, Namespace, Partition, Place, RejectReason, Scope, Store, Timestamp,
};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const NOW: Timestamp = Timestamp(5);
const FENCED: Inserted = Inserted::Rejected(RejectReason::Fenced);

/// One test at a time, so that nobody else's allocations are counted.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn store(bounds: Bounds) -> Store<u32> {
    Store::new(Config { bounds, ..Config::default() })
}

#[test]
fn credentials_with_hashed_names_leave_a_cache_of_usual_size_nearly_all_of_its_room() {
    let _alone = alone();
    let mut store = store(Bounds::default());
    for number in 0..1_000 {
        let place = store.place(Namespace::ROOT, Partition::Credential(&format!("{number:0>22}")));
        assert!(store.insert(place, "k", 0, Insert::weighing(16_000), NOW).is_stored());
    }
    assert_eq!((store.len(), store.stats(None, NOW).evictions()), (1_000, 0));
    let for_the_names = store.bytes() - 1_000 * (16_000 + 1 + 128);
    assert!(for_the_names * 100 < 16 << 20, "{for_the_names} of 16 MB");
}

#[test]
fn a_value_whose_place_loses_its_last_entry_to_make_room_for_it_is_stored() {
    let _alone = alone();
    let mut store = store(Bounds { max_entries: 10_000, max_bytes: 2_000_000, max_entry_bytes: 2_000_000 });
    let ann = store.place(Namespace::ROOT, Partition::Named("ann"));
    assert!(store.insert(ann, "k", 0, Insert::weighing(10_000), NOW).is_stored());
    for visitor in 0..3_000 {
        let place = store.place(Namespace::ROOT, Partition::Named(&format!("visitor {visitor}")));
        assert!(store.insert(place, "k", 0, Insert::weighing(100), NOW).is_stored());
    }
    // Nearly everybody goes, more than are remembered, and whose place was emptied first is forgotten first.
    assert!(store.insert(ann, "large", 1, Insert::weighing(1_999_000), NOW).is_stored());
    assert!(store.len() < 10, "{}", store.len());
    assert_eq!((store.peek(ann, "k", NOW), store.peek(ann, "large", NOW)), (None, Some(&1)));
    let load = store.begin_load(ann, "k");
    assert!(store.insert(ann, "large", 2, Insert::weighing(1_999_000), NOW).is_stored());
    assert_eq!(store.complete(load, 3, Insert::default(), NOW), Inserted::Stored);
    store.check().unwrap();
}

#[test]
fn names_of_partitions_with_loads_in_flight_are_bounded_too() {
    let _alone = alone();
    let mut store = store(Bounds::bytes(100_000));
    let begin = |store: &mut Store<u32>, number: u32| {
        let place = store.place(Namespace::ROOT, Partition::Credential(&format!("{number:0>1024}")));
        store.begin_load(place, "k")
    };
    let loads: Vec<_> = (0..1_000).map(|number| begin(&mut store, number)).collect();
    assert!((100..=128).contains(&store.loads_in_flight()), "{} of 128 kB", store.loads_in_flight());
    for load in loads {
        store.abandon(load);
    }
    assert_eq!(store.loads_in_flight(), 0);
    store.check().unwrap();
}

#[test]
fn empty_places_are_remembered_up_to_a_thousand_and_an_eighth_of_the_bytes() {
    let _alone = alone();
    let remembered = |max_bytes, length: usize, others: usize| {
        let bounds = Bounds { max_bytes, ..Bounds::default() };
        let mut store = store(bounds);
        let first = store.place(Namespace::ROOT, Partition::Named(&"n".repeat(length)));
        for number in 0..others {
            let place = store.place(Namespace::ROOT, Partition::Named(&format!("{number:0>length$}")));
            // Every other one is emptied of a load.
            if number % 2 == 0 {
                let load = store.begin_load(place, "k");
                store.abandon(load);
            }
        }
        store.check().unwrap();
        store.insert(first, "k", 0, Insert::default(), NOW) != FENCED
    };
    for (max_bytes, length, most) in
        [(16 << 20, 22, 1_024), (16 << 20, 1_024, 1_024), (1 << 20, 1_024, 112), (900, 1_024, 16)]
    {
        assert!(remembered(max_bytes, length, most - 1), "{max_bytes}, {length}");
        assert!(!remembered(max_bytes, length, most), "{max_bytes}, {length}");
    }
}

#[test]
fn a_place_that_is_asked_for_again_is_not_the_next_to_be_forgotten() {
    let _alone = alone();
    let mut store = store(Bounds::default());
    let [ann, bob] = ["ann", "bob"].map(|name| store.place(Namespace::ROOT, Partition::Named(name)));
    for visitor in 0..3_000 {
        store.place(Namespace::ROOT, Partition::Named(&visitor.to_string()));
        assert_eq!(store.place(Namespace::ROOT, Partition::Named("ann")), ann);
    }
    assert!(store.insert(ann, "k", 0, Insert::default(), NOW).is_stored());
    assert_eq!(store.insert(bob, "k", 0, Insert::default(), NOW), FENCED);
}

#[test]
fn places_that_were_emptied_together_are_forgotten_as_they_are_freed() {
    let _alone = alone();
    let mut store = store(Bounds::entries(10_000));
    let name = |visitor: u32| format!("{visitor:0>1000}");
    let before = ALLOCATOR.allocated();
    let places: Vec<Place> = (0..8_000)
        .map(|visitor| {
            let place = store.place(Namespace::ROOT, Partition::Named(&name(visitor)));
            assert!(store.insert(place, "k", 0, Insert::default(), NOW).is_stored());
            place
        })
        .collect();
    let filled = ALLOCATOR.allocated() - before;
    assert_eq!(store.clear(Scope::All, NOW), 8_000);
    while store.prune(NOW, 100) > 0 {
        store.check().unwrap();
    }
    let left = ALLOCATOR.allocated() - before;
    assert!(filled > 8_000_000 && left < filled - 5_000_000, "{filled} and then {left} bytes");
    let known = |place: &&Place| store.insert(**place, "k", 0, Insert::default(), NOW).is_stored();
    assert_eq!(places.iter().filter(known).count(), 1_024);
}

#[test]
fn partitions_with_long_names_take_no_more_memory_than_the_bound_on_bytes_says() {
    let _alone = alone();
    let bounds = Bounds { max_entries: 50_000, max_bytes: 4 << 20, max_entry_bytes: 1_000 };
    let mut store = store(bounds);
    let before = ALLOCATOR.allocated();
    for visitor in 0..20_000 {
        let place = store.place(Namespace::ROOT, Partition::Named(&format!("{visitor:0>1000}")));
        assert!(store.insert(place, "k", 0, Insert::default(), NOW).is_stored());
    }
    // 20 000 names would be twenty megabytes.
    let held = ALLOCATOR.allocated() - before;
    assert!(held < 8 << 20, "{held} bytes");
    assert!(store.bytes() <= 4 << 20 && store.bytes() > 3 << 20, "{}", store.bytes());
}
