//! How long a value lives, and what a reader is given at each moment of its life.
#![cfg(not(target_arch = "wasm32"))]

use fetchwell::engine::{
    Config, Freshness, How, Insert, Inserted, Lookup, MissReason, Place, RejectReason, RemovalCause, Scope, Seed,
    Selector, Span, Store, Terms, Timestamp,
};

const ROOT: Place = Place::ROOT;
const KEY: Selector<'static> = Selector::Key("k");

fn at(ms: u64) -> Timestamp {
    Timestamp(ms)
}

fn ms(ms: u64) -> Terms {
    Terms::ttl(Span::ms(ms))
}

fn store() -> Store<u32> {
    Store::new(Config { keep_removed: true, ..Config::default() })
}

/// A store with one entry, "k", put there at 0.
fn holding(terms: Terms) -> Store<u32> {
    let mut store = store();
    assert!(store.insert(ROOT, "k", 7, Insert::on(terms), at(0)).is_stored());
    store
}

/// What a look-up says, in a word.
fn seen(store: &Store<u32>, now: u64) -> &'static str {
    match store.lookup(ROOT, "k", at(now)) {
        Lookup::Fresh(_) => "fresh",
        Lookup::Stale(stale) => match (stale.while_revalidating, stale.if_error) {
            (true, true) => "stale for both",
            (true, false) => "stale while revalidating",
            (false, true) => "stale if error",
            (false, false) => "stale on request",
        },
        Lookup::Dormant(_) => "dormant",
        Lookup::Miss(reason) => reason.word(),
    }
}

/// Who gets the value: `get`, `peek`, `contains`, `get_stale`, `entry`, `keys`, a dry run.
fn who_sees(store: &mut Store<u32>, now: u64) -> [bool; 7] {
    let now = at(now);
    [
        store.peek(ROOT, "k", now).is_some(),
        store.contains(ROOT, "k", now),
        store.entry(ROOT, "k", now).is_some(),
        !store.keys(Scope::All, Selector::All, now).is_empty(),
        store.invalidate(Scope::All, KEY, How::DRY_RUN, now) == 1,
        store.get_stale(ROOT, "k", now).is_some(),
        store.get(ROOT, "k", now).is_some(),
    ]
}

const EVERYBODY: [bool; 7] = [true; 7];
const NOBODY: [bool; 7] = [false; 7];
/// Past its lifetime, inside a window.
const INSIDE_A_WINDOW: [bool; 7] = [false, false, true, true, true, true, false];
/// Soft-invalidated, without a window.
const ON_REQUEST: [bool; 7] = [false, false, false, false, false, true, false];

#[test]
fn an_entry_is_gone_at_its_deadline_and_not_a_millisecond_before() {
    for ttl in [1, 2, 1_000, (1 << 31) - 1, 1 << 31, (1 << 32) + 1, (1 << 53) + 1, 1 << 55] {
        let mut store = holding(ms(ttl));
        let entry = store.entry(ROOT, "k", at(0)).unwrap();
        assert_eq!((entry.expires_at, entry.remaining), (Some(at(ttl)), Some(ttl.cast_signed())));
        assert_eq!(who_sees(&mut store, ttl - 1), EVERYBODY, "{ttl}");
        assert_eq!(who_sees(&mut store, ttl), NOBODY, "{ttl}");
        assert_eq!(store.stats(None, at(ttl)).misses_by(MissReason::Expired), 2, "{ttl}: get_stale and get");
    }
}

#[test]
fn an_entry_for_ever_sees_the_end_of_time_and_the_longest_lifetime_is_shown_as_a_long_one() {
    for ttl in [Span::FOREVER, Span::ms(u64::MAX), Span::ms((1 << 63) + 1)] {
        let mut store = holding(Terms::ttl(ttl));
        let left = store.entry(ROOT, "k", at(1)).unwrap().remaining;
        assert!(left.is_none_or(|left| left > 1 << 53), "{left:?} of {ttl:?}");
        assert_eq!(who_sees(&mut store, 1 << 62), EVERYBODY, "{ttl:?}");
    }
    let mut store = holding(Terms::default());
    assert_eq!(who_sees(&mut store, u64::MAX), EVERYBODY);
    assert_eq!(store.entry(ROOT, "k", at(u64::MAX)).unwrap().expires_at, None);
}

