//! What a snapshot keeps, what it leaves out, and what a restore may do to a store that is in use.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use fetchwell::engine::{
    Bounds, Config, Freshness, How, Insert, Lookup, Namespace, Partition, Place, RemovalCause, Restored, Scope, Seed,
    Selector, Snapshot, Span, Store, Terms, Timestamp, decode,
};
use std::collections::BTreeMap;
use support::Chance;

const ROOT: Place = Place::ROOT;
/// The time of day when the clocks of the stores that write show 1 000.
const WALL: u64 = 1_700_000_000_000;

fn at(ms: u64) -> Timestamp {
    Timestamp(ms)
}

fn store() -> Store<u32> {
    Store::new(Config { keep_removed: true, ..Config::default() })
}

fn put(store: &mut Store<u32>, key: &str, terms: Terms) {
    let insert = Insert { weight: 50, terms, tags: &["shelf"] };
    assert!(store.insert(ROOT, key, 7, insert, at(1_000)).is_stored());
}

fn holding(terms: Terms) -> Store<u32> {
    let mut store = store();
    put(&mut store, "k", terms);
    store
}

fn ms(ms: u64) -> Terms {
    Terms::ttl(Span::ms(ms))
}

/// A snapshot of everything, by the clock that shows 1 000 at `WALL`.
fn snapshot(store: &mut Store<u32>, now: u64) -> Snapshot {
    let wall = WALL + now - 1_000;
    store.snapshot(Scope::All, Selector::All, at(now), wall, |value| Some(value.to_be_bytes().to_vec()))
}

fn restore(store: &mut Store<u32>, bytes: &[u8], now: u64, wall: u64) -> Restored {
    store.restore(bytes, at(now), wall, |bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?))).unwrap()
}

/// A new store from the snapshot of another, whose clock shows `now` when it is `wall`.
fn moved(from: &mut Store<u32>, written: u64, now: u64, wall: u64) -> Store<u32> {
    let mut to = store();
    let bytes = snapshot(from, written).bytes;
    let _ = restore(&mut to, &bytes, now, wall);
    to.check().unwrap();
    to
}

/// A store with something of everything, filled in an order of its own.
fn rich(chance: &mut Chance, seed: u64) -> Store<u32> {
    let mut store = Store::new(Config { seed: Seed::Fixed(seed, 1), ..Config::default() });
    let mut order: Vec<u32> = (0..600).collect();
    order.sort_by_cached_key(|_| chance.next());
    for number in order {
        let (n, third) = (u64::from(number), |divisor: usize| number as usize / divisor % 3);
        let name = ["", "books", "bugs"][third(1)];
        let namespace = if name.is_empty() { Namespace::ROOT } else { store.namespace(name, None).unwrap() };
        let place =
            store.place(namespace, [Partition::Shared, Partition::Named("ann"), Partition::Named("")][third(3)]);
        let window = Terms { swr: Span::ms(n * 10), stale_if_error: Span::ms(n), ..ms(n + 1) };
        let idle = Terms { tti: Span::hours(n + 1), dormant: n % 4 == 0, ..ms(n % 500 + 1) };
        let terms = [window, idle, Terms::default()][third(9)];
        let tags: &[&str] = [&["b", "a", "b"] as &[&str], &[], &["shelf"]][third(27)];
        let insert = Insert { weight: n, terms, tags };
        assert!(store.insert(place, &format!("k{number}"), number, insert, at(1_000)).is_stored());
    }
    store.invalidate(Scope::All, Selector::Glob("k3?"), How::SOFT, at(1_001));
    store
}

#[test]
fn the_same_content_gives_the_same_bytes_however_it_came_there() {
    let mut chance = Chance(3);
    let mut first = rich(&mut chance, 1);
    let written = snapshot(&mut first, 1_400);
    assert!(written.entries > 300 && written.left_out == 0);
    for seed in 2..5 {
        let mut again = rich(&mut chance, seed);
        assert!(snapshot(&mut again, 1_400) == written, "another order, another seed");
    }
    let mut other = moved(&mut first, 1_400, 1_400, WALL + 400);
    assert_eq!(other.len(), written.entries);
    assert!(snapshot(&mut other, 1_400) == written, "a store that was restored writes what it read");
    assert_eq!(restore(&mut other, &written.bytes, 1_400, WALL + 400).restored, 0, "nothing in it is newer");
}

