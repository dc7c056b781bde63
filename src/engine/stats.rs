//! What is counted, and exactly when each counter moves.

use super::outcome::{MissReason, RemovalCause, Why};
use super::time::Moment;

/// The state of the counters of one namespace, or of the whole: the sum of its namespaces.
///
/// Use it to see how well a cache does and why it does not do better. Counters only grow (until `reset_stats`), so that rates can be
/// taken from their differences.
///
/// ```
/// use fetchwell::engine::{Bounds, Config, Insert, MissReason, Place, RemovalCause, Stats, Store, Timestamp};
///
/// let mut store = Store::new(Config { bounds: Bounds::entries(1), ..Config::default() });
/// let _ = store.insert(Place::ROOT, "a", 1, Insert::default(), Timestamp(0));
/// let _ = store.insert(Place::ROOT, "b", 2, Insert::default(), Timestamp(0)); // `a` has to go
/// assert_eq!(store.get(Place::ROOT, "a", Timestamp(1)), None);
/// assert_eq!(store.get(Place::ROOT, "b", Timestamp(1)), Some(&2));
///
/// let stats: Stats = store.stats(None, Timestamp(1));
/// assert_eq!((stats.requests(), stats.hits, stats.misses, stats.hit_rate()), (2, 1, 1, 0.5));
/// assert_eq!((stats.misses_by(MissReason::Evicted), stats.misses_by(MissReason::Cold)), (1, 0));
/// assert_eq!((stats.removals_by(RemovalCause::Evicted), stats.evictions(), stats.expirations()), (1, 1, 0));
/// assert_eq!(stats.hit_rate_at_double_size(), 1.0); // with room for two, `a` would have been there
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Stats {
    /// Requests answered from the cache, stale answers included.
    pub hits: u64,
    /// Requests answered otherwise. A caller who joined a load counts here, and under `coalesced`.
    pub misses: u64,
    /// Hits whose value was past its lifetime. They count under `hits` as well.
    pub stale_hits: u64,
    /// Hits after the origin confirmed the stored value. They count under `hits` as well.
    pub revalidations: u64,
    /// Misses that joined a load which was already running.
    pub coalesced: u64,
    /// Loader runs begun.
    pub loads: u64,
    /// Loader runs that failed.
    pub load_errors: u64,
    /// What loader runs took, summed, failed ones included.
    pub load_ms_total: u64,
    /// Values stored, in whatever way.
    pub sets: u64,
    /// Values not stored: too large, without a lifetime, or fenced.
    pub rejections: u64,
    /// The part of `rejections` that a fence turned away.
    pub fenced: u64,
    /// The part of `fenced` for which nothing certain was known any more (see docs/architecture.md, the fence).
    pub fenced_to_be_safe: u64,
    /// Entries that invalidations took from readers, hard or soft: the sum of what they returned.
    pub invalidations: u64,
    /// Entries held now.
    pub entries: usize,
    /// Bytes held now: values as weighed, keys, tags and a fixed amount for each entry.
    pub bytes: u64,
    /// The weight of all values that hits answered with.
    pub bytes_saved: u64,
    misses_by: [u64; 6],
    removals_by: [u64; 5],
    /// The last minute, five and fifteen minutes.
    pub windows: Windows,
    double_size: u64,
    double_ttl: u64,
    pub(super) loads_ended: u64,
}

/// Hits and misses of the last 1, 5 and 15 minutes. A window is counted in twelve parts: it covers its time less what is left of the
/// oldest part, so eleven twelfths at least.
///
/// Use it to see how the cache does now, where [`Stats::hit_rate`] says how it did since the beginning.
///
/// ```
/// use fetchwell::engine::{Config, Place, Store, Timestamp, Window, Windows};
///
/// let mut store = Store::<String>::new(Config::default());
/// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(0)), None);
/// let Windows { one_minute, five_minutes, .. } = store.stats(None, Timestamp(120_000)).windows;
/// assert_eq!((one_minute.misses, five_minutes.misses), (0, 1));
/// assert_eq!(Window { hits: 3, misses: 1 }.hit_rate(), 0.75);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Windows {
    /// The last minute.
    pub one_minute: Window,
    /// The last five minutes.
    pub five_minutes: Window,
    /// The last fifteen minutes.
    pub fifteen_minutes: Window,
}

