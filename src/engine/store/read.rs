//! Look-ups: what a reader is given at a moment, and what it counts.

use super::Store;
use crate::engine::life::Life;
use crate::engine::outcome::{Lookup, MissReason, RemovalCause, Stale, WhatIf, Why};
use crate::engine::places::ROOT;
use crate::engine::scope::{Namespace, Partition, Place};
use crate::engine::stats::Counter;
use crate::engine::time::{Moment, Timestamp};

/// How many dead entries a read takes out on its way.
const REAP: usize = 2;

/// Something that happened to a request outside the store, for its statistics. Use it with [`Store::count`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// Answered from a value of this weight that was found with [`Store::lookup`].
    Hit {
        /// The value's weight.
        bytes: u64,
    },
    /// Answered from a stale value of this weight.
    StaleHit {
        /// The value's weight.
        bytes: u64,
    },
    /// Answered from a value of this weight after the origin confirmed it.
    Revalidated {
        /// The value's weight.
        bytes: u64,
    },
    /// Answered otherwise.
    Miss(Why),
    /// Answered by a load that somebody else had begun.
    Coalesced(Why),
    /// A loader run began, beyond the first one of its load (that one is counted by [`Store::begin_load`]).
    LoadBegan,
    /// A loader run ended.
    LoadTook {
        /// How long it ran.
        ms: u64,
        /// Did it fail?
        failed: bool,
    },
}