#[test]
fn a_restored_entry_ends_when_it_would_have_ended_whatever_the_clock_counts_from() {
    // When it is read, by the time of day after it was stored, and what the reader's clock shows then.
    for (later, now) in [(30, 1_030), (30, 0), (30, 1 << 50), (99, 5), (31, u64::from(u32::MAX)), (40, WALL + 40)] {
        let mut store = moved(&mut holding(ms(100)), 1_030, now, WALL + later);
        let entry = store.entry(ROOT, "k", at(now)).unwrap();
        assert_eq!((entry.age, entry.remaining), (later, Some(100 - later.cast_signed())), "read at {now}");
        assert_eq!((entry.expires_at, entry.tags == ["shelf"]), (Some(at(now + 100 - later)), true));
        assert_eq!(entry.bytes, holding(ms(100)).bytes());
        assert_eq!(store.get(ROOT, "k", at(now + 99 - later)), Some(&7));
        assert_eq!(store.get(ROOT, "k", at(now + 100 - later)), None);
    }
    assert!(moved(&mut holding(ms(100)), 1_030, 0, WALL + 100).is_empty(), "what has expired is not revived");
    let forever = moved(&mut holding(Terms::default()), 1_000, 5, WALL * 2);
    assert_eq!(forever.entry(ROOT, "k", at(1 << 60)).unwrap().expires_at, None);
}

#[test]
fn what_was_stale_idle_soft_or_dormant_goes_on_where_it_was() {
    let windows = Terms { swr: Span::ms(100), stale_if_error: Span::ms(300), ..ms(50) };
    let store = moved(&mut holding(windows), 1_100, 0, WALL + 120);
    let entry = store.entry(ROOT, "k", at(0)).unwrap();
    assert_eq!((entry.state, entry.remaining), (Freshness::Stale, Some(-70)));
    let stale = |now| match store.lookup(ROOT, "k", at(now)) {
        Lookup::Stale(stale) => (stale.while_revalidating, stale.if_error),
        other => panic!("{other:?} at {now}"),
    };
    assert_eq!([0, 29, 30, 229].map(stale), [(true, true), (true, true), (false, true), (false, true)]);
    assert!(!matches!(store.lookup(ROOT, "k", at(230)), Lookup::Stale(_)));
    let idle = Terms { tti: Span::ms(100), ..Terms::default() };
    let store = moved(&mut holding(idle), 1_040, 0, WALL + 60);
    assert!(store.contains(ROOT, "k", at(39)) && !store.contains(ROOT, "k", at(40)), "idle since it was stored");
    assert_eq!(moved(&mut holding(idle), 1_040, 0, WALL + 100).len(), 0, "idle for too long meanwhile");
    let mut soft = holding(ms(100));
    soft.invalidate(Scope::All, Selector::All, How::SOFT, at(1_010));
    let mut store = moved(&mut soft, 1_020, 0, WALL + 40);
    assert!(store.peek(ROOT, "k", at(0)).is_none() && store.entry(ROOT, "k", at(0)).is_none());
    assert_eq!(store.get_stale(ROOT, "k", at(59)), Some(&7));
    assert_eq!(store.get_stale(ROOT, "k", at(60)), None, "its old deadline");
    let store = moved(&mut holding(Terms { dormant: true, ..ms(10) }), 1_100, 0, WALL + 1_000);
    assert_eq!(store.lookup(ROOT, "k", at(1 << 40)), Lookup::Dormant(&7));
}

