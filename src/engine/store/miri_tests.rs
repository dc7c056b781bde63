//! A little of everything, small enough for an interpreter: Miri looks for undefined behaviour and leaks where the structures below
//! grow, shrink and link. (All of it is safe code; what Miri sees besides are the standard library's own parts under it.)
//!
//! `cargo +nightly miri test --lib miri_`; natively the same tests run with the others.

use super::{Insert, Store};
use crate::engine::config::{Bounds, Config};
use crate::engine::life::Terms;
use crate::engine::loads::Ticket;
use crate::engine::outcome::RemovalCause;
use crate::engine::scope::{How, Namespace, Partition, Place, Scope, Selector};
use crate::engine::time::{Span, Timestamp};

/// A small generator; the whole run is in its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

const KEYS: [&str; 10] = ["", "a", "a:1", "a:1:x", "a:10", "b", "b:é", "b:2/y", "a:1:y", "c"];
const TAGS: [&str; 3] = ["red", "green", ""];
const PATTERNS: [&str; 4] = ["a:*", "**", "?", "b:**"];

fn small(max_entries: usize) -> Store<String> {
    let bounds = Bounds { max_entries, max_bytes: 3_000, max_entry_bytes: 500 };
    Store::new(Config {
        bounds,
        eager_prefix_index: true,
        keep_removed: true,
        max_loads: 4,
        entry_overhead: 8,
        ..Config::default()
    })
}

/// `cargo xtask test` is quick here; `--long` is not.
fn steps() -> u32 {
    if std::env::var("FETCHWELL_TEST").is_ok_and(|size| size == "quick") { 200 } else { 2_000 }
}

#[test]
fn some_hundred_operations_of_every_kind() {
    let mut chance = Chance(7);
    let mut store = small(12);
    let shop = store.namespace("shop", Some(Bounds { max_entries: 4, max_bytes: 900, max_entry_bytes: 200 })).unwrap();
    let mut loads: Vec<Ticket> = vec![];
    let mut clock = 0;
    for step in 0..steps() {
        let now = Timestamp(clock);
        let key = chance.pick(&KEYS);
        let whose = [Partition::Shared, Partition::Named("ann"), Partition::Credential("ann")];
        let whose = whose[usize::try_from(chance.below(3)).unwrap()];
        let place = store.place(if chance.below(3) == 0 { shop } else { Namespace::ROOT }, whose);
        let terms = Terms {
            tti: Span::ms(chance.below(2) * 40),
            swr: Span::ms(chance.below(2) * 30),
            dormant: chance.below(4) == 0,
            jitter: 0.2,
            ..Terms::ttl(Span::ms(chance.below(90)))
        };
        let tags = [chance.pick(&TAGS), chance.pick(&TAGS)];
        let tags = if chance.below(2) == 0 { &tags[..] } else { &[] };
        let how = Insert { weight: chance.below(260), terms, tags };
        match chance.below(12) {
            0..=4 => {
                let _ = store.insert(place, key, format!("value {step}"), how, now);
            }
            5 => {
                let _ = (store.get(place, key, now).is_some(), store.get_stale(place, key, now).is_some());
            }
            6 => loads.push(store.begin_load(place, key)),
            7 => {
                if let Some(load) = loads.pop() {
                    let _ = store.complete(load, format!("loaded {step}"), how, now);
                }
            }
            8 => {
                store.touch(place, key, None, now);
                store.remove(place, chance.pick(&KEYS), now);
            }
            9 | 10 => {
                let what = match chance.below(6) {
                    0 => Selector::Key(key),
                    1 => Selector::Prefix(key),
                    2 => Selector::Segment(key),
                    3 => Selector::Tag(chance.pick(&TAGS)),
                    4 => Selector::Glob(chance.pick(&PATTERNS)),
                    _ => Selector::Prefix("a:"),
                };
                let scope = if chance.below(2) == 0 { Scope::All } else { Scope::Place(place) };
                let how = [How::HARD, How::SOFT, How::DRY_RUN];
                store.invalidate(scope, what, how[usize::try_from(chance.below(3)).unwrap()], now);
            }
            _ => clock += chance.below(30),
        }
        if step % 60 == 0 {
            store.check().unwrap();
            store.take_removed();
        }
    }
    for load in loads {
        store.abandon(load);
    }
    store.clear(Scope::All, Timestamp(clock));
    store.check().unwrap();
    store.prune(Timestamp(clock), 1_000);
    store.check().unwrap();
    assert_eq!((store.len(), store.bytes()), (0, 0));
    assert_eq!(store.side_tables(), [("tags", 0), ("terms", 0), ("loads", 0)]);
}

#[test]
fn tables_and_prefix_trees_that_split_and_come_together_again() {
    let mut store = small(1_000);
    let keys: Vec<String> = (0..110).map(|number| format!("k:{}:{number}", number % 3)).collect();
    for key in &keys {
        let how = Insert { tags: &["all"], ..Insert::weighing(0) };
        let _ = store.insert(Place::ROOT, key, key.clone(), how, Timestamp(0));
    }
    let held = store.len();
    assert!(held > 60 && store.stats(None, Timestamp(0)).evictions() > 0, "{held}");
    store.check().unwrap();
    let of_one = store.invalidate(Scope::All, Selector::Segment("k:1"), How::HARD, Timestamp(1));
    let tagged = store.invalidate(Scope::All, Selector::Tag("all"), How::DRY_RUN, Timestamp(1));
    assert_eq!(of_one + tagged, held);
    assert_eq!(store.invalidate(Scope::All, Selector::Prefix("k:"), How::HARD, Timestamp(1)), tagged);
    store.check().unwrap();
    assert!(store.is_empty());
}

#[test]
fn entries_that_expire_by_the_dozen_and_a_snapshot_there_and_back() {
    let mut store = small(1_000);
    for number in 0..20_u64 {
        let terms = Terms { tti: Span::ms(500), ..Terms::ttl(Span::ms(1 + number * number * 7)) };
        let _ = store.insert(Place::ROOT, &number.to_string(), number.to_string(), Insert::on(terms), Timestamp(0));
    }
    let written =
        store.snapshot(Scope::All, Selector::All, Timestamp(100), 1_000, |value| Some(value.clone().into_bytes()));
    let mut other = small(1_000);
    let restored = other.restore(&written.bytes, Timestamp(5), 1_000, |bytes| String::from_utf8(bytes.to_vec()).ok());
    assert_eq!(restored.map(|restored| restored.restored), Ok(written.entries));
    for now in [100, 200, 400, 1_000] {
        store.prune(Timestamp(now), 1_000);
        other.prune(Timestamp(now), 1_000);
        store.check().unwrap();
        other.check().unwrap();
    }
    assert!(store.is_empty() && other.is_empty());
    let gone = store.take_removed();
    assert!(gone.iter().any(|gone| gone.cause == RemovalCause::Idle));
    assert_eq!(gone.len(), 20);
}
