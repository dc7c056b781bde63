//! Invalidation: the fence over loads in flight, and what becomes of the entries that `choose` finds.

use super::Store;
use super::choose::suits;
use super::inspect::EntryInfo;
use crate::engine::life::Life;
use crate::engine::loads::{TagScope, tag_hash};
use crate::engine::outcome::RemovalCause;
use crate::engine::pages::NoMemory;
use crate::engine::scope::{How, Partition, Scope, Selector};
use crate::engine::stats::Counter;
use crate::engine::time::{Deadline, Moment, Timestamp};

/// More than this many are struck at once and buried by and by.
const MANY: usize = 32;
/// How many dead entries an invalidation takes out on its way.
const REAP: usize = 16;

impl<V> Store<V> {
    /// Invalidates what is selected and fences the loads in flight that it concerns. Use it for every change of data. Returns how many
    /// entries a reader could still have been given (fresh, or stale inside a window). Its cost follows the number of entries it concerns
    /// (those that the selector looks at, for a glob or a tag); the first prefix that is ever asked for also builds the index. The values
    /// of many entries go at once, what else they leave behind by later calls.
    ///
    /// It takes effect even if there is no memory left at all. Only a glob with more than 255 bytes behind its first wildcard may then take
    /// more than it means: every key that begins as it does.
    ///
    /// ```
    /// use fetchwell::engine::{Config, How, Insert, Place, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for (key, tags) in [("books:7", &["austen"][..]), ("authors:austen", &["austen"]), ("books:8", &[])] {
    ///     let _ = store.insert(Place::ROOT, key, (), Insert { tags, ..Insert::default() }, Timestamp(0));
    /// }
    /// assert_eq!(store.invalidate(Scope::All, Selector::Tag("austen"), How::HARD, Timestamp(1)), 2);
    /// assert_eq!(store.keys(Scope::All, Selector::All, Timestamp(2)), ["books:8"]);
    /// ```
    pub fn invalidate(&mut self, scope: Scope<'_>, what: Selector<'_>, how: How, now: Timestamp) -> usize {
        let now = self.time.observe(now);
        if !how.dry_run {
            self.reap(now, REAP);
            self.fence(scope, what);
        }
        match self.choose(scope, what) {
            Ok(chosen) => self.end(&chosen, how, now),
            Err(NoMemory) => self.end_by_scan(how, now, |store, number| store.may_be_meant(number, scope, what)),
        }
    }

