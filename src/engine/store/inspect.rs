//! Looking at the store without using it: sizes, statistics, listings.

use super::Store;
use crate::engine::life::Life;
use crate::engine::pages::put;
use crate::engine::scope::{Namespace, Place, Scope, Selector};
use crate::engine::stats::{COUNTERS, Counter, Counters, Stats, Tally};
use crate::engine::tags::Tags;
use crate::engine::time::{Moment, Timestamp};

/// Is an entry within its lifetime? Use it to mark the stale ones in a listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// Within its lifetime.
    Fresh,
    /// Past it, inside a window.
    Stale,
}

/// What is known of an entry. Times are in the terms of the caller's clock.
///
/// Use it in listings, and in the test of [`Store::invalidate_where`].
///
/// ```
/// use fetchwell::engine::{Config, EntryInfo, Freshness, Insert, Place, Span, Store, Terms, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let how = Insert { tags: &["novels"], ..Insert::on(Terms::ttl(Span::mins(5))) };
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", how, Timestamp(1_000));
/// let Some(EntryInfo { state, age, remaining, expires_at, tags, .. }) =
///     store.entry(Place::ROOT, "books:7", Timestamp(61_000))
/// else {
///     panic!("it is there")
/// };
/// assert_eq!((state, age, remaining), (Freshness::Fresh, 60_000, Some(240_000)));
/// assert_eq!(expires_at, Some(Timestamp(301_000)));
/// assert_eq!(tags, ["novels"]);
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct EntryInfo<'a, V> {
    /// Its namespace.
    pub namespace: Namespace,
    /// Where it lives: the namespace and the partition.
    pub place: Place,
    /// Its key.
    pub key: &'a str,
    /// Its value.
    pub value: &'a V,
    /// Fresh or stale.
    pub state: Freshness,
    /// When its value was stored.
    pub created_at: Timestamp,
    /// When it expires or expired; `None` is never. Idle time does not show here.
    pub expires_at: Option<Timestamp>,
    /// Milliseconds since it was stored.
    pub age: u64,
    /// Milliseconds of its lifetime that are left, negative when stale; `None` is for ever.
    pub remaining: Option<i64>,
    /// What it counts for.
    pub bytes: u64,
    /// Its tags.
    pub tags: Tags<'a>,
    /// About how often it was asked for since it was stored: saturates at 4; 0 is never.
    pub hits: u8,
}

