//! Whatever the memory, what was invalidated is gone: with not a byte left as with plenty.

use super::{KEYS, NOW, amounts, in_its_own_process, key, with_bytes_left};
use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Namespace, Partition, Place, RejectReason, Scope, Selector, Span, Store,
    Terms, Ticket,
};

const WHO: [Partition<'static>; 3] = [Partition::Shared, Partition::Named("ann"), Partition::Credential("ann")];
const TAGGED: &[&str] = &["shelf", "another"];

/// The same hundred keys in three partitions of two namespaces; every third carries tags, every fifth has a lifetime.
struct Crowd {
    store: Store<u64>,
    shop: Namespace,
    places: Vec<Place>,
}

fn crowd(eager_prefix_index: bool) -> Crowd {
    let bounds = Bounds::entries(1_000_000);
    let mut store = Store::new(Config { bounds, eager_prefix_index, keep_removed: true, ..Config::default() });
    let shop = store.namespace("shop", Some(Bounds::entries(1_000))).unwrap();
    let mut places = Vec::new();
    for (namespace, who) in [Namespace::ROOT, shop].into_iter().flat_map(|each| WHO.map(|who| (each, who))) {
        let place = store.place(namespace, who);
        places.push(place);
        for number in 0..60 {
            let terms = if number % 5 == 0 { Terms::ttl(Span::hours(1)) } else { Terms::default() };
            let tags = if number % 3 == 1 { TAGGED } else { &[] };
            let how = Insert { terms, tags, weight: 0 };
            assert!(store.insert(place, &key(number), number as u64, how, NOW).is_stored());
        }
    }
    Crowd { store, shop, places }
}

impl Crowd {
    /// Does it with so many bytes left, and again with plenty on a like store. What comes of it is the same. A load of the same key is
    /// in flight wherever something goes, and is turned away.
    fn agrees(&mut self, left: usize, like: &mut Self, invalidate: impl Fn(&mut Store<u64>) -> usize) {
        let begin = |crowd: &mut Self| -> Vec<Ticket> {
            crowd.places.iter().map(|place| crowd.store.begin_load(*place, KEYS[0])).collect()
        };
        let (loads, like_loads) = (begin(self), begin(like));
        let counted = with_bytes_left(left, || invalidate(&mut self.store));
        self.store.check().unwrap();
        assert_eq!(counted, invalidate(&mut like.store));
        for (place, number) in self.places.iter().flat_map(|place| (0..60).map(move |number| (place, number))) {
            let key = key(number);
            let readable = like.store.contains(*place, &key, NOW);
            assert_eq!(self.store.contains(*place, &key, NOW), readable, "{key} with {left} bytes left");
        }
        for gone in self.store.take_removed() {
            assert_eq!(*gone.key, key(usize::try_from(gone.value).unwrap()), "what is told of is told rightly");
        }
        for (load, other) in loads.into_iter().zip(like_loads) {
            let outcome = self.store.complete(load, 1, Insert::default(), NOW);
            assert_eq!(outcome, like.store.complete(other, 1, Insert::default(), NOW), "with {left} bytes left");
        }
        while self.store.prune(NOW, 100) > 0 {}
        self.store.check().unwrap();
    }
}

/// At every amount of memory, with an index and without, softly and hard.
fn at_every_amount(invalidate: impl Fn(&mut Store<u64>, Namespace, Place, How) -> usize) {
    for (turn, left) in amounts().enumerate() {
        for how in [How::HARD, How::SOFT, How::DRY_RUN] {
            let (mut one, mut like) = (crowd(turn % 2 == 0), crowd(false));
            let (shop, place) = (one.shop, one.places[4]);
            one.agrees(left, &mut like, |store| invalidate(store, shop, place, how));
        }
    }
}

#[test]
fn what_is_invalidated_by_key_or_tag_is_gone() {
    in_its_own_process("invalidation::what_is_invalidated_by_key_or_tag_is_gone", || {
        at_every_amount(|store, _, place, how| {
            store.invalidate(Scope::All, Selector::Key(KEYS[0]), how, NOW)
                + store.invalidate(Scope::Place(place), Selector::Key(KEYS[1]), how, NOW)
                + store.invalidate(Scope::Partition(WHO[1]), Selector::Tag("shelf"), how, NOW)
        });
    });
}

#[test]
fn what_is_invalidated_by_prefix_or_segment_is_gone() {
    in_its_own_process("invalidation::what_is_invalidated_by_prefix_or_segment_is_gone", || {
        at_every_amount(|store, shop, place, how| {
            store.invalidate(Scope::Place(place), Selector::Segment("books:1"), how, NOW)
                + store.invalidate(Scope::Namespace(shop), Selector::Prefix("books:7"), how, NOW)
                + store.invalidate(Scope::All, Selector::Segment("books:2"), how, NOW)
                + store.invalidate(Scope::Partition(WHO[2]), Selector::Prefix(""), how, NOW)
        });
    });
}

#[test]
fn what_is_invalidated_by_glob_is_gone() {
    in_its_own_process("invalidation::what_is_invalidated_by_glob_is_gone", || {
        at_every_amount(|store, shop, _, how| {
            store.invalidate(Scope::Partition(WHO[1]), Selector::Glob("books:*7:**"), how, NOW)
                + store.invalidate(Scope::Namespace(shop), Selector::Glob("*:?:of-some-length"), how, NOW)
                + store.invalidate(Scope::All, Selector::Glob("books:8:of-some-length"), how, NOW)
        });
    });
}

#[test]
fn what_a_test_says_yes_to_is_gone() {
    in_its_own_process("invalidation::what_a_test_says_yes_to_is_gone", || {
        at_every_amount(|store, shop, _, how| {
            store.invalidate_where(
                Scope::Namespace(shop),
                |entry| entry.tags.iter().any(|tag| tag == "shelf"),
                how,
                NOW,
            ) + store.invalidate_where(Scope::All, |entry| entry.value % 7 == 0, how, NOW)
        });
    });
}

#[test]
fn what_is_cleared_or_dropped_is_gone() {
    in_its_own_process("invalidation::what_is_cleared_or_dropped_is_gone", || {
        at_every_amount(|store, shop, place, how| match (how.soft, how.dry_run) {
            (false, false) => store.drop_credentials(NOW) + store.clear(Scope::Place(place), NOW),
            (true, _) => store.drop_partition(WHO[1], NOW) + store.clear(Scope::Namespace(shop), NOW),
            (_, true) => store.clear(Scope::All, NOW),
        });
    });
}

#[test]
fn a_glob_too_long_to_be_compared_without_memory_takes_what_begins_as_it_does() {
    let name = "invalidation::a_glob_too_long_to_be_compared_without_memory_takes_what_begins_as_it_does";
    in_its_own_process(name, || {
        // One key, spelled by a pattern of 300 bytes behind its first wildcard.
        let glob = format!("books:{}7:of-some-length", "*".repeat(300));
        let (mut exact, mut more) = (0, 0);
        for left in amounts() {
            let mut store = crowd(false).store;
            let load = store.begin_load(Place::ROOT, KEYS[0]);
            let counted = with_bytes_left(left, || store.invalidate(Scope::All, Selector::Glob(&glob), How::HARD, NOW));
            store.check().unwrap();
            let rest = store.invalidate(Scope::All, Selector::Glob(&glob), How::DRY_RUN, NOW);
            assert_eq!((rest, store.len()), (0, 360 - counted));
            assert_eq!(store.complete(load, 1, Insert::default(), NOW), Inserted::Rejected(RejectReason::Fenced));
            *(if counted == 36 { &mut exact } else { &mut more }) += 1;
        }
        println!("exact {exact} times, more {more} times");
        assert!(exact > 0 && more > 0);
    });
}