    /// As [`Store::invalidate`], for the entries that `test` says yes to. It sees all that somebody could still be given, if only by
    /// [`Store::get_stale`] after a soft invalidation, or after a revalidation; such show as stale, and count for nothing. Fences every
    /// load in flight in the scope. Its cost follows the size of the scope. Use it where no key, prefix, pattern or tag says what is meant.
    ///
    /// ```
    /// use fetchwell::engine::{Config, How, Insert, Place, Scope, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for (key, rooms) in [("hotels:1", 0), ("hotels:2", 12)] {
    ///     let _ = store.insert(Place::ROOT, key, rooms, Insert::default(), Timestamp(0));
    /// }
    /// assert_eq!(store.invalidate_where(Scope::All, |entry| *entry.value == 0, How::HARD, Timestamp(1)), 1);
    /// assert_eq!(store.get(Place::ROOT, "hotels:2", Timestamp(2)), Some(&12));
    /// ```
    pub fn invalidate_where(
        &mut self,
        scope: Scope<'_>,
        mut test: impl FnMut(&EntryInfo<'_, V>) -> bool,
        how: How,
        now: Timestamp,
    ) -> usize {
        let now = self.time.observe(now);
        if !how.dry_run {
            self.fence(scope, Selector::All);
        }
        let Ok(mut chosen) = self.choose(scope, Selector::All) else {
            return self.end_by_scan(how, now, |store, number| {
                store.may_be_meant(number, scope, Selector::All)
                    && store.alive(number, now).is_some_and(|info| test(&info))
            });
        };
        chosen.retain(|number| self.alive(*number, now).is_some_and(|info| test(&info)));
        self.end(&chosen, how, now)
    }

    /// Takes out everything in a scope and fences its loads in flight. Returns the same count as [`Store::invalidate`]. Counters stay.
    /// Use it to start over.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
    /// assert_eq!(store.clear(Scope::All, Timestamp(1)), 1);
    /// assert!(store.is_empty());
    /// ```
    pub fn clear(&mut self, scope: Scope<'_>, now: Timestamp) -> usize {
        self.invalidate(scope, Selector::All, How::HARD, now)
    }

    /// Takes out everything of one partition, in every namespace, and fences its loads in flight. Use it when a user logs out.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Namespace, Partition, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for name in ["ada", "bob"] {
    ///     let place = store.place(Namespace::ROOT, Partition::Named(name));
    ///     let _ = store.insert(place, "inbox", "3 letters", Insert::default(), Timestamp(0));
    /// }
    /// assert_eq!(store.drop_partition(Partition::Named("ada"), Timestamp(1)), 1);
    /// assert_eq!(store.len(), 1); // Bob's
    /// ```
    pub fn drop_partition(&mut self, partition: Partition<'_>, now: Timestamp) -> usize {
        self.clear(Scope::Partition(partition), now)
    }

    /// Takes out everything that was stored for any credential, and fences the loads in flight. Use it when a log-out does not say which
    /// credential it ends.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Namespace, Partition, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for partition in [Partition::Shared, Partition::Named("ada"), Partition::Credential("9f3c…")] {
    ///     let place = store.place(Namespace::ROOT, partition);
    ///     let _ = store.insert(place, "inbox", "3 letters", Insert::default(), Timestamp(0));
    /// }
    /// assert_eq!(store.drop_credentials(Timestamp(1)), 1);
    /// assert_eq!(store.len(), 2);
    /// ```
    pub fn drop_credentials(&mut self, now: Timestamp) -> usize {
        let now = self.time.observe(now);
        let places = &self.places;
        self.loads.fence_where(|place, _| places.is_credentials(place));
        match self.of_credentials() {
            Ok(chosen) => self.end(&chosen, How::HARD, now),
            Err(NoMemory) => self.end_by_scan(How::HARD, now, Self::is_credentials),
        }
    }

    /// Fences every load in flight in a scope, and touches no entry. Use it before entries are looked at one by one without holding
    /// the store: what began to load before the look is then not stored after it.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let load = store.begin_load(Place::ROOT, "books:7");
    /// store.fence_loads(Scope::All);
    /// assert!(!store.complete(load, "an old answer", Insert::default(), Timestamp(9)).is_stored());
    /// ```
    pub fn fence_loads(&mut self, scope: Scope<'_>) {
        self.fence(scope, Selector::All);
    }

    /// Fences the loads in flight that an invalidation concerns.
    pub(super) fn fence(&mut self, scope: Scope<'_>, what: Selector<'_>) {
        let Some(hash) = self.keys.get() else { return };
        let places = &self.places;
        if let Selector::Tag(tag) = what {
            let scope = match scope {
                Scope::All => TagScope::All,
                Scope::Namespace(namespace) => TagScope::Namespace(namespace.0),
                // A partition or place that is not known has no loads; that a tag was invalidated is noted all the same.
                Scope::Partition(partition) => {
                    let named = places.find_partition(partition, hash).unwrap_or(u32::MAX);
                    if partition == Partition::Shared { TagScope::Shared } else { TagScope::Partition(named) }
                }
                Scope::Place(place) => TagScope::Place(places.known(place).unwrap_or(u32::MAX)),
            };
            self.loads.fence_tag(tag_hash(hash, scope, tag));
            return;
        }
        if self.loads.len() == 0 {
            return;
        }
        let separator = &*self.separator;
        let concerns = |key: &str| suits(what, separator, key).unwrap_or(true);
        self.loads.fence_where(|place, key| places.reaches(scope, place) && concerns(key));
    }

    /// Ends, softens or only counts the chosen entries.
    pub(super) fn end(&mut self, chosen: &[u32], how: How, now: Moment) -> usize {
        let mut readable = 0;
        for number in chosen {
            readable += usize::from(self.end_one(*number, how, chosen.len() > MANY, now));
        }
        readable
    }

    /// The same without a list of them, which there was no memory for: asks every entry there is. Nothing may hinder an invalidation.
    /// Slower, as each is taken out at once; that gives memory back.
    fn end_by_scan(&mut self, how: How, now: Moment, mut is_meant: impl FnMut(&Self, u32) -> bool) -> usize {
        let mut readable = 0;
        // Taking one out moves no other.
        for number in self.entries.numbers() {
            if is_meant(self, number) {
                readable += usize::from(self.end_one(number, how, false, now));
            }
        }
        readable
    }

    /// Where it cannot be told for want of memory, an invalidation takes too much rather than too little.
    fn may_be_meant(&self, number: u32, scope: Scope<'_>, what: Selector<'_>) -> bool {
        self.is_meant(number, scope, what).unwrap_or(true)
    }

    /// Ends, softens or only counts one entry. Says whether a reader could have been given it.
    fn end_one(&mut self, number: u32, how: How, one_of_many: bool, now: Moment) -> bool {
        let life = self.entries.life(number, now);
        let readable = matches!(life, Life::Fresh | Life::Stale);
        let place = self.entries.at(number).place;
        if !how.dry_run {
            self.places.count(place, Counter::Invalidations, readable.into());
        }
        match life {
            _ if how.dry_run => {}
            Life::Fresh if how.soft => self.soften(number, now),
            Life::Stale | Life::Grace | Life::Dormant if how.soft => {}
            Life::Dead(cause) => self.take_out(number, cause),
            _ if one_of_many => self.strike(number),
            _ => self.take_out(number, RemovalCause::Invalidated),
        }
        readable
    }

    /// Makes a fresh entry stale from now on; its windows count from now.
    fn soften(&mut self, number: u32, now: Moment) {
        let mut kept = *self.entries.kept(number);
        kept.grace = self.entries.at(number).deadline.left(now);
        let Ok(terms) = self.entries.keep(kept) else {
            // Soft or not, nobody may take it for fresh.
            self.take_out(number, RemovalCause::Invalidated);
            return;
        };
        let slot = self.entries.at_mut(number);
        slot.deadline = Deadline(now);
        slot.soft = true;
        let old = std::mem::replace(&mut slot.kept, terms);
        self.entries.unkeep(old);
        self.list_anew(number, now);
    }
}
