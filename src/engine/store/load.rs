//! Loads in flight, behind the fence.

use super::{Insert, LONGEST_KEY, Store};
use crate::engine::loads::{Ended, TagScope, TagVerdict, Ticket, tag_hash};
use crate::engine::outcome::{Inserted, RejectReason};
use crate::engine::places::ROOT;
use crate::engine::scope::Place;
use crate::engine::stats::Counter;
use crate::engine::time::{Moment, Timestamp};

impl<V> Store<V> {
    /// Registers a load that begins now, and counts it. From here on every invalidation, insert, removal, clear or drop that concerns
    /// it turns its value away, however much later it comes. Use it before each run of a loader.
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
        self.places.count(known.unwrap_or(ROOT), Counter::Loads, 1);
        let Some(place) = known.filter(|_| key.len() <= LONGEST_KEY) else { return self.loads.turned_away() };
        let hash = hash.of(u64::from(place), key.as_bytes());
        let (places, keys) = (&mut self.places, &mut self.keys);
        let record = places.at_mut(place);
        record.busy += 1;
        let size = key.len() + usize::try_from(record.charge).unwrap_or(0);
        let ticket = self.loads.begin(place, key, size, hash, |crowded_out| places.left(crowded_out, keys.make()));
        if !self.loads.is_known(&ticket) {
            self.left(place);
        }
        ticket
    }

    /// May another caller wait for this load's value? Not once anything fenced it, nor once any tag was invalidated since it began:
    /// its own tags are not known yet. Use it before somebody joins a load; who may not begins one of his own.
    ///
    /// ```
    /// use fetchwell::engine::{Config, How, Place, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::<String>::new(Config::default());
    /// let load = store.begin_load(Place::ROOT, "books:7");
    /// assert!(store.may_join(&load));
    /// store.invalidate(Scope::All, Selector::Key("books:7"), How::HARD, Timestamp(5));
    /// assert!(!store.may_join(&load)); // its value is of before the change
    /// # store.abandon(load);
    /// ```
    pub fn may_join(&self, ticket: &Ticket) -> bool {
        self.loads.may_join(ticket)
    }

    /// Stores what a load brought, unless something that concerns it happened since it began: then the value is turned away
    /// (`Rejected(Fenced)`), and what is held stays. Use it when a loader has ended well.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Inserted, Place, RejectReason, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let (older, newer) = (store.begin_load(Place::ROOT, "books:7"), store.begin_load(Place::ROOT, "books:7"));
    /// assert_eq!(store.complete(newer, "Emma, 2nd edition", Insert::default(), Timestamp(5)), Inserted::Stored);
    /// let late = store.complete(older, "Emma", Insert::default(), Timestamp(9));
    /// assert_eq!(late, Inserted::Rejected(RejectReason::Fenced));
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(10)), Some(&"Emma, 2nd edition"));
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn complete(&mut self, ticket: Ticket, value: V, how: Insert<'_>, now: Timestamp) -> Inserted {
        let now = self.time.observe(now);
        let Some(ended) = self.loads.end(&ticket) else {
            self.reject(ROOT, RejectReason::Fenced);
            self.places.count(ROOT, Counter::FencedToBeSafe, 1);
            return Inserted::Rejected(RejectReason::Fenced);
        };
        let outcome = self.complete_one(&ended, value, &how, now);
        // Until here the load has kept its place from being forgotten.
        self.left(ended.place);
        outcome
    }

    fn complete_one(&mut self, ended: &Ended, value: V, how: &Insert<'_>, now: Moment) -> Inserted {
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
            self.places.count(ended.place, Counter::FencedToBeSafe, (verdict == TagVerdict::Unsure).into());
            return Inserted::Rejected(RejectReason::Fenced);
        }
        let hash = hash.of(u64::from(ended.place), ended.key.as_bytes());
        // An older load of the same key must not overwrite this newer value when it ends.
        self.loads.fence_key(ended.place, &ended.key, hash, ended.began);
        self.put(ended.place, &ended.key, hash, value, how, now)
    }

    /// Forgets a load that failed, or whose callers all left. Use it whenever a load is not completed.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Place, Store};
    ///
    /// let mut store = Store::<String>::new(Config::default());
    /// let load = store.begin_load(Place::ROOT, "books:7");
    /// assert_eq!(store.loads_in_flight(), 1);
    /// store.abandon(load);
    /// assert_eq!(store.loads_in_flight(), 0);
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn abandon(&mut self, ticket: Ticket) {
        if let Some(ended) = self.loads.end(&ticket) {
            self.left(ended.place);
        }
    }

    /// How many loads are in flight. Use it to see that each of them is completed or abandoned.
    pub fn loads_in_flight(&self) -> usize {
        self.loads.len()
    }

    /// A load of this place, or a call that was storing something there, has ended.
    pub(super) fn left(&mut self, place: u32) {
        self.places.left(place, self.keys.make());
    }
}
