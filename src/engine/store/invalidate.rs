//! Invalidation: the fence over loads in flight, and what becomes of the entries that `choose` finds.

use super::Store;
use super::inspect::EntryInfo;
use crate::engine::glob::Glob;
use crate::engine::key::is_segment_prefix;
use crate::engine::life::Life;
use crate::engine::loads::{TagScope, tag_hash};
use crate::engine::outcome::RemovalCause;
use crate::engine::scope::{How, Partition, Scope, Selector};
use crate::engine::time::{Deadline, Moment, Timestamp};

/// More than this many are struck at once and buried by and by.
const MANY: usize = 32;
/// How many dead entries an invalidation takes out on its way.
const REAP: usize = 16;

impl<V> Store<V> {
    /// Use it for every change of data. Invalidates what is selected and fences the loads in flight that it concerns. Returns how many entries a reader could still have
    /// been given (fresh, or stale inside a window). Its cost follows the number of entries it concerns; the first prefix that is ever
    /// asked for also builds the index. The values of many entries go at once, what else they leave behind by later calls.
    pub fn invalidate(&mut self, scope: Scope<'_>, what: Selector<'_>, how: How, now: Timestamp) -> usize {
        let now = self.time.observe(now);
        if !how.dry_run {
            self.reap(now, REAP);
            self.fence(scope, what);
        }
        let chosen = self.choose(scope, what);
        self.end(&chosen, how, now)
    }

    /// Use it where no key, prefix, pattern or tag says what is meant. As [`Store::invalidate`], for the entries that `test` says yes to; it sees those a reader could be given. Fences every load in
    /// flight in the scope. Its cost follows the size of the scope.
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
        let mut chosen = self.choose(scope, Selector::All);
        chosen.retain(|number| self.info(*number, now).is_some_and(|info| test(&info)));
        self.end(&chosen, how, now)
    }

    /// Use it to start over. Takes out everything in a scope and fences its loads in flight. Returns the same count as [`Store::invalidate`]. Counters stay.
    pub fn clear(&mut self, scope: Scope<'_>, now: Timestamp) -> usize {
        self.invalidate(scope, Selector::All, How::HARD, now)
    }

    /// Takes out everything of one partition, in every namespace, and fences its loads in flight. Use it when a user logs out.
    pub fn drop_partition(&mut self, partition: Partition<'_>, now: Timestamp) -> usize {
        self.clear(Scope::Partition(partition), now)
    }

    /// Takes out everything that was stored for any credential, and fences the loads in flight.
    pub fn drop_credentials(&mut self, now: Timestamp) -> usize {
        let now = self.time.observe(now);
        let places = &self.places;
        self.loads.fence_where(|place, _| matches!(places.partition_of(place), Partition::Credential(_)));
        let chosen: Vec<u32> =
            self.places.of_credentials().into_iter().flat_map(|place| self.in_place(place)).collect();
        self.end(&chosen, How::HARD, now)
    }

    /// Fences the loads in flight that an invalidation concerns.
    fn fence(&mut self, scope: Scope<'_>, what: Selector<'_>) {
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
        let glob = if let Selector::Glob(pattern) = what { Some(Glob::new(pattern, &self.separator)) } else { None };
        let separator = &*self.separator;
        self.loads.fence_where(|place, key| {
            places.reaches(scope, place)
                && match what {
                    Selector::All => true,
                    Selector::Key(wanted) => key == wanted,
                    Selector::Prefix(prefix) => key.starts_with(prefix),
                    Selector::Segment(prefix) => is_segment_prefix(key, prefix, separator),
                    Selector::Tag(_) => false,
                    Selector::Glob(_) => glob.as_ref().is_some_and(|glob| glob.matches(key)),
                }
        });
    }

    /// Ends, softens or only counts the chosen entries.
    fn end(&mut self, chosen: &[u32], how: How, now: Moment) -> usize {
        let mut readable = 0;
        for number in chosen.iter().copied() {
            let life = self.entries.life(number, now);
            if matches!(life, Life::Fresh | Life::Stale) {
                readable += 1;
                let place = self.entries.at(number).place;
                if !how.dry_run
                    && let Some(counters) = self.places.counters(place)
                {
                    counters.plain().invalidations += 1;
                }
            }
            match life {
                _ if how.dry_run => {}
                Life::Fresh if how.soft => self.soften(number, now),
                Life::Stale | Life::Grace | Life::Dormant if how.soft => {}
                Life::Dead(cause) => self.take_out(number, cause),
                _ if chosen.len() > MANY => self.strike(number),
                _ => self.take_out(number, RemovalCause::Invalidated),
            }
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