impl<V> Store<V> {
    /// What is known of an entry that a reader could be given (fresh, or stale inside a window). Moves nothing. Use it to show or to
    /// decide by times, tags or size.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Freshness, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let terms = Terms { swr: Span::mins(10), ..Terms::ttl(Span::mins(5)) };
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(0));
    /// let state = |now| store.entry(Place::ROOT, "books:7", Timestamp(now)).map(|entry| entry.state);
    /// assert_eq!((state(299_999), state(300_000)), (Some(Freshness::Fresh), Some(Freshness::Stale)));
    /// assert_eq!(state(900_000), None);
    /// ```
    pub fn entry(&self, place: Place, key: &str, now: Timestamp) -> Option<EntryInfo<'_, V>> {
        self.info(self.find(place, key)?, self.time.moment(now))
    }

    /// What is known of the selected entries, in no particular order. Moves nothing; may build the prefix index. Use it for listings and
    /// dashboards. What there is no memory to list is left out; [`Store::each`] leaves out nothing.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for (key, weight) in [("books:7", 700), ("books:8", 800), ("films:1", 9_000)] {
    ///     let _ = store.insert(Place::ROOT, key, (), Insert::weighing(weight), Timestamp(0));
    /// }
    /// let books = store.entries(Scope::All, Selector::Segment("books"), Timestamp(1));
    /// let heaviest = books.iter().max_by_key(|entry| entry.bytes);
    /// assert_eq!(heaviest.map(|entry| entry.key), Some("books:8"));
    /// ```
    pub fn entries(&mut self, scope: Scope<'_>, what: Selector<'_>, now: Timestamp) -> Vec<EntryInfo<'_, V>> {
        let mut list = Vec::new();
        self.each(scope, what, now, |info| {
            let _ = put(&mut list, info);
        });
        list
    }

    /// Shows `look` what is known of each selected entry, in no particular order. Moves nothing; may build the prefix index. Use it where
    /// there are more than you want a list of, or where memory may be short: it needs none.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::weighing(700), Timestamp(0));
    /// let mut weight = 0;
    /// store.each(Scope::All, Selector::Segment("books"), Timestamp(1), |entry| weight += entry.bytes);
    /// assert_eq!(weight, 700 + 7 + 128);
    /// ```
    pub fn each<'a>(
        &'a mut self,
        scope: Scope<'_>,
        what: Selector<'_>,
        now: Timestamp,
        mut look: impl FnMut(EntryInfo<'a, V>),
    ) {
        let now = self.time.moment(now);
        self.each_chosen(scope, what, |store, number| store.info(number, now).map_or((), &mut look));
    }

    /// As [`Store::each`], for every entry in a scope that is not dead; see [`Self::alive`].
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn each_alive<'a>(
        &'a mut self,
        scope: Scope<'_>,
        now: Timestamp,
        mut look: impl FnMut(EntryInfo<'a, V>),
    ) {
        let now = self.time.moment(now);
        self.each_chosen(scope, Selector::All, |store, number| store.alive(number, now).map_or((), &mut look));
    }

    /// The value under a key, if it is not dead. Moves nothing.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn held(&self, place: Place, key: &str, now: Timestamp) -> Option<&V> {
        Some(self.alive(self.find(place, key)?, self.time.moment(now))?.value)
    }

    /// The keys of the selected entries, as [`Store::entries`] would list them. Use it where the keys are enough.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for key in ["books:7", "books:7:cover", "books:8"] {
    ///     let _ = store.insert(Place::ROOT, key, (), Insert::default(), Timestamp(0));
    /// }
    /// let mut keys = store.keys(Scope::All, Selector::Segment("books:7"), Timestamp(1));
    /// keys.sort_unstable();
    /// assert_eq!(keys, ["books:7", "books:7:cover"]);
    /// ```
    pub fn keys(&mut self, scope: Scope<'_>, what: Selector<'_>, now: Timestamp) -> Vec<&str> {
        let (now, mut keys) = (self.time.moment(now), Vec::new());
        self.each_chosen(scope, what, |store, number| {
            let readable = matches!(store.entries.life(number, now), Life::Fresh | Life::Stale);
            if readable {
                let _ = put(&mut keys, &*store.entries.at(number).key);
            }
        });
        keys
    }

    /// Tells the numbers of the selected entries: from the indexes, or without memory by asking every entry.
    pub(super) fn each_chosen<'a>(
        &'a mut self,
        scope: Scope<'_>,
        what: Selector<'_>,
        mut found: impl FnMut(&'a Self, u32),
    ) {
        let chosen = self.choose(scope, what);
        let store = &*self;
        if let Ok(chosen) = chosen {
            return chosen.into_iter().for_each(|number| found(store, number));
        }
        let meant = |number: &u32| store.is_meant(*number, scope, what) == Ok(true);
        store.entries.numbers().filter(meant).for_each(|number| found(store, number));
    }

    fn info(&self, number: u32, now: Moment) -> Option<EntryInfo<'_, V>> {
        let readable = matches!(self.entries.life(number, now), Life::Fresh | Life::Stale);
        if readable { self.alive(number, now) } else { None }
    }

    /// The same of every entry that is not dead: what a soft invalidation left to `get_stale`, and what is dormant, show as stale.
    /// Those who decide what goes must see it, as somebody may still be given it.
    pub(super) fn alive(&self, number: u32, now: Moment) -> Option<EntryInfo<'_, V>> {
        let state = match self.entries.life(number, now) {
            Life::Fresh => Freshness::Fresh,
            Life::Stale | Life::Grace | Life::Dormant => Freshness::Stale,
            Life::Dead(_) => return None,
        };
        let slot = self.entries.at(number);
        let ms = |span: u64| i64::try_from(span).unwrap_or(i64::MAX);
        let ends = (!slot.deadline.is_never()).then_some(slot.deadline.0);
        Some(EntryInfo {
            namespace: Namespace(self.places.at(slot.place).namespace),
            place: Place { number: slot.place, generation: self.places.at(slot.place).generation },
            key: &slot.key,
            value: slot.value.as_ref()?,
            state,
            created_at: self.time.shown(slot.created),
            expires_at: ends.map(|at| self.time.shown(at)),
            age: now.saturating_sub(slot.created),
            remaining: ends.map(|at| ms(at.saturating_sub(now)) - ms(now.saturating_sub(at))),
            bytes: self.charge(number),
            tags: self.tags.carried_by(number),
            hits: self.policy.hits(number),
        })
    }

    /// How many entries are held, dead ones that were not taken out yet included. Use it to see how full the store is.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let how = Insert { weight: 1_000, ..Insert::on(Terms::ttl(Span::mins(5))) };
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", how, Timestamp(0));
    /// assert_eq!((store.len(), store.bytes()), (1, 1_000 + 7 + 128)); // value, key and overhead
    /// assert!(!store.contains(Place::ROOT, "books:7", Timestamp(300_000)));
    /// assert!(!store.is_empty()); // dead, but nobody has taken it out
    /// ```
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is nothing held? Use it in tests, after everything was cleared or has died.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes are held: values as weighed, keys, tags, partitions and the overhead of each entry, as [`Bounds::max_bytes`] counts
    /// them. Use it to see how much of the budget is taken.
    ///
    /// [`Bounds::max_bytes`]: super::super::Bounds::max_bytes
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Entries and bytes held in a scope. Use it to see who takes the room.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Namespace, Partition, Scope, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config { entry_overhead: 0, ..Config::default() });
    /// let adas = store.place(Namespace::ROOT, Partition::Named("ada"));
    /// let _ = store.insert(adas, "inbox", "3 letters", Insert::weighing(100), Timestamp(0));
    /// assert_eq!(store.size_of(Scope::Partition(Partition::Named("ada"))), (1, 100 + 5 + 3 + 144));
    /// assert_eq!(store.size_of(Scope::Partition(Partition::Shared)), (0, 0));
    /// ```
    pub fn size_of(&self, scope: Scope<'_>) -> (usize, u64) {
        match scope {
            Scope::All => (self.len(), self.bytes),
            Scope::Namespace(namespace) => {
                self.places.namespace(namespace.0).map_or((0, 0), |record| (record.held.entries, record.held.bytes))
            }
            Scope::Partition(partition) => {
                let Some(hash) = self.keys.get() else { return (0, 0) };
                let places = self.places.of(partition, hash).map(|place| self.places.at(place).held);
                places.fold((0, 0), |(entries, bytes), held| (entries + held.entries, bytes + held.bytes))
            }
            Scope::Place(place) => self.places.known(place).map_or((0, 0), |place| {
                let held = self.places.at(place).held;
                (held.entries, held.bytes)
            }),
        }
    }

    /// How many different tags, lifetimes and loads in flight are held. Use it to see that they go when nobody needs them.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let how = Insert { tags: &["novels", "classics"], ..Insert::default() };
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", how, Timestamp(0));
    /// assert_eq!(store.side_tables(), [("tags", 2), ("terms", 1), ("loads", 0)]);
    /// ```
    pub fn side_tables(&self) -> [(&'static str, usize); 3] {
        [("tags", self.tags.len()), ("terms", self.entries.terms_in_use().0), ("loads", self.loads.len())]
    }

    /// The statistics of one namespace (the root's own keys for [`Namespace::ROOT`]), or of the whole. Use it for metrics, and to see why
    /// a cache misses.
    ///
    /// ```
    /// use fetchwell::engine::{Config, MissReason, NamespaceDiffers, Partition, Store, Timestamp};
    ///
    /// let mut store = Store::<String>::new(Config::default());
    /// let bugs = store.namespace("bugs", None)?;
    /// let place = store.place(bugs, Partition::Shared);
    /// assert_eq!(store.get(place, "7", Timestamp(0)), None);
    /// assert_eq!(store.stats(Some(bugs), Timestamp(0)).misses_by(MissReason::Cold), 1);
    /// assert_eq!(store.stats(None, Timestamp(0)).requests(), 1);
    /// # Ok::<(), NamespaceDiffers>(())
    /// ```
    pub fn stats(&self, of: Option<Namespace>, now: Timestamp) -> Stats {
        self.tally(of, now).stats()
    }

    /// The numbers behind [`Store::stats`], in this order: hits, misses, stale hits, revalidations, coalesced, loads, load errors,
    /// milliseconds of loads, loads that ended, sets, rejections, fenced, fenced to be safe, invalidations, entries, bytes, bytes saved,
    /// hits more at double size, hits more at double lifetimes, misses by reason, removals by cause, and hits and misses of the last one,
    /// five and fifteen minutes. Use it to hand them on to where names cost something, as from WebAssembly to JavaScript.
    ///
    /// ```
    /// use fetchwell::engine::{Config, MissReason, Place, Store, Timestamp};
    ///
    /// let mut store = Store::<String>::new(Config::default());
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(0)), None);
    /// let numbers = store.numbers(None, Timestamp(0));
    /// assert_eq!((numbers[0], numbers[1]), (0, 1)); // no hit, a miss
    /// assert_eq!(numbers[19 + MissReason::Cold as usize], 1);
    /// ```
    pub fn numbers(&self, of: Option<Namespace>, now: Timestamp) -> [u64; COUNTERS] {
        self.tally(of, now).0
    }

    fn tally(&self, of: Option<Namespace>, now: Timestamp) -> Tally {
        let now = self.time.moment(now);
        let mut sum = Tally::default();
        for (number, record) in self.places.namespaces().iter().enumerate() {
            if of.is_none_or(|namespace| namespace.0 as usize == number) {
                record.counters.add_to(&mut sum, now);
                sum.add(Counter::Entries, record.held.entries as u64);
                sum.add(Counter::Bytes, record.held.bytes);
            }
        }
        sum
    }

    /// Starts the counters of one namespace, or of all, from zero. What is held stays. Rates taken across this are broken. Use it in
    /// tests and after a warm-up.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
    /// store.reset_stats(None);
    /// let stats = store.stats(None, Timestamp(1));
    /// assert_eq!((stats.sets, stats.entries), (0, 1));
    /// ```
    pub fn reset_stats(&mut self, of: Option<Namespace>) {
        for number in 0..u32::try_from(self.places.namespaces().len()).unwrap_or(u32::MAX) {
            if of.is_none_or(|namespace| namespace.0 == number)
                && let Some(record) = self.places.namespace_mut(number)
            {
                record.counters = Counters::default();
            }
        }
    }

    /// Names of the namespaces in order of creation; the root's is empty. Use it to label statistics.
    ///
    /// ```
    /// use fetchwell::engine::{Config, NamespaceDiffers, Store, Timestamp};
    ///
    /// let mut store = Store::<String>::new(Config::default());
    /// store.namespace("bugs", None)?;
    /// let entries = store.namespaces().map(|(of, name)| (name, store.stats(Some(of), Timestamp(0)).entries));
    /// assert_eq!(entries.collect::<Vec<_>>(), [("", 0), ("bugs", 0)]);
    /// # Ok::<(), NamespaceDiffers>(())
    /// ```
    pub fn namespaces(&self) -> impl Iterator<Item = (Namespace, &str)> {
        (0..).map(Namespace).zip(self.places.namespaces().iter().map(|record| &*record.name))
    }
}
