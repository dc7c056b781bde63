//! The clock is somebody else's. It may stand still, jump ahead, go back and return; nothing may live longer for it, and nothing breaks.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use fetchwell::engine::{
    Config, Counted, How, Insert, Lookup, MissReason, Place, Scope, Selector, Span, Store, Terms, Timestamp, Window,
};
use support::Chance;

const ROOT: Place = Place::ROOT;
/// Milliseconds since 1970.
const TODAY: u64 = 1_700_000_000_000;
const HOUR: u64 = 3_600_000;

fn at(ms: u64) -> Timestamp {
    Timestamp(ms)
}

fn ms(ms: u64) -> Terms {
    Terms::ttl(Span::ms(ms))
}

fn store() -> Store<u32> {
    Store::new(Config { keep_removed: true, ..Config::default() })
}

fn put(store: &mut Store<u32>, key: &str, terms: Terms, now: u64) {
    assert!(store.insert(ROOT, key, 7, Insert::on(terms), at(now)).is_stored());
}

/// An entry of 100 ms lives as it should when it is stored now: it is fresh for as long as that, and no longer.
fn is_normal(store: &mut Store<u32>, now: u64) {
    put(store, "normal", ms(100), now);
    let entry = store.entry(ROOT, "normal", at(now)).unwrap();
    assert_eq!((entry.age, entry.remaining), (0, Some(100)), "at {now}");
    assert_eq!((entry.created_at, entry.expires_at), (at(now), Some(at(now + 100))), "at {now}");
    assert!(store.get(ROOT, "normal", at(now + 99)).is_some(), "at {now}");
    assert!(store.get(ROOT, "normal", at(now + 100)).is_none(), "at {now}");
}

#[test]
fn any_origin_of_the_clock_is_as_good_as_another() {
    for origin in [0, 1, u64::from(u32::MAX), TODAY, 1 << 53, 1 << 55] {
        is_normal(&mut store(), origin);
    }
}

#[test]
fn while_the_clock_stands_still_nothing_ages_and_everything_else_goes_on() {
    let mut store = store();
    for number in 0..3_000 {
        put(&mut store, &format!("{}", number % 1_200), Terms { tti: Span::ms(1), ..ms(1) }, 0);
        assert_eq!(store.prune(at(0), 100), 0);
    }
    assert_eq!((store.len(), store.stats(None, at(0)).expirations()), (1_000, 0));
    assert!(store.stats(None, at(0)).evictions() > 0 && store.clear(Scope::All, at(0)) == 1_000);
    put(&mut store, "new", ms(1), 0);
    assert!(store.contains(ROOT, "new", at(0)) && !store.contains(ROOT, "new", at(1)));
}

#[test]
fn a_clock_that_goes_back_lengthens_no_life() {
    for back in [1, 60, HOUR, TODAY] {
        let mut store = store();
        put(&mut store, "k", ms(100), TODAY);
        put(&mut store, "idle", Terms { tti: Span::ms(100), ..Terms::default() }, TODAY);
        put(&mut store, "window", Terms { swr: Span::ms(60), ..ms(40) }, TODAY);
        assert!(store.get(ROOT, "k", at(TODAY + 60)).is_some());
        // It shows less now, and goes on from there. 60 of the 100 ms are over.
        let now = TODAY + 60 - back;
        assert!(store.get(ROOT, "k", at(now)).is_some(), "nor does it end one, back by {back}");
        let entry = store.entry(ROOT, "k", at(now)).unwrap();
        assert_eq!((entry.age, entry.remaining, entry.expires_at), (60, Some(40), Some(at(now + 40))));
        assert!(store.get(ROOT, "k", at(now + 39)).is_some(), "back by {back}");
        assert!(store.get_stale(ROOT, "window", at(now + 39)).is_some() && store.contains(ROOT, "idle", at(now + 39)));
        for key in ["k", "idle", "window"] {
            assert!(store.get_stale(ROOT, key, at(now + 40)).is_none(), "{key}, back by {back}");
        }
        is_normal(&mut store, now.saturating_sub(back));
    }
}