#[test]
fn a_touched_entry_and_one_that_was_asked_for_keep_what_that_gave_them() {
    let mut from = holding(Terms { tti: Span::ms(100), ..ms(200) });
    assert!(from.touch(ROOT, "k", Some(Span::ms(1_000)), at(1_050)));
    assert_eq!(from.get(ROOT, "k", at(1_090)), Some(&7));
    let store = moved(&mut from, 1_100, 100, WALL + 100);
    assert_eq!(store.entry(ROOT, "k", at(100)).unwrap().remaining, Some(950));
    assert!(store.contains(ROOT, "k", at(189)) && !store.contains(ROOT, "k", at(190)), "idle since 1 090");
}

#[test]
fn what_is_for_ever_comes_back_for_ever() {
    let mut soft = holding(Terms::default());
    soft.invalidate(Scope::All, Selector::All, How::SOFT, at(1_010));
    let [swr, tti] = [Span::FOREVER; 2];
    for mut from in [soft, holding(Terms { swr, ..ms(10) }), holding(Terms { tti, ..ms(10) })] {
        let written = snapshot(&mut from, 1_010).bytes;
        assert!(snapshot(&mut moved(&mut from, 1_010, 1_010, WALL + 10), 1_010).bytes == written);
    }
}

#[test]
fn credentials_stay_behind_and_named_partitions_travel() {
    let mut from = store();
    let bugs = from.namespace("bugs", Some(Bounds::entries(9))).unwrap();
    let who = [Partition::Shared, Partition::Named("a"), Partition::Named(""), Partition::Credential("a")];
    for (namespace, who) in [Namespace::ROOT, bugs].into_iter().flat_map(|namespace| who.map(|who| (namespace, who))) {
        let place = from.place(namespace, who);
        assert!(from.insert(place, "k", 0, Insert::default(), at(1_000)).is_stored());
    }
    let written = snapshot(&mut from, 1_000);
    assert_eq!((written.entries, written.left_out), (6, 0));
    let mut to = store();
    assert_eq!(restore(&mut to, &written.bytes, 0, WALL), Restored { restored: 6, skipped: 0 });
    let bugs = to.namespace("bugs", None).unwrap();
    for namespace in [Namespace::ROOT, bugs] {
        let places = who.map(|who| to.place(namespace, who));
        assert_eq!(places.map(|place| to.contains(place, "k", at(0))), [true, true, true, false]);
    }
}

#[test]
fn every_entry_comes_back_to_the_namespace_it_was_in_whatever_its_name() {
    for name in ["a", " ", "\0", "a:b", ""] {
        let place = |store: &mut Store<u32>| {
            let namespace = store.namespace(name, None).unwrap();
            store.place(namespace, Partition::Shared)
        };
        let mut from = store();
        let there = place(&mut from);
        assert!(from.insert(there, "k", 1, Insert::default(), at(1_000)).is_stored());
        let mut to = moved(&mut from, 1_000, 0, WALL);
        let here = place(&mut to);
        assert_eq!(to.get(here, "k", at(0)), Some(&1), "{name:?}");
    }
}

#[test]
fn a_snapshot_holds_what_was_selected_and_counts_what_could_not_be_written_or_read() {
    let mut from = store();
    for (number, key) in ["books:0", "books:1", "books:2", "books:3", "bugs:4", "bugs:5"].iter().enumerate() {
        assert!(from.insert(ROOT, key, u32::try_from(number).unwrap(), Insert::default(), at(1_000)).is_stored());
    }
    let odd = |value: &u32| (value % 2 == 1).then(|| vec![1; *value as usize]);
    let written = from.snapshot(Scope::All, Selector::Segment("books"), at(1_000), WALL, odd);
    assert_eq!((written.entries, written.left_out), (2, 2));
    let mut to = store();
    let read = to.restore(&written.bytes, at(0), WALL, |bytes| (bytes.len() > 1).then_some(0));
    assert_eq!(read, Ok(Restored { restored: 1, skipped: 1 }));
    let none = to.restore(&snapshot(&mut a_hundred_bugs(), 1_000).bytes, at(0), WALL, |_| None);
    assert_eq!(none, Ok(Restored { restored: 0, skipped: 100 }));
    assert_eq!(to.namespaces().count(), 1, "nothing is made for what is left out");
    assert_eq!(to.keys(Scope::All, Selector::All, at(0)), ["books:3"]);
}