#[test]
fn an_entry_that_is_stale_for_longer_than_any_number_is_still_shown() {
    let mut store = holding(Terms { swr: Span::FOREVER, ..ms(1) });
    for past in [1, 1 << 53, (1 << 63) - 1, 1 << 63, (1 << 63) + 1] {
        let entry = store.entry(ROOT, "k", at(1 + past)).unwrap();
        assert!(entry.remaining.is_some_and(|left| left < 0), "{:?} at {past}", entry.remaining);
        assert_eq!(entry.state, Freshness::Stale);
    }
    assert_eq!(store.get_stale(ROOT, "k", at(1 << 63)), Some(&7));
}

#[test]
fn a_lifetime_of_nothing_stores_nothing_and_takes_the_old_value_along() {
    let mut store = holding(Terms { swr: Span::hours(1), ..ms(10) });
    for now in [5, 6] {
        let answer = store.insert(ROOT, "k", 8, Insert::on(ms(0)), at(now));
        assert_eq!(answer, Inserted::Rejected(RejectReason::TtlZero));
        assert_eq!(who_sees(&mut store, now), NOBODY);
    }
    let gone: Vec<_> = store.take_removed().into_iter().map(|gone| (gone.value, gone.cause)).collect();
    assert_eq!(gone, [(7, RemovalCause::Replaced)]);
    assert_eq!((store.len(), store.bytes()), (0, 0));
}

#[test]
fn a_newer_value_lives_by_its_own_terms_alone() {
    let old = Terms { tti: Span::ms(5), swr: Span::hours(1), stale_if_error: Span::hours(1), dormant: true, ..ms(10) };
    let mut store = holding(old);
    assert!(store.insert(ROOT, "k", 8, Insert::on(ms(100)), at(3)).is_stored());
    assert_eq!((seen(&store, 102), seen(&store, 103)), ("fresh", "expired"));
    let mut store = holding(Terms::default());
    assert!(store.insert(ROOT, "k", 8, Insert::on(old), at(3)).is_stored());
    assert_eq!((seen(&store, 7), seen(&store, 12)), ("fresh", "expired"), "idle since the look at 7");
}

#[test]
fn a_value_may_be_nothing_at_all() {
    let mut store: Store<Option<()>> = Store::new(Config::default());
    assert!(store.insert(ROOT, "k", None, Insert::default(), at(0)).is_stored());
    assert_eq!(store.get(ROOT, "k", at(1)), Some(&None));
    assert_eq!(store.lookup(ROOT, "k", at(1)), Lookup::Fresh(&None));
    assert_eq!((store.len(), store.stats(None, at(1)).hits), (1, 1));
    assert_eq!(store.get(ROOT, "other", at(1)), None);
}

#[test]
fn past_its_lifetime_a_value_serves_each_window_exactly_as_long_as_it_lasts() {
    let both = Terms { swr: Span::ms(20), stale_if_error: Span::ms(50), ..ms(100) };
    let swapped = Terms { swr: Span::ms(50), stale_if_error: Span::ms(20), ..ms(100) };
    let [two, swr, error] = ["stale for both", "stale while revalidating", "stale if error"];
    let table = [
        (both, [(99, "fresh"), (100, two), (119, two), (120, error), (149, error), (150, "expired")]),
        (swapped, [(99, "fresh"), (100, two), (119, two), (120, swr), (149, swr), (150, "expired")]),
    ];
    for (terms, moments) in table {
        let store = holding(terms);
        for (now, word) in moments {
            assert_eq!(seen(&store, now), word, "at {now} by {terms:?}");
        }
    }
    let mut store = holding(both);
    let sights = [99, 100, 149, 150].map(|now| who_sees(&mut store, now));
    assert_eq!(sights, [EVERYBODY, INSIDE_A_WINDOW, INSIDE_A_WINDOW, NOBODY]);
    assert_eq!(store.take_removed().first().map(|gone| gone.cause), Some(RemovalCause::Expired));
}

