//! What a store may hold, at every moment; and who goes when that is not enough.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Lookup, Namespace, Partition, Place, RejectReason, RemovalCause, Scope,
    Selector, Span, Store, Terms, Timestamp,
};
use std::collections::BTreeMap;
use support::Chance;

const ROOT: Place = Place::ROOT;
const NOW: Timestamp = Timestamp(0);
const TOO_LARGE: Inserted = Inserted::Rejected(RejectReason::TooLarge);

fn bounded(bounds: Bounds) -> Store<u32> {
    Store::new(Config { bounds, keep_removed: true, ..Config::default() })
}

fn put(store: &mut Store<u32>, key: &str, weight: u64) -> Inserted {
    store.insert(ROOT, key, 0, Insert::weighing(weight), NOW)
}

/// Gets it, or stores it: what a cache is used for. Says whether it was there.
fn ask(store: &mut Store<u32>, place: Place, key: &str) -> bool {
    let hit = store.get(place, key, NOW).is_some();
    if !hit {
        assert!(store.insert(place, key, 0, Insert::default(), NOW).is_stored());
    }
    hit
}

fn held(store: &Store<u32>, place: Place, keys: &[String]) -> usize {
    keys.iter().filter(|key| store.contains(place, key, NOW)).count()
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}{number}")).collect()
}

/// Random calls on a few places; both bounds of the whole and of each namespace are looked at after every one.
fn churn(store: &mut Store<u32>, whole: Bounds, own: &[(Namespace, Bounds)], steps: u64, mut chance: Chance) {
    let mut clock = 0;
    for step in 0..steps {
        let namespace = own.get(usize::try_from(chance.below(4)).unwrap()).map_or(Namespace::ROOT, |(each, _)| *each);
        let who = chance.pick(&[Partition::Shared, Partition::Named("ann"), Partition::Credential("ann")]);
        let place = store.place(namespace, who);
        let key = format!("{}", chance.below(60));
        let tags: &[&str] = chance.pick(&[&[] as &[&str], &["shelf"], &["shelf", "another tag"]]);
        let (ttl, swr) = (Span::ms(chance.pick(&[5, 50, 1 << 40])), Span::ms(chance.pick(&[0, 40])));
        let terms = Terms { ttl, swr, dormant: chance.one_in(4), ..Terms::default() };
        let (insert, now) = (Insert { weight: chance.below(400), terms, tags }, Timestamp(clock));
        match chance.below(20) {
            0..14 => drop(store.insert(place, &key, 0, insert, now)),
            14..17 => drop(store.get(place, &key, now)),
            17 => drop(store.remove(place, &key, now)),
            18 => drop(store.invalidate(Scope::All, Selector::Key(&key), How::SOFT, now)),
            _ => clock += chance.below(30),
        }
        assert!(store.len() <= whole.max_entries && store.bytes() <= whole.max_bytes, "step {step}: {}", store.len());
        for (namespace, bounds) in own {
            let (entries, bytes) = store.size_of(Scope::Namespace(*namespace));
            assert!(entries <= bounds.max_entries && bytes <= bounds.max_bytes, "step {step}: {entries} of {bytes}");
        }
        store.check().unwrap();
    }
}

#[test]
fn both_bounds_hold_after_every_call_however_small_they_are() {
    for max_entries in 1..=10 {
        for max_bytes in [400, 1_000, 3_000, u64::MAX] {
            let whole = Bounds { max_entries, max_bytes, max_entry_bytes: 300 };
            churn(&mut bounded(whole), whole, &[], 1_000, Chance(max_bytes ^ max_entries as u64));
        }
    }
}

#[test]
fn namespaces_hold_their_own_bounds_and_the_whole_holds_its_own_over_them() {
    let whole = Bounds { max_entries: 40, max_bytes: 12_000, max_entry_bytes: 350 };
    let mut store = bounded(whole);
    let narrow = Bounds { max_entries: 7, max_bytes: 2_000, max_entry_bytes: 200 };
    let tiny = Bounds { max_entries: 1, max_bytes: 700, max_entry_bytes: 700 };
    let wider = Bounds { max_entries: 1_000, max_bytes: 1 << 40, max_entry_bytes: 1 << 30 };
    let own = [("narrow", narrow), ("tiny", tiny), ("wider than the whole", wider)];
    let own = own.map(|(name, bounds)| (store.namespace(name, Some(bounds)).unwrap(), bounds));
    churn(&mut store, whole, &own, 20_000, Chance(5));
    let wide = store.place(own[2].0, Partition::Shared);
    assert_eq!(store.insert(wide, "k", 0, Insert::weighing(351), NOW), TOO_LARGE, "the narrower bound holds");
}

