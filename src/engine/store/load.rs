//! Loads in flight, behind the fence.

use super::{Insert, LONGEST_KEY, Store};
use crate::engine::loads::{TagScope, TagVerdict, Ticket, tag_hash};
use crate::engine::outcome::{Inserted, RejectReason};
use crate::engine::places::ROOT;
use crate::engine::scope::Place;
use crate::engine::time::Timestamp;

impl<V> Store<V> {
    /// Registers a load that begins now, and counts it. From here on every invalidation, insert, removal, clear or drop that concerns
    /// it turns its value away, however much later it comes.
    ///
    /// ```
    /// use fetchwell::engine::{Config, How, Insert, Inserted, Place, RejectReason, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let load = store.begin_load(Place::ROOT, "books:7");
    /// store.invalidate(Scope::All, Selector::Segment("books"), How::HARD, Timestamp(5));
    /// let late = store.complete(load, "an old answer", Insert::default(), Timestamp(9));
    /// assert_eq!(late, Inserted::Rejected(RejectReason::Fenced));
    /// ```
    pub fn begin_load(&mut self, place: Place, key: &str) -> Ticket {
        let hash = self.keys.make();
        let known = self.places.known(place);
        if let Some(counters) = self.places.counters(known.unwrap_or(ROOT)) {
            counters.plain().loads += 1;
        }
        let Some(place) = known.filter(|_| key.len() <= LONGEST_KEY) else { return self.loads.turned_away() };
        let hash = hash.of(u64::from(place), key.as_bytes());
        let (ticket, crowded_out) = self.loads.begin(place, key, hash);
        if self.loads.is_known(&ticket) {
            self.places.at_mut(place).loads += 1;
        }
        for place in crowded_out {
            self.load_left(place);
        }
        ticket
    }

    /// May another caller wait for this load's value? Not once anything fenced it, nor once any tag was invalidated since it began:
    /// its own tags are not known yet. Who may not join begins a load of his own.
    pub fn may_join(&self, ticket: &Ticket) -> bool {
        self.loads.may_join(ticket)
    }

    /// Use it when a loader has ended well. Stores what a load brought, unless something that concerns it happened since it began: then the value is turned away
    /// (`Rejected(Fenced)`), and what is held stays.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn complete(&mut self, ticket: Ticket, value: V, how: Insert<'_>, now: Timestamp) -> Inserted {
        let now = self.time.observe(now);
        let Some(ended) = self.loads.end(&ticket) else {
            self.reject(ROOT, RejectReason::Fenced);
            if let Some(counters) = self.places.counters(ROOT) {
                counters.plain().fenced_to_be_safe += 1;
            }
            return Inserted::Rejected(RejectReason::Fenced);
        };
        self.load_left(ended.place);
        let hash = self.keys.make();
        let record = self.places.at(ended.place);
        let scopes = [
            TagScope::All,
            TagScope::Namespace(record.namespace),
            record.partition.map_or(TagScope::Shared, TagScope::Partition),
            TagScope::Place(ended.place),
        ];
        let tags = how.tags.iter().flat_map(|tag| scopes.iter().map(move |scope| tag_hash(hash, *scope, tag)));
        let verdict = if ended.fenced { TagVerdict::Fenced } else { self.loads.verdict(ended.began, tags) };
        if verdict != TagVerdict::Clear {
            self.reject(ended.place, RejectReason::Fenced);
            if verdict == TagVerdict::Unsure
                && let Some(counters) = self.places.counters(ended.place)
            {
                counters.plain().fenced_to_be_safe += 1;
            }
            return Inserted::Rejected(RejectReason::Fenced);
        }
        let hash = hash.of(u64::from(ended.place), ended.key.as_bytes());
        // An older load of the same key must not overwrite this newer value when it ends.
        self.loads.fence_key(ended.place, &ended.key, hash, ended.began);
        self.put(ended.place, &ended.key, hash, value, how, now)
    }

    /// Forgets a load that failed, or whose callers all left. Use it whenever a load is not completed.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn abandon(&mut self, ticket: Ticket) {
        if let Some(ended) = self.loads.end(&ticket) {
            self.load_left(ended.place);
        }
    }

    /// How many loads are in flight.
    pub fn loads_in_flight(&self) -> usize {
        self.loads.len()
    }

    fn load_left(&mut self, place: u32) {
        let record = self.places.at_mut(place);
        record.loads = record.loads.saturating_sub(1);
        self.places.emptied(place);
    }
}