#[test]
fn a_restore_replaces_what_is_older_and_never_what_is_newer() {
    let bytes = snapshot(&mut holding(ms(500)), 1_100).bytes;
    for (stored, right) in [(900, 7), (999, 7), (1_000, 8), (1_001, 8), (1_100, 8)] {
        let mut store = store();
        assert!(store.insert(ROOT, "k", 8, Insert::default(), at(stored)).is_stored());
        let replaced = restore(&mut store, &bytes, 1_200, WALL + 200).restored == 1;
        assert_eq!((store.get(ROOT, "k", at(1_200)), replaced), (Some(&right), right == 7), "{stored}");
        let gone = store.take_removed().pop().map(|gone| (gone.value, gone.cause));
        assert_eq!(gone, replaced.then_some((8, RemovalCause::Replaced)));
    }
    let mut store = store();
    assert!(store.insert(ROOT, "k", 8, Insert::on(ms(10)), at(1_100)).is_stored());
    assert_eq!(restore(&mut store, &bytes, 1_200, WALL + 200).restored, 1, "what is newer and dead is in nobody's way");
}

#[test]
fn bytes_that_are_damaged_cut_short_or_of_another_version_change_nothing() {
    let bytes = snapshot(&mut holding(ms(500)), 1_100).bytes;
    let mut store = holding(Terms::default());
    let before = (snapshot(&mut store, 1_100), store.stats(None, at(1_100)), store.namespaces().count());
    let mut refused = |bytes: &[u8]| {
        let outcome = store.restore(bytes, at(1_100), WALL, |_| Some(9)).map_err(|error| error.code());
        assert_eq!((snapshot(&mut store, 1_100), store.stats(None, at(1_100)), store.namespaces().count()), before);
        outcome
    };
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x81;
        let code = if (4..6).contains(&place) { "snapshot-version" } else { "snapshot-damaged" };
        assert_eq!(refused(&damaged), Err(code), "byte {place}");
        assert_eq!(refused(&bytes[..place]), Err("snapshot-damaged"), "{place} bytes of it");
    }
    assert_eq!(refused(&[&bytes[..], &[0]].concat()), Err("snapshot-damaged"));
    assert_eq!(refused(b"FWSN\x02\x00 whatever a later version writes"), Err("snapshot-version"));
}

/// A hundred entries in namespace "bugs"; each weighs what it is worth.
fn a_hundred_bugs() -> Store<u32> {
    let mut from = store();
    let bugs = from.namespace("bugs", None).unwrap();
    for number in 0..100_u32 {
        let place = from.place(bugs, if number % 2 == 0 { Partition::Shared } else { Partition::Named("ann") });
        let insert = Insert::weighing(u64::from(number));
        assert!(from.insert(place, &number.to_string(), number, insert, at(1_000)).is_stored());
    }
    from
}

fn heaviest(store: &mut Store<u32>) -> Option<u32> {
    store.entries(Scope::All, Selector::All, at(0)).iter().map(|entry| *entry.value).max()
}

fn restored_into_a_small_store() -> (Store<u32>, Restored) {
    let bounds = Bounds { max_entries: 20, max_bytes: 4_000, max_entry_bytes: 60 };
    let mut to = Store::new(Config { bounds, ..Config::default() });
    let outcome = restore(&mut to, &snapshot(&mut a_hundred_bugs(), 1_000).bytes, 0, WALL);
    (to, outcome)
}

#[test]
fn a_restore_keeps_the_bounds() {
    let (mut to, _) = restored_into_a_small_store();
    assert!(to.len() > 10 && to.len() <= 20 && to.bytes() <= 4_000 && heaviest(&mut to) <= Some(60));
}

#[test]
fn a_restore_counts_as_restored_what_is_there_when_it_is_done() {
    let (to, outcome) = restored_into_a_small_store();
    assert_eq!(outcome, Restored { restored: to.len(), skipped: 100 - to.len() });
}

