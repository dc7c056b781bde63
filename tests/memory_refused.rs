//! When the system gives no more memory, a value is refused and nothing else happens: no abort, no panic, nothing half-done. An
//! invalidation takes effect all the same, and what could not be listed or written is said to be missing.
//!
//! Rust aborts the process when an allocation fails that nobody asked to be allowed to fail. So each story runs in a process of its
//! own, again and again, each time with a little more memory left, until there is enough for all of it.
#![cfg(not(target_arch = "wasm32"))]

#[path = "memory_refused/invalidation.rs"]
mod invalidation;
#[path = "memory_refused/listings.rs"]
mod listings;
#[path = "memory_refused/places.rs"]
mod places;
mod support;

use std::alloc::System;
use std::process::Command;

use cap::Cap;
use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Place, RejectReason, Scope, Selector, Span, Store, Terms, Timestamp,
};
use support::scaled;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const NOW: Timestamp = Timestamp(1_000);
const STORY: &str = "FETCHWELL_STORY";

/// Runs a test's story in a process of its own, on the only thread that does anything: another would use up memory unseen. Its name is what the test is
/// called.
fn in_its_own_process(name: &str, story: impl Fn()) {
    if std::env::var(STORY).is_ok() {
        until_the_others_wait();
        return story();
    }
    let program = std::env::current_exe().unwrap();
    // Alone, so that nobody else's allocation fails.
    let arguments = ["--exact", name, "--nocapture", "--test-threads=1"];
    let output = Command::new(program).args(arguments).env(STORY, name).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// The thread that started this test asks for a little more memory before it waits for it. Where the system tells (Linux), this goes
/// on when it waits; elsewhere a story may fail by that chance.
fn until_the_others_wait() {
    let stat = format!("/proc/self/task/{}/stat", std::process::id());
    let waits = || {
        let Ok(stat) = std::fs::read_to_string(&stat) else { return true };
        stat.rsplit(") ").next().is_some_and(|state| state.starts_with('S'))
    };
    let mut times = 0;
    while times < 3 {
        times = if waits() { times + 1 } else { 0 };
        std::thread::yield_now();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What came of something that was tried with so many bytes left.
fn with_bytes_left<T>(left: usize, attempt: impl FnOnce() -> T) -> T {
    eprintln!("with {left} bytes left:"); // where an abort would be, if this is the last line
    ALLOCATOR.set_limit(ALLOCATOR.allocated() + left).unwrap();
    let outcome = attempt();
    ALLOCATOR.set_limit(usize::MAX).unwrap();
    outcome
}

/// From none to plenty; nearly every number where the small allocations are.
fn amounts() -> impl Iterator<Item = usize> {
    let step = if scaled(10) == 1 { 56 } else { 8 };
    (0..1_500).step_by(step).chain((1_500..9_000).step_by(step * 30)).chain((9_000..200_000).step_by(11_003))
}

const KEYS: [&str; 2] = ["books:7:of-some-length", "books:8:of-some-length"];

fn key(number: usize) -> String {
    format!("books:{number}:of-some-length")
}

const WITH_LIVES: Terms = Terms {
    ttl: Span::hours(1),
    tti: Span::mins(5),
    swr: Span::secs(3),
    stale_if_error: Span::ZERO,
    jitter: 0.5,
    dormant: false,
};

/// A store of so many entries, bounded far above them.
fn filled(entries: usize, config: Config) -> Store<u64> {
    let mut store = Store::new(Config { bounds: Bounds::entries(1_000_000), ..config });
    for number in 0..entries {
        assert!(store.insert(Place::ROOT, &key(number), 0, Insert::default(), NOW).is_stored());
    }
    store
}

/// Where tables, pages and lists are about to grow, and where they are not.
const SIZES: [usize; 8] = [0, 1, 7, 8, 224, 300, 1_023, 1_024];

/// Tries to store under `key` with ever more bytes left, in stores of all sizes. Refused or stored, the store is whole and works.
fn offer_under_pressure(config: impl Fn() -> Config, key: &str, how: Insert<'_>) {
    for size in SIZES {
        let (mut refused, mut stored) = (0, 0);
        for left in amounts() {
            let mut store = filled(size, config());
            let before = (store.len(), store.peek(Place::ROOT, key, NOW).is_some());
            let outcome = with_bytes_left(left, || store.insert(Place::ROOT, key, 1, how, NOW));
            store.check().unwrap();
            let held = match outcome {
                Inserted::Stored => Some(1),
                Inserted::Rejected(RejectReason::TooLarge) => None,
                Inserted::Rejected(other) => panic!("refused as {other:?}"),
            };
            assert_eq!(store.get(Place::ROOT, key, NOW).copied(), held, "refused, and the older value is gone as well");
            assert_eq!(store.len(), before.0 - usize::from(before.1) + usize::from(held.is_some()));
            *(if held.is_some() { &mut stored } else { &mut refused }) += 1;

            assert!(store.insert(Place::ROOT, key, 2, how, NOW).is_stored(), "with memory again it works again");
            assert_eq!(store.get(Place::ROOT, key, NOW), Some(&2));
            assert!(store.insert(Place::ROOT, "another", 3, how, NOW).is_stored());
            store.check().unwrap();
            store.clear(Scope::All, NOW);
            store.prune(NOW, usize::MAX);
            assert_eq!((store.len(), store.bytes()), (0, 0));
            assert_eq!(store.side_tables(), [("tags", 0), ("terms", 0), ("loads", 0)]);
        }
        println!("{size} entries: refused {refused} times, stored {stored} times");
        assert!(stored > 0, "with plenty left it is stored");
    }
}

#[test]
fn a_new_value_is_refused_or_stored() {
    in_its_own_process("a_new_value_is_refused_or_stored", || {
        offer_under_pressure(Config::default, "new", Insert::weighing(10));
    });
}

#[test]
fn a_new_value_with_a_life_of_its_own_is_refused_or_stored() {
    in_its_own_process("a_new_value_with_a_life_of_its_own_is_refused_or_stored", || {
        offer_under_pressure(Config::default, "new", Insert { weight: 1 << 20, ..Insert::on(WITH_LIVES) });
    });
}

#[test]
fn a_new_value_with_tags_is_refused_or_stored() {
    in_its_own_process("a_new_value_with_tags_is_refused_or_stored", || {
        let tags: &[&str] = &["shelf", "author", "shelf", "a tag with a name of some length"];
        offer_under_pressure(Config::default, "new", Insert { tags, ..Insert::default() });
    });
}

#[test]
fn a_new_value_is_refused_or_stored_where_keys_are_indexed_by_prefix() {
    in_its_own_process("a_new_value_is_refused_or_stored_where_keys_are_indexed_by_prefix", || {
        let config = || Config { eager_prefix_index: true, ..Config::default() };
        offer_under_pressure(config, "new", Insert::default());
        offer_under_pressure(config, "books:77", Insert::default());
    });
}

#[test]
fn a_newer_value_is_refused_or_stored_and_the_older_one_is_gone() {
    in_its_own_process("a_newer_value_is_refused_or_stored_and_the_older_one_is_gone", || {
        let tags: &[&str] = &["shelf", "author"];
        let heavy = Insert { weight: 1 << 20, tags, ..Insert::on(WITH_LIVES) };
        offer_under_pressure(Config::default, &key(0), Insert::default());
        offer_under_pressure(Config::default, &key(0), Insert::weighing(1 << 20));
        offer_under_pressure(Config::default, &key(0), heavy);
    });
}

#[test]
fn a_newer_value_is_refused_or_stored_where_the_host_wants_what_went() {
    in_its_own_process("a_newer_value_is_refused_or_stored_where_the_host_wants_what_went", || {
        let config = || Config { keep_removed: true, ..Config::default() };
        offer_under_pressure(config, &key(0), Insert::weighing(5));
    });
}

/// Does something with ever more bytes left, each time to a new store of some hundred entries; `look` sees that it works afterwards.
fn under_pressure<T>(attempt: impl Fn(&mut Store<u64>) -> T, look: impl Fn(&mut Store<u64>, T)) {
    under_pressure_with(Config::default, attempt, look);
}

fn under_pressure_with<T>(
    config: impl Fn() -> Config,
    attempt: impl Fn(&mut Store<u64>) -> T,
    look: impl Fn(&mut Store<u64>, T),
) {
    for left in amounts() {
        let mut store = filled(300, config());
        let outcome = with_bytes_left(left, || attempt(&mut store));
        store.check().unwrap();
        look(&mut store, outcome);
        store.check().unwrap();
    }
}

#[test]
fn loads_begin_and_end_and_are_stored_or_turned_away() {
    in_its_own_process("loads_begin_and_end_and_are_stored_or_turned_away", || {
        under_pressure(
            |store| {
                // The first is fenced when the second, of the same key, has ended.
                let loads = [KEYS[0], KEYS[0], "new"].map(|key| store.begin_load(Place::ROOT, key));
                let [older, newer, new] = loads;
                let how = Insert { tags: &["shelf"], ..Insert::default() };
                [newer, older, new].map(|load| store.complete(load, 1, how, NOW))
            },
            |store, outcomes| {
                assert_eq!(store.loads_in_flight(), 0);
                // One that could not be remembered counts as fenced: it is not known what happened meanwhile.
                let new = store.get(Place::ROOT, "new", NOW).is_some();
                assert_eq!(new, outcomes[2].is_stored());
                assert!(!outcomes[0].is_stored() || !outcomes[1].is_stored(), "an older value over a newer one");
            },
        );
    });
}

#[test]
fn a_tag_invalidated_while_loads_are_in_flight_fences_them_even_if_it_cannot_be_remembered() {
    let name = "a_tag_invalidated_while_loads_are_in_flight_fences_them_even_if_it_cannot_be_remembered";
    in_its_own_process(name, || {
        for left in amounts() {
            let mut store = filled(10, Config::default());
            let load = store.begin_load(Place::ROOT, "new");
            with_bytes_left(left, || store.invalidate(Scope::All, Selector::Tag("shelf"), How::HARD, NOW));
            let how = Insert { tags: &["shelf"], ..Insert::default() };
            assert_eq!(store.complete(load, 1, how, NOW), Inserted::Rejected(RejectReason::Fenced));
            store.check().unwrap();
        }
    });
}

#[test]
fn readers_are_answered() {
    in_its_own_process("readers_are_answered", || {
        under_pressure(
            |store| {
                let hit = store.get(Place::ROOT, KEYS[0], NOW).is_some();
                let miss = store.get(Place::ROOT, "nothing", NOW).is_none();
                (hit, miss, store.get_stale(Place::ROOT, KEYS[1], NOW).is_some(), store.prune(NOW, 10))
            },
            |store, outcome| {
                assert_eq!(outcome, (true, true, true, 0));
                assert_eq!(store.stats(None, NOW).requests(), 3);
            },
        );
    });
}

#[test]
fn entries_are_touched_and_removed() {
    in_its_own_process("entries_are_touched_and_removed", || {
        under_pressure(
            |store| {
                store.touch(Place::ROOT, KEYS[0], Some(Span::secs(9)), NOW);
                store.remove(Place::ROOT, KEYS[1], NOW)
            },
            |store, removed| {
                assert!(removed);
                assert_eq!(store.get(Place::ROOT, KEYS[1], NOW), None);
                assert!(store.touch(Place::ROOT, KEYS[0], Some(Span::secs(9)), NOW));
            },
        );
    });
}

#[test]
fn a_store_that_fills_up_to_the_last_byte_lives_on() {
    in_its_own_process("a_store_that_fills_up_to_the_last_byte_lives_on", || {
        let mut store = filled(100, Config::default());
        let keys: Vec<String> = (0..20_000).map(key).collect();
        let tags: Vec<String> = (0..100).map(|number| format!("shelf {number}")).collect();
        let outcomes = with_bytes_left(600_000, || {
            let mut outcomes = (0, 0);
            for (number, key) in keys.iter().enumerate() {
                let tag: &[&str] = &[&tags[number % 100]];
                let how = Insert { weight: 1 + number as u64 % 5_000, tags: tag, ..Insert::on(WITH_LIVES) };
                let stored = store.insert(Place::ROOT, key, number as u64, how, NOW).is_stored();
                *(if stored { &mut outcomes.0 } else { &mut outcomes.1 }) += 1;
                if stored {
                    assert_eq!(store.get(Place::ROOT, key, NOW), Some(&(number as u64)));
                }
                store.remove(Place::ROOT, &keys[number / 3], NOW);
            }
            outcomes
        });
        println!("stored {}, refused {}", outcomes.0, outcomes.1);
        assert!(outcomes.0 > 500 && outcomes.1 > 500, "{outcomes:?}");
        store.check().unwrap();
        assert!(keys.iter().all(|key| store.insert(Place::ROOT, key, 1, Insert::default(), NOW).is_stored()));
        store.check().unwrap();
    });
}
