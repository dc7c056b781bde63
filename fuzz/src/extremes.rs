//! Numbers of every size wherever a number goes. No model follows there; the store must stay whole and within its bounds.

use super::bytes::Bytes;
use fetchwell::engine::{
    Bounds, Config, Freshness, How, Insert, Inserted, Partition, Place, Scope, Selector, Span, Store, Terms, Timestamp,
};

const KEYS: [&str; 6] = ["", "a", "a:1", "b", "b:é", "c"];

fn span(bytes: &mut Bytes<'_>) -> Span {
    match bytes.below(8) {
        0 => Span::FOREVER,
        1 => Span::ZERO,
        _ => Span::ms(bytes.number()),
    }
}

fn bounds(bytes: &mut Bytes<'_>) -> Bounds {
    let max_entries = usize::try_from(bytes.number()).unwrap_or(usize::MAX);
    Bounds { max_entries, max_bytes: bytes.number(), max_entry_bytes: bytes.number() }
}

fn terms(bytes: &mut Bytes<'_>) -> Terms {
    // Jitter of any bits, those of no number included.
    let jitter = if bytes.below(2) == 0 { 0.0 } else { f32::from_le_bytes(bytes.array()) };
    Terms {
        ttl: span(bytes),
        tti: if bytes.below(3) == 0 { span(bytes) } else { Span::ZERO },
        swr: span(bytes),
        stale_if_error: span(bytes),
        jitter,
        dormant: bytes.below(4) == 0,
    }
}

/// # Panics
///
/// When the store is broken.
pub(crate) fn extremes(bytes: &mut Bytes<'_>) {
    let overhead = if bytes.below(3) == 0 { bytes.number() } else { 0 };
    let whole = bounds(bytes);
    let mut store = Store::<u32>::new(Config {
        bounds: whole,
        entry_overhead: overhead,
        separator: if bytes.below(2) == 0 { "" } else { ":" }.into(),
        max_loads: usize::from(bytes.below(3)),
        ..Config::default()
    });
    let own = if bytes.below(2) == 0 { Some(bounds(bytes)) } else { None };
    let other = store.namespace("other", own).expect("asked for once");
    let mut loads = vec![];
    let mut clock = 0;
    // Past this nothing can live long: there are no later moments.
    let mut end_of_time = false;
    while !bytes.is_empty() {
        let key = KEYS[usize::from(bytes.below(6))];
        let place = if bytes.below(2) == 0 { Place::ROOT } else { store.place(other, Partition::Named("ann")) };
        let now = Timestamp(clock);
        match bytes.below(12) {
            0..=3 => {
                let how = Insert { weight: bytes.number(), terms: terms(bytes), tags: &["tag"] };
                let alive = !how.terms.ttl.is_zero();
                let stored = store.insert(place, key, 1, how, now) == Inserted::Stored;
                assert!(!stored || alive);
                assert!(store.contains(place, key, now) == stored || end_of_time, "{how:?}");
            }
            4 => loads.push(store.begin_load(place, key)),
            5 => {
                let how = Insert { weight: bytes.number(), terms: terms(bytes), tags: &[] };
                if let Some(load) = loads.pop() {
                    let _ = store.complete(load, 2, how, now);
                }
            }
            6 => {
                store.touch(place, key, Some(span(bytes)), now);
            }
            7 => {
                store.invalidate(Scope::All, Selector::Prefix(key), How::SOFT, now);
            }
            8 => {
                store.invalidate(Scope::All, Selector::Segment(key), How::HARD, now);
            }
            9 => {
                let _ = (store.get(place, key, now).is_some(), store.get_stale(place, key, now).is_some());
            }
            10 => {
                store.prune(now, usize::from(bytes.byte()));
            }
            _ => {
                clock = bytes.number();
                end_of_time |= clock > 1 << 55;
            }
        }
        look(&mut store, whole, Timestamp(clock));
    }
}

fn look(store: &mut Store<u32>, whole: Bounds, now: Timestamp) {
    assert_eq!(store.check(), Ok(()));
    assert!(store.len() <= whole.max_entries.max(1) && store.bytes() <= whole.max_bytes);
    for entry in store.entries(Scope::All, Selector::All, now) {
        let right = match entry.state {
            Freshness::Fresh => entry.remaining.is_none_or(|left| left > 0),
            Freshness::Stale => entry.remaining.is_some_and(|left| left <= 0),
        };
        assert!(right, "{entry:?}");
    }
    let stats = store.stats(None, now);
    assert_eq!((stats.entries, stats.bytes), (store.len(), store.bytes()));
}
