//! Who is meant by an invalidation, how many it says it took, and what it leaves as it was.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use fetchwell::engine::{
    Bounds, Config, Freshness, Glob, How, Insert, Lookup, MissReason, Namespace, Partition, Place, RemovalCause, Scope,
    Selector, Span, Store, Terms, Timestamp, is_segment_prefix,
};
use support::Chance;

const ROOT: Place = Place::ROOT;
const NOW: Timestamp = Timestamp(1_000);

fn store(separator: &str, eager_prefix_index: bool) -> Store<u32> {
    let config = Config { bounds: Bounds::entries(10_000), keep_removed: true, ..Config::default() };
    Store::new(Config { separator: separator.into(), eager_prefix_index, ..config })
}

fn fill(store: &mut Store<u32>, keys: &[&str]) {
    for key in keys {
        assert!(store.insert(ROOT, key, 0, Insert::default(), NOW).is_stored());
    }
}

/// The keys that an invalidation takes out of a store of these; what it says, lists and counts dry must agree with it.
fn taken(separator: &str, keys: &[&str], what: Selector<'_>) -> Vec<String> {
    let [lazy, eager] = [false, true].map(|eager| {
        let mut store = store(separator, eager);
        fill(&mut store, keys);
        let mut listed: Vec<String> = store.keys(Scope::All, what, NOW).into_iter().map(String::from).collect();
        let dry = store.invalidate(Scope::All, what, How::DRY_RUN, NOW);
        let count = store.invalidate(Scope::All, what, How::HARD, NOW);
        let mut gone: Vec<String> = store.take_removed().into_iter().map(|gone| gone.key.into()).collect();
        listed.sort();
        gone.sort();
        assert_eq!((dry, count, &listed, store.len()), (gone.len(), gone.len(), &gone, keys.len() - gone.len()));
        store.check().unwrap();
        gone
    });
    assert_eq!(lazy, eager, "an index from the start changes nothing");
    lazy
}

