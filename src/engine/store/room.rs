//! Bounds: who goes so that another fits, and how an entry is taken out of everything that knows it.

use super::read::Ending;
use super::{Store, limits};
use crate::engine::config::Bounds;
use crate::engine::entries::{Entries, Slot};
use crate::engine::life::Life;
use crate::engine::outcome::{RemovalCause, Removed};
use crate::engine::pages::{NoMemory, copied, put};
use crate::engine::places::Places;
use crate::engine::policy::Standing;
use crate::engine::queues::{Bound, Seat};
use crate::engine::scope::Namespace;
use crate::engine::tags::{TAG_BYTES, TagIndex};
use crate::engine::time::{Moment, Timestamp};

/// How many dead entries are looked for before a live one is evicted.
const DEAD_FIRST: usize = 64;
/// How many entries are looked at for a dead one before a live one is evicted.
const LOOKS: usize = 256;
/// How many of a pool's oldest are looked at for a dead one.
const OLDEST: usize = 32;
/// How many pools are compared when the whole is short of room.
const POOLS_COMPARED: u32 = 8;

impl<V> Store<V> {
    /// Frees up to `budget` entries that are dead, or that an invalidation left behind, and tells how many. Every other method that
    /// changes something frees a few as well; use this when the host has an idle moment, so that memory goes back without anybody asking
    /// for the keys.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(Terms::ttl(Span::mins(5))), Timestamp(0));
    /// assert_eq!(store.prune(Timestamp(299_999), 100), 0);
    /// assert_eq!(store.prune(Timestamp(300_000), 100), 1);
    /// assert!(store.is_empty());
    /// ```
    pub fn prune(&mut self, now: Timestamp, budget: usize) -> usize {
        let now = self.time.observe(now);
        self.reap(now, budget)
    }

    /// Takes out up to `budget` entries that are struck or whose time has come.
    pub(super) fn reap(&mut self, now: Moment, budget: usize) -> usize {
        self.reap_within(now, budget, budget.saturating_add(8))
    }

    /// The same, with a number of looks at entries that may turn out alive.
    fn reap_within(&mut self, now: Moment, budget: usize, mut steps: usize) -> usize {
        let mut freed = 0;
        while freed < budget && self.bury_one() {
            freed += 1;
        }
        while freed < budget {
            let entries = &self.entries;
            let Some(number) = self.expiry.next_dead(now, &mut steps, |number| entries.course(number).end()) else {
                break;
            };
            match self.entries.life(number, now) {
                Life::Dead(cause) => {
                    self.take_out(number, cause);
                    freed += 1;
                }
                Life::Dormant => self.lay_dormant(number, now),
                Life::Fresh | Life::Stale | Life::Grace => self.expiry.unlist(number),
            }
        }
        freed
    }

    /// Past every window, kept for revalidation: the first to go when room is needed.
    fn lay_dormant(&mut self, number: u32, now: Moment) {
        self.expiry.unlist(number);
        let (pool, charge) = (self.pool_of(self.entries.at(number).place), self.charge(number));
        self.policy.reseat(number, pool, charge, Seat::Dormant);
        // From here only its idle time can end it.
        let end = self.entries.course(number).idle_end();
        if self.expiry.reserve(number, end, now).is_ok() {
            self.expiry.list(number, end, now);
        }
    }

    /// What an entry counts for.
    pub(super) fn charge(&self, number: u32) -> u64 {
        charge(&self.entries, &self.places, &self.tags, number)
    }