impl<V> Store<V> {
    /// What is held under a key. A look counts as use (recency, idle time) but moves no statistics, and works through `&self`.
    ///
    /// Use it where the answer decides what to do next, and tell the outcome with [`Store::count`]; use [`Store::get`] otherwise.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Lookup, MissReason, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let terms = Terms { dormant: true, ..Terms::ttl(Span::mins(5)) };
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(0));
    /// assert_eq!(store.lookup(Place::ROOT, "books:7", Timestamp(299_999)), Lookup::Fresh(&"Emma"));
    /// assert_eq!(store.lookup(Place::ROOT, "books:7", Timestamp(300_000)), Lookup::Dormant(&"Emma")); // ask the origin
    /// assert_eq!(store.lookup(Place::ROOT, "books:8", Timestamp(300_000)), Lookup::Miss(MissReason::Cold));
    /// ```
    #[inline]
    pub fn lookup(&self, place: Place, key: &str, now: Timestamp) -> Lookup<'_, V> {
        let now = self.time.moment(now);
        let Some(number) = self.find(place, key) else { return Lookup::Miss(self.why(place, key, now).reason) };
        let found = self.found(number, now);
        if !matches!(found, Lookup::Miss(_)) {
            self.used(number, now);
        }
        found
    }

    /// The fresh value under a key. Counts a hit, or a miss with its reason. Takes out what it finds dead. Use it for plain reads.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(Terms::ttl(Span::mins(5))), Timestamp(0));
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(299_999)), Some(&"Emma"));
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(300_000)), None);
    /// assert_eq!(store.stats(None, Timestamp(300_000)).hit_rate(), 0.5);
    /// ```
    pub fn get(&mut self, place: Place, key: &str, now: Timestamp) -> Option<&V> {
        self.answer(place, key, now, |life| life == Life::Fresh).and_then(|number| self.value(number))
    }

    /// As [`Store::get`], but also past its lifetime: inside a window, or soft-invalidated until the old deadline. A stale answer
    /// counts as a hit and as a stale hit. Use it when loading anew has failed.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let terms = Terms { stale_if_error: Span::hours(1), ..Terms::ttl(Span::mins(5)) };
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(0));
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(300_000)), None);
    /// assert_eq!(store.get_stale(Place::ROOT, "books:7", Timestamp(300_000)), Some(&"Emma"));
    /// assert_eq!(store.stats(None, Timestamp(300_000)).stale_hits, 1);
    /// ```
    pub fn get_stale(&mut self, place: Place, key: &str, now: Timestamp) -> Option<&V> {
        let suits = |life| matches!(life, Life::Fresh | Life::Stale | Life::Grace);
        self.answer(place, key, now, suits).and_then(|number| self.value(number))
    }

    /// As [`Store::get`], but moves nothing: no statistics, no recency, no idle time. Use it for tools that look on.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let session = Terms { tti: Span::mins(30), ..Terms::default() };
    /// let _ = store.insert(Place::ROOT, "session:7", "Ada", Insert::on(session), Timestamp(0));
    /// assert_eq!(store.peek(Place::ROOT, "session:7", Timestamp(1_000_000)), Some(&"Ada"));
    /// assert_eq!(store.peek(Place::ROOT, "session:7", Timestamp(1_800_000)), None); // the look was no use of it
    /// assert_eq!(store.stats(None, Timestamp(1_800_000)).requests(), 0);
    /// ```
    pub fn peek(&self, place: Place, key: &str, now: Timestamp) -> Option<&V> {
        let now = self.time.moment(now);
        let number = self.find(place, key)?;
        if self.entries.life(number, now) == Life::Fresh { self.entries.at(number).value.as_ref() } else { None }
    }

    /// Would [`Store::get`] answer? Moves nothing. Use it where the value does not matter.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "seen:7", (), Insert::default(), Timestamp(0));
    /// assert!(store.contains(Place::ROOT, "seen:7", Timestamp(1)));
    /// ```
    pub fn contains(&self, place: Place, key: &str, now: Timestamp) -> bool {
        self.peek(place, key, now).is_some()
    }

    /// Counts what happened outside the store. Use it for requests answered through [`Store::lookup`], and for loads.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Counted, Lookup, Place, Store, Timestamp};
    ///
    /// let mut store = Store::<String>::new(Config::default());
    /// if let Lookup::Miss(_) = store.lookup(Place::ROOT, "books:7", Timestamp(0)) {
    ///     let why = store.why_missing(Place::ROOT, "books:7", Timestamp(0));
    ///     store.count(Place::ROOT, Counted::Miss(why), Timestamp(120)); // after the load that this is the answer of
    ///     store.count(Place::ROOT, Counted::LoadTook { ms: 120, failed: true }, Timestamp(120));
    /// }
    /// let stats = store.stats(None, Timestamp(120));
    /// assert_eq!((stats.misses, stats.load_errors, stats.load_ms_total), (1, 1, 120));
    /// ```
    pub fn count(&mut self, place: Place, what: Counted, now: Timestamp) {
        let now = self.time.observe(now);
        let counted = self.places.known(place).unwrap_or(ROOT);
        let Some(counters) = self.places.counters(counted) else { return };
        match what {
            Counted::Hit { bytes } => counters.hits(1, bytes, now),
            Counted::StaleHit { bytes } => {
                counters.hits(1, bytes, now);
                counters.add(Counter::StaleHits, 1);
            }
            Counted::Revalidated { bytes } => {
                counters.hits(1, bytes, now);
                counters.add(Counter::Revalidations, 1);
            }
            Counted::Miss(why) => counters.miss(why, now),
            Counted::Coalesced(why) => {
                counters.miss(why, now);
                counters.add(Counter::Coalesced, 1);
            }
            Counted::LoadBegan => counters.add(Counter::Loads, 1),
            Counted::LoadTook { ms, failed } => {
                counters.add(Counter::LoadMs, ms);
                counters.add(Counter::LoadErrors, failed.into());
                counters.add(Counter::LoadsEnded, 1);
            }
        }
    }

    /// Counts many hits of one namespace at once, whose values weighed so much together. Use it where readers work side by side and
    /// their hits are added up now and then.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Namespace, Store, Timestamp};
    ///
    /// let mut store = Store::<u32>::new(Config::default());
    /// store.count_hits(Namespace::ROOT, 1_000, 64_000, Timestamp(0));
    /// assert_eq!((store.stats(None, Timestamp(0)).hits, store.stats(None, Timestamp(0)).bytes_saved), (1_000, 64_000));
    /// ```
    pub fn count_hits(&mut self, namespace: Namespace, hits: u64, bytes: u64, now: Timestamp) {
        let now = self.time.observe(now);
        if let Some(record) = self.places.namespace_mut(namespace.0) {
            record.counters.hits(hits, bytes, now);
        }
    }

    /// Why [`Store::get`] would find nothing there: `Cold` if nothing is known of the key, or if it would find something. Moves nothing. Use
    /// it before a value is loaded, to count the miss when it is answered, and to tell listeners.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, MissReason, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "a", 1, Insert::on(Terms::ttl(Span::ms(5))), Timestamp(0));
    /// assert_eq!(store.why_missing(Place::ROOT, "a", Timestamp(5)).reason(), MissReason::Expired);
    /// ```
    pub fn why_missing(&self, place: Place, key: &str, now: Timestamp) -> Why {
        let now = self.time.moment(now);
        let is_fresh = |number| self.entries.life(number, now) == Life::Fresh;
        if self.find(place, key).is_some_and(is_fresh) { MissReason::Cold.into() } else { self.why(place, key, now) }
    }

    /// The place of a partition that holds something, without making one. Use it for looks through `&self`, as
    /// [`Store::lookup`] is; [`Store::place`] makes what is not there.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Namespace, Partition, Store};
    ///
    /// let mut store = Store::<u32>::new(Config::default());
    /// assert_eq!(store.find_place(Namespace::ROOT, Partition::Named("ada")), None);
    /// let place = store.place(Namespace::ROOT, Partition::Named("ada"));
    /// assert_eq!(store.find_place(Namespace::ROOT, Partition::Named("ada")), Some(place));
    /// ```
    pub fn find_place(&self, namespace: Namespace, partition: Partition<'_>) -> Option<Place> {
        let number = match partition {
            Partition::Shared => self.places.shared(namespace),
            Partition::Named(_) | Partition::Credential(_) => self.places.find(namespace, partition, self.keys.get()?),
        }?;
        Some(Place { number, generation: self.places.at(number).generation })
    }

    fn value(&self, number: u32) -> Option<&V> {
        self.entries.at(number).value.as_ref()
    }

    /// The number of the entry that answers; counts what comes of it.
    pub(super) fn answer(
        &mut self,
        place: Place,
        key: &str,
        now: Timestamp,
        suits: impl Fn(Life) -> bool,
    ) -> Option<u32> {
        let now = self.time.observe(now);
        self.reap(now, REAP);
        if let Some(number) = self.find(place, key) {
            let life = self.entries.life(number, now);
            if suits(life) {
                self.used(number, now);
                let slot = self.entries.at(number);
                let (weight, place) = (slot.weight, slot.place);
                if let Some(counters) = self.places.counters(place) {
                    counters.hits(1, weight, now);
                    counters.add(Counter::StaleHits, (life != Life::Fresh).into());
                }
                return Some(number);
            }
            if let Life::Dead(cause) = life {
                self.take_out(number, cause);
            }
        }
        let why = self.why(place, key, now);
        let counted = self.places.known(place).unwrap_or(ROOT);
        if let Some(counters) = self.places.counters(counted) {
            counters.miss(why, now);
        }
        None
    }

    #[inline]
    pub(super) fn find(&self, place: Place, key: &str) -> Option<u32> {
        self.find_in(self.places.known(place)?, key)
    }

    #[inline]
    pub(super) fn find_in(&self, place: u32, key: &str) -> Option<u32> {
        let hash = self.keys.get()?.of(u64::from(place), key.as_bytes());
        self.entries.find(hash, place, key)
    }

    fn found(&self, number: u32, now: Moment) -> Lookup<'_, V> {
        let life = self.entries.life(number, now);
        let Some(value) = self.entries.at(number).value.as_ref() else { return Lookup::Miss(MissReason::Cold) };
        match life {
            Life::Fresh => Lookup::Fresh(value),
            Life::Stale | Life::Grace => {
                let course = self.entries.course(number);
                let stale = life == Life::Stale;
                let (while_revalidating, if_error) =
                    (stale && course.in_swr(now), stale && course.in_stale_if_error(now));
                Lookup::Stale(Stale { value, while_revalidating, if_error })
            }
            Life::Dormant => Lookup::Dormant(value),
            Life::Dead(cause) => Lookup::Miss(reason_for(cause)),
        }
    }

    /// A use: at most a byte for the policy, and a stamp where there is an idle time.
    #[inline]
    fn used(&self, number: u32, now: Moment) {
        self.policy.hit(number, self.pool_of(self.entries.at(number).place));
        self.entries.asked(number, now);
    }

    /// Why a key is not there, and whether a larger or longer-lived cache would have it.
    fn why(&self, place: Place, key: &str, now: Moment) -> Why {
        let cold = Why::from(MissReason::Cold);
        let Some((hash, place)) = self.keys.get().zip(self.places.known(place)) else { return cold };
        let hash = hash.of(u64::from(place), key.as_bytes());
        if let Some(number) = self.entries.find(hash, place, key) {
            // Held, but not for this reader: past its lifetime, or soft-invalidated.
            let slot = self.entries.at(number);
            let reason = if slot.soft { MissReason::Invalidated } else { MissReason::Expired };
            let double_ttl =
                !slot.soft && Ending::of(self.entries.course(number), slot.second_life).outlived_by_double(now);
            return Why { reason, what_if: WhatIf { double_size: false, double_ttl } };
        }
        if self.entries.find_struck(hash, place, key).is_some() {
            return MissReason::Invalidated.into();
        }
        if let Some(note) = self.ended.get(hash) {
            let ending = Ending::unpack(note);
            let reason = if ending.expired { MissReason::Expired } else { MissReason::Invalidated };
            let what_if = WhatIf { double_size: false, double_ttl: ending.outlived_by_double(now) };
            return Why { reason, what_if };
        }
        match self.policy.was_evicted(self.pool_of(place), hash) {
            Some(evicted) => {
                let double_size = evicted.kept_at_double_size;
                Why { reason: MissReason::Evicted, what_if: WhatIf { double_size, double_ttl: false } }
            }
            None => cold,
        }
    }

    #[inline]
    pub(super) fn pool_of(&self, place: u32) -> u32 {
        self.places.namespace(self.places.at(place).namespace).map_or(0, |namespace| namespace.pool)
    }
}

