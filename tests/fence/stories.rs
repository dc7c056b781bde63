//! The fence, one rule at a time.

use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Namespace, Partition, Place, RejectReason, Scope, Selector, Span, Store,
    Terms, Ticket, Timestamp,
};

const NOW: Timestamp = Timestamp(1_000);
const FENCED: Inserted = Inserted::Rejected(RejectReason::Fenced);
const SHELF: Insert<'static> = Insert { weight: 0, terms: FOREVER, tags: &["shelf"] };
const PLAIN: Insert<'static> = Insert { weight: 0, terms: FOREVER, tags: &[] };
const FOREVER: Terms = Terms {
    ttl: Span::FOREVER,
    tti: Span::ZERO,
    swr: Span::ZERO,
    stale_if_error: Span::ZERO,
    jitter: 0.0,
    dormant: false,
};

fn store() -> Store<&'static str> {
    Store::new(Config::default())
}

#[test]
fn an_older_load_that_ends_after_a_newer_one_does_not_overwrite_it() {
    let mut store = store();
    let (older, newer) = (store.begin_load(Place::ROOT, "books"), store.begin_load(Place::ROOT, "books"));
    assert_eq!(store.complete(newer, "new", PLAIN, NOW), Inserted::Stored);
    assert!(!store.may_join(&older));
    assert_eq!(store.complete(older, "old", PLAIN, NOW), FENCED);
    assert_eq!(store.get(Place::ROOT, "books", NOW), Some(&"new"));
}

#[test]
fn a_newer_load_that_ends_after_an_older_one_replaces_it() {
    let mut store = store();
    let (older, newer) = (store.begin_load(Place::ROOT, "books"), store.begin_load(Place::ROOT, "books"));
    assert_eq!(store.complete(older, "old", PLAIN, NOW), Inserted::Stored);
    assert_eq!(store.complete(newer, "new", PLAIN, NOW), Inserted::Stored);
    assert_eq!(store.get(Place::ROOT, "books", NOW), Some(&"new"));
}

#[test]
fn a_newer_value_that_was_rejected_still_fences_an_older_load() {
    let mut store = store();
    let load = store.begin_load(Place::ROOT, "books");
    let heavy = Insert::weighing(u64::MAX);
    assert_eq!(store.insert(Place::ROOT, "books", "new", heavy, NOW), Inserted::Rejected(RejectReason::TooLarge));
    assert_eq!(store.complete(load, "old", PLAIN, NOW), FENCED);
}

#[test]
fn beyond_the_limit_the_oldest_load_is_forgotten_and_turned_away_to_be_safe() {
    let mut store = Store::new(Config { max_loads: 3, ..Config::default() });
    let keys = ["a", "b", "c", "d", "e"];
    let loads = keys.map(|key| store.begin_load(Place::ROOT, key));
    assert_eq!(store.loads_in_flight(), 3);
    assert_eq!(loads.each_ref().map(|load| store.may_join(load)), [false, false, true, true, true]);
    let outcomes = loads.map(|load| store.complete(load, "value", PLAIN, NOW).is_stored());
    assert_eq!(outcomes, [false, false, true, true, true]);
    let stats = store.stats(None, NOW);
    assert_eq!((stats.loads, stats.rejections, stats.fenced, stats.fenced_to_be_safe), (5, 2, 2, 2));
    store.check().unwrap();
}

#[test]
fn an_abandoned_load_leaves_nothing() {
    let mut store = store();
    for _ in 0..1_000 {
        let load = store.begin_load(Place::ROOT, "books");
        store.abandon(load);
    }
    assert_eq!((store.loads_in_flight(), store.len()), (0, 0));
    let load = store.begin_load(Place::ROOT, "books");
    assert!(store.may_join(&load), "an abandoned load fences nobody");
    assert_eq!(store.complete(load, "value", PLAIN, NOW), Inserted::Stored);
    store.check().unwrap();
}

#[test]
fn a_tag_that_was_invalidated_while_the_last_load_was_in_flight_fences_it() {
    let mut store = store();
    let load = store.begin_load(Place::ROOT, "books");
    store.invalidate(Scope::All, Selector::Tag("shelf"), How::HARD, NOW);
    assert_eq!(store.complete(load, "old", SHELF, NOW), FENCED);
    assert_eq!(store.stats(None, NOW).fenced_to_be_safe, 0, "of this it was certain");
}

#[test]
fn a_tag_that_was_invalidated_where_nobody_lives_fences_no_value() {
    let mut store = store();
    let load = store.begin_load(Place::ROOT, "books");
    for whose in [Partition::Named("nobody"), Partition::Credential("nobody")] {
        store.invalidate(Scope::Partition(whose), Selector::Tag("shelf"), How::HARD, NOW);
    }
    assert_eq!(store.complete(load, "new", SHELF, NOW), Inserted::Stored);
}

#[test]
fn tags_too_many_to_remember_turn_tagged_loads_away_to_be_safe_and_no_others() {
    let mut store = Store::new(Config { bounds: Bounds::entries(100), ..Config::default() });
    let mut begin = |key: &str| store.begin_load(Place::ROOT, key);
    let (plain, tagged) = (["a", "b", "c"].map(&mut begin), ["d", "e", "f"].map(&mut begin));
    for number in 0..100_000 {
        store.invalidate(Scope::All, Selector::Tag(&format!("tag {number}")), How::HARD, NOW);
    }
    let after = store.begin_load(Place::ROOT, "g");
    assert!(plain.map(|load| store.complete(load, "value", PLAIN, NOW).is_stored()).iter().all(|stored| *stored));
    assert!(tagged.map(|load| store.complete(load, "value", SHELF, NOW)).iter().all(|end| *end == FENCED));
    assert_eq!(store.complete(after, "value", SHELF, NOW), Inserted::Stored);
    let stats = store.stats(None, NOW);
    assert_eq!((stats.sets, stats.fenced, stats.fenced_to_be_safe), (4, 3, 3));
}

