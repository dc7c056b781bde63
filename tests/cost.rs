//! What an index costs, in bytes: nothing before it is asked for, little beside the keys, and nothing for each question.
//!
//! That a question touches only what it concerns is counted where it can be seen, in `src/engine/prefix.rs`; how long it takes is for
//! `cargo xtask bench engine`.
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::System;
use std::sync::{Mutex, PoisonError};

use cap::Cap;
use fetchwell::engine::{Bounds, Config, How, Insert, Place, Scope, Selector, Store, Timestamp};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const NOW: Timestamp = Timestamp(0);
const BODY: usize = 64;
type Body = Box<[u8; BODY]>;
const KEYS: usize = 200_000;
/// So many keys share a prefix.
const GROUP: usize = 1_000;

/// What the test harness itself may allocate meanwhile, for the tests that wait for their turn.
const NOISE: usize = 32 << 10;

fn filled(eager: bool) -> Store<Body> {
    let bounds = Bounds::entries(2 * KEYS);
    let mut store = Store::new(Config { bounds, eager_prefix_index: eager, ..Config::default() });
    for number in 0..KEYS {
        let key = format!("shop:{:04}:item:{number:08}", number / GROUP);
        let tag: &[&str] = if number % GROUP == 0 { &["first"] } else { &[] };
        assert!(
            store
                .insert(Place::ROOT, &key, Box::new([0; BODY]), Insert { tags: tag, ..Insert::default() }, NOW)
                .is_stored()
        );
    }
    store
}

/// How many bytes more are allocated after something than before.
fn bytes<T>(of: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.allocated();
    let outcome = of();
    (outcome, ALLOCATOR.allocated().saturating_sub(before))
}

fn alone(test: impl FnOnce()) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    test();
}

#[test]
fn keys_pay_for_the_prefix_index_only_once_a_prefix_was_asked_for() {
    alone(|| {
        let (mut store, without) = bytes(|| filled(false));
        let (_eager, with) = bytes(|| filled(true));
        assert!(with > without + 8 * KEYS, "an index of its own costs something: {without} and {with} bytes");

        // Tags, keys and everything at once need none.
        let dry = |store: &mut Store<Body>, what| store.invalidate(Scope::All, what, How::DRY_RUN, NOW);
        let (counts, more) = bytes(|| {
            let whole = "shop:0007:item:00007000";
            [Selector::Tag("first"), Selector::Key(whole), Selector::Glob(whole), Selector::All]
                .map(|what| dry(&mut store, what))
        });
        assert_eq!(counts, [KEYS / GROUP, 1, 1, KEYS]);
        assert!(more < NOISE, "{more} bytes for questions that need no index");

        let (count, index) = bytes(|| dry(&mut store, Selector::Prefix("shop:0007:")));
        println!("{without} bytes for {KEYS} keys, {index} for their index, {with} with the index from the start");
        assert_eq!(count, GROUP);
        assert!(index > 8 * KEYS, "{index} bytes");
    });
}

#[test]
fn the_prefix_index_copies_no_keys() {
    alone(|| {
        let mut store = filled(false);
        let (_, index) = bytes(|| store.invalidate(Scope::All, Selector::Segment("shop:0007"), How::DRY_RUN, NOW));
        assert!(index < 24 * KEYS, "{index} bytes for {KEYS} keys of 23");
    });
}

#[test]
fn a_question_leaves_nothing_behind_and_an_answer_gives_back_what_it_took() {
    alone(|| {
        let mut store = filled(true);
        let selectors =
            [Selector::Prefix("shop:0007:"), Selector::Segment("shop:0007"), Selector::Glob("shop:0007:**")];
        for what in selectors {
            let ask = |_| store.invalidate(Scope::All, what, How::DRY_RUN, NOW);
            let (count, more) = bytes(|| (0..100).map(ask).sum::<usize>());
            assert_eq!(count, 100 * GROUP, "{what:?}");
            assert!(more < NOISE, "{more} bytes for 100 times {what:?}");
        }
        let before = ALLOCATOR.allocated();
        for group in 0..100 {
            let prefix = format!("shop:{group:04}:");
            assert_eq!(store.invalidate(Scope::All, Selector::Prefix(&prefix), How::HARD, NOW), GROUP);
        }
        // The values go at once, less what is remembered of how so many went; keys and the rest when there is time for them.
        let at_once = before.saturating_sub(ALLOCATOR.allocated());
        assert!(at_once > 100 * GROUP * (BODY - 16), "{at_once} bytes");
        store.prune(NOW, usize::MAX);
        let in_the_end = before.saturating_sub(ALLOCATOR.allocated());
        assert!(in_the_end > at_once, "{at_once} and {in_the_end} bytes");
        store.check().unwrap();
    });
}
