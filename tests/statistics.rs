//! Every counter moves exactly when its documentation says, and never otherwise.
#![cfg(not(target_arch = "wasm32"))]

use fetchwell::engine::{
    Bounds, Config, Counted, How, Insert, Lookup, MissReason, Namespace, Partition, Place, RemovalCause, Scope,
    Selector, Span, Stats, Store, Terms, Timestamp,
};

const ROOT: Place = Place::ROOT;
const NOW: Timestamp = Timestamp(1_000);
const SHELF: Selector<'static> = Selector::Tag("shelf");

fn store() -> Store<u32> {
    Store::new(Config::default())
}

fn zero() -> Insert<'static> {
    Insert::on(Terms::ttl(Span::ZERO))
}

fn put(store: &mut Store<u32>, key: &str, terms: Terms) {
    let insert = Insert { weight: 50, terms, tags: &["shelf"] };
    assert!(store.insert(ROOT, key, 0, insert, Timestamp(0)).is_stored());
}

/// A store with an entry in each state at `NOW`; its counters are at zero.
fn ready() -> Store<u32> {
    let mut store = Store::new(Config {
        bounds: Bounds { max_entries: 4, ..Bounds::default() },
        max_loads: 1,
        ..Config::default()
    });
    put(&mut store, "fresh", Terms::default());
    put(&mut store, "stale", Terms { swr: Span::ms(900), ..Terms::ttl(Span::ms(900)) });
    put(&mut store, "soft", Terms::default());
    put(&mut store, "gone", Terms::default());
    store.invalidate(Scope::All, Selector::Key("soft"), How::SOFT, Timestamp(0));
    store.invalidate(Scope::All, Selector::Key("gone"), How::HARD, Timestamp(0));
    store.reset_stats(None);
    store
}

