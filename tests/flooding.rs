//! Somebody sends twenty thousand keys that were mined to collide. Without the store's seed they are keys like any others; and even
//! with it they cost no more than memory in proportion, and nobody else's keys suffer.
//!
//! Work is not timed here. What a key costs beyond hashing is cells looked at within one leaf of the table, so it is bounded by the
//! size of a leaf; that leaves stay leaves shows in the memory they take. (The cells themselves are counted where they can be seen, in
//! `src/engine/table.rs`.)
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::System;
use std::sync::{LazyLock, Mutex, PoisonError};

use cap::Cap;
use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Place, RejectReason, Scope, Seed, Selector, Store, Timestamp,
};
use siphasher::sip::SipHasher13;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const MANY: usize = 20_000;
const NOW: Timestamp = Timestamp(0);
/// The seed that leaked, and the one that did not.
const KNOWN: (u64, u64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
const SECRET: (u64, u64) = (0x1357_9bdf_0246_8ace, 0xfeed_beef_cafe_f00d);

/// All keys have one length, so that they take the same memory.
fn key(number: u32) -> String {
    format!("{number:010}")
}

/// Keys whose hash under the known seed is as wanted, in the root namespace.
fn mine(wanted: impl Fn(u64) -> bool) -> Vec<String> {
    let hash = SipHasher13::new_with_keys(KNOWN.0, KNOWN.1);
    let mined: Vec<String> = (0..).map(key).filter(|key| wanted(hash.hash(key.as_bytes()))).take(MANY).collect();
    assert_eq!(mined.len(), MANY);
    mined
}

/// They all begin alike, so they belong into one leaf of the table, however often it is split.
fn of_one_leaf() -> &'static [String] {
    static MINED: LazyLock<Vec<String>> = LazyLock::new(|| mine(|hash| hash >> 54 == 0x155));
    &MINED
}

/// They all have the same home cell in whatever leaf they are.
fn of_one_cell() -> &'static [String] {
    static MINED: LazyLock<Vec<String>> = LazyLock::new(|| mine(|hash| hash >> 32 & 0xff == 0x55));
    &MINED
}

fn plain() -> Vec<String> {
    // Far from those that were mined.
    (0..u32::try_from(MANY).unwrap()).map(|number| key(4_000_000_000 + number)).collect()
}

/// What came of storing keys: the store, how many were refused, and how many bytes were allocated for it.
struct Flood {
    store: Store<u32>,
    refused: usize,
    bytes: usize,
}

fn flood(seed: (u64, u64), keys: &[String]) -> Flood {
    let before = ALLOCATOR.allocated();
    let config = Config { bounds: Bounds::entries(1_000_000), seed: Seed::Fixed(seed.0, seed.1), ..Config::default() };
    let mut store = Store::new(config);
    let mut refused = 0;
    for (number, key) in (0..).zip(keys) {
        match store.insert(Place::ROOT, key, number, Insert::default(), NOW) {
            Inserted::Stored => {}
            Inserted::Rejected(reason) => {
                assert_eq!(reason, RejectReason::TooLarge);
                refused += 1;
            }
        }
    }
    Flood { store, refused, bytes: ALLOCATOR.allocated() - before }
}

/// Whatever is held is found, removed and stored again as ever.
fn assert_it_works(flood: &mut Flood, keys: &[String]) {
    let store = &mut flood.store;
    store.check().unwrap();
    assert_eq!(store.len(), keys.len() - flood.refused);
    let found = (0..).zip(keys).filter(|(number, key)| store.get(Place::ROOT, key, NOW) == Some(number)).count();
    assert_eq!(found, store.len());
    assert_eq!(store.stats(None, NOW).rejections, flood.refused as u64);
    let removed = keys.iter().step_by(2).filter(|key| store.remove(Place::ROOT, key, NOW)).count();
    assert_eq!(store.len(), found - removed);
    assert_eq!(store.invalidate(Scope::All, Selector::Prefix(""), How::HARD, NOW), found - removed);
    store.check().unwrap();
}

fn alone(test: impl FnOnce()) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    test();
}

#[test]
fn keys_mined_for_another_seed_are_keys_like_any_others() {
    alone(|| {
        let plain_bytes = flood(SECRET, &plain()).bytes;
        for mined in [of_one_leaf(), of_one_cell()] {
            let mut flood = flood(SECRET, mined);
            println!("{} bytes for mined keys, {plain_bytes} for plain ones", flood.bytes);
            assert_eq!(flood.refused, 0);
            assert!(flood.bytes.abs_diff(plain_bytes) < plain_bytes / 50, "{} and {plain_bytes}", flood.bytes);
            assert_it_works(&mut flood, mined);
        }
    });
}

#[test]
fn keys_mined_for_the_very_seed_to_share_a_cell_are_all_stored() {
    alone(|| {
        let (plain_bytes, mined) = (flood(KNOWN, &plain()).bytes, of_one_cell());
        let mut flood = flood(KNOWN, mined);
        assert_eq!(flood.refused, 0);
        assert!(flood.bytes.abs_diff(plain_bytes) < plain_bytes / 20, "{} and {plain_bytes}", flood.bytes);
        assert_it_works(&mut flood, mined);
    });
}

#[test]
fn keys_mined_for_the_very_seed_to_share_a_leaf_are_refused_rather_than_memory_given_away() {
    alone(|| {
        let (plain_bytes, mined) = (flood(KNOWN, &plain()).bytes, of_one_leaf());
        let mut flood = flood(KNOWN, mined);
        println!("{} refused, {} bytes; {plain_bytes} for plain ones", flood.refused, flood.bytes);
        assert!(flood.refused > 0, "the table splits no further than its content justifies");
        assert!(flood.bytes < 2 * plain_bytes, "{} and {plain_bytes}", flood.bytes);
        assert_it_works(&mut flood, mined);
    });
}

#[test]
fn nobody_elses_keys_suffer_from_them() {
    alone(|| {
        let mut flood = flood(KNOWN, of_one_leaf());
        let mut insert = |key: &String| flood.store.insert(Place::ROOT, key, 1, Insert::default(), NOW).is_stored();
        let stored = plain().iter().filter(|key| insert(key)).count();
        println!("{stored} of {MANY} plain keys are stored");
        assert!(stored > MANY - MANY / 100);
        flood.store.check().unwrap();
    });
}