#[test]
fn a_full_store_stays_full_and_no_room_at_all_is_room_for_one() {
    for max_entries in 0..=10 {
        let mut store = bounded(Bounds::entries(max_entries));
        for key in names("", 200) {
            assert!(put(&mut store, &key, 0).is_stored());
        }
        assert_eq!(store.len(), max_entries.max(1));
        assert!(store.contains(ROOT, "199", NOW), "what was stored last is there");
    }
}

#[test]
fn a_value_that_grows_evicts_others_and_never_breaks_the_bound_on_bytes() {
    let mut store = bounded(Bounds { max_entries: 100, max_bytes: 20_000, max_entry_bytes: 19_000 });
    let keys = names("", 10);
    for round in 0..100 {
        for key in &keys {
            assert!(put(&mut store, key, 190 * round).is_stored());
            assert!(store.bytes() <= 20_000 && store.contains(ROOT, key, NOW), "round {round}");
        }
    }
    assert_eq!((store.len(), held(&store, ROOT, &keys[9..])), (1, 1), "in the end each fills the store alone");
}

#[test]
fn what_is_heavier_than_a_bound_is_turned_away_with_a_reason_and_the_old_value_goes() {
    // Bounds, what an entry costs beyond its value, and the heaviest value that is taken under the key "k".
    let table = [
        (Bounds { max_entries: 9, max_bytes: 10_000, max_entry_bytes: 500 }, 128, 500),
        (Bounds { max_entries: 9, max_bytes: 1_000, max_entry_bytes: 5_000 }, 128, 1_000 - 128 - 1),
        (Bounds::bytes(1_000), 0, 999),
        (Bounds { max_entries: 9, max_bytes: 10_000, max_entry_bytes: 0 }, 128, 0),
    ];
    for (bounds, entry_overhead, heaviest) in table {
        let mut store = Store::new(Config { bounds, entry_overhead, keep_removed: true, ..Config::default() });
        assert!(put(&mut store, "k", heaviest).is_stored(), "{bounds:?}");
        assert_eq!(put(&mut store, "k", heaviest + 1), TOO_LARGE, "{bounds:?}");
        assert_eq!((store.len(), store.bytes(), store.take_removed()[0].cause), (0, 0, RemovalCause::Replaced));
        assert_eq!(put(&mut store, "k", u64::MAX), TOO_LARGE, "no number is too large to be too large");
        assert_eq!(store.stats(None, NOW).rejections, 2);
    }
}

#[test]
fn any_text_of_up_to_64_kilobytes_is_a_key() {
    let (longest, longer) = ("é".repeat(32 << 10), "e".repeat((64 << 10) + 1));
    let mut store = bounded(Bounds::default());
    let keys = ["", " ", "\0", "a\nb", "\u{10ffff}", "e\u{301}", "é", "\u{feff}", ":", "*", &longest];
    for (number, key) in (0..).zip(keys) {
        assert!(store.insert(ROOT, key, number, Insert::default(), NOW).is_stored());
    }
    for (number, key) in (0..).zip(keys) {
        assert_eq!(store.get(ROOT, key, NOW), Some(&number), "{number}");
    }
    assert_eq!((put(&mut store, &longer, 0), store.get(ROOT, &longer, NOW)), (TOO_LARGE, None));
    assert_eq!(store.invalidate(Scope::All, Selector::Key(""), How::HARD, NOW), 1);
    assert_eq!(store.len(), keys.len() - 1);
}

#[test]
fn bytes_are_values_keys_tags_and_a_fixed_amount_for_each_entry() {
    let mut store = Store::new(Config { entry_overhead: 10, ..Config::default() });
    let mut cost = |key: &str, tags: &[&str]| {
        let before = store.bytes();
        assert!(store.insert(ROOT, key, 0, Insert { tags, ..Insert::weighing(100) }, NOW).is_stored());
        store.bytes() - before
    };
    assert_eq!((cost("four", &[]), cost("eight ch", &[]), cost("", &[])), (114, 118, 110));
    let (one, long, two) = (cost("tag1", &["t"]), cost("tag2", &["a longer t"]), cost("tag3", &["t", "u"]));
    assert!(one > 114 + 1 && long == one + 9 && two - one == one - 114, "{one}, {long}, {two}");
    assert_eq!(cost("tag4", &["t", "t", "t"]), one, "a tag is carried once, however often it is named");
    assert_eq!(
        store.bytes(),
        store.entries(Scope::All, Selector::All, NOW).iter().map(|entry| entry.bytes).sum::<u64>()
    );
    store.clear(Scope::All, NOW);
    assert_eq!((store.len(), store.bytes()), (0, 0));
}