/// Every counter that is not zero. (What is held now is no counter.)
fn moved(stats: &Stats) -> String {
    let mut all = vec![
        ("hits", stats.hits),
        ("stale_hits", stats.stale_hits),
        ("revalidations", stats.revalidations),
        ("bytes_saved", stats.bytes_saved),
        ("misses", stats.misses),
        ("coalesced", stats.coalesced),
        ("loads", stats.loads),
        ("load_errors", stats.load_errors),
        ("load_ms_total", stats.load_ms_total),
        ("sets", stats.sets),
        ("rejections", stats.rejections),
        ("fenced", stats.fenced),
        ("fenced_to_be_safe", stats.fenced_to_be_safe),
        ("invalidations", stats.invalidations),
    ];
    all.extend(MissReason::ALL.map(|reason| (reason.word(), stats.misses_by(reason))));
    let causes = ["went expired", "went idle", "went evicted", "went invalidated", "went replaced"];
    all.extend(causes.into_iter().zip(RemovalCause::ALL.map(|cause| stats.removals_by(cause))));
    let moved = all.into_iter().filter(|(_, count)| *count > 0);
    moved.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

type Act = fn(&mut Store<u32>);

/// What is done, and every counter that it moves.
fn check(table: &[(Act, &str)]) {
    for (number, (act, right)) in table.iter().enumerate() {
        let mut store = ready();
        act(&mut store);
        assert_eq!(moved(&store.stats(None, NOW)), *right, "row {number}");
        store.check().unwrap();
    }
}

#[test]
fn a_request_counts_once_by_what_it_got() {
    check(&[
        (|store| assert!(store.get(ROOT, "fresh", NOW).is_some()), "hits 1, bytes_saved 50"),
        (|store| assert!(store.get_stale(ROOT, "fresh", NOW).is_some()), "hits 1, bytes_saved 50"),
        (|store| assert!(store.get_stale(ROOT, "stale", NOW).is_some()), "hits 1, stale_hits 1, bytes_saved 50"),
        (|store| assert!(store.get_stale(ROOT, "soft", NOW).is_some()), "hits 1, stale_hits 1, bytes_saved 50"),
        (|store| assert_eq!(store.get(ROOT, "never", NOW), None), "misses 1, cold 1"),
        (|store| assert_eq!(store.get(ROOT, "stale", NOW), None), "misses 1, expired 1"),
        (|store| assert_eq!(store.get(ROOT, "soft", NOW), None), "misses 1, invalidated 1"),
        (|store| assert_eq!(store.get(ROOT, "gone", NOW), None), "misses 1, invalidated 1"),
        (|store| assert_eq!(store.get(ROOT, "stale", Timestamp(1_800)), None), "misses 1, expired 1, went expired 1"),
    ]);
}

#[test]
fn looking_without_asking_counts_nothing() {
    check(&[
        (|store| assert!(store.lookup(ROOT, "fresh", NOW).fresh().is_some()), ""),
        (|store| assert!(store.lookup(ROOT, "never", NOW).fresh().is_none()), ""),
        (|store| assert!(store.peek(ROOT, "fresh", NOW).is_some()), ""),
        (|store| assert!(!store.contains(ROOT, "stale", NOW)), ""),
        (|store| assert!(store.entry(ROOT, "stale", NOW).is_some()), ""),
        (|store| assert_eq!(store.keys(Scope::All, Selector::All, NOW).len(), 2), ""),
        (|store| assert!(store.touch(ROOT, "fresh", None, NOW)), ""),
        (|store| assert_eq!(store.invalidate(Scope::All, Selector::All, How::DRY_RUN, NOW), 2), ""),
        (|store| drop(store.snapshot(Scope::All, Selector::All, NOW, 0, |_| Some(vec![]))), ""),
    ]);
}

#[test]
fn what_a_host_reports_counts_as_it_says() {
    use Counted::{Coalesced, Hit, LoadTook, Miss, Revalidated, StaleHit};
    let table = [
        (Hit { bytes: 7 }, "hits 1, bytes_saved 7"),
        (StaleHit { bytes: 7 }, "hits 1, stale_hits 1, bytes_saved 7"),
        (Revalidated { bytes: 7 }, "hits 1, revalidations 1, bytes_saved 7"),
        (Miss(MissReason::Vary.into()), "misses 1, vary 1"),
        (Miss(MissReason::Bypass.into()), "misses 1, bypass 1"),
        (Coalesced(MissReason::Cold.into()), "misses 1, coalesced 1, cold 1"),
        (LoadTook { ms: 30, failed: false }, "load_ms_total 30"),
        (LoadTook { ms: 30, failed: true }, "load_errors 1, load_ms_total 30"),
    ];
    for (what, right) in table {
        let mut store = ready();
        store.count(ROOT, what, NOW);
        assert_eq!(moved(&store.stats(None, NOW)), right, "{what:?}");
    }
}

#[test]
fn what_is_stored_turned_away_and_taken_out_counts_once_and_by_its_cause() {
    fn idle(store: &mut Store<u32>) {
        put(store, "idle", Terms { tti: Span::ms(5), ..Terms::default() });
        assert_eq!(store.prune(Timestamp(5), 9), 1);
    }
    check(&[
        (|store| put(store, "new", Terms::default()), "sets 1"),
        (|store| put(store, "fresh", Terms::default()), "sets 1, went replaced 1"),
        (|store| ["a", "b", "c"].iter().for_each(|key| put(store, key, Terms::default())), "sets 3, went evicted 2"),
        (|store| assert!(!store.insert(ROOT, "fresh", 0, zero(), NOW).is_stored()), "rejections 1, went replaced 1"),
        (|store| assert!(!store.insert(ROOT, "new", 0, Insert::weighing(1 << 30), NOW).is_stored()), "rejections 1"),
        (|store| assert!(store.remove(ROOT, "fresh", NOW)), "invalidations 1, went invalidated 1"),
        (|store| assert!(!store.remove(ROOT, "soft", NOW)), "went invalidated 1"),
        (|store| assert!(!store.remove(ROOT, "never", NOW)), ""),
        (|store| assert_eq!(store.clear(Scope::All, NOW), 2), "invalidations 2, went invalidated 3"),
        (|store| assert_eq!(store.invalidate(Scope::All, SHELF, How::SOFT, NOW), 2), "invalidations 2"),
        (|store| assert_eq!(store.prune(Timestamp(1_800), 9), 1), "went expired 1"),
        (idle, "sets 1, went idle 1"),
    ]);
}

#[test]
fn a_load_counts_when_it_begins_and_again_when_it_is_turned_away() {
    fn load(store: &mut Store<u32>, meanwhile: impl FnOnce(&mut Store<u32>)) -> bool {
        let load = store.begin_load(ROOT, "k");
        meanwhile(store);
        store.complete(load, 0, Insert::default(), NOW).is_stored()
    }
    fn fenced(store: &mut Store<u32>) {
        assert!(!load(store, |store| assert_eq!(store.invalidate(Scope::All, Selector::All, How::SOFT, NOW), 2)));
    }
    fn crowded_out(store: &mut Store<u32>) {
        assert!(!load(store, |store| assert!(load(store, |_| ()))));
    }
    check(&[
        (|store| assert!(load(store, |_| ())), "loads 1, sets 1"),
        (fenced, "loads 1, rejections 1, fenced 1, invalidations 2"),
        (crowded_out, "loads 2, sets 1, rejections 1, fenced 1, fenced_to_be_safe 1"),
    ]);
}

#[test]
fn rates_are_zero_when_nobody_asked_and_shares_of_the_requests_otherwise() {
    let mut store = ready();
    let stats = store.stats(None, NOW);
    let rates = |stats: &Stats| [stats.hit_rate(), stats.hit_rate_at_double_size(), stats.hit_rate_at_double_ttl()];
    assert_eq!((rates(&stats), stats.windows.one_minute.hit_rate()), ([0.0; 3], 0.0));
    for key in ["fresh", "fresh", "fresh", "never"] {
        let _ = store.get(ROOT, key, NOW);
    }
    let stats = store.stats(None, NOW);
    assert_eq!((stats.requests(), stats.misses), (4, 1));
    assert_eq!((rates(&stats), stats.windows.fifteen_minutes.hit_rate()), ([0.75; 3], 0.75));
}

#[test]
fn time_saved_is_what_the_hits_would_have_taken_to_load() {
    let mut store = ready();
    assert_eq!(store.stats(None, NOW).ms_saved(), 0);
    for ms in [100, 300] {
        let load = store.begin_load(ROOT, "new");
        store.count(ROOT, Counted::LoadTook { ms, failed: false }, NOW);
        assert!(store.complete(load, 0, Insert::default(), NOW).is_stored());
    }
    assert_eq!(store.stats(None, NOW).ms_saved(), 0);
    for _ in 0..3 {
        assert!(store.get(ROOT, "fresh", NOW).is_some());
    }
    assert_eq!(store.stats(None, NOW).ms_saved(), 3 * 200);
}

#[test]
fn the_whole_is_the_sum_of_its_namespaces_and_each_can_be_reset_alone() {
    let mut store = ready();
    let own = [("a", None), ("b", Some(Bounds::entries(2)))].map(|(name, own)| store.namespace(name, own).unwrap());
    for (number, namespace) in [Namespace::ROOT, own[0], own[1], own[1]].into_iter().enumerate() {
        let place = store.place(namespace, Partition::Named(&number.to_string()));
        for key in ["x", "y", "z"] {
            let load = store.begin_load(place, key);
            assert!(store.complete(load, 0, Insert::weighing(9), NOW).is_stored());
            assert!(store.get(place, key, NOW).is_some() && store.get(place, "never", NOW).is_none());
        }
        store.invalidate(Scope::Place(place), Selector::Key("z"), How::HARD, NOW);
    }
    let each = |store: &Store<u32>| [Namespace::ROOT, own[0], own[1]].map(|own| store.stats(Some(own), NOW));
    let mut sum = Stats::default();
    for own in each(&store) {
        sum += &own;
    }
    let whole = store.stats(None, NOW);
    assert_eq!((each(&store).map(|own| own.hits), each(&store).map(|own| own.loads)), ([3, 3, 6], [3, 3, 6]));
    assert_eq!((sum, whole.hits, whole.misses, whole.entries), (whole, 12, 12, store.len()));
    store.clear(Scope::All, NOW);
    assert_eq!((store.stats(None, NOW).hits, store.stats(None, NOW).entries), (12, 0), "clear keeps the counters");
    store.reset_stats(Some(own[1]));
    assert_eq!((moved(&store.stats(Some(own[1]), NOW)), store.stats(None, NOW).hits), (String::new(), 6));
    store.reset_stats(None);
    assert_eq!(store.stats(None, NOW), Stats::default());
}

#[test]
fn a_miss_says_how_the_key_was_lost_last() {
    use MissReason::{Cold, Evicted, Expired, Invalidated};
    let table: [(MissReason, Act); 7] = [
        (Cold, |_| ()),
        (Cold, |store| put(store, "other", Terms::ttl(Span::ms(5)))),
        (Expired, |store| put(store, "k", Terms::ttl(Span::ms(5)))),
        (Expired, |store| put(store, "k", Terms { tti: Span::ms(5), ..Terms::default() })),
        (Invalidated, |store| assert_eq!(store.clear(Scope::All, Timestamp(0)), 1)),
        (Invalidated, |store| assert!(!store.insert(ROOT, "k", 0, zero(), Timestamp(0)).is_stored())),
        (Evicted, |store| (0..20).for_each(|key| put(store, &key.to_string(), Terms::default()))),
    ];
    for (reason, act) in table {
        let mut store = Store::new(Config { bounds: Bounds::entries(10), ..Config::default() });
        if reason != Cold {
            put(&mut store, "k", Terms::default());
        }
        act(&mut store);
        assert_eq!(store.lookup(ROOT, "k", NOW), Lookup::Miss(reason));
        assert_eq!(store.get(ROOT, "k", NOW), None);
        assert_eq!(store.lookup(ROOT, "k", NOW), Lookup::Miss(reason), "still, when what was dead is taken out");
        assert_eq!(store.stats(None, NOW).misses_by(reason), 1);
    }
}

#[test]
fn an_entry_shows_that_it_was_asked_for_since_it_was_stored() {
    let mut store = store();
    let hits = |store: &Store<u32>| store.entry(ROOT, "k", NOW).unwrap().hits;
    for _ in 0..2 {
        put(&mut store, "k", Terms::default());
        assert!(store.peek(ROOT, "k", NOW).is_some());
        assert_eq!(hits(&store), 0, "just stored, and never asked for");
        assert!(store.get(ROOT, "k", NOW).is_some());
        assert!(hits(&store) >= 1);
        for _ in 0..1_000 {
            assert!(store.get(ROOT, "k", NOW).is_some());
        }
        assert!((1..=4).contains(&hits(&store)));
    }
}

/// Asks for keys again and again, each after its own time, and stores what is not there.
fn asked_every(times: &[u64], ttl: Span) -> Stats {
    let mut store = store();
    for step in 0..40_000 {
        let now = Timestamp(step * 1_000);
        for time in times.iter().filter(|time| step % **time == 0) {
            let key = time.to_string();
            if store.get(ROOT, &key, now).is_none() {
                assert!(store.insert(ROOT, &key, 0, Insert::on(Terms::ttl(ttl)), now).is_stored());
            }
        }
    }
    store.stats(None, Timestamp(40_000_000))
}

#[test]
fn the_estimate_for_twice_the_lifetime_is_near_to_what_twice_the_lifetime_brings() {
    let many: Vec<u64> = (5..200).collect();
    let alone = [7, 18, 36, 54, 61, 90, 119, 121, 600].map(|time| (vec![time], 0.1));
    for (times, tolerance) in alone.into_iter().chain([(many, 0.03)]) {
        let estimate = asked_every(&times, Span::secs(60)).hit_rate_at_double_ttl();
        let real = asked_every(&times, Span::secs(120)).hit_rate();
        assert!((estimate - real).abs() < tolerance, "asked every {times:?} s: {estimate} was said, {real} is true");
    }
}

#[test]
fn counts_beyond_counting_stay_at_the_end_and_never_panic() {
    let mut store = Store::<u32>::new(Config::default());
    let other = store.namespace("other", None).unwrap();
    let other = store.place(other, Partition::Shared);
    for (place, ms) in [(Place::ROOT, u64::MAX), (other, 1), (other, u64::MAX)] {
        store.count(place, Counted::LoadTook { ms, failed: true }, NOW);
        store.count(place, Counted::Hit { bytes: ms }, NOW);
    }
    let stats = store.stats(None, NOW);
    assert_eq!((stats.load_ms_total, stats.bytes_saved, stats.load_errors), (u64::MAX, u64::MAX, 3));
}