/// Hits and misses during some time. Use it as one of [`Windows`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// Requests answered from the cache.
    pub hits: u64,
    /// Requests answered otherwise.
    pub misses: u64,
}

impl Window {
    /// Hits among requests, 0..=1; 0 when nobody asked. Use it for an alarm that follows what happens now.
    pub fn hit_rate(self) -> f64 {
        rate(self.hits, self.hits + self.misses)
    }
}

impl Stats {
    /// Hits and misses together. Use it to weigh rates: one of few requests says little.
    pub fn requests(&self) -> u64 {
        self.hits + self.misses
    }

    /// Hits among requests, 0..=1; 0 when nobody asked. Use it first, then [`Stats::misses_by`] for the why.
    pub fn hit_rate(&self) -> f64 {
        rate(self.hits, self.requests())
    }

    /// Misses of one reason. Their sum is `misses`. Use it to see what would help: room, longer lifetimes, or neither.
    pub fn misses_by(&self, reason: MissReason) -> u64 {
        MissReason::ALL.iter().zip(self.misses_by).find(|(each, _)| **each == reason).map_or(0, |(_, count)| count)
    }

    /// Removals of one cause. Use it to see why entries do not stay.
    pub fn removals_by(&self, cause: RemovalCause) -> u64 {
        RemovalCause::ALL.iter().zip(self.removals_by).find(|(each, _)| **each == cause).map_or(0, |(_, count)| count)
    }

    /// Entries that had to make room. Use it to see whether the bounds are too narrow.
    pub fn evictions(&self) -> u64 {
        self.removals_by(RemovalCause::Evicted)
    }

    /// Entries whose lifetime, windows or idle time ran out, counted when they are taken out. Use it to see whether lifetimes are too
    /// short.
    pub fn expirations(&self) -> u64 {
        self.removals_by(RemovalCause::Expired) + self.removals_by(RemovalCause::Idle)
    }

    /// Time that hits saved, in milliseconds: as if each had cost what a load took on average. Use it to tell what the cache is good for.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Counted, Insert, Place, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// store.count(Place::ROOT, Counted::LoadTook { ms: 120, failed: false }, Timestamp(120));
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(120));
    /// for now in [200, 300, 400] {
    ///     assert!(store.get(Place::ROOT, "books:7", Timestamp(now)).is_some());
    /// }
    /// assert_eq!(store.stats(None, Timestamp(400)).ms_saved(), 360);
    /// ```
    pub fn ms_saved(&self) -> u64 {
        let total = u128::from(self.load_ms_total) * u128::from(self.hits);
        u64::try_from(total / u128::from(self.loads_ended.max(1))).unwrap_or(u64::MAX)
    }

    /// About what the hit rate would be with twice the room. An estimate from the memory of evicted keys. Use it before you buy memory:
    /// where it says the same as `hit_rate`, more room buys nothing.
    pub fn hit_rate_at_double_size(&self) -> f64 {
        rate(self.hits + self.double_size, self.requests())
    }

    /// About what the hit rate would be with lifetimes twice as long. An estimate from the memory of expired keys. Use it before you
    /// make lifetimes longer.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(Terms::ttl(Span::mins(1))), Timestamp(0));
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(90_000)), None);
    /// let stats = store.stats(None, Timestamp(90_000));
    /// assert_eq!((stats.hit_rate(), stats.hit_rate_at_double_ttl()), (0.0, 1.0));
    /// ```
    pub fn hit_rate_at_double_ttl(&self) -> f64 {
        rate(self.hits + self.double_ttl, self.requests())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate of more than 2^53 requests may be off in the sixteenth digit")]
fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The counters of one namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    stats: Stats,
    rings: Option<[Ring; 3]>,
}

impl Counters {
    pub(super) fn hit(&mut self, bytes: u64, now: Moment) {
        self.turn(now);
        self.stats.hits += 1;
        self.stats.bytes_saved = self.stats.bytes_saved.saturating_add(bytes);
    }