fn reason_for(cause: RemovalCause) -> MissReason {
    match cause {
        RemovalCause::Expired | RemovalCause::Idle => MissReason::Expired,
        RemovalCause::Evicted => MissReason::Evicted,
        RemovalCause::Invalidated | RemovalCause::Replaced => MissReason::Invalidated,
    }
}

/// How an entry ended, in 32 bits: bit 0 whether by time; the rest the moment, in quarter seconds, until which a lifetime twice as
/// long would have kept it (0 = none).
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) expired: bool,
    twice: u32,
}

const QUARTERS: u32 = 0x7fff_ffff;

impl Ending {
    pub(super) const INVALIDATED: Self = Self { expired: false, twice: 0 };
    pub(super) const IDLE: Self = Self { expired: true, twice: 0 };

    /// By time, at the end of its lifetime.
    pub(super) fn of(course: crate::engine::life::Course<'_>, second_life: bool) -> Self {
        let twice = course.deadline.plus(course.kept.terms.ttl);
        let none = second_life || twice.is_never() || course.kept.terms.ttl.is_zero();
        Self { expired: true, twice: if none { 0 } else { quarters(twice.0).max(1) } }
    }

    pub(super) fn pack(self) -> u32 {
        self.twice << 1 | u32::from(self.expired)
    }

    pub(super) fn unpack(note: u32) -> Self {
        Self { expired: note & 1 == 1, twice: note >> 1 }
    }

    /// Would an entry with twice the lifetime still be there?
    pub(super) fn outlived_by_double(self, now: Moment) -> bool {
        let ahead = self.twice.wrapping_sub(quarters(now)) & QUARTERS;
        self.twice != 0 && ahead != 0 && ahead <= QUARTERS / 2
    }
}

#[expect(clippy::cast_possible_truncation, reason = "wraps after seventeen years; only differences count")]
fn quarters(moment: Moment) -> u32 {
    (moment >> 8) as u32 & QUARTERS
}