#[test]
fn a_namespace_that_a_snapshot_brought_takes_the_bounds_it_is_given_and_holds_them_at_once() {
    for own in [Bounds::entries(10), Bounds::bytes(3_000)] {
        let mut to = moved(&mut a_hundred_bugs(), 1_000, 0, WALL);
        let bugs = to.namespace("bugs", Some(own)).unwrap();
        let (entries, bytes) = to.size_of(Scope::Namespace(bugs));
        assert!(entries > 5 && entries <= own.max_entries && bytes <= own.max_bytes, "{entries} of {bytes} in {own:?}");
        assert!(to.namespace("bugs", Some(Bounds::entries(11))).is_err(), "from now on they are its own");
        to.check().unwrap();
    }
}

#[test]
fn a_namespace_that_a_snapshot_brought_keeps_no_value_heavier_than_the_bounds_it_is_given() {
    let mut to = moved(&mut a_hundred_bugs(), 1_000, 0, WALL);
    to.namespace("bugs", Some(Bounds { max_entry_bytes: 40, ..Bounds::default() })).unwrap();
    assert_eq!((heaviest(&mut to), to.len()), (Some(40), 41));
}

/// What is held or saved under a key, in the order of the keys: when it was stored, what it weighs.
type Content = BTreeMap<String, (u64, u64)>;

/// Stores a few entries of random age; the value is when each was stored. Some are dead or dormant by 1 300, in a namespace with bounds.
fn some_of_each(store: &mut Store<u32>, chance: &mut Chance, from: u64) {
    let names = ["", "small"].map(|name| store.namespace(name, None).unwrap());
    let mut ages: Vec<u64> = (0..chance.below(40)).map(|_| from + chance.below(200)).collect();
    ages.sort_unstable();
    for moment in ages {
        let place = store.place(names[usize::from(chance.one_in(3))], Partition::Shared);
        let terms = chance.pick(&[Terms::default(), ms(10), ms(1_000), Terms { dormant: true, ..ms(10) }]);
        let how = Insert { weight: chance.below(60), terms, tags: &["t"] };
        let key = format!("k{}", chance.below(30));
        let _ = store.insert(place, &key, u32::try_from(moment).unwrap(), how, at(moment));
    }
}

/// What is not dead, by namespace and key: as a snapshot of it says.
fn content(bytes: &[u8]) -> Content {
    let records = decode(bytes).unwrap();
    let named = records.iter().map(|record| {
        (format!("{}/{}", record.namespace, record.key), (record.created_at + 1_000 - WALL, record.weight))
    });
    named.collect()
}

#[test]
fn a_restore_into_a_full_store_evicts_nobody_and_never_lets_an_older_value_in_for_a_newer() {
    let mut chance = Chance(11);
    let (mut skipped, mut replaced) = (0, 0);
    for round in 0..3_000 {
        let bounds = Bounds {
            max_entries: usize::try_from(1 + chance.below(20)).unwrap(),
            max_bytes: chance.pick(&[1_000, 4_000, u64::MAX]),
            max_entry_bytes: 50,
        };
        let stores = [Bounds::default(), bounds].map(|bounds| {
            let config = Config { bounds, keep_removed: true, seed: Seed::Fixed(round, 5), ..Config::default() };
            let mut store = Store::new(config);
            store.namespace("small", Some(Bounds { max_entries: bounds.max_entries / 2, ..bounds })).unwrap();
            store
        });
        let [mut from, mut to] = stores;
        some_of_each(&mut from, &mut chance, 1_000);
        let later = chance.below(100);
        some_of_each(&mut to, &mut chance, 1_000 + later);
        let saved = snapshot(&mut from, 1_300).bytes;
        let (saved_content, before) = (content(&saved), content(&snapshot(&mut to, 1_300).bytes));
        to.take_removed();
        let outcome = restore(&mut to, &saved, 1_300, WALL + 300);
        to.check().unwrap();
        assert!(to.take_removed().iter().all(|gone| gone.cause != RemovalCause::Evicted), "round {round}");
        let after = content(&snapshot(&mut to, 1_300).bytes);
        let mut restored = 0;
        for (name, (created, _)) in &after {
            let (held, came) = (before.get(name), saved_content.get(name));
            let newest = held.into_iter().chain(came).map(|(created, _)| *created).max();
            assert_eq!(Some(*created), newest, "round {round}, {name}");
            restored += usize::from(held.is_none_or(|(held, _)| held < created));
            replaced += usize::from(held.is_some_and(|(held, _)| held < created));
        }
        for (name, (created, _)) in &before {
            let newer = saved_content.get(name).is_some_and(|(saved, _)| saved > created);
            assert!(after.contains_key(name) || newer, "round {round}: {name} made room");
        }
        assert_eq!(outcome, Restored { restored, skipped: saved_content.len() - restored }, "round {round}");
        skipped += saved_content.len() - restored;
    }
    assert!(skipped > 10_000 && replaced > 500, "{skipped} skipped, {replaced} replaced");
}

