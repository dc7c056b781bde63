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
    /// Entries that invalidations took from readers, hard or soft, removals by key, clears and drops among them: the sum of what they
    /// returned.
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
        self.misses_by.get(reason as usize).copied().unwrap_or(0)
    }

    /// Removals of one cause. Use it to see why entries do not stay.
    pub fn removals_by(&self, cause: RemovalCause) -> u64 {
        self.removals_by.get(cause as usize).copied().unwrap_or(0)
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
        // In two steps, as the product of both sums may need more than 64 bits.
        let loads = self.loads_ended.max(1);
        let (each, rest) = (self.load_ms_total / loads, self.load_ms_total % loads);
        each.saturating_mul(self.hits).saturating_add(rest.saturating_mul(self.hits) / loads)
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

/// One of the numbers that are counted. What each means stands at the field of [`Stats`] that it becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub(super) enum Counter {
    Hits,
    Misses,
    StaleHits,
    Revalidations,
    Coalesced,
    Loads,
    LoadErrors,
    LoadMs,
    /// Loader runs that took some time.
    LoadsEnded,
    Sets,
    Rejections,
    Fenced,
    FencedToBeSafe,
    Invalidations,
    Entries,
    Bytes,
    BytesSaved,
    /// Misses that a cache of twice the size would have answered.
    DoubleSize,
    /// Misses that lifetimes twice as long would have answered.
    DoubleTtl,
    /// From here on one for each reason, in the order of `MissReason::ALL`.
    MissesBy,
    /// From here on one for each cause, in the order of `RemovalCause::ALL`.
    RemovalsBy = Self::MissesBy as usize + MissReason::ALL.len(),
    /// From here on hits and misses of each window.
    Windows = Self::RemovalsBy as usize + RemovalCause::ALL.len(),
}

pub(super) const COUNTERS: usize = Counter::Windows as usize + 2 * WINDOWS.len();

/// All counters at one moment.
#[derive(Clone, Debug)]
pub(super) struct Tally(pub(super) [u64; COUNTERS]);

impl Default for Tally {
    fn default() -> Self {
        Self([0; COUNTERS])
    }
}

impl Tally {
    pub(super) fn add(&mut self, counter: Counter, number: u64) {
        self.add_nth(counter, 0, number);
    }

    #[inline]
    fn add_nth(&mut self, counter: Counter, nth: usize, number: u64) {
        if let Some(count) = self.0.get_mut(counter as usize + nth) {
            *count = count.saturating_add(number);
        }
    }

    fn get(&self, counter: Counter) -> u64 {
        self.nth(counter, 0)
    }

    fn nth(&self, counter: Counter, nth: usize) -> u64 {
        self.0.get(counter as usize + nth).copied().unwrap_or(0)
    }

    fn window(&self, nth: usize) -> Window {
        Window { hits: self.nth(Counter::Windows, 2 * nth), misses: self.nth(Counter::Windows, 2 * nth + 1) }
    }

    /// The counters by name.
    pub(super) fn stats(&self) -> Stats {
        Stats {
            hits: self.get(Counter::Hits),
            misses: self.get(Counter::Misses),
            stale_hits: self.get(Counter::StaleHits),
            revalidations: self.get(Counter::Revalidations),
            coalesced: self.get(Counter::Coalesced),
            loads: self.get(Counter::Loads),
            load_errors: self.get(Counter::LoadErrors),
            load_ms_total: self.get(Counter::LoadMs),
            loads_ended: self.get(Counter::LoadsEnded),
            sets: self.get(Counter::Sets),
            rejections: self.get(Counter::Rejections),
            fenced: self.get(Counter::Fenced),
            fenced_to_be_safe: self.get(Counter::FencedToBeSafe),
            invalidations: self.get(Counter::Invalidations),
            entries: usize::try_from(self.get(Counter::Entries)).unwrap_or(usize::MAX),
            bytes: self.get(Counter::Bytes),
            bytes_saved: self.get(Counter::BytesSaved),
            double_size: self.get(Counter::DoubleSize),
            double_ttl: self.get(Counter::DoubleTtl),
            misses_by: std::array::from_fn(|nth| self.nth(Counter::MissesBy, nth)),
            removals_by: std::array::from_fn(|nth| self.nth(Counter::RemovalsBy, nth)),
            windows: Windows {
                one_minute: self.window(0),
                five_minutes: self.window(1),
                fifteen_minutes: self.window(2),
            },
        }
    }
}

/// The counters of one namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    tally: Tally,
    rings: Option<[Ring; WINDOWS.len()]>,
}

impl Counters {
    /// Moves a counter that has neither windows nor parts.
    pub(super) fn add(&mut self, counter: Counter, number: u64) {
        self.tally.add(counter, number);
    }

    /// Hits that answered with so many bytes together.
    pub(super) fn hits(&mut self, number: u64, bytes: u64, now: Moment) {
        self.turn(now);
        self.add(Counter::Hits, number);
        self.add(Counter::BytesSaved, bytes);
    }

    pub(super) fn miss(&mut self, why: Why, now: Moment) {
        let Why { reason, what_if } = why;
        self.turn(now);
        self.add(Counter::Misses, 1);
        self.add(Counter::DoubleSize, what_if.double_size.into());
        self.add(Counter::DoubleTtl, what_if.double_ttl.into());
        self.tally.add_nth(Counter::MissesBy, reason as usize, 1);
    }

    pub(super) fn removal(&mut self, cause: RemovalCause) {
        self.tally.add_nth(Counter::RemovalsBy, cause as usize, 1);
    }