/// Below "k", each in its own way.
const K: [Selector<'static>; 4] =
    [Selector::Prefix("k:"), Selector::Segment("k"), Selector::Tag("k"), Selector::Glob("k:*")];

/// A store with one entry of each kind, by its key, at `NOW`.
fn one_of_each() -> Store<u32> {
    let mut store = store(":", false);
    let window = Terms { swr: Span::ms(500), ..Terms::ttl(Span::ms(900)) };
    let dormant = Terms { dormant: true, ..Terms::ttl(Span::ms(900)) };
    let kinds = [
        ("k:fresh", Terms::default()),
        ("k:stale", window),
        ("k:soft", Terms::ttl(Span::ms(5_000))),
        ("k:dormant", dormant),
        ("k:dead", Terms::ttl(Span::ms(1_000))),
        ("other", Terms::default()),
    ];
    for (key, terms) in kinds {
        let tags: &[&str] = if key == "other" { &[] } else { &["k"] };
        assert!(store.insert(ROOT, key, 0, Insert { terms, tags, weight: 0 }, Timestamp(0)).is_stored());
    }
    store.invalidate(Scope::All, Selector::Key("k:soft"), How::SOFT, Timestamp(0));
    store.reset_stats(None);
    store
}

#[test]
fn a_raw_prefix_ends_anywhere_and_a_segment_ends_where_the_separator_says() {
    let keys =
        ["", ":", "use", "user", "user:", "user:1", "user:10", "user:10:name", "user:1:", "user:1::x", "user:1:name"];
    let table: [(Selector<'_>, &[&str]); 8] = [
        (Selector::Prefix("user:1"), &["user:1", "user:10", "user:10:name", "user:1:", "user:1::x", "user:1:name"]),
        (Selector::Segment("user:1"), &["user:1", "user:1:", "user:1::x", "user:1:name"]),
        (Selector::Segment("user:1:"), &["user:1:", "user:1::x"]),
        (Selector::Segment("user:"), &["user:"]),
        (Selector::Segment("use"), &["use"]),
        (Selector::Segment(""), &["", ":"]),
        (Selector::Prefix("user:1:n"), &["user:1:name"]),
        (Selector::Key(""), &[""]),
    ];
    for (what, right) in table {
        assert_eq!(taken(":", &keys, what), right, "{what:?}");
    }
    assert_eq!(taken(":", &keys, Selector::Prefix("")), keys, "the empty prefix is everything");
}

#[test]
fn a_segment_ends_at_whatever_the_separator_is() {
    let table: [(&str, &str, &[&str], &[&str]); 4] = [
        ("/", "a/b", &["a/b", "a/b/c", "a/bc", "a/b:c", "a"], &["a/b", "a/b/c"]),
        ("::", "a::b", &["a::b", "a::b::c", "a::b:c", "a::b:", "a::bc", "a"], &["a::b", "a::b::c"]),
        ("→", "a→b", &["a→b", "a→b→c", "a→b:c", "a→b→"], &["a→b", "a→b→", "a→b→c"]),
        (" ", "a", &["a", "a b", "ab", "a\u{a0}b"], &["a", "a b"]),
    ];
    for (separator, prefix, keys, right) in table {
        assert_eq!(taken(separator, keys, Selector::Segment(prefix)), right, "{separator:?}");
    }
}

#[test]
fn an_empty_separator_bounds_nothing_so_a_segment_is_its_own_key_alone() {
    assert_eq!(taken("", &["a", "ab", "a:b", ""], Selector::Segment("a")), ["a"]);
}

#[test]
fn a_pattern_stops_at_boundaries_unless_it_says_otherwise() {
    let keys = ["", "a", "a:", "a:b", "a:b:c", "a/b", "a:bb", "ab", "GET https://x.example/api/7", "é:b"];
    let table: [(&str, &str, &[&str]); 11] = [
        (":", "", &[""]),
        (":", "*", &["", "a", "ab"]),
        (":", "**", &["", "GET https://x.example/api/7", "a", "a/b", "a:", "a:b", "a:b:c", "a:bb", "ab", "é:b"]),
        (":", "a:*", &["a:", "a:b", "a:bb"]),
        (":", "a:?", &["a:b"]),
        (":", "a**", &["a", "a/b", "a:", "a:b", "a:b:c", "a:bb", "ab"]),
        (":", "?:b", &["a:b", "é:b"]),
        (":", "a?b", &[]),
        (":", "GET https://x.example/**", &["GET https://x.example/api/7"]),
        ("b", "a:*", &["a:"]),
        ("", "a:*", &["a:", "a:b", "a:b:c", "a:bb"]),
    ];
    for (separator, pattern, right) in table {
        assert_eq!(taken(separator, &keys, Selector::Glob(pattern)), right, "{pattern:?} by {separator:?}");
    }
}

#[test]
fn an_invalidation_counts_whom_a_reader_could_have_been_given_and_takes_the_others_along() {
    for what in K.into_iter().chain([Selector::All]) {
        let all = what == Selector::All;
        let readable = if all { 3 } else { 2 };
        let mut store = one_of_each();
        assert_eq!(store.invalidate(Scope::All, what, How::DRY_RUN, NOW), readable, "{what:?}");
        assert_eq!(store.invalidate(Scope::All, what, How::HARD, NOW), readable, "{what:?}");
        assert_eq!((store.len(), store.stats(None, NOW).invalidations), (usize::from(!all), readable as u64));
        for gone in store.take_removed() {
            let right = if &*gone.key == "k:dead" { RemovalCause::Expired } else { RemovalCause::Invalidated };
            assert_eq!(gone.cause, right, "{}", gone.key);
        }
    }
    for key in ["k:fresh", "k:stale", "k:soft", "k:dormant", "k:dead", "none"] {
        let readable = key == "k:fresh" || key == "k:stale";
        let count = one_of_each().invalidate(Scope::All, Selector::Key(key), How::HARD, NOW);
        assert_eq!(count, usize::from(readable), "{key}");
        let mut store = one_of_each();
        assert_eq!(store.remove(ROOT, key, NOW), readable, "{key}");
        assert_eq!(store.stats(None, NOW).invalidations, u64::from(readable), "{key}");
        assert_eq!(store.get_stale(ROOT, key, NOW), None, "{key}");
    }
}

#[test]
fn a_soft_invalidation_makes_fresh_entries_stale_and_leaves_the_others_as_they_are() {
    let mut store = one_of_each();
    let states = |store: &Store<u32>, now| {
        ["k:fresh", "k:stale", "k:soft", "k:dormant"].map(|key| match store.lookup(ROOT, key, Timestamp(now)) {
            Lookup::Fresh(_) => "fresh",
            Lookup::Stale(stale) if stale.while_revalidating => "stale",
            Lookup::Stale(_) => "on request",
            Lookup::Dormant(_) => "dormant",
            Lookup::Miss(reason) => reason.word(),
        })
    };
    assert_eq!(store.invalidate(Scope::All, Selector::Segment("k"), How::SOFT, NOW), 2);
    assert_eq!(states(&store, 1_000), ["on request", "stale", "on request", "dormant"]);
    assert_eq!(states(&store, 1_400), ["on request", "expired", "on request", "dormant"], "a window is not lengthened");
    assert_eq!(states(&store, 5_000), ["on request", "expired", "invalidated", "dormant"]);
    assert!(store.contains(ROOT, "other", NOW));
    assert_eq!(store.get(ROOT, "k:fresh", NOW), None);
    assert_eq!(store.stats(None, NOW).misses_by(MissReason::Invalidated), 1);
    assert_eq!(store.invalidate(Scope::All, Selector::Key("k:fresh"), How::HARD, NOW), 0, "nobody could have got it");
    assert_eq!(store.get_stale(ROOT, "k:fresh", NOW), None, "but now it is gone");
}

#[test]
fn a_dry_run_changes_nothing_but_counts() {
    let idle = Insert::on(Terms { tti: Span::ms(1_500), ..Terms::default() });
    let looks = |store: &mut Store<u32>| {
        let bytes = store.snapshot(Scope::All, Selector::All, NOW, 0, |_| Some(Vec::new())).bytes;
        (bytes, store.stats(None, NOW), store.len(), store.bytes(), store.side_tables(), store.loads_in_flight())
    };
    let mut store = one_of_each();
    assert!(store.insert(ROOT, "k:idle", 0, idle, Timestamp(0)).is_stored());
    let load = store.begin_load(ROOT, "k:load");
    let before = looks(&mut store);
    for dry in [How::DRY_RUN, How { soft: true, dry_run: true }] {
        for (what, count) in K.into_iter().chain([Selector::Key("k:fresh")]).zip([3, 3, 2, 3, 1]) {
            assert_eq!(store.invalidate(Scope::All, what, dry, NOW), count, "{what:?}");
        }
        assert_eq!(store.invalidate(Scope::All, Selector::All, dry, NOW), 4);
        assert_eq!(store.invalidate_where(Scope::All, |_| true, dry, NOW), 4);
    }
    assert_eq!(looks(&mut store), before);
    assert!(store.take_removed().is_empty());
    assert!(!store.contains(ROOT, "k:idle", Timestamp(1_500)), "it was not asked for");
    assert!(store.may_join(&load));
    assert!(store.complete(load, 1, Insert { tags: &["k"], ..Insert::default() }, NOW).is_stored());
}

#[test]
fn a_predicate_sees_whatever_is_not_dead_and_counts_whom_a_reader_could_be_given() {
    let mut store = one_of_each();
    let mut seen = Vec::new();
    let look = |info: &fetchwell::engine::EntryInfo<'_, u32>| {
        seen.push((info.key.to_owned(), info.state));
        info.state == Freshness::Stale && info.tags == ["k"]
    };
    assert_eq!(store.invalidate_where(Scope::All, look, How::HARD, NOW), 1);
    seen.sort_by(|one, other| one.0.cmp(&other.0));
    let right = [
        ("k:dormant", Freshness::Stale),
        ("k:fresh", Freshness::Fresh),
        ("k:soft", Freshness::Stale),
        ("k:stale", Freshness::Stale),
        ("other", Freshness::Fresh),
    ];
    assert_eq!(seen, right.map(|(key, state)| (key.to_owned(), state)));
    assert_eq!(store.keys(Scope::All, Selector::All, NOW).len(), 2);
    for key in ["k:stale", "k:soft", "k:dormant"] {
        assert_eq!(store.lookup(ROOT, key, NOW), Lookup::Miss(MissReason::Invalidated), "{key}");
    }
}

#[test]
fn a_predicate_that_says_yes_to_all_takes_what_a_soft_invalidation_left_to_be_asked_for_expressly() {
    for how in [How::DRY_RUN, How::SOFT] {
        let mut store = one_of_each();
        assert_eq!(store.invalidate_where(Scope::All, |_| true, how, NOW), 3, "{how:?}");
        assert_eq!(store.get_stale(ROOT, "k:soft", Timestamp(4_999)), Some(&0), "{how:?}");
        assert_eq!(store.get_stale(ROOT, "k:soft", Timestamp(5_000)), None, "{how:?} lengthens nothing");
    }
    let mut store = one_of_each();
    assert_eq!(store.invalidate_where(Scope::All, |_| true, How::HARD, NOW), 3);
    assert_eq!(store.get_stale(ROOT, "k:soft", NOW), None);
    assert_eq!(store.stats(None, NOW).invalidations, 3);
}

#[test]
fn the_tags_of_the_newest_value_are_the_ones_that_count() {
    let mut store = store(":", false);
    for tags in [&["old", "both"] as &[&str], &["new", "both"]] {
        assert!(store.insert(ROOT, "k", 0, Insert { tags, ..Insert::default() }, NOW).is_stored());
    }
    let count = |store: &mut Store<u32>, tag| store.invalidate(Scope::All, Selector::Tag(tag), How::DRY_RUN, NOW);
    assert_eq!(["old", "new", "both", ""].map(|tag| count(&mut store, tag)), [0, 1, 1, 0]);
}

#[test]
fn an_index_built_late_early_or_at_the_start_finds_the_same_keys_while_they_come_and_go() {
    type Means<'a> = &'a dyn Fn(&str) -> bool;
    let mut chance = Chance(11);
    // Asked for a prefix late; from the first round on; indexed before it holds anything.
    let mut stores = [store(":", false), store(":", false), store(":", true)];
    let mut model = BTreeSet::<String>::new();
    for round in 0..12 {
        for _ in 0..700 {
            let [a, b, c] = [30, 12, 9].map(|limit| chance.below(limit));
            let ends = [String::new(), format!(":{b}"), format!(":{b}:{c}"), format!("/{b}")];
            let end = chance.pick(&ends.each_ref());
            let key = format!("{}{a}{end}", chance.pick(&["", "x:", "books:"]));
            let gone = chance.one_in(3);
            let _ = if gone { model.remove(&key) } else { model.insert(key.clone()) };
            for store in &mut stores {
                let _ = store.remove(ROOT, &key, NOW);
                fill(store, &[&*key][usize::from(gone)..]);
            }
        }
        let prefix = format!("{}{}", chance.pick(&["", "x:", "books:"]), chance.below(30));
        let pattern = format!("{prefix}*:?");
        let glob = Glob::new(&pattern, ":");
        let how = if round < 6 || round % 2 == 0 { How::DRY_RUN } else { How::HARD };
        let questions: [(Selector<'_>, Means<'_>); 4] = [
            (Selector::Prefix(&prefix), &|key| key.starts_with(&prefix)),
            (Selector::Segment(&prefix), &|key| is_segment_prefix(key, &prefix, ":")),
            (Selector::Glob(&pattern), &|key| glob.matches(key)),
            (Selector::Prefix("x:1"), &|key| key.starts_with("x:1")),
        ];
        for (what, means) in questions {
            let right: BTreeSet<&str> = model.iter().map(String::as_str).filter(|key| means(key)).collect();
            for store in stores.iter_mut().skip(usize::from(round < 6)) {
                assert_eq!(store.keys(Scope::All, what, NOW).into_iter().collect::<BTreeSet<_>>(), right, "{what:?}");
                assert_eq!(store.invalidate(Scope::All, what, how, NOW), right.len());
                store.check().unwrap();
            }
            model.retain(|key| how.dry_run || !means(key));
        }
    }
    assert!(model.len() > 1_000, "{}", model.len());
}

#[test]
fn a_key_is_found_in_however_many_partitions_have_it() {
    let questions = [
        (Selector::Key("user:1"), 1),
        (Selector::Segment("user:1"), 2),
        (Selector::Prefix("user:1"), 3),
        (Selector::Glob("user:*"), 2),
    ];
    for (people, eager) in [3, 16, 17, 40].into_iter().flat_map(|people| [(people, false), (people, true)]) {
        let mut store = store(":", eager);
        let bugs = store.namespace("bugs", None).unwrap();
        for (person, namespace) in (0..people).flat_map(|person| [(person, Namespace::ROOT), (person, bugs)]) {
            let place = store.place(namespace, Partition::Named(&person.to_string()));
            for key in ["user:1", "user:1:name", "user:10", "user", "a", "b", "c"] {
                assert!(store.insert(place, key, 0, Insert::default(), NOW).is_stored());
            }
        }
        for (what, each) in questions {
            let ann = Scope::Partition(Partition::Named("2"));
            for (scope, places) in [(Scope::All, 2 * people), (Scope::Namespace(bugs), people), (ann, 2)] {
                assert_eq!(store.invalidate(scope, what, How::DRY_RUN, NOW), places * each, "{what:?} of {people}");
            }
        }
        assert_eq!(store.invalidate(Scope::All, Selector::Segment("user:1"), How::HARD, NOW), 4 * people);
        assert_eq!(store.keys(Scope::Namespace(bugs), Selector::Prefix("user:1"), NOW), vec!["user:10"; people]);
        store.check().unwrap();
    }
}