#[test]
fn the_newest_take_the_room_there_is_and_what_is_dead_makes_more() {
    let mut from = store();
    for (number, key) in ["d", "a", "e", "b", "c"].iter().enumerate() {
        let moment = 1_000 + number as u64;
        assert!(from.insert(ROOT, key, 7, Insert::default(), at(moment)).is_stored());
    }
    let saved = snapshot(&mut from, 1_010).bytes;
    let mut to = Store::new(Config { bounds: Bounds::entries(4), ..Config::default() });
    for (key, terms) in [("live", Terms::default()), ("dead", ms(5)), ("gone", ms(5))] {
        assert!(to.insert(ROOT, key, 8, Insert::on(terms), at(1_000)).is_stored());
    }
    assert_eq!(restore(&mut to, &saved, 1_010, WALL + 10), Restored { restored: 3, skipped: 2 });
    assert_eq!(keys(&mut to), ["b", "c", "e", "live"]);
    assert_eq!(restore(&mut to, &saved, 1_010, WALL + 10), Restored { restored: 0, skipped: 5 }, "it is full");
}

#[test]
fn of_what_was_restored_the_oldest_makes_room_first_unless_somebody_older_was_there() {
    let mut from = store();
    for (number, key) in ["c", "a", "b"].iter().enumerate() {
        assert!(from.insert(ROOT, key, 7, Insert::default(), at(1_000 + number as u64)).is_stored());
    }
    let saved = snapshot(&mut from, 1_010).bytes;
    let left = |stored| {
        let mut to = Store::new(Config { bounds: Bounds::entries(4), ..Config::default() });
        assert!(to.insert(ROOT, "x", 8, Insert::default(), at(stored)).is_stored());
        restore(&mut to, &saved, 1_010, WALL + 10);
        ["1", "2", "3"].map(|key| {
            assert!(to.insert(ROOT, key, 9, Insert::default(), at(1_011)).is_stored());
            keys(&mut to).join(" ")
        })
    };
    assert_eq!(left(1_010), ["1 a b x", "1 2 b x", "1 2 3 x"]);
    assert_eq!(left(999)[0], "1 a b c");
}

#[test]
fn a_newer_value_without_room_takes_the_older_one_with_it() {
    let mut from = store();
    assert!(from.insert(ROOT, "k", 7, Insert::weighing(900), at(1_005)).is_stored());
    let saved = snapshot(&mut from, 1_010).bytes;
    let mut to = Store::new(Config { bounds: Bounds::bytes(1_500), keep_removed: true, ..Config::default() });
    for key in ["k", "other"] {
        assert!(to.insert(ROOT, key, 8, Insert::weighing(400), at(1_000)).is_stored());
    }
    assert_eq!(restore(&mut to, &saved, 1_010, WALL + 10), Restored { restored: 0, skipped: 1 });
    assert_eq!(keys(&mut to), ["other"]);
    assert_eq!(to.take_removed().pop().map(|gone| (gone.value, gone.cause)), Some((8, RemovalCause::Replaced)));
}

/// The keys that are held, in their order.
fn keys(store: &mut Store<u32>) -> Vec<String> {
    let mut keys: Vec<String> =
        store.keys(Scope::All, Selector::All, at(1_011)).into_iter().map(str::to_owned).collect();
    keys.sort();
    keys
}