#[test]
fn a_partition_is_charged_to_each_entry_in_it_like_a_part_of_the_key() {
    let mut store = Store::new(Config { entry_overhead: 10, ..Config::default() });
    let names = ["ann", "", &"n".repeat(1_024), "visitor's keyed hash.."];
    let of_each = |name| [Partition::Named(name), Partition::Credential(name)];
    for who in names.into_iter().flat_map(of_each) {
        let name = if let Partition::Named(name) | Partition::Credential(name) = who { name } else { "" };
        let cost = 100 + 4 + 10 + 144 + name.len() as u64;
        for (number, key) in (1..).zip(["one.", "two.", "three"]) {
            let place = store.place(Namespace::ROOT, who);
            assert!(store.insert(place, key, 0, Insert::weighing(if number == 3 { 99 } else { 100 }), NOW).is_stored());
            assert_eq!(store.entry(place, key, NOW).map(|entry| entry.bytes), Some(cost));
            assert_eq!(store.size_of(Scope::Partition(who)), (number, cost * number as u64));
        }
    }
    assert_eq!(
        store.bytes(),
        store.entries(Scope::All, Selector::All, NOW).iter().map(|entry| entry.bytes).sum::<u64>()
    );
    assert_eq!(store.size_of(Scope::Partition(Partition::Shared)), (0, 0), "everybody's costs nothing");
    store.drop_credentials(NOW);
    store.drop_partition(Partition::Named("ann"), NOW);
    assert_eq!((store.len(), store.size_of(Scope::Partition(Partition::Named("ann")))), (9, (0, 0)));
    store.check().unwrap();
}

#[test]
fn the_bound_on_bytes_holds_however_many_partitions_with_long_names_come() {
    let whole = Bounds { max_entries: 10_000, max_bytes: 100_000, max_entry_bytes: 1_000 };
    let mut store = bounded(whole);
    let own = store.namespace("own", Some(Bounds { max_bytes: 20_000, ..whole })).unwrap();
    for number in 0..2_000 {
        let name = format!("{number:0>1024}");
        for namespace in [Namespace::ROOT, own] {
            let place = store.place(namespace, Partition::Named(&name));
            assert!(store.insert(place, "k", 0, Insert::default(), NOW).is_stored());
            assert_eq!(store.get(place, "k", NOW), Some(&0));
            let held = [store.bytes(), store.size_of(Scope::Namespace(own)).1];
            assert!(held[0] <= 100_000 && held[1] <= 20_000, "{held:?}");
            // What is held are names, mostly.
            assert!(store.len() <= 100_000 / 1_024 && store.size_of(Scope::Namespace(own)).0 <= 20_000 / 1_024);
        }
    }
    assert!(store.len() > 70, "{} of them fit", store.len());
    store.check().unwrap();
    let place = store.place(own, Partition::Named("ann"));
    let tight = store.namespace("tight", Some(Bounds { max_bytes: 500, ..whole })).unwrap();
    let place_of_a_long_name = store.place(tight, Partition::Named(&"n".repeat(400)));
    assert_eq!(store.insert(place_of_a_long_name, "k", 0, Insert::default(), NOW), TOO_LARGE);
    assert!(store.insert(place, "k", 0, Insert::default(), NOW).is_stored());
}

#[test]
fn what_is_dead_makes_room_before_anything_alive_does() {
    let mut store = bounded(Bounds::entries(100));
    let later = Timestamp(10);
    for (number, key) in names("", 100).iter().enumerate() {
        let terms = if number % 2 == 0 { Terms::ttl(Span::ms(10)) } else { Terms::default() };
        assert!(store.insert(ROOT, key, 0, Insert::on(terms), NOW).is_stored());
    }
    for key in names("new", 50) {
        assert!(store.insert(ROOT, &key, 0, Insert::default(), later).is_stored());
    }
    assert_eq!((store.len(), store.stats(None, later).evictions()), (100, 0));
    assert!(store.insert(ROOT, "one more", 0, Insert::default(), later).is_stored());
    assert_eq!((store.len(), store.stats(None, later).evictions()), (100, 1));
}