#[test]
fn idle_time_counts_from_the_last_use_and_looking_without_using_is_no_use() {
    type Act = fn(&mut Store<u32>, Timestamp);
    // What happens at 9, and by how much it moves the end.
    let acts: [(&str, u64, Act); 9] = [
        ("get", 9, |store, now| assert!(store.get(ROOT, "k", now).is_some())),
        ("get_stale", 9, |store, now| assert!(store.get_stale(ROOT, "k", now).is_some())),
        ("lookup", 9, |store, now| assert!(store.lookup(ROOT, "k", now).fresh().is_some())),
        ("touch", 9, |store, now| assert!(store.touch(ROOT, "k", None, now))),
        ("peek", 0, |store, now| assert!(store.peek(ROOT, "k", now).is_some())),
        ("contains", 0, |store, now| assert!(store.contains(ROOT, "k", now))),
        ("entry", 0, |store, now| assert!(store.entry(ROOT, "k", now).is_some())),
        ("keys", 0, |store, now| assert_eq!(store.keys(Scope::All, KEY, now), ["k"])),
        ("dry run", 0, |store, now| assert_eq!(store.invalidate(Scope::All, KEY, How::DRY_RUN, now), 1)),
    ];
    for (name, slides, act) in acts {
        let mut store = holding(Terms { tti: Span::ms(10), ..Terms::default() });
        act(&mut store, at(9));
        assert!(store.contains(ROOT, "k", at(9 + slides)), "{name}");
        assert!(!store.contains(ROOT, "k", at(10 + slides)), "{name}");
    }
}

#[test]
fn idle_time_run_out_is_the_end_even_inside_a_window_or_for_what_would_sleep() {
    for dormant in [false, true] {
        let terms = Terms { tti: Span::ms(10), swr: Span::hours(1), stale_if_error: Span::hours(1), dormant, ..ms(5) };
        let mut store = holding(terms);
        assert_eq!(store.get_stale(ROOT, "k", at(8)), Some(&7), "stale, and used");
        assert!(!store.contains(ROOT, "k", at(17)));
        assert!(store.entry(ROOT, "k", at(17)).is_some());
        assert_eq!(seen(&store, 18), "expired");
        assert_eq!(who_sees(&mut store, 18), NOBODY);
        assert_eq!(store.take_removed().pop().map(|gone| gone.cause), Some(RemovalCause::Idle));
    }
}

#[test]
fn a_touch_gives_a_fresh_entry_its_lifetime_anew_and_cannot_wake_another() {
    let mut store = holding(Terms { swr: Span::ms(50), ..ms(10) });
    let expires = |store: &Store<u32>, now| store.entry(ROOT, "k", at(now)).unwrap().expires_at;
    assert!(store.touch(ROOT, "k", None, at(9)));
    assert_eq!(expires(&store, 9), Some(at(19)));
    assert!(store.touch(ROOT, "k", Some(Span::ms(3)), at(10)));
    assert_eq!(expires(&store, 10), Some(at(13)), "shorter is possible, too");
    for ttl in [None, Some(Span::FOREVER)] {
        assert!(!store.touch(ROOT, "k", ttl, at(13)), "stale");
    }
    assert_eq!((seen(&store, 62), seen(&store, 63)), ("stale while revalidating", "expired"));
    assert!(!store.touch(ROOT, "k", None, at(63)), "dead");
    assert!(!store.touch(ROOT, "nobody", None, at(63)));

    let mut store = holding(ms(10));
    assert!(store.touch(ROOT, "k", Some(Span::FOREVER), at(1)));
    assert_eq!(seen(&store, 1 << 60), "fresh");
    assert!(store.touch(ROOT, "k", Some(Span::ZERO), at(1 << 60)), "a lifetime of nothing ends it");
    assert_eq!((who_sees(&mut store, 1 << 60), store.len()), (NOBODY, 0));
}

#[test]
fn a_touch_without_a_lifetime_gives_the_one_the_value_was_stored_with() {
    let mut store = holding(ms(10));
    assert!(store.touch(ROOT, "k", Some(Span::ms(3)), at(0)));
    assert!(store.touch(ROOT, "k", None, at(2)));
    assert_eq!(store.entry(ROOT, "k", at(2)).unwrap().expires_at, Some(at(12)));
}

#[test]
fn after_a_soft_invalidation_windows_count_from_it() {
    let mut store = holding(Terms { swr: Span::ms(20), stale_if_error: Span::ms(30), ..ms(100) });
    assert_eq!(store.invalidate(Scope::All, KEY, How::SOFT, at(40)), 1);
    let moments = [40, 59, 60, 69, 70, 99, 100].map(|now| seen(&store, now));
    let (both, error, request) = ("stale for both", "stale if error", "stale on request");
    assert_eq!(moments, [both, both, error, error, request, request, "invalidated"]);
    assert_eq!(who_sees(&mut store, 69), INSIDE_A_WINDOW);
    assert_eq!(store.invalidate(Scope::All, KEY, How::SOFT, at(69)), 1, "a reader could still have been given it");
    assert_eq!(seen(&store, 70), request, "which did not move its windows");
    assert_eq!(who_sees(&mut store, 70), ON_REQUEST);
    assert_eq!(store.stats(None, at(70)).misses_by(MissReason::Invalidated), 2, "the two gets");
}