    /// Adds the state at `now` to a sum.
    pub(super) fn add_to(&self, sum: &mut Tally, now: Moment) {
        for (sum, own) in sum.0.iter_mut().zip(&self.tally.0) {
            *sum = sum.saturating_add(*own);
        }
        for (nth, ring) in self.rings.iter().flatten().enumerate() {
            let (hits, misses) = ring.window(self.answers(), now);
            sum.add_nth(Counter::Windows, 2 * nth, hits);
            sum.add_nth(Counter::Windows, 2 * nth + 1, misses);
        }
    }

    /// Hits and misses since the beginning.
    fn answers(&self) -> (u64, u64) {
        (self.tally.get(Counter::Hits), self.tally.get(Counter::Misses))
    }

    /// Closes the parts of the windows that ended before `now`. Hits pay for no more than this comparison.
    #[inline]
    fn turn(&mut self, now: Moment) {
        let answers = self.answers();
        let rings = self.rings.get_or_insert_with(|| WINDOWS.map(|part| Ring::new(part, now, answers)));
        if rings.first().is_some_and(|ring| now >= ring.part_ends()) {
            for ring in rings {
                ring.turn(now, answers);
            }
        }
    }
}

/// What a part of each window takes, in milliseconds.
const WINDOWS: [u64; 3] = [5_000, 25_000, 75_000];
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
    fn new(part: u64, now: Moment, answers: (u64, u64)) -> Self {
        Self { part, began: now, shown: [answers; PARTS] }
    }

    fn part_ends(&self) -> Moment {
        self.began.saturating_add(self.part)
    }

    /// How many parts have ended by `now`.
    fn ended(&self, now: Moment) -> u64 {
        now.saturating_sub(self.began) / self.part.max(1)
    }

    fn turn(&mut self, now: Moment, answers: (u64, u64)) {
        let ended = self.ended(now);
        self.began = self.began.saturating_add(ended * self.part);
        for _ in 0..ended.min(PARTS as u64) {
            let mut newest = answers;
            for shown in &mut self.shown {
                std::mem::swap(shown, &mut newest);
            }
        }
    }

    fn window(&self, (hits, misses): (u64, u64), now: Moment) -> (u64, u64) {
        let ended = usize::try_from(self.ended(now)).unwrap_or(PARTS);
        match PARTS.checked_sub(ended + 1).and_then(|oldest| self.shown.get(oldest)) {
            Some((hits_then, misses_then)) => (hits - hits_then, misses - misses_then),
            None => (0, 0),
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

    fn state(counters: &Counters, now: Moment) -> Stats {
        let mut sum = Tally::default();
        counters.add_to(&mut sum, now);
        sum.stats()
    }

    #[test]
    fn a_rate_is_a_share_and_nothing_when_nobody_asked() {
        let mut counters = Counters::default();
        assert!(state(&counters, 0).hit_rate().abs() < f64::EPSILON);
        counters.hits(1, 10, 0);
        counters.hits(1, 10, 0);
        let what_if = WhatIf { double_size: true, double_ttl: false };
        counters.miss(Why { reason: MissReason::Cold, what_if }, 0);
        let stats = state(&counters, 0);
        assert!((stats.hit_rate() - 2.0 / 3.0).abs() < 1e-12);
        assert!((stats.hit_rate_at_double_size() - 1.0).abs() < 1e-12);
        assert!((stats.hit_rate_at_double_ttl() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((stats.misses_by(MissReason::Cold), stats.misses_by(MissReason::Evicted)), (1, 0));
    }

    #[test]
    fn a_window_forgets_what_is_older_than_it() {
        let mut counters = Counters::default();
        for _ in 0..10 {
            counters.hits(1, 1, 100_000);
        }
        let hits = |counters: &Counters, now| {
            let windows = state(counters, now).windows;
            (windows.one_minute.hits, windows.five_minutes.hits, windows.fifteen_minutes.hits)
        };
        assert_eq!(hits(&counters, 159_999), (10, 10, 10));
        assert_eq!(hits(&counters, 160_000), (0, 10, 10));
        counters.hits(1, 1, 170_000);
        assert_eq!(hits(&counters, 399_999), (0, 11, 11));
        assert_eq!(hits(&counters, 400_000), (0, 1, 11));
        assert_eq!(hits(&counters, 999_999), (0, 0, 11));
        assert_eq!(hits(&counters, 1_075_000), (0, 0, 0));
        assert_eq!(state(&counters, u64::MAX).hits, 11);
    }

    #[test]
    fn a_steady_stream_fills_its_windows() {
        let mut counters = Counters::default();
        for second in 0..2_000 {
            counters.hits(1, 1, second * 1_000);
        }
        let windows = state(&counters, 1_999_000).windows;
        assert!((55..=60).contains(&windows.one_minute.hits), "{windows:?}");
        assert!((275..=300).contains(&windows.five_minutes.hits), "{windows:?}");
        assert!((825..=900).contains(&windows.fifteen_minutes.hits), "{windows:?}");
    }

    #[test]
    fn time_saved_is_hits_at_the_price_of_a_load() {
        let mut counters = Counters::default();
        counters.add(Counter::Loads, 5);
        counters.add(Counter::LoadsEnded, 4);
        counters.add(Counter::LoadMs, 1_000);
        for _ in 0..3 {
            counters.hits(1, 1, 0);
        }
        assert_eq!(state(&counters, 0).ms_saved(), 750);
    }
}