#[test]
fn a_clock_that_goes_back_and_forth_ages_what_is_held_and_spares_what_is_new() {
    let mut store = store();
    put(&mut store, "day", Terms::ttl(Span::days(1)), TODAY);
    for _ in 0..23 {
        is_normal(&mut store, TODAY + HOUR);
        is_normal(&mut store, TODAY);
        assert!(store.contains(ROOT, "day", at(TODAY)));
    }
    assert!(store.get(ROOT, "day", at(TODAY + HOUR)).is_none(), "each hour that it went ahead has counted");
}

#[test]
fn a_jump_ahead_ends_what_it_made_old_and_nothing_else() {
    let mut store = store();
    for (key, terms) in [("short", ms(100)), ("long", Terms::ttl(Span::days(400))), ("for ever", Terms::default())] {
        put(&mut store, key, terms, 5);
    }
    let later = 5 + 365 * 24 * HOUR;
    assert_eq!(["short", "long", "for ever"].map(|key| store.get(ROOT, key, at(later)).is_some()), [false, true, true]);
    assert_eq!(store.stats(None, at(later)).misses_by(MissReason::Expired), 1);
    is_normal(&mut store, later);
}

/// One reading that is far too late, then the right ones again.
fn survives(store: &mut Store<u32>, wild: u64, now: u64) {
    put(store, "k", ms(HOUR), now);
    put(store, "for ever", Terms::default(), now);
    assert!(store.get(ROOT, "k", at(wild)).is_none() && store.get(ROOT, "for ever", at(wild)).is_some());
    assert!(store.get(ROOT, "k", at(now)).is_none() && store.get(ROOT, "for ever", at(now)).is_some());
    is_normal(store, now);
}

#[test]
fn a_wild_reading_now_and_then_ends_what_was_held_and_the_store_goes_on() {
    for wild in [1 << 41, 1 << 53] {
        let mut store = store();
        for round in 0..1_000 {
            survives(&mut store, wild, TODAY + round * 1_000);
        }
    }
}

#[test]
fn even_a_reading_of_the_end_of_time_ends_only_what_was_held() {
    survives(&mut store(), u64::MAX, TODAY);
}

#[test]
fn no_reading_makes_anything_panic() {
    let readings = [0, 1, TODAY, 1 << 53, 1 << 60, 1 << 63, u64::MAX - 1, u64::MAX];
    let spans = [Span::ZERO, Span::ms(1), Span::hours(1), Span::ms(1 << 62), Span::ms(u64::MAX), Span::FOREVER];
    let mut chance = Chance(2);
    for _ in 0..200 {
        let mut store = store();
        for _ in 0..200 {
            let (now, key) = (at(chance.pick(&readings)), chance.pick(&["a", "b", "c"]));
            let [ttl, tti, swr, stale_if_error] = [(); 4].map(|()| chance.pick(&spans));
            let terms =
                Terms { ttl, tti, swr, stale_if_error, jitter: chance.pick(&[0.0, 1.0]), dormant: chance.one_in(3) };
            match chance.below(9) {
                0..=2 => drop(store.insert(ROOT, key, 7, Insert::on(terms), now)),
                3 => drop(store.get_stale(ROOT, key, now).copied()),
                4 => drop(store.touch(ROOT, key, Some(ttl), now)),
                5 => drop(store.invalidate(Scope::All, Selector::Key(key), How::SOFT, now)),
                6 => drop(store.snapshot(Scope::All, Selector::All, now, now.0, |_| Some(vec![]))),
                7 => store.count(ROOT, Counted::Coalesced(MissReason::Cold.into()), now),
                _ => drop(store.prune(now, 3)),
            }
            assert!(store.stats(None, now).requests() <= 200 && store.len() <= 3);
            let seen = !matches!(store.lookup(ROOT, key, now), Lookup::Miss(_));
            assert!(seen || store.entry(ROOT, key, now).is_none());
            store.check().unwrap();
        }
    }
}

/// What is restored from a snapshot of one entry that was stored at `TODAY`, by a time of day that has gone back.
fn restored(from: &mut Store<u32>, written: u64, wall: u64) -> Store<u32> {
    let bytes = from.snapshot(Scope::All, Selector::All, at(written), written, |_| Some(vec![])).bytes;
    let mut store = store();
    let _ = store.restore(&bytes, at(5), wall, |_| Some(7)).unwrap();
    store.check().unwrap();
    store
}

