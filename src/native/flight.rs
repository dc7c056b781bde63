//! One run of a loader, from its beginning to its landing: the work that all its callers wait for.
//!
//! A flight is a shared future. Whoever waits drives it; when all have left it is dropped, and with it the loader. Its landing (storing,
//! remembering, counting) is part of it, so it happens once, whoever drives.

use super::attempts::{Attempts, Loaded};
use super::body::{Body, Core, Failure};
use super::events::{Event, What};
use super::landing::{Course, Flight, Landed, Landing};
use super::load::{LoadError, Orders};
use super::shared::Shared;
use super::space::{Held, Spot};
use super::trace;
use crate::cache::{FlightId, Rules};
use crate::engine::{Counted, Insert, Inserted, Span, Terms, Ticket, Timestamp};
use futures_util::future::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// Everything a flight needs to know when it begins.
pub(super) struct Departure {
    pub(super) body: Arc<Body>,
    pub(super) spot: Spot,
    pub(super) rules: Arc<Rules>,
    pub(super) key: Arc<str>,
    pub(super) stale: Option<Held>,
    pub(super) background: bool,
    pub(super) attempts: Box<dyn Attempts>,
    /// The load of its failure, if one would be remembered.
    pub(super) failure: Option<Ticket>,
    pub(super) course: Arc<Course>,
}

/// A flight that has begun under this name.
pub(super) fn depart(mut departure: Departure, id: FlightId) -> Flight {
    let course = Arc::clone(&departure.course);
    // Made now, not when it is first polled: a flight that nobody ever polls is left all the same.
    let guard = Guard {
        body: Arc::clone(&departure.body),
        spot: departure.spot.clone(),
        key: Arc::clone(&departure.key),
        rules: Arc::clone(&departure.rules),
        background: departure.background,
        id,
        failure: departure.failure.take(),
        course: Arc::clone(&course),
        landed: false,
    };
    let (body, space, key) =
        (Arc::clone(&departure.body), Arc::clone(&departure.spot.space), Arc::clone(&departure.key));
    let background = departure.background;
    let flying = fly(departure, guard);
    let told = async move { trace::load(&body.name, &space, &key, background, flying).await };
    // Whatever else of the user's panics in there (a clock, a timer, the drop of a loader or of an old value) is an outcome too.
    let landing = Shared::new(super::runtime::at_home(told), |payload| Err(LoadError::panicked(payload)));
    Flight { landing, course }
}

/// How long it takes is not its own affair: those who wait have limits, each his own.
async fn fly(mut departure: Departure, mut guard: Guard) -> Landing {
    let body = Arc::clone(&departure.body);
    let began = body.clock.now();
    let outcome = try_and_try_again(&mut departure).await;
    let took = body.clock.now().0.saturating_sub(began.0);
    guard.land(&departure, outcome, took)
}

/// Runs the loader, and again after failures, as the rules say. Counts each run.
async fn try_and_try_again(departure: &mut Departure) -> Result<Loaded, LoadError> {
    let body = Arc::clone(&departure.body);
    let mut tries = 0;
    loop {
        departure.course.run_begins(body.clock.now().0);
        // The user's code from its first line on, the cloning of a loader included: a panic anywhere in it is an outcome.
        let run = async {
            let Departure { attempts, key, stale, background, .. } = &mut *departure;
            match attempts.next(key, stale.as_ref(), *background) {
                Some(attempt) => attempt.await,
                None => Err(LoadError::panicked(&"the loader was used up")),
            }
        };
        let outcome = AssertUnwindSafe(run).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|payload| Err(LoadError::panicked(&*payload)));
        departure.run_ended(outcome.is_err());
        let error = match outcome {
            Err(error) if error.is_worth_another_try() => error,
            landed => return landed,
        };
        let wait = departure.rules.retry.wait(tries, body.draw()).and_then(Span::as_ms);
        let (Some(wait), Some(runtime)) = (wait, &body.runtime) else { return Err(error) };
        runtime.sleep(Duration::from_millis(wait)).await;
        tries += 1;
        departure.count(Counted::LoadBegan);
    }
}

impl Departure {
    fn count(&self, what: Counted) {
        self.body.change(|core, now| {
            let place = self.spot.place(&mut core.store);
            core.store.count(place, what, now);
        });
    }

    /// Counts the end of a run.
    fn run_ended(&self, failed: bool) {
        if let Some(began) = self.course.run_ends() {
            let ms = self.body.clock.now().0.saturating_sub(began);
            self.count(Counted::LoadTook { ms, failed });
        }
    }

    /// How its value is stored.
    fn terms(&self, orders: &Orders) -> Terms {
        let terms = self.rules.terms;
        let ttl = if self.body.enabled { orders.ttl.unwrap_or(terms.ttl) } else { Span::ZERO };
        Terms { ttl, ..terms }
    }

