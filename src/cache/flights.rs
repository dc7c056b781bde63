//! The loads in flight: which one a caller may join, and which one is whose.

use crate::engine::{Place, Store, Ticket};
use std::collections::HashMap;

/// Names one load in flight. It is never given again.
///
/// Use it to end the load that it was given for, whatever has begun under the same key since.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct FlightId(u64);

/// All loads in flight of one cache, each with a handle `F` that callers can wait on.
///
/// Use one beside each [`Store`]: the store knows which load is fenced, this knows who waits for what. What it holds is bounded by the
/// loads that are running.
#[derive(Debug)]
pub(crate) struct Flights<F> {
    running: HashMap<FlightId, Flight<F>>,
    /// The newest load of each key: the only one that can be joined.
    newest: HashMap<(Place, Box<str>), FlightId>,
    begun: u64,
}

#[derive(Debug)]
struct Flight<F> {
    ticket: Ticket,
    at: (Place, Box<str>),
    handle: F,
}

impl<F> Default for Flights<F> {
    fn default() -> Self {
        Self { running: HashMap::new(), newest: HashMap::new(), begun: 0 }
    }
}

impl<F> Flights<F> {
    /// The load of this key that a caller may wait for. Use it before beginning one.
    pub(crate) fn joinable<V>(&self, store: &Store<V>, place: Place, key: &str) -> Option<&F> {
        let flight = self.running.get(self.newest.get(&(place, Box::from(key)))?)?;
        store.may_join(&flight.ticket).then_some(&flight.handle)
    }

    /// The name that the next load will have, for handles that must know it before they are made.
    pub(crate) fn next_id(&self) -> FlightId {
        FlightId(self.begun)
    }

    /// Adds a load that has begun, in front of an older one of the same key. Use it right after `Store::begin_load`.
    pub(crate) fn begin(&mut self, place: Place, key: &str, ticket: Ticket, handle: F) -> FlightId {
        let (id, at) = (self.next_id(), (place, Box::from(key)));
        self.begun += 1;
        self.newest.insert(at.clone(), id);
        self.running.insert(id, Flight { ticket, at, handle });
        id
    }

    /// Takes a load out when it has ended or was left by all. Returns its ticket, to complete or to abandon, and its handle; nothing
    /// if it was taken out before.
    pub(crate) fn end(&mut self, id: FlightId) -> Option<(Ticket, F)> {
        let flight = self.running.remove(&id)?;
        if self.newest.get(&flight.at) == Some(&id) {
            self.newest.remove(&flight.at);
        }
        Some((flight.ticket, flight.handle))
    }

    /// How many loads are in flight. Use it for metrics, and in tests to see that none is left behind.
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Config, How, Scope, Selector, Timestamp};

    fn begin(flights: &mut Flights<&'static str>, store: &mut Store<u32>, handle: &'static str) -> FlightId {
        let ticket = store.begin_load(Place::ROOT, "a");
        flights.begin(Place::ROOT, "a", ticket, handle)
    }

    #[test]
    fn callers_join_the_newest_load_of_their_key_and_no_other() {
        let (mut flights, mut store) = (Flights::default(), Store::new(Config::default()));
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), None);
        let first = begin(&mut flights, &mut store, "first");
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), Some(&"first"));
        assert_eq!(flights.joinable(&store, Place::ROOT, "b"), None);
        let second = begin(&mut flights, &mut store, "second");
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), Some(&"second"));
        assert_eq!(flights.end(first).unwrap().1, "first");
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), Some(&"second"));
        assert!(flights.end(first).is_none());
        assert_eq!(flights.end(second).unwrap().1, "second");
        assert!(flights.len() == 0 && flights.joinable(&store, Place::ROOT, "a").is_none());
    }

    #[test]
    fn nobody_joins_a_load_that_an_invalidation_has_fenced() {
        let (mut flights, mut store) = (Flights::default(), Store::new(Config::default()));
        begin(&mut flights, &mut store, "old");
        store.invalidate(Scope::All, Selector::Key("a"), How::HARD, Timestamp(0));
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), None);
        begin(&mut flights, &mut store, "new");
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), Some(&"new"));
        store.invalidate(Scope::All, Selector::Tag("any"), How::HARD, Timestamp(0));
        assert_eq!(flights.joinable(&store, Place::ROOT, "a"), None, "its tags are not known yet");
    }
}