    /// Evicts until an entry of this charge fits into its namespace and into the whole.
    pub(super) fn make_room(&mut self, place: u32, coming: u64, now: Moment) {
        let own_pool = self.pool_of(place);
        let mut dead_first = DEAD_FIRST;
        while let Some((pool, bound)) = self.short_of_room(own_pool, 1, coming) {
            if self.bury_one() {
                continue;
            }
            if dead_first > 0 && self.reap_within(now, 1, LOOKS) > 0 {
                dead_first -= 1;
                continue;
            }
            // So many were dead elsewhere that this pool's own were not reached.
            if dead_first == 0
                && let Some(own) = pool
                && self.take_out_a_dead_one(own, now)
            {
                continue;
            }
            let pool = pool.unwrap_or_else(|| self.pool_to_spare(bound, now));
            let Some(victim) = self.victim(pool, bound, coming, now) else { return };
            let cause = match self.entries.life(victim, now) {
                Life::Dormant => RemovalCause::Expired,
                Life::Dead(cause) => cause,
                Life::Fresh | Life::Stale | Life::Grace => RemovalCause::Evicted,
            };
            self.take_out(victim, cause);
        }
    }

    /// Takes out a dead entry among the oldest of a pool, if there is one.
    fn take_out_a_dead_one(&mut self, pool: u32, now: Moment) -> bool {
        let (entries, policy) = (&self.entries, &self.policy);
        let dead = policy.oldest(pool, OLDEST).find_map(|number| match entries.life(number, now) {
            Life::Dead(cause) => Some((number, cause)),
            Life::Fresh | Life::Stale | Life::Grace | Life::Dormant => None,
        });
        if let Some((number, cause)) = dead {
            self.take_out(number, cause);
        }
        dead.is_some()
    }

    /// Does an entry of this charge fit, once who is dead has gone, and the older value that it replaces?
    pub(super) fn has_room(&mut self, place: u32, key: &str, hash: u64, most: u64, now: Moment) -> bool {
        let pool = self.pool_of(place);
        loop {
            // It may be dead itself, and go.
            let held = self.entries.find(hash, place, key);
            let freed = held.map_or(0, |number| self.charge(number));
            if self.short_of_room(pool, held.is_none().into(), most.saturating_sub(freed)).is_none() {
                return true;
            }
            if self.reap_within(now, 1, LOOKS) == 0 {
                return false;
            }
        }
    }

    /// Which bound is in the way of so many more entries, and whose it is: a pool's own, or (`None`) the whole's.
    fn short_of_room(&self, pool: u32, more: usize, coming: u64) -> Option<(Option<u32>, Bound)> {
        let (held, limits) = (self.policy.held(pool), self.policy.limits(pool));
        if held.entries + more > limits.entries {
            return Some((Some(pool), Bound::Entries));
        }
        if held.bytes.saturating_add(coming) > limits.bytes {
            return Some((Some(pool), Bound::Bytes));
        }
        if self.policy.live() + more > self.bounds.max_entries {
            return Some((None, Bound::Entries));
        }
        // What is struck takes up room until it is buried.
        let bytes = self.bytes.saturating_add(self.struck_bytes);
        (bytes.saturating_add(coming) > self.bounds.max_bytes).then_some((None, Bound::Bytes))
    }

    /// The pool, among a few, whose candidate was not asked for for the longest time.
    fn pool_to_spare(&mut self, bound: Bound, now: Moment) -> u32 {
        let pools = self.policy.pools();
        if pools <= 1 {
            return 0;
        }
        let first = self.next_pool.checked_rem(pools).unwrap_or(0);
        self.next_pool = (first + POOLS_COMPARED).checked_rem(pools).unwrap_or(0);
        let (entries, places, tags, policy) = (&self.entries, &self.places, &self.tags, &mut self.policy);
        let about = |number| entries.about(number, charge(entries, places, tags, number), now);
        let order = (first..pools).chain(0..first);
        let holding = order.filter_map(|pool| policy.idleness(pool, bound, &about).map(|idle| (idle, pool)));
        holding.take(POOLS_COMPARED as usize).max_by_key(|(idle, _)| *idle).map_or(0, |(_, pool)| pool)
    }