#[test]
fn a_dormant_entry_that_was_stored_anew_is_no_longer_the_first_to_go() {
    let mut store = bounded(Bounds::entries(10));
    let terms = Terms { dormant: true, ..Terms::ttl(Span::ms(5)) };
    assert!(store.insert(ROOT, "k", 0, Insert::on(terms), NOW).is_stored());
    let later = Timestamp(10);
    store.prune(later, 10);
    assert_eq!(store.lookup(ROOT, "k", later), Lookup::Dormant(&0));
    assert!(store.insert(ROOT, "k", 1, Insert::default(), later).is_stored());
    for key in names("", 9) {
        assert!(store.insert(ROOT, &key, 0, Insert::default(), later).is_stored());
        assert_eq!(store.get(ROOT, "k", later), Some(&1));
    }
    assert!(store.insert(ROOT, "one more", 0, Insert::default(), later).is_stored());
    assert!(store.contains(ROOT, "k", later), "it is the only one that was ever asked for");
}

#[test]
fn what_is_asked_for_again_and_again_survives_a_scan_of_ten_times_the_room() {
    for (capacity, hot, kept) in [(5, 2, 1), (6, 2, 1), (8, 3, 2), (10, 4, 2), (100, 40, 30), (1_000, 500, 450)] {
        let mut store = bounded(Bounds::entries(capacity));
        let hot = names("hot", hot);
        for (number, other) in names("other", 20 * capacity).iter().enumerate() {
            assert!(!ask(&mut store, ROOT, other));
            ask(&mut store, ROOT, &hot[number % hot.len()]);
        }
        // A newer value leaves its key's standing as it is.
        for key in hot.iter().filter(|key| store.contains(ROOT, key, NOW)).cloned().collect::<Vec<_>>() {
            assert!(put(&mut store, &key, 0).is_stored());
        }
        for key in names("scan", 10 * capacity) {
            assert!(!ask(&mut store, ROOT, &key));
        }
        let held = held(&store, ROOT, &hot);
        assert!(held >= kept, "{held} of {} are left at {capacity}", hot.len());
    }
}

#[test]
fn a_namespace_with_bounds_takes_no_more_from_the_others_than_they_say() {
    let mut store = bounded(Bounds::entries(1_000));
    let flooded = store.namespace("flooded", Some(Bounds::entries(400))).unwrap();
    let flooded = store.place(flooded, Partition::Shared);
    let quiet = names("quiet", 600);
    for key in &quiet {
        assert!(!ask(&mut store, ROOT, key));
    }
    for key in names("flood", 10_000) {
        assert!(!ask(&mut store, flooded, &key));
    }
    assert_eq!((held(&store, ROOT, &quiet), store.len()), (600, 1_000), "nobody asked for them, and all are there");
}

#[test]
fn a_flooded_namespace_without_bounds_leaves_another_most_of_what_is_in_use() {
    for (own, rest) in [None, Some(300), Some(1_000)].into_iter().flat_map(|own| [1, 2, 5].map(|rest| (own, rest))) {
        let mut store = bounded(Bounds::entries(1_000));
        let busy = store.namespace("busy", own.map(Bounds::entries)).unwrap();
        let flooded = store.namespace("flooded", None).unwrap();
        let [at_busy, at_flooded] = [busy, flooded].map(|namespace| store.place(namespace, Partition::Shared));
        // Each of 200 keys, a fifth of the room, is asked for once in 200, 400 or 1 000 of the flood.
        for (number, flood) in names("flood", 40_000).iter().enumerate() {
            assert!(!ask(&mut store, at_flooded, flood));
            if number % rest == 0 {
                ask(&mut store, at_busy, &format!("hot{}", number / rest % 200));
            }
            if number == 20_000 {
                store.reset_stats(None);
            }
        }
        let rate = store.stats(Some(busy), NOW).hit_rate();
        println!("asked for every {}: {rate:.2} found, with {own:?}", rest * 200);
        assert!(rate > 0.85, "{rate} of the requests found what they asked for, with {own:?}, every {}", rest * 200);
    }
}