#[test]
fn softly_invalidated_without_a_window_a_value_answers_only_get_stale_until_its_old_deadline() {
    for (terms, last, after) in [(ms(100), 99, 100), (Terms { dormant: true, ..ms(100) }, 99, 100)] {
        let mut store = holding(terms);
        assert_eq!(store.invalidate(Scope::All, KEY, How::SOFT, at(40)), 1);
        assert_eq!((who_sees(&mut store, 40), who_sees(&mut store, last)), (ON_REQUEST, ON_REQUEST));
        assert_eq!(store.invalidate(Scope::All, KEY, How::SOFT, at(last)), 0, "nobody could have been given it");
        assert_eq!(who_sees(&mut store, after), NOBODY);
        assert_eq!(seen(&store, after), if terms.dormant { "dormant" } else { "invalidated" });
    }
    let mut store = holding(Terms::default());
    store.invalidate(Scope::All, KEY, How::SOFT, at(40));
    assert_eq!(who_sees(&mut store, 1 << 60), ON_REQUEST, "its old deadline was never");
    assert!(store.insert(ROOT, "k", 8, Insert::default(), at(1 << 60)).is_stored());
    assert_eq!(who_sees(&mut store, 1 << 60), EVERYBODY, "a new value is fresh again");
}

#[test]
fn a_dormant_entry_is_seen_by_look_ups_alone_and_makes_room_first() {
    let mut store = holding(Terms { dormant: true, ..ms(10) });
    assert_eq!((seen(&store, 9), seen(&store, 10), seen(&store, 1 << 60)), ("fresh", "dormant", "dormant"));
    assert_eq!(who_sees(&mut store, 10), NOBODY);
    assert_eq!((store.len(), seen(&store, 10)), (1, "dormant"), "and it stays");
    assert_eq!(store.prune(at(20), 100), 0, "it is not dead");
    for number in 0..1_000 {
        assert!(store.insert(ROOT, &number.to_string(), number, Insert::default(), at(20)).is_stored());
    }
    let gone: Vec<_> = store.take_removed().into_iter().map(|gone| (gone.value, gone.cause)).collect();
    assert_eq!(gone, [(7, RemovalCause::Expired)], "999 others fit beside it, the next one did not");
}

#[test]
fn jitter_only_shortens_spreads_what_was_stored_together_and_depends_on_the_seed() {
    let lifetimes = |jitter: f32, seed| {
        let mut store = Store::new(Config { seed: Seed::Fixed(seed, 5), ..Config::default() });
        let keys: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let insert = Insert::on(Terms { jitter, ..ms(10_000) });
        for key in &keys {
            assert!(store.insert(ROOT, key, (), insert, at(0)).is_stored());
        }
        keys.iter().map(|key| store.entry(ROOT, key, at(0)).unwrap().remaining.unwrap()).collect::<Vec<_>>()
    };
    for plain in [0.0, -1.0, f32::NAN] {
        assert!(lifetimes(plain, 1).iter().all(|left| *left == 10_000), "{plain} is no jitter");
    }
    let spread = lifetimes(0.25, 1);
    assert!(spread.iter().all(|left| (7_500..=10_000).contains(left)));
    for tenth in 0..10 {
        let from = 7_500 + 250 * tenth;
        let count = spread.iter().filter(|left| (from..from + 250).contains(*left)).count();
        assert!((50..200).contains(&count), "{count} of 1 000 end in the tenth that begins at {from}");
    }
    assert_eq!(spread, lifetimes(0.25, 1));
    assert_ne!(spread, lifetimes(0.25, 2));
    assert!(lifetimes(1.0, 1).iter().all(|left| (1..=10_000).contains(left)), "even all of it leaves a millisecond");
    let store = holding(Terms { jitter: 1.0, ..Terms::default() });
    assert_eq!(store.entry(ROOT, "k", at(0)).unwrap().expires_at, None, "for ever stays for ever");
}
