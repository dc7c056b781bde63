//! Namespaces and partitions: what is apart stays apart, and what reaches over both reaches all of it.
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::System;

use cap::Cap;
use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Lookup, MissReason, Namespace, Partition, Place, RejectReason, Scope,
    Selector, Span, Store, Terms, Timestamp,
};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const NOW: Timestamp = Timestamp(5);
const FENCED: Inserted = Inserted::Rejected(RejectReason::Fenced);
const WHO: [Partition<'static>; 5] = [
    Partition::Shared,
    Partition::Named("ann"),
    Partition::Named(""),
    Partition::Credential("ann"),
    Partition::Credential(""),
];

fn store(eager_prefix_index: bool) -> Store<String> {
    Store::new(Config { eager_prefix_index, ..Config::default() })
}

fn put(store: &mut Store<String>, place: Place, key: &str, value: &str) {
    let insert = Insert { tags: &["shelf"], ..Insert::default() };
    assert!(store.insert(place, key, value.to_owned(), insert, NOW).is_stored());
}

/// A store with the same keys in every partition of the root and of two namespaces; each value names its place.
fn everywhere(eager: bool) -> (Store<String>, Vec<(Namespace, Partition<'static>)>) {
    let mut store = store(eager);
    let small = store.namespace("small", Some(Bounds::entries(100))).unwrap();
    let plain = store.namespace("plain", None).unwrap();
    let namespaces = [Namespace::ROOT, small, plain];
    let homes: Vec<_> = namespaces.iter().flat_map(|namespace| WHO.map(|who| (*namespace, who))).collect();
    for (namespace, who) in &homes {
        for key in ["user:1", "user:1:name"] {
            let place = store.place(*namespace, *who);
            put(&mut store, place, key, &format!("{key} {namespace:?} {who:?}"));
        }
    }
    (store, homes)
}

/// Where a key is still held, checking that each place holds its own value.
fn holding(
    store: &mut Store<String>,
    homes: &[(Namespace, Partition<'static>)],
) -> Vec<(Namespace, Partition<'static>)> {
    let mut holding = homes.to_vec();
    holding.retain(|(namespace, who)| {
        let place = store.place(*namespace, *who);
        let value = store.peek(place, "user:1", NOW);
        assert!(value.is_none_or(|value| *value == format!("user:1 {namespace:?} {who:?}")), "{value:?}");
        value.is_some()
    });
    holding
}

#[test]
fn the_same_key_is_another_one_in_each_namespace_and_each_partition() {
    let (mut store, homes) = everywhere(false);
    assert_eq!(holding(&mut store, &homes), homes);
    assert_eq!(store.len(), 2 * homes.len());
    for gone in &homes {
        let place = store.place(gone.0, gone.1);
        assert!(store.remove(place, "user:1", NOW));
        assert!(!store.remove(place, "user:1", NOW), "it was nowhere else");
        assert!(!holding(&mut store, &homes).contains(gone));
    }
    assert_eq!(store.len(), homes.len());
    store.check().unwrap();
}

#[test]
fn an_invalidation_reaches_exactly_its_scope() {
    let selectors = [
        Selector::All,
        Selector::Key("user:1"),
        Selector::Prefix("user:1"),
        Selector::Segment("user:1"),
        Selector::Tag("shelf"),
        Selector::Glob("user:*"),
    ];
    for (eager, what) in [false, true].into_iter().flat_map(|eager| selectors.map(|what| (eager, what))) {
        let one_key = matches!(what, Selector::Key(_) | Selector::Glob(_));
        let (mut store, homes) = everywhere(eager);
        let (home, place) = (homes[6], store.place(homes[6].0, homes[6].1));
        let check = |scope, reached: &dyn Fn((Namespace, Partition<'_>)) -> bool| {
            let (mut store, _) = everywhere(eager);
            let right: Vec<_> = homes.iter().copied().filter(|home| !reached(*home)).collect();
            let count = (homes.len() - right.len()) * if one_key { 1 } else { 2 };
            assert_eq!(store.invalidate(scope, what, How::DRY_RUN, NOW), count, "{what:?} in {scope:?}");
            assert_eq!(store.invalidate(scope, what, How::HARD, NOW), count, "{what:?} in {scope:?}");
            assert_eq!(holding(&mut store, &homes), right, "{what:?} in {scope:?}");
            store.check().unwrap();
        };
        check(Scope::All, &|_| true);
        check(Scope::Namespace(Namespace::ROOT), &|(namespace, _)| namespace == Namespace::ROOT);
        check(Scope::Namespace(home.0), &|(namespace, _)| namespace == home.0);
        check(Scope::Place(place), &|each| each == home);
        check(Scope::Place(Place::ROOT), &|each| each == (Namespace::ROOT, Partition::Shared));
        for who in WHO {
            check(Scope::Partition(who), &|(_, each)| each == who);
        }
        check(Scope::Partition(Partition::Named("nobody")), &|_| false);
    }
}

#[test]
fn dropping_a_partition_or_all_credentials_takes_them_out_of_every_namespace() {
    for who in WHO {
        let (mut store, homes) = everywhere(false);
        assert_eq!(store.drop_partition(who, NOW), 6, "{who:?}");
        assert!(holding(&mut store, &homes).iter().all(|(_, left)| *left != who) && store.len() == 24, "{who:?}");
        assert_eq!(store.drop_partition(who, NOW), 0, "{who:?}");
    }
    let (mut store, homes) = everywhere(false);
    assert_eq!(store.drop_credentials(NOW), 12);
    assert!(holding(&mut store, &homes).iter().all(|(_, who)| !matches!(who, Partition::Credential(_))));
    assert_eq!((store.len(), store.drop_credentials(NOW), store.clear(Scope::All, NOW), store.len()), (18, 0, 18, 0));
}

#[test]
fn a_namespace_is_known_by_its_name_and_other_bounds_for_it_are_refused() {
    let mut store = store(false);
    let (own, others) = (Bounds::entries(7), Bounds::entries(8));
    let (plain, small) = (store.namespace("plain", None).unwrap(), store.namespace("small", Some(own)).unwrap());
    assert_eq!((store.namespace("plain", None), store.namespace("small", Some(own))), (Ok(plain), Ok(small)));
    assert_eq!(store.namespace("small", None), Ok(small), "who asks for no bounds takes those there are");
    for (name, bounds) in [("plain", own), ("small", others), ("small", Bounds { max_entry_bytes: 1, ..own })] {
        let refused = store.namespace(name, Some(bounds)).unwrap_err();
        assert_eq!(refused.code(), "namespace-differs");
        assert!(!refused.to_string().is_empty());
    }
    let names: Vec<_> = store.namespaces().map(|(namespace, name)| (namespace, name.to_owned())).collect();
    assert_eq!(names, [(Namespace::ROOT, String::new()), (plain, "plain".into()), (small, "small".into())]);
    assert_eq!([Namespace::ROOT, plain, small].map(Namespace::number), [0, 1, 2]);
}

#[test]
fn no_text_of_a_key_reaches_into_another_partition() {
    // Each line is one text cut in two ways: as a partition and a key in it.
    let cuts = [
        [("a", "b:c"), ("a:b", "c")],
        [("a", ""), ("", "a")],
        [("a\0", "b"), ("a", "\0b")],
        [("1", "a"), ("", "1a")],
        [("a/../b", "c"), ("b", "c")],
    ];
    for eager in [false, true] {
        for [one, other] in cuts {
            let mut store = store(eager);
            let places = [one, other].map(|(who, key)| (store.place(Namespace::ROOT, Partition::Named(who)), key));
            for (place, key) in places {
                put(&mut store, place, key, "theirs");
            }
            put(&mut store, Place::ROOT, &format!("{}{}", one.0, one.1), "everybody's");
            let [(mine, key), (theirs, other_key)] = places;
            assert_eq!(store.get(mine, other_key, NOW).is_some(), key == other_key);
            assert_eq!(store.invalidate(Scope::Place(mine), Selector::Prefix(""), How::HARD, NOW), 1);
            assert_eq!(store.get(theirs, other_key, NOW).map(String::as_str), Some("theirs"));
            assert_eq!(store.len(), 2, "{one:?} and {other:?}");
        }
    }
}

#[test]
fn each_scope_tells_its_own_size_and_the_whole_is_their_sum() {
    let (mut store, homes) = everywhere(false);
    for (namespace, who) in &homes[..4] {
        let place = store.place(*namespace, *who);
        store.remove(place, "user:1:name", NOW);
    }
    let sum = |sizes: Vec<(usize, u64)>| sizes.iter().fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    let all = (store.len(), store.bytes());
    assert_eq!(all, store.size_of(Scope::All));
    let namespaces: Vec<Namespace> = store.namespaces().map(|(namespace, _)| namespace).collect();
    assert_eq!(sum(namespaces.iter().map(|each| store.size_of(Scope::Namespace(*each))).collect()), all);
    assert_eq!(sum(WHO.iter().map(|who| store.size_of(Scope::Partition(*who))).collect()), all);
    let places: Vec<Place> = homes.iter().map(|(namespace, who)| store.place(*namespace, *who)).collect();
    assert_eq!(sum(places.iter().map(|place| store.size_of(Scope::Place(*place))).collect()), all);
    assert_eq!((store.size_of(Scope::Place(places[0])).0, store.size_of(Scope::Place(places[4])).0), (1, 2));
    assert_eq!(store.size_of(Scope::Partition(Partition::Named("nobody"))), (0, 0));
    store.clear(Scope::All, NOW);
    assert!(places.iter().all(|place| store.size_of(Scope::Place(*place)) == (0, 0)));
}

#[test]
fn a_place_that_was_forgotten_finds_nothing_stores_nothing_and_never_means_another() {
    let mut store = store(false);
    let old = store.place(Namespace::ROOT, Partition::Named("first"));
    let load = store.begin_load(old, "k");
    store.abandon(load);
    // So many come and stay that whatever was free is taken.
    for visitor in 0..2_700 {
        let name = visitor.to_string();
        let place = store.place(Namespace::ROOT, Partition::Named(&name));
        if visitor % 3 == 0 {
            put(&mut store, place, "k", &name);
        }
    }
    assert_eq!(store.len(), 900);
    let before = store.stats(None, NOW);
    assert!(store.get(old, "k", NOW).is_none() && store.get_stale(old, "k", NOW).is_none());
    assert!(store.peek(old, "k", NOW).is_none() && !store.contains(old, "k", NOW));
    assert_eq!(store.lookup(old, "k", NOW), Lookup::Miss(MissReason::Cold));
    assert_eq!(store.entry(old, "k", NOW), None);
    assert_eq!(store.insert(old, "k", "x".into(), Insert::default(), NOW), FENCED);
    assert!(!store.touch(old, "k", None, NOW) && !store.remove(old, "k", NOW));
    for what in [Selector::All, Selector::Key("k"), Selector::Prefix("k"), Selector::Tag("shelf")] {
        assert_eq!(store.invalidate(Scope::Place(old), what, How::HARD, NOW), 0);
        assert_eq!(store.entries(Scope::Place(old), what, NOW), []);
    }
    assert_eq!(store.size_of(Scope::Place(old)), (0, 0));
    let load = store.begin_load(old, "k");
    assert!(!store.may_join(&load));
    assert_eq!(store.complete(load, "x".into(), Insert::default(), NOW), FENCED);
    let after = store.stats(None, NOW);
    assert_eq!((store.len(), after.sets, after.invalidations), (900, before.sets, 0));
    let anew = store.place(Namespace::ROOT, Partition::Named("first"));
    put(&mut store, anew, "k", "first");
    assert!(store.get(anew, "k", NOW).is_some() && store.get(old, "k", NOW).is_none());
}

#[test]
fn a_namespace_of_another_store_means_nothing_here() {
    let mut other = store(false);
    let foreign = (0..5).map(|number| other.namespace(&number.to_string(), None).unwrap()).last().unwrap();
    let mut store = store(false);
    put(&mut store, Place::ROOT, "k", "v");
    for who in WHO {
        let place = store.place(foreign, who);
        assert_eq!(store.insert(place, "k", "x".into(), Insert::default(), NOW), FENCED);
        assert_eq!(store.get(place, "k", NOW), None);
    }
    assert_eq!(store.clear(Scope::Namespace(foreign), NOW), 0);
    assert_eq!((store.size_of(Scope::Namespace(foreign)), store.stats(Some(foreign), NOW).requests()), ((0, 0), 0));
    assert_eq!(store.len(), 1);
}

#[test]
fn a_hundred_thousand_partitions_come_and_go_and_leave_no_tables_behind() {
    let mut store = store(false);
    let bugs = store.namespace("bugs", None).unwrap();
    let mut marks = Vec::new();
    for visitor in 0..100_000_u64 {
        let (name, now) = (visitor.to_string(), Timestamp(visitor));
        let who = if visitor % 2 == 0 { Partition::Named(&name) } else { Partition::Credential(&name) };
        for namespace in [Namespace::ROOT, bugs] {
            let place = store.place(namespace, who);
            let terms = Terms::ttl(Span::ms(10));
            assert!(store.insert(place, "k", String::new(), Insert::on(terms), now).is_stored());
            let load = store.begin_load(place, "other");
            store.abandon(load);
        }
        match visitor % 4 {
            0 => assert_eq!(store.drop_partition(who, now), 2),
            1 => assert!(store.drop_credentials(now) >= 2),
            _ => {}
        }
        if visitor % 10_000 == 9_999 {
            marks.push(ALLOCATOR.allocated());
        }
    }
    // Other tests allocate meanwhile; 90 000 partitions of 100 bytes would be nine megabytes.
    let (first, last) = (marks[0], marks[marks.len() - 1]);
    assert!(last < first + (1 << 20), "{marks:?} bytes after each 10 000");
    assert!(store.len() < 100, "{}", store.len());
    store.check().unwrap();
}

#[test]
fn a_large_namespace_that_was_cleared_is_empty_at_once_and_takes_its_keys_again() {
    let mut store = Store::new(Config { bounds: Bounds::entries(20_000), keep_removed: true, ..Config::default() });
    let bugs = store.namespace("bugs", None).unwrap();
    let place = store.place(bugs, Partition::Shared);
    let keys: Vec<String> = (0..5_000).map(|number| format!("user:{number}")).collect();
    for (key, place) in keys.iter().flat_map(|key| [(key, Place::ROOT), (key, place)]) {
        put(&mut store, place, key, "old");
    }
    let root = store.size_of(Scope::Namespace(Namespace::ROOT));
    assert_eq!(store.clear(Scope::Namespace(bugs), NOW), 5_000);
    assert_eq!((store.size_of(Scope::Namespace(bugs)), store.size_of(Scope::All)), ((0, 0), root));
    let gone = store.take_removed();
    assert!(gone.len() == 5_000 && gone.iter().all(|gone| gone.namespace == bugs));
    for key in keys.iter().step_by(2) {
        assert_eq!(store.get(place, key, NOW), None);
        put(&mut store, place, key, "new");
    }
    assert_eq!(store.invalidate(Scope::All, Selector::Prefix("user:"), How::DRY_RUN, NOW), 7_500);
    store.check().unwrap();
}

#[test]
fn a_namespace_made_after_a_thousand_visitors_left_is_as_good_as_any() {
    let now = Timestamp(0);
    let mut store = Store::<u32>::new(Config { bounds: Bounds::entries(10_000), ..Config::default() });
    for visitor in 0..3_000 {
        let place = store.place(Namespace::ROOT, Partition::Named(&format!("visitor {visitor}")));
        assert!(store.insert(place, "k", 1, Insert::default(), now).is_stored());
    }
    store.clear(Scope::All, now);
    store.prune(now, usize::MAX);
    store.place(Namespace::ROOT, Partition::Named("new"));
    let products = store.namespace("products", None).unwrap();
    let place = store.place(products, Partition::Shared);
    assert!(store.insert(place, "k", 1, Insert::default(), now).is_stored());
    assert_eq!(store.get(place, "k", now), Some(&1));
    store.check().unwrap();
}