    /// Takes an entry out of everything that knows it, and remembers how it ended.
    pub(super) fn take_out(&mut self, number: u32, cause: RemovalCause) {
        let charge = self.charge(number);
        let slot = self.entries.at(number);
        let (hash, place) = (slot.hash, slot.place);
        let ending = match cause {
            RemovalCause::Evicted => None,
            RemovalCause::Expired => Some(Ending::of(self.entries.course(number), slot.second_life)),
            RemovalCause::Idle => Some(Ending::IDLE),
            RemovalCause::Invalidated | RemovalCause::Replaced => Some(Ending::INVALIDATED),
        };
        match ending {
            None => self.policy.remember(number, self.pool_of(place), charge, hash),
            Some(ending) => self.note(hash, ending),
        }
        self.discount(place, charge);
        let slot = self.erase(number, charge);
        self.gone(place, Some(slot.key), slot.value, cause);
    }

    /// Takes an entry out of every reader's sight at once, its value with it; the rest of it is buried by later calls. For many at a
    /// time: what a million entries leave behind is not one call's work.
    pub(super) fn strike(&mut self, number: u32) {
        let (charge, place) = (self.charge(number), self.entries.at(number).place);
        let Some(value) = self.entries.strike(number) else { return self.take_out(number, RemovalCause::Invalidated) };
        self.struck_bytes = self.struck_bytes.saturating_add(charge);
        self.discount(place, charge);
        self.places.at_mut(place).struck += 1;
        let key = self.key_for_the_host(number);
        self.gone(place, key, Some(value), RemovalCause::Invalidated);
    }

    /// A copy of an entry's key, if the host wants to know what goes and there is memory for it.
    pub(super) fn key_for_the_host(&self, number: u32) -> Option<Box<str>> {
        match (self.keep_removed, self.keep_keys) {
            (true, true) => copied(&self.entries.at(number).key).ok(),
            (true, false) => Some(Box::default()),
            (false, _) => None,
        }
    }

    /// Takes a struck entry out of everything that still knows it, if there is one.
    fn bury_one(&mut self) -> bool {
        if self.entries.struck() == 0 {
            return false;
        }
        let Some(number) = self.entries.next_struck() else { return false };
        self.bury(number);
        true
    }

    pub(super) fn bury(&mut self, number: u32) {
        let (charge, slot) = (self.charge(number), self.entries.at(number));
        let (hash, place) = (slot.hash, slot.place);
        self.struck_bytes = self.struck_bytes.saturating_sub(charge);
        self.places.at_mut(place).struck -= 1;
        self.note(hash, Ending::INVALIDATED);
        self.erase(number, charge);
    }

    /// Remembers how an entry ended. Without memory for it the reason is forgotten, nothing else.
    fn note(&mut self, hash: u64, ending: Ending) {
        let _ = self.ended.grow_toward(self.policy.most());
        self.ended.put(hash, ending.pack());
    }

    /// Takes an entry out of everything that knows it by number.
    pub(super) fn erase(&mut self, number: u32, charge: u64) -> Slot<V> {
        let place = self.entries.at(number).place;
        self.expiry.unlist(number);
        self.policy.remove(number, self.pool_of(place), charge);
        for tree in [&mut self.by_place, &mut self.by_namespace].into_iter().flatten() {
            tree.remove(number);
        }
        self.tags.detach(number);
        let slot = self.entries.vacate(number);
        self.places.emptied(place, self.keys.make());
        slot
    }

    /// Takes an entry out of the counts of what is held.
    fn discount(&mut self, place: u32, charge: u64) {
        self.bytes = self.bytes.saturating_sub(charge);
        self.places.holds(place, |held| {
            held.entries -= 1;
            held.bytes = held.bytes.saturating_sub(charge);
        });
    }

    /// Takes an entry out of policy, expiry and the counts of what is held, for as long as its value is exchanged.
    pub(super) fn unlink(&mut self, number: u32, pool: u32, charge: u64) {
        self.expiry.unlist(number);
        self.policy.remove(number, pool, charge);
        self.discount(self.entries.at(number).place, charge);
    }

    /// Puts an entry into policy, expiry and the counts of what is held.
    pub(super) fn link(&mut self, number: u32, standing: Standing, now: Moment) {
        let (place, charge) = (self.entries.at(number).place, self.charge(number));
        self.policy.add(number, self.pool_of(place), charge, standing);
        self.bytes = self.bytes.saturating_add(charge);
        self.places.holds(place, |held| {
            held.entries += 1;
            held.bytes = held.bytes.saturating_add(charge);
        });
        self.list_anew(number, now);
    }