#[test]
fn where_the_time_of_day_went_back_what_is_restored_lives_for_its_full_lifetime_at_most() {
    for back in [0, 1, 29, 30, 1_000, TODAY] {
        let mut from = store();
        put(&mut from, "k", ms(100), TODAY);
        let store = restored(&mut from, TODAY + 30, TODAY + 30 - back);
        let left = store.entry(ROOT, "k", at(5)).unwrap().remaining.unwrap();
        assert_eq!(left, (70 + back.cast_signed()).min(100), "back by {back}");
    }
}

#[test]
fn where_the_time_of_day_went_back_what_was_softly_invalidated_is_not_fresh_again() {
    for back in [1, 50, 1_000] {
        let mut from = store();
        put(&mut from, "k", Terms { swr: Span::ms(30), ..ms(100) }, TODAY);
        from.invalidate(Scope::All, Selector::All, How::SOFT, at(TODAY + 10));
        let store = restored(&mut from, TODAY + 10, TODAY + 10 - back);
        assert_eq!(store.peek(ROOT, "k", at(5)), None, "back by {back}");
    }
}

#[test]
fn what_a_jump_ahead_killed_goes_without_being_asked_for_a_few_at_each_call() {
    const MANY: usize = 900;
    type Act = fn(&mut Store<u32>, Timestamp);
    let acts: [(&str, Act); 6] = [
        ("prune", |store, now| assert!(store.prune(now, 7) <= 7)),
        ("get", |store, now| assert_eq!(store.get(ROOT, "other", now), None)),
        ("get_stale", |store, now| assert_eq!(store.get_stale(ROOT, "other", now), None)),
        ("insert", |store, now| assert!(store.insert(ROOT, "k", 1, Insert::default(), now).is_stored())),
        ("rejected", |store, now| assert!(!store.insert(ROOT, "k", 1, Insert::on(ms(0)), now).is_stored())),
        ("invalidate", |store, now| assert_eq!(store.invalidate(Scope::All, Selector::Key("k"), How::HARD, now), 0)),
    ];
    for (name, act) in acts {
        let mut store = store();
        for number in 0..u32::try_from(MANY).unwrap() {
            let terms = Terms { tti: Span::ms(u64::from(number % 3) * 50), ..ms(u64::from(number % 200) + 1) };
            assert!(store.insert(ROOT, &format!("{number}"), 0, Insert::on(terms), at(0)).is_stored());
        }
        let mut gone = 0;
        for call in 0..MANY {
            act(&mut store, at(1_000));
            let dead = store.take_removed().into_iter().filter(|gone| gone.value == 0).count();
            assert!(dead <= 64, "{name}: {dead} entries in one call");
            assert!(dead > 0 || gone == MANY, "{name}: call {call} took nothing out, {} are left", store.len());
            gone += dead;
        }
        assert_eq!((gone, store.len()), (MANY, usize::from(name == "insert")), "{name}");
        store.check().unwrap();
    }
}

#[test]
fn windows_show_the_last_minutes_and_forget_what_is_older() {
    let mut store = store();
    put(&mut store, "k", Terms::default(), 0);
    // A request a second for an hour; every fourth one misses.
    for second in 0..3_600 {
        let _ = store.get(ROOT, if second % 4 == 0 { "never" } else { "k" }, Timestamp(second * 1_000));
    }
    let at = |store: &Store<u32>, second: u64| {
        let windows = store.stats(None, Timestamp(second * 1_000)).windows;
        [windows.one_minute, windows.five_minutes, windows.fifteen_minutes]
    };
    // Each covers its time, less at most a twelfth.
    for (window, seconds) in at(&store, 3_599).into_iter().zip([60, 300, 900]) {
        let requests = window.hits + window.misses;
        assert!((seconds * 11 / 12..=seconds).contains(&requests), "{requests} in {seconds} seconds");
        assert!((window.hit_rate() - 0.75).abs() < 0.02, "{window:?}");
    }
    let nothing = Window::default();
    assert!(
        matches!(at(&store, 3_700), [one, five, fifteen] if one == nothing && five != nothing && fifteen != nothing)
    );
    assert!(
        matches!(at(&store, 3_900), [one, five, fifteen] if one == nothing && five == nothing && fifteen != nothing)
    );
    assert_eq!(at(&store, 4_500), [nothing; 3]);
    assert_eq!(store.stats(None, Timestamp(u64::MAX)).requests(), 3_600, "counters forget nothing");
}