    /// The tags of its value: the policy's, what the loader said, what the value itself tells.
    fn tags<'a>(&'a self, loaded: &'a Loaded) -> Vec<&'a str> {
        let (own, said, told) = (self.rules.tags.iter(), loaded.orders.tags.iter(), loaded.tags.iter());
        own.chain(said).map(|tag| &**tag).chain(told.map(|tag| &**tag)).collect()
    }
}

/// Sees that a flight leaves nothing behind: neither in the table nor in the fence.
struct Guard {
    body: Arc<Body>,
    spot: Spot,
    key: Arc<str>,
    rules: Arc<Rules>,
    background: bool,
    id: FlightId,
    failure: Option<Ticket>,
    course: Arc<Course>,
    landed: bool,
}

impl Guard {
    /// Stores what was brought, remembers what failed, and tells.
    fn land(&mut self, departure: &Departure, mut outcome: Result<Loaded, LoadError>, took: u64) -> Landing {
        self.landed = true;
        if let Ok(loaded) = &mut outcome {
            loaded.held.load_ms = u32::try_from(took).unwrap_or(u32::MAX);
        }
        let (mut stored, failure) = (false, self.failure.take());
        let handle = self.body.change_telling(|core, now, events| {
            let (ticket, handle) = core.flights.end(self.id)?;
            match (&outcome, failure) {
                (Ok(loaded), failure) => {
                    if let Some(failure) = failure {
                        core.failures.abandon(failure);
                    }
                    stored = store(core, departure, ticket, loaded, now, events);
                }
                (Err(error), failure) => {
                    core.store.abandon(ticket);
                    if let Some(failure) = failure {
                        self.remember(core, failure, error, now);
                    }
                }
            }
            events.extend(self.refreshed(outcome.is_ok(), took));
            Some(handle)
        });
        drop(handle);
        outcome.map(|loaded| Landed { held: loaded.held, stored })
    }

    /// Remembers a failure: for callers, if the rules say so and one of them has seen it; else only so that refreshes rest.
    fn remember(&self, core: &mut Core, ticket: Ticket, error: &LoadError, now: Timestamp) {
        let answers = !self.rules.negative_ttl.is_zero() && !self.background;
        let ttl = if answers { self.rules.negative_ttl } else { RESTS };
        let failure = Failure { error: error.clone(), answers };
        let how = Insert { weight: error.weight(), ..Insert::on(Terms::ttl(ttl)) };
        // If it was fenced, or there is no room, the next caller tries again.
        let _ = core.failures.complete(ticket, failure, how, now);
    }

    /// The event of a refresh behind somebody's back.
    fn refreshed(&self, ok: bool, took: u64) -> Option<Event> {
        let what = What::Refresh { key: (&*self.key).into(), ok, took: Duration::from_millis(took) };
        let told = self.background && self.body.watchers.are_listening();
        told.then(|| Event { namespace: Arc::clone(&self.spot.space.name), what })
    }
}

/// Stores what a load brought, unless its loader said otherwise. Tells whether it did.
fn store(
    core: &mut Core,
    departure: &Departure,
    ticket: Ticket,
    loaded: &Loaded,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> bool {
    let Loaded { held, orders, .. } = loaded;
    let stored = if orders.skip {
        core.store.abandon(ticket);
        false
    } else {
        let tags = departure.tags(loaded);
        let how = Insert { weight: held.weight, terms: departure.terms(orders), tags: &tags };
        let stored = core.store.complete(ticket, held.clone(), how, now);
        if departure.body.is_watched() {
            events.push(departure.spot.stored(&departure.key, held.weight, stored));
        }
        stored.is_stored()
    };
    core.forget_failure(&departure.spot, &departure.key, now);
    stored
}

/// A refresh behind somebody's back that failed is not tried again for this long.
const RESTS: Span = Span::secs(1);

impl Drop for Guard {
    /// All callers have left; if one of them because it took too long, that is how it failed.
    fn drop(&mut self) {
        if self.landed {
            return;
        }
        let limit = self.course.too_long.get().copied();
        let (error, failure) = (limit.map(LoadError::timed_out), self.failure.take());
        let handle = self.body.change_without_clock(|core, now, events| {
            match (failure, &error) {
                (Some(failure), Some(error)) => self.remember(core, failure, error, now),
                (Some(failure), None) => core.failures.abandon(failure),
                (None, _) => {}
            }
            if let Some(limit) = limit {
                let ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
                if self.course.run_ends().is_some() {
                    let place = self.spot.place(&mut core.store);
                    core.store.count(place, Counted::LoadTook { ms, failed: true }, now);
                }
                events.extend(self.refreshed(false, ms));
            }
            let (ticket, handle) = core.flights.end(self.id)?;
            core.store.abandon(ticket);
            Some(handle)
        });
        drop(handle);
    }
}

impl Spot {
    /// The event of a value that was offered.
    pub(super) fn stored(&self, key: &str, bytes: u64, stored: Inserted) -> Event {
        let key = key.into();
        let what = match stored {
            Inserted::Stored => What::Set { key, bytes },
            Inserted::Rejected(reason) => What::Reject { key, reason },
        };
        Event { namespace: Arc::clone(&self.space.name), what }
    }
}