#[test]
fn everything_that_goes_is_delivered_once_with_its_cause() {
    let mut store = bounded(Bounds { max_entries: 50, max_bytes: 15_000, max_entry_bytes: 380 });
    let (mut chance, mut stored, mut clock) = (Chance(3), 0, 0);
    let (mut delivered, mut causes) = (BTreeMap::new(), [0; 5]);
    for value in 0..20_000 {
        let (key, now) = (format!("{}", chance.below(200)), Timestamp(clock));
        let terms =
            Terms { tti: Span::ms(chance.pick(&[0, 40])), ..Terms::ttl(Span::ms(chance.pick(&[0, 30, 1 << 40]))) };
        let insert = Insert { weight: chance.below(400), terms, tags: &[] };
        stored += u64::from(store.insert(ROOT, &key, value, insert, now).is_stored());
        match chance.below(30) {
            0 => drop(store.invalidate(Scope::All, Selector::Prefix(&key), How::HARD, now)),
            1 => drop(store.remove(ROOT, &key, now)),
            2..=6 => clock += 1,
            7 => drop(store.prune(now, 3)),
            _ => drop(store.get(ROOT, &key, now)),
        }
        for gone in store.take_removed() {
            assert!(delivered.insert(gone.value, gone.key).is_none(), "{} was delivered twice", gone.value);
            *RemovalCause::ALL.iter().zip(&mut causes).find(|(cause, _)| **cause == gone.cause).unwrap().1 += 1;
        }
    }
    assert_eq!(RemovalCause::ALL.map(|cause| store.stats(None, NOW).removals_by(cause)), causes);
    assert_eq!(causes.iter().sum::<u64>(), stored - store.len() as u64);
    assert!(causes.iter().all(|count| *count > 10), "{causes:?}: each cause had its turn");
    let left = store.entries(Scope::All, Selector::All, Timestamp(clock));
    assert!(left.iter().all(|entry| !delivered.contains_key(entry.value)));
}

#[test]
fn weights_beyond_all_reason_are_turned_away_or_counted_and_break_nothing() {
    let mut store = bounded(Bounds::entries(10));
    for (number, key) in names("", 300).iter().enumerate() {
        let stored = put(&mut store, key, u64::MAX >> (number % 64)).is_stored();
        assert_eq!((stored, store.len() <= 10), (store.contains(ROOT, key, NOW), true));
        let held: Vec<u64> = store.entries(Scope::All, Selector::All, NOW).iter().map(|entry| entry.bytes).collect();
        assert_eq!(u128::from(store.bytes()), held.into_iter().map(u128::from).sum());
        store.check().unwrap();
    }
}

#[test]
fn lifetimes_that_were_spread_by_jitter_still_end_before_any_live_entry_is_evicted() {
    for jitter in [0.01, 0.03, 0.06, 0.1, 0.5] {
        let mut store = bounded(Bounds::entries(10_000));
        let terms = Terms { jitter, ..Terms::ttl(Span::secs(60)) };
        for key in names("old", 10_000) {
            assert!(store.insert(Place::ROOT, &key, 0, Insert::on(terms), Timestamp(0)).is_stored());
        }
        let share = f64::from(jitter) / 2.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a moment")]
        let middle = Timestamp(60_000 - (60_000.0 * share) as u64);
        for key in names("new", 2_000) {
            assert!(store.insert(Place::ROOT, &key, 0, Insert::default(), middle).is_stored());
        }
        let stats = store.stats(None, middle);
        assert_eq!(stats.evictions(), 0, "with jitter {jitter}, {} expired", stats.expirations());
        while store.prune(middle, 1_000) > 0 {}
        let held = store.len();
        assert_eq!(store.keys(Scope::All, Selector::All, middle).len(), held, "nothing dead is left");
    }
}

#[test]
fn the_dead_of_a_bounded_namespace_go_before_its_live_ones_however_many_are_dead_elsewhere() {
    let mut store = bounded(Bounds::entries(1_000));
    let own = store.namespace("own", Some(Bounds::entries(10))).unwrap();
    let own = store.place(own, Partition::Shared);
    let short = Insert::on(Terms::ttl(Span::ms(10)));
    for key in names("elsewhere", 500) {
        assert!(store.insert(Place::ROOT, &key, 0, short, Timestamp(0)).is_stored());
    }
    for number in 0..10 {
        let how = if number % 2 == 0 { short } else { Insert::default() };
        assert!(store.insert(own, &format!("own{number}"), 0, how, Timestamp(1)).is_stored());
    }
    assert!(store.insert(own, "another", 0, Insert::default(), Timestamp(100)).is_stored());
    assert_eq!(store.stats(None, Timestamp(100)).evictions(), 0);
}