    /// Many hits at once.
    pub(super) fn hits(&mut self, number: u64, bytes: u64, now: Moment) {
        self.turn(now);
        self.stats.hits += number;
        self.stats.bytes_saved = self.stats.bytes_saved.saturating_add(bytes);
    }

    pub(super) fn stale_hit(&mut self, bytes: u64, now: Moment) {
        self.hit(bytes, now);
        self.stats.stale_hits += 1;
    }

    pub(super) fn miss(&mut self, why: Why, now: Moment) {
        let Why { reason, what_if } = why;
        self.turn(now);
        self.stats.misses += 1;
        self.stats.double_size += u64::from(what_if.double_size);
        self.stats.double_ttl += u64::from(what_if.double_ttl);
        let by = MissReason::ALL.iter().zip(&mut self.stats.misses_by);
        by.filter(|(each, _)| **each == reason).for_each(|(_, count)| *count += 1);
    }

    pub(super) fn removal(&mut self, cause: RemovalCause) {
        let by = RemovalCause::ALL.iter().zip(&mut self.stats.removals_by);
        by.filter(|(each, _)| **each == cause).for_each(|(_, count)| *count += 1);
    }

    /// The plain counters, to move those that no other method moves.
    pub(super) fn plain(&mut self) -> &mut Stats {
        &mut self.stats
    }

    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The state at `now`.
    pub(super) fn state(&self, now: Moment) -> Stats {
        let Some(rings) = &self.rings else { return self.stats };
        let [one, five, fifteen] = rings;
        let window = |ring: &Ring| ring.window(&self.stats, now);
        let windows = Windows { one_minute: window(one), five_minutes: window(five), fifteen_minutes: window(fifteen) };
        Stats { windows, ..self.stats }
    }

    /// Closes the parts of the windows that ended before `now`. Hits pay for no more than this comparison.
    #[inline]
    fn turn(&mut self, now: Moment) {
        let (hits, misses) = (self.stats.hits, self.stats.misses);
        let first = || [5_000, 25_000, 75_000].map(|part| Ring::new(part, now, hits, misses));
        let rings = self.rings.get_or_insert_with(first);
        if rings.first().is_some_and(|ring| now >= ring.part_ends()) {
            for ring in rings {
                ring.turn(now, hits, misses);
            }
        }
    }
}

const PARTS: usize = 12;

/// What the counters showed at the beginning of each of the last twelve parts of a window.
#[derive(Clone, Debug)]
struct Ring {
    part: u64,
    /// When the newest part began.
    began: Moment,
    /// The newest first.
    shown: [(u64, u64); PARTS],
}

impl Ring {
    fn new(part: u64, now: Moment, hits: u64, misses: u64) -> Self {
        Self { part, began: now, shown: [(hits, misses); PARTS] }
    }

    fn part_ends(&self) -> Moment {
        self.began.saturating_add(self.part)
    }

    /// How many parts have ended by `now`.
    fn ended(&self, now: Moment) -> u64 {
        now.saturating_sub(self.began) / self.part
    }

    fn turn(&mut self, now: Moment, hits: u64, misses: u64) {
        let ended = self.ended(now);
        self.began = self.began.saturating_add(ended * self.part);
        for _ in 0..ended.min(PARTS as u64) {
            self.shown.rotate_right(1);
            if let Some(newest) = self.shown.first_mut() {
                *newest = (hits, misses);
            }
        }
    }

    fn window(&self, stats: &Stats, now: Moment) -> Window {
        let ended = usize::try_from(self.ended(now)).unwrap_or(PARTS);
        match PARTS.checked_sub(ended + 1).and_then(|oldest| self.shown.get(oldest)) {
            Some((hits, misses)) => Window { hits: stats.hits - hits, misses: stats.misses - misses },
            None => Window::default(),
        }
    }
}

