//! The fuzz targets on random bytes, on stable Rust: a little of what `cargo fuzz` does with eyes on the coverage.
//!
//! `FETCHWELL_SEED=7 cargo test --test fuzz_smoke` makes other bytes. A failure prints the bytes it failed on.
#![cfg(not(target_arch = "wasm32"))]

#[allow(unreachable_pub, reason = "in its own crate it is the face")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use fetchwell::engine::{Bounds, Config, How, Insert, Place, Scope, Selector, Span, Store, Terms, Timestamp};
use targets::support::{Chance, scaled, seed};

/// Gives a target so many random inputs of at most so many bytes.
fn feed(target: fn(&[u8]), inputs: u64, longest: u64) {
    let seed = seed();
    let mut chance = Chance(seed);
    for number in 0..inputs {
        let length = chance.below(longest + 1);
        // Half of them out of few values: what repeats meets itself.
        let few = chance.one_in(2);
        let byte = |_| (if few { chance.below(32) } else { chance.below(256) }).to_le_bytes()[0];
        let bytes: Vec<u8> = (0..length).map(byte).collect();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(&bytes))) {
            eprintln!("FETCHWELL_SEED={seed}, input {number}: {bytes:?}");
            std::panic::resume_unwind(panic);
        }
    }
    println!("{inputs} inputs of up to {longest} bytes, FETCHWELL_SEED={seed}");
}

#[test]
fn random_operations_are_answered_as_the_model_answers() {
    feed(targets::operations, scaled(50_000), 300);
}

#[test]
fn random_lists_that_differ_are_keys_that_differ() {
    feed(targets::keys, scaled(400_000), 40);
}

#[test]
fn random_patterns_match_what_a_naive_matcher_matches() {
    feed(targets::glob, scaled(400_000), 40);
}

#[test]
fn random_bytes_are_a_snapshot_or_refused_and_never_a_panic() {
    feed(targets::snapshot, scaled(200_000), 120);
}

// What it found, made small.

#[test]
fn weights_too_large_for_any_sum_leave_the_store_whole() {
    let mut store = Store::new(Config { bounds: Bounds::entries(10), ..Config::default() });
    for key in ["a", "b", "c"] {
        let _ = store.insert(Place::ROOT, key, 1, Insert::weighing(u64::MAX), Timestamp(0));
        store.check().unwrap();
    }
    store.clear(Scope::All, Timestamp(0));
    store.check().unwrap();
    assert_eq!((store.len(), store.bytes()), (0, 0));
}

#[test]
fn what_is_left_of_a_very_long_life_is_a_positive_number() {
    let mut store = Store::new(Config::default());
    let terms = Terms::ttl(Span::ms(u64::MAX));
    assert!(store.insert(Place::ROOT, "a", 1, Insert::on(terms), Timestamp(0)).is_stored());
    let left = store.entry(Place::ROOT, "a", Timestamp(0)).and_then(|entry| entry.remaining);
    assert!(left.is_some_and(|left| left > 0), "{left:?}");
}

#[test]
fn what_is_left_very_long_past_a_deadline_is_a_negative_number() {
    let mut store = Store::new(Config::default());
    let terms = Terms { swr: Span::FOREVER, ..Terms::ttl(Span::ms(1)) };
    assert!(store.insert(Place::ROOT, "a", 1, Insert::on(terms), Timestamp(0)).is_stored());
    for past in [1 << 62, 1 << 63, (1 << 63) + 1] {
        let left = store.entry(Place::ROOT, "a", Timestamp(1 + past)).and_then(|entry| entry.remaining);
        assert!(left.is_some_and(|left| left < 0), "{left:?}");
    }
}

#[test]
fn without_a_separator_a_segment_is_its_key_alone() {
    let mut store = Store::new(Config { separator: "".into(), ..Config::default() });
    for key in ["a", "ab"] {
        assert!(store.insert(Place::ROOT, key, 1, Insert::default(), Timestamp(0)).is_stored());
    }
    assert_eq!(store.invalidate(Scope::All, Selector::Segment("a"), How::HARD, Timestamp(0)), 1);
    store.check().unwrap();
    assert!(store.contains(Place::ROOT, "ab", Timestamp(0)));
}

#[test]
fn a_snapshot_of_what_a_snapshot_restored_is_the_same_bytes() {
    let mut first = Store::new(Config::default());
    let terms = Terms { tti: Span::FOREVER, swr: Span::FOREVER, ..Terms::ttl(Span::ms(1)) };
    assert!(first.insert(Place::ROOT, "a", 7_u8, Insert::on(terms), Timestamp(0)).is_stored());
    let write = |store: &mut Store<u8>| {
        store.snapshot(Scope::All, Selector::All, Timestamp(0), 1_000, |value| Some(vec![*value])).bytes
    };
    let written = write(&mut first);
    let mut second = Store::new(Config::default());
    let restored = second.restore(&written, Timestamp(0), 1_000, |value| value.first().copied()).unwrap();
    assert_eq!(restored.restored, 1);
    assert_eq!(write(&mut second), written);
}