#[test]
fn few_enough_tags_are_all_remembered() {
    let mut store = store();
    let load = store.begin_load(Place::ROOT, "books");
    for number in 0..1_000 {
        store.invalidate(Scope::All, Selector::Tag(&format!("tag {number}")), How::HARD, NOW);
    }
    assert_eq!(store.complete(load, "value", SHELF, NOW), Inserted::Stored);
}

#[test]
fn a_place_is_not_forgotten_while_it_has_a_load_in_flight() {
    let mut store = store();
    let ann = store.place(Namespace::ROOT, Partition::Named("ann"));
    let load = store.begin_load(ann, "books");
    for visitor in 0..10_000 {
        store.place(Namespace::ROOT, Partition::Named(&visitor.to_string()));
    }
    assert_eq!(store.complete(load, "value", PLAIN, NOW), Inserted::Stored);
    assert_eq!(store.get(ann, "books", NOW), Some(&"value"));
}

#[test]
fn a_load_that_begins_in_a_place_forgotten_meanwhile_is_turned_away() {
    let mut store = store();
    let ann = store.place(Namespace::ROOT, Partition::Named("ann"));
    for visitor in 0..10_000 {
        store.place(Namespace::ROOT, Partition::Named(&visitor.to_string()));
    }
    let load = store.begin_load(ann, "books");
    assert_eq!((store.may_join(&load), store.loads_in_flight()), (false, 0));
    assert_eq!(store.complete(load, "value", PLAIN, NOW), FENCED);
    assert_eq!((store.peek(ann, "books", NOW), store.len()), (None, 0));
    store.check().unwrap();
}

#[test]
fn what_is_offered_in_a_place_forgotten_meanwhile_is_turned_away_and_counted() {
    let mut store = store();
    let ann = store.place(Namespace::ROOT, Partition::Named("ann"));
    for visitor in 0..10_000 {
        store.place(Namespace::ROOT, Partition::Named(&visitor.to_string()));
    }
    assert_eq!(store.insert(ann, "books", "value", PLAIN, NOW), FENCED);
    let load = store.begin_load(ann, "books");
    assert_eq!(store.complete(load, "value", PLAIN, NOW), FENCED);
    let stats = store.stats(None, NOW);
    assert_eq!((stats.loads, stats.sets, stats.rejections, stats.fenced), (1, 0, 2, 2));
}

/// Loads of another store, as many as `count`.
fn strangers(count: usize) -> Vec<Ticket> {
    let mut other = store();
    (0..count).map(|_| other.begin_load(Place::ROOT, "theirs")).collect()
}

#[test]
fn a_load_of_another_store_is_turned_away() {
    let mut store = store();
    for ticket in strangers(3) {
        assert!(!store.may_join(&ticket));
        assert_eq!(store.complete(ticket, "theirs", PLAIN, NOW), FENCED);
    }
    for ticket in strangers(3) {
        store.abandon(ticket);
    }
    store.check().unwrap();
}

#[test]
fn a_load_of_another_store_is_not_taken_for_one_of_this() {
    let mut store = store();
    let ours = store.begin_load(Place::ROOT, "ours");
    for ticket in strangers(1) {
        assert_eq!(store.complete(ticket, "theirs", PLAIN, NOW), FENCED);
    }
    assert_eq!(store.complete(ours, "ours", PLAIN, NOW), Inserted::Stored);
    assert_eq!(store.get(Place::ROOT, "ours", NOW), Some(&"ours"));
}

#[test]
fn of_a_thousand_loads_of_one_key_the_newest_is_stored() {
    let mut store = store();
    let mut loads: Vec<Ticket> = (0..1_000).map(|_| store.begin_load(Place::ROOT, "same")).collect();
    let newest = loads.pop().unwrap();
    assert_eq!(store.complete(newest, "newest", PLAIN, NOW), Inserted::Stored);
    for load in loads {
        assert_eq!(store.complete(load, "older", PLAIN, NOW), FENCED);
    }
    assert_eq!(store.get(Place::ROOT, "same", NOW), Some(&"newest"));
    assert_eq!(store.loads_in_flight(), 0);
    store.check().unwrap();
}

#[test]
fn the_keys_of_loads_in_flight_are_bounded_as_well() {
    let mut store = store();
    let long = |number: usize| format!("{number}{}", "x".repeat(60_000));
    let loads: Vec<Ticket> = (0..4_096).map(|number| store.begin_load(Place::ROOT, &long(number))).collect();
    assert!(store.loads_in_flight() * 60_000 <= 2 << 20, "{} loads", store.loads_in_flight());
    assert!(!store.may_join(&loads[0]) && store.may_join(&loads[4_095]));
    let endless = store.begin_load(Place::ROOT, &"x".repeat(10 << 20));
    assert_eq!(store.complete(endless, "value", PLAIN, NOW), FENCED);
}
