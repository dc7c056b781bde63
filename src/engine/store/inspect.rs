//! Looking at the store without using it: sizes, statistics, listings.

use super::Store;
use crate::engine::life::Life;
use crate::engine::scope::{Namespace, Place, Scope, Selector};
use crate::engine::stats::Stats;
use crate::engine::time::{Moment, Timestamp};

/// Is an entry within its lifetime?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// Within its lifetime.
    Fresh,
    /// Past it, inside a window.
    Stale,
}

/// What is known of an entry. Times are in the terms of the caller's clock.
#[derive(Clone, PartialEq, Debug)]
pub struct EntryInfo<'a, V> {
    /// Where it lives.
    pub namespace: Namespace,
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
    pub tags: Vec<&'a str>,
    /// About how often it was asked for since it was stored: saturates at 4; 0 is never.
    pub hits: u8,
}

impl<V> Store<V> {
    /// Use it to show or to decide by times, tags or size. What is known of an entry that a reader could be given (fresh, or stale inside a window). Moves nothing.
    pub fn entry(&self, place: Place, key: &str, now: Timestamp) -> Option<EntryInfo<'_, V>> {
        self.info(self.find(place, key)?, self.time.moment(now))
    }

    /// Use it for listings and dashboards. What is known of the selected entries, in no particular order. Moves nothing; may build the prefix index.
    pub fn entries(&mut self, scope: Scope<'_>, what: Selector<'_>, now: Timestamp) -> Vec<EntryInfo<'_, V>> {
        let now = self.time.moment(now);
        let chosen = self.choose(scope, what);
        chosen.into_iter().filter_map(|number| self.info(number, now)).collect()
    }

    /// The keys of the selected entries, as [`Store::entries`] would list them. Use it where the keys are enough.
    pub fn keys(&mut self, scope: Scope<'_>, what: Selector<'_>, now: Timestamp) -> Vec<&str> {
        let now = self.time.moment(now);
        let chosen = self.choose(scope, what).into_iter();
        let readable = chosen.filter(|number| matches!(self.entries.life(*number, now), Life::Fresh | Life::Stale));
        readable.map(|number| &*self.entries.at(number).key).collect()
    }

    pub(super) fn info(&self, number: u32, now: Moment) -> Option<EntryInfo<'_, V>> {
        let state = match self.entries.life(number, now) {
            Life::Fresh => Freshness::Fresh,
            Life::Stale => Freshness::Stale,
            Life::Grace | Life::Dormant | Life::Dead(_) => return None,
        };
        let slot = self.entries.at(number);
        let ms = |span: u64| i64::try_from(span).unwrap_or(i64::MAX);
        let ends = (!slot.deadline.is_never()).then_some(slot.deadline.0);
        Some(EntryInfo {
            namespace: Namespace(self.places.at(slot.place).namespace),
            key: &slot.key,
            value: slot.value.as_ref()?,
            state,
            created_at: self.time.shown(slot.created),
            expires_at: ends.map(|at| self.time.shown(at)),
            age: now.saturating_sub(slot.created),
            remaining: ends.map(|at| ms(at.saturating_sub(now)) - ms(now.saturating_sub(at))),
            bytes: self.charge(number),
            tags: self.tags.of(number).collect(),
            hits: self.policy.hits(number),
        })
    }

    /// How many entries are held, dead ones that were not taken out yet included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is nothing held?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes are held: values as weighed, keys, tags and the overhead of each entry.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Entries and bytes held in a scope.
    pub fn size_of(&self, scope: Scope<'_>) -> (usize, u64) {
        match scope {
            Scope::All => (self.len(), self.bytes),
            Scope::Namespace(namespace) => {
                self.places.namespace(namespace.0).map_or((0, 0), |record| (record.held.entries, record.held.bytes))
            }
            Scope::Partition(_) | Scope::Place(_) => {
                let Some(hash) = self.keys.get() else { return (0, 0) };
                let places = self.places.in_scope(scope, hash).into_iter().map(|place| self.places.at(place).held);
                places.fold((0, 0), |(entries, bytes), held| (entries + held.entries, bytes + held.bytes))
            }
        }
    }

    /// How many different tags, lifetimes and loads in flight are held. Use it to see that they go when nobody needs them.
    pub fn side_tables(&self) -> [(&'static str, usize); 3] {
        [("tags", self.tags.len()), ("terms", self.entries.terms_in_use().0), ("loads", self.loads.len())]
    }

    /// Use it for metrics and to see why a cache misses. The statistics of one namespace (the root's own keys for [`Namespace::ROOT`]), or of the whole.
    pub fn stats(&self, of: Option<Namespace>, now: Timestamp) -> Stats {
        let now = self.time.moment(now);
        let mut sum = Stats::default();
        for (number, record) in self.places.namespaces().iter().enumerate() {
            if of.is_none_or(|namespace| namespace.0 as usize == number) {
                let mut own = record.counters.state(now);
                (own.entries, own.bytes) = (record.held.entries, record.held.bytes);
                sum += &own;
            }
        }
        sum
    }

    /// Starts the counters of one namespace, or of all, from zero. Use it in tests and after a warm-up. What is held stays. Rates taken across this are broken.
    pub fn reset_stats(&mut self, of: Option<Namespace>) {
        for number in 0..u32::try_from(self.places.namespaces().len()).unwrap_or(u32::MAX) {
            if of.is_none_or(|namespace| namespace.0 == number)
                && let Some(record) = self.places.namespace_mut(number)
            {
                record.counters.reset();
            }
        }
    }

    /// Names of the namespaces in order of creation; the root's is empty. Use it to label statistics.
    pub fn namespaces(&self) -> impl Iterator<Item = (Namespace, &str)> {
        (0..).map(Namespace).zip(self.places.namespaces().iter().map(|record| &*record.name))
    }
}