impl std::ops::AddAssign<&Self> for Stats {
    /// The whole is the sum of its namespaces.
    fn add_assign(&mut self, other: &Self) {
        self.hits = self.hits.saturating_add(other.hits);
        self.misses = self.misses.saturating_add(other.misses);
        self.stale_hits = self.stale_hits.saturating_add(other.stale_hits);
        self.revalidations = self.revalidations.saturating_add(other.revalidations);
        self.coalesced = self.coalesced.saturating_add(other.coalesced);
        self.loads = self.loads.saturating_add(other.loads);
        self.load_errors = self.load_errors.saturating_add(other.load_errors);
        self.load_ms_total = self.load_ms_total.saturating_add(other.load_ms_total);
        self.sets = self.sets.saturating_add(other.sets);
        self.rejections = self.rejections.saturating_add(other.rejections);
        self.fenced = self.fenced.saturating_add(other.fenced);
        self.fenced_to_be_safe = self.fenced_to_be_safe.saturating_add(other.fenced_to_be_safe);
        self.invalidations = self.invalidations.saturating_add(other.invalidations);
        self.entries = self.entries.saturating_add(other.entries);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.bytes_saved = self.bytes_saved.saturating_add(other.bytes_saved);
        self.loads_ended = self.loads_ended.saturating_add(other.loads_ended);
        self.double_size = self.double_size.saturating_add(other.double_size);
        self.double_ttl = self.double_ttl.saturating_add(other.double_ttl);
        self.misses_by.iter_mut().zip(other.misses_by).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        self.removals_by.iter_mut().zip(other.removals_by).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        let pairs = [
            (&mut self.windows.one_minute, other.windows.one_minute),
            (&mut self.windows.five_minutes, other.windows.five_minutes),
            (&mut self.windows.fifteen_minutes, other.windows.fifteen_minutes),
        ];
        for (sum, more) in pairs {
            sum.hits += more.hits;
            sum.misses += more.misses;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::outcome::WhatIf;

    #[test]
    fn a_rate_is_a_share_and_nothing_when_nobody_asked() {
        let mut counters = Counters::default();
        assert!(counters.state(0).hit_rate().abs() < f64::EPSILON);
        counters.hit(10, 0);
        counters.hit(10, 0);
        let what_if = WhatIf { double_size: true, double_ttl: false };
        counters.miss(Why { reason: MissReason::Cold, what_if }, 0);
        let stats = counters.state(0);
        assert!((stats.hit_rate() - 2.0 / 3.0).abs() < 1e-12);
        assert!((stats.hit_rate_at_double_size() - 1.0).abs() < 1e-12);
        assert!((stats.hit_rate_at_double_ttl() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((stats.misses_by(MissReason::Cold), stats.misses_by(MissReason::Evicted)), (1, 0));
    }

    #[test]
    fn a_window_forgets_what_is_older_than_it() {
        let mut counters = Counters::default();
        for _ in 0..10 {
            counters.hit(1, 100_000);
        }
        let hits = |counters: &Counters, now| {
            let windows = counters.state(now).windows;
            (windows.one_minute.hits, windows.five_minutes.hits, windows.fifteen_minutes.hits)
        };
        assert_eq!(hits(&counters, 159_999), (10, 10, 10));
        assert_eq!(hits(&counters, 160_000), (0, 10, 10));
        counters.hit(1, 170_000);
        assert_eq!(hits(&counters, 399_999), (0, 11, 11));
        assert_eq!(hits(&counters, 400_000), (0, 1, 11));
        assert_eq!(hits(&counters, 999_999), (0, 0, 11));
        assert_eq!(hits(&counters, 1_075_000), (0, 0, 0));
        assert_eq!(counters.state(u64::MAX).hits, 11);
    }

    #[test]
    fn a_steady_stream_fills_its_windows() {
        let mut counters = Counters::default();
        for second in 0..2_000 {
            counters.hit(1, second * 1_000);
        }
        let windows = counters.state(1_999_000).windows;
        assert!((55..=60).contains(&windows.one_minute.hits), "{windows:?}");
        assert!((275..=300).contains(&windows.five_minutes.hits), "{windows:?}");
        assert!((825..=900).contains(&windows.fifteen_minutes.hits), "{windows:?}");
    }

    #[test]
    fn time_saved_is_hits_at_the_price_of_a_load() {
        let mut counters = Counters::default();
        counters.plain().loads = 5;
        counters.plain().loads_ended = 4;
        counters.plain().load_ms_total = 1_000;
        for _ in 0..3 {
            counters.hit(1, 0);
        }
        assert_eq!(counters.state(0).ms_saved(), 750);
    }
}