    /// Lists an entry by its present end.
    pub(super) fn list_anew(&mut self, number: u32, now: Moment) {
        self.expiry.unlist(number);
        let end = self.entries.course(number).end();
        if self.expiry.reserve(number, end, now).is_ok() {
            self.expiry.list(number, end, now);
        }
    }

    /// Gives a namespace that a snapshot brought the bounds that the application wants for it.
    pub(super) fn adopt(&mut self, namespace: Namespace, bounds: Option<Bounds>) -> Result<(), NoMemory> {
        let own = bounds.map(|bounds| self.policy.add_pool(limits(bounds))).transpose()?;
        // What is struck stands in the old pool.
        while self.bury_one() {}
        if let Some(pool) = own {
            let heaviest = bounds.map_or(u64::MAX, |bounds| bounds.max_entry_bytes);
            for number in self.entries.numbers() {
                let slot = self.entries.at(number);
                if slot.value.is_none() || self.places.at(slot.place).namespace != namespace.0 {
                    continue;
                }
                if slot.weight > heaviest {
                    self.take_out(number, RemovalCause::Evicted);
                } else {
                    self.move_to_pool(number, pool);
                }
            }
        }
        if let Some(record) = self.places.namespace_mut(namespace.0) {
            record.implied = false;
            record.bounds = bounds;
            record.pool = own.unwrap_or(record.pool);
        }
        let now = self.time.latest();
        while let Some((held, limits)) = own.map(|pool| (self.policy.held(pool), self.policy.limits(pool))) {
            let bound = if held.entries > limits.entries { Bound::Entries } else { Bound::Bytes };
            if held.entries <= limits.entries && held.bytes <= limits.bytes {
                break;
            }
            let Some(victim) = own.and_then(|pool| self.victim(pool, bound, 0, now)) else { break };
            self.take_out(victim, RemovalCause::Evicted);
        }
        Ok(())
    }

    fn move_to_pool(&mut self, number: u32, pool: u32) {
        let (old, charge) = (self.pool_of(self.entries.at(number).place), self.charge(number));
        if self.policy.reserve(pool, number, charge).is_err() {
            self.take_out(number, RemovalCause::Evicted);
            return;
        }
        let standing = self.policy.standing(number);
        self.policy.remove(number, old, charge);
        self.policy.add(number, pool, charge, standing);
    }

    /// Who has to go next from a pool.
    fn victim(&mut self, pool: u32, bound: Bound, coming: u64, now: Moment) -> Option<u32> {
        let (entries, places, tags) = (&self.entries, &self.places, &self.tags);
        let about = |number| entries.about(number, charge(entries, places, tags, number), now);
        self.policy.victim(pool, bound, coming, &about)
    }

    /// Counts a removal, and keeps what went if the host wants it.
    pub(super) fn gone(&mut self, place: u32, key: Option<Box<str>>, value: Option<V>, cause: RemovalCause) {
        let namespace = Namespace(self.places.at(place).namespace);
        if let Some(counters) = self.places.counters(place) {
            counters.removal(cause);
        }
        // Without memory to keep it the host is not told; the value goes all the same.
        if self.keep_removed
            && let Some(value) = value
        {
            let kept = key.is_some_and(|key| put(&mut self.removed, Removed { namespace, key, value, cause }).is_ok());
            self.lost_removed |= !kept;
        }
    }
}

/// What an entry counts for: its value as weighed, its key, its partition, its tags and a fixed amount.
pub(super) fn charge<V>(entries: &Entries<V>, places: &Places, tags: &TagIndex, number: u32) -> u64 {
    let slot = entries.at(number);
    let tags: u64 = tags.of(number).map(|tag| tag.len() as u64 + TAG_BYTES).sum();
    entries.plain_charge(slot.weight, &slot.key).saturating_add(places.at(slot.place).charge).saturating_add(tags)
}
