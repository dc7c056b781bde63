//! What happens when a value is wanted, loaded if need be: single-flight, stale answers, limits of time.

use super::Cache;
use crate::cache::{Next, is_early, next};
use crate::engine::{Counted, Lookup, MissReason, Span, Timestamp, Why};
use crate::error::{Code, Error};
use crate::native::attempts::{Attempts, none};
use crate::native::body::{Core, Failure};
use crate::native::events::{Event, What};
use crate::native::flight::{Departure, depart};
use crate::native::form::Form;
use crate::native::key::Key;
use crate::native::landing::{Flight, Landing, WeakFlight};
use crate::native::load::{Answer, LoadError, Served};
use crate::native::runtime::{Runtime, Task};
use crate::native::space::Held;
use futures_util::future::{Either, FutureExt, select};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    pub(super) async fn obtained(
        &self,
        key: &Key<'_>,
        force: bool,
        attempts: impl FnOnce() -> Box<dyn Attempts>,
    ) -> Answer<F::Out> {
        let (outcome, how) = self.obtain(&key.text(&self.body.separator), force, attempts).await;
        // A value of another type is none; there is none in a namespace of this type.
        let other_type = || LoadError::panicked(&"the value is of another type");
        Answer { value: outcome.and_then(|held| self.out(held).ok_or_else(other_type)), how }
    }

    async fn obtain(&self, key: &str, force: bool, attempts: impl FnOnce() -> Box<dyn Attempts>) -> Obtained {
        let draw = if self.rules.refresh_ahead.is_some() { self.body.draw() } else { 1.0 };
        if !force && let Some(held) = self.hit(key, |core, held, now| !self.is_early(core, key, held, draw, now)) {
            return (Ok(held), Served::Hit);
        }
        match self.begin(&key.into(), force, draw, attempts) {
            Begun::Have { held, stale, refresh } => {
                // Who refreshes already needs no help.
                if let Some((flight, false)) = refresh {
                    self.go_on(flight, self.rules.timeout);
                }
                self.tell_hit(key, stale);
                (Ok(held), if stale { Served::Stale { after_failure: false } } else { Served::Hit })
            }
            Begun::Failed(error) => {
                self.tell_hit(key, false);
                (Err(error), Served::Hit)
            }
            Begun::Flying(waiting) => self.wait(key, waiting).await,
        }
    }

    /// Decides what happens, under the lock, in one step.
    fn begin(&self, key: &Arc<str>, force: bool, draw: f64, attempts: impl FnOnce() -> Box<dyn Attempts>) -> Begun {
        // A loader that is not needed is let go of outside the lock: it is the user's.
        let mut attempts = Some(attempts());
        let begun = self.body.change(|core, now| {
            let place = self.spot.place(&mut core.store);
            let failed = self.failure(core, key, now);
            let found = core.store.lookup(place, key, now);
            let held = match &found {
                Lookup::Fresh(held) => Some((*held).clone()),
                Lookup::Stale(stale) => Some(stale.value.clone()),
                Lookup::Dormant(_) | Lookup::Miss(_) => None,
            };
            let is_stale = !matches!(found, Lookup::Fresh(_));
            let early = held.as_ref().is_some_and(|held| self.is_early(core, key, held, draw, now));
            let step = match next(&found, force, early, failed.is_some()) {
                // An entry that a snapshot brought may have a window that this cache could not have given it.
                Next::ServeAndRefresh if self.body.runtime.is_none() => Next::Load { fallback: is_stale },
                step => step,
            };
            match (step, held) {
                (Next::Serve, Some(held)) => {
                    self.count_answer(core, &held, is_stale, now);
                    Begun::Have { held, stale: is_stale, refresh: None }
                }
                (Next::ServeAndRefresh, Some(held)) => {
                    self.count_answer(core, &held, is_stale, now);
                    let refresh = self.fly(core, key, Some(held.clone()), Manner::Background, &mut attempts);
                    Begun::Have { held, stale: is_stale, refresh: Some(refresh) }
                }
                (step, held) => {
                    let fallback = step == Next::Load { fallback: true };
                    let held_back = failed.filter(|failure| failure.answers && !force);
                    match (held_back, held) {
                        (Some(_), Some(held)) if fallback => {
                            self.count_answer(core, &held, true, now);
                            Begun::Have { held, stale: true, refresh: None }
                        }
                        (Some(failure), _) => {
                            core.store.count(place, Counted::Hit { bytes: 0 }, now);
                            Begun::Failed(failure.error)
                        }
                        (None, held) => {
                            let passes = force || !self.body.enabled;
                            let why = if passes {
                                MissReason::Bypass.into()
                            } else {
                                core.store.why_missing(place, key, now)
                            };
                            let manner = if force { Manner::Forced } else { Manner::Waited };
                            let (flight, joined) = self.fly(core, key, held, manner, &mut attempts);
                            Begun::Flying(Waiting { flight, joined, why, fallback })
                        }
                    }
                }
            }
        });
        drop(attempts);
        begun
    }

    /// A failure that is remembered.
    fn failure(&self, core: &mut Core, key: &str, now: Timestamp) -> Option<Failure> {
        if core.failures.is_empty() {
            return None;
        }
        let place = self.spot.failures_place(&mut core.failures);
        core.failures.peek(place, key, now).cloned()
    }

    fn is_early(&self, core: &Core, key: &str, held: &Held, draw: f64, now: Timestamp) -> bool {
        let Some(beta) = self.rules.refresh_ahead else { return false };
        let left = self.spot.seen(&core.store).and_then(|place| core.store.entry(place, key, now)?.remaining);
        left.is_some_and(|left| is_early(u64::try_from(left).unwrap_or(0), u64::from(held.load_ms), beta, draw))
    }

    fn count_answer(&self, core: &mut Core, held: &Held, stale: bool, now: Timestamp) {
        let (place, bytes) = (self.spot.place(&mut core.store), held.weight);
        core.store.count(place, if stale { Counted::StaleHit { bytes } } else { Counted::Hit { bytes } }, now);
    }

    /// Joins the load of this key that is in flight, or begins one; tells which. A flight must be let go of outside the lock: if this
    /// handle on it is the last, the loader goes with it.
    fn fly(
        &self,
        core: &mut Core,
        key: &Arc<str>,
        stale: Option<Held>,
        manner: Manner,
        attempts: &mut Option<Box<dyn Attempts>>,
    ) -> (Flight, bool) {
        let place = self.spot.place(&mut core.store);
        if manner != Manner::Forced
            && self.body.enabled
            && let Some(flight) = core.flights.joinable(&core.store, place, key).and_then(WeakFlight::upgrade)
        {
            return (flight, true);
        }
        let background = manner == Manner::Background;
        let remembers = self.body.enabled && (background || !self.rules.negative_ttl.is_zero());
        let failure = remembers.then(|| {
            let place = self.spot.failures_place(&mut core.failures);
            core.failures.begin_load(place, key)
        });
        let departure = Departure {
            body: Arc::clone(&self.body),
            spot: self.spot.clone(),
            rules: Arc::clone(&self.rules),
            key: Arc::clone(key),
            stale,
            background,
            attempts: attempts.take().unwrap_or_else(none),
            failure,
            course: Arc::default(),
        };
        let flight = depart(departure, core.flights.next_id());
        let ticket = core.store.begin_load(place, key);
        core.flights.begin(place, key, ticket, flight.downgrade());
        (flight, false)
    }

    async fn wait(&self, key: &str, waiting: Waiting) -> Obtained {
        let Waiting { flight, joined, why, fallback } = waiting;
        let outcome = match self.limited(flight, fallback).await {
            Waited::Landed(outcome) => outcome,
            Waited::Slow(flight, left) => {
                if let Some(old) = self.old_answer(key, why, joined, false) {
                    self.go_on(flight, left);
                    return old;
                }
                // The old value went meanwhile: there is nothing to do but wait.
                self.until(flight, left).await
            }
        };
        if outcome.is_err()
            && fallback
            && let Some(old) = self.old_answer(key, why, joined, true)
        {
            return old;
        }
        self.count_load(key, why, joined);
        let stored = outcome.as_ref().is_ok_and(|landed| landed.stored);
        (outcome.map(|landed| landed.held), self.served(why.reason(), joined, stored))
    }

    /// Lets a load go on that nobody waits for, for so long.
    fn go_on(&self, flight: Flight, limit: Option<Span>) {
        let Some(runtime) = &self.body.runtime else { return };
        let course = Arc::clone(&flight.course);
        let task: Task = match length(limit) {
            None => Box::pin(flight.landing.map(drop)),
            Some(limit) => {
                let alarm = alarm(runtime, limit);
                Box::pin(select(flight.landing, alarm).map(move |first| {
                    if let Either::Right((Ok(()), _)) = &first {
                        let _ = course.too_long.set(limit);
                    }
                    drop(first);
                }))
            }
        };
        // A runtime that cannot take it is no reason to fail a caller who has his answer.
        if catch_unwind(AssertUnwindSafe(|| runtime.spawn(task))).is_err() {
            let error = Error::new(Code::NeedsRuntime, "the runtime panicked when it was to run a load on the side");
            let namespace = Arc::clone(&self.spot.space.name);
            self.body.tell_all(&[Event { namespace, what: What::Error { error, phase: "refresh" } }]);
        }
    }

    fn served(&self, reason: MissReason, joined: bool, stored: bool) -> Served {
        match (self.body.enabled, joined) {
            (false, _) => Served::Bypass,
            (true, true) => Served::Coalesced { reason, stored },
            (true, false) => Served::Miss { reason, stored },
        }
    }

    /// Waits for a flight as long as this caller's own rules let it; whoever else waits has his own.
    async fn limited(&self, flight: Flight, may_be_slow: bool) -> Waited {
        let (soft, hard) = (self.rules.soft_timeout.filter(|_| may_be_slow), self.rules.timeout);
        let Some(soft) = soft.filter(|soft| hard.is_none_or(|hard| *soft < hard)) else {
            return Waited::Landed(self.until(flight, hard).await);
        };
        match self.watched(flight, Some(soft)).await {
            Ok(outcome) => Waited::Landed(outcome),
            Err(flight) => {
                let left = hard.and_then(Span::as_ms).zip(soft.as_ms()).map(|(hard, soft)| Span::ms(hard - soft));
                Waited::Slow(flight, left)
            }
        }
    }

    /// Waits for a flight until the hard limit, of which so much is left.
    async fn until(&self, flight: Flight, left: Option<Span>) -> Landing {
        self.watched(flight, left).await.unwrap_or_else(|flight| {
            let limit = length(self.rules.timeout).unwrap_or_default();
            // Should this caller be the last, then that is how the load ended.
            let _ = flight.course.too_long.set(limit);
            Err(LoadError::timed_out(limit))
        })
    }

    /// Waits for a flight, but no longer than this: then gives it back.
    async fn watched(&self, flight: Flight, limit: Option<Span>) -> Result<Landing, Flight> {
        let (Some(limit), Some(runtime)) = (length(limit), &self.body.runtime) else { return Ok(flight.landing.await) };
        let Flight { landing, course } = flight;
        match select(landing, alarm(runtime, limit)).await {
            Either::Left((outcome, _)) => Ok(outcome),
            Either::Right((Err(error), _)) => Ok(Err(error)),
            Either::Right((Ok(()), landing)) => Err(Flight { landing, course }),
        }
    }

    /// No value came, or not in time: an old one that may still answer, or one that somebody stored meanwhile. What was found before the
    /// load began is not asked: an invalidation may have taken it since.
    fn old_answer(&self, key: &str, why: Why, joined: bool, after_failure: bool) -> Option<Obtained> {
        let (held, stale) = self.body.change(|core, now| {
            let place = self.spot.place(&mut core.store);
            let (held, stale) = match core.store.lookup(place, key, now) {
                Lookup::Fresh(held) => (held.clone(), false),
                Lookup::Stale(stale) if stale.if_error => (stale.value.clone(), true),
                Lookup::Stale(_) | Lookup::Dormant(_) | Lookup::Miss(_) => return None,
            };
            if joined {
                // Whatever he gets: who joined counts as a miss that somebody else's load answered.
                core.store.count(place, Counted::Coalesced(why), now);
            } else {
                self.count_answer(core, &held, stale, now);
            }
            Some((held, stale))
        })?;
        if joined {
            self.tell_miss(key, why.reason());
        } else {
            self.tell_hit(key, stale);
        }
        Some((Ok(held), if stale { Served::Stale { after_failure } } else { Served::Hit }))
    }

    fn count_load(&self, key: &str, why: Why, joined: bool) {
        let what = if joined { Counted::Coalesced(why) } else { Counted::Miss(why) };
        self.body.change(|core, now| {
            let place = self.spot.place(&mut core.store);
            core.store.count(place, what, now);
        });
        self.tell_miss(key, why.reason());
    }
}

/// A value, or why there is none, and what the cache did.
type Obtained = (Result<Held, LoadError>, Served);

/// What a caller does who asked for a value.
enum Begun {
    Have { held: Held, stale: bool, refresh: Option<(Flight, bool)> },
    Failed(LoadError),
    Flying(Waiting),
}

/// How a load comes about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Somebody waits for it, and may wait for one that is in flight.
    Waited,
    /// Somebody wants it anew.
    Forced,
    /// An old value was served; nobody waits.
    Background,
}

struct Waiting {
    flight: Flight,
    joined: bool,
    why: Why,
    /// An old value may answer when the load fails.
    fallback: bool,
}

enum Waited {
    Landed(Landing),
    /// Slower than the soft limit; so much is left until the hard one.
    Slow(Flight, Option<Span>),
}

fn length(span: Option<Span>) -> Option<Duration> {
    span.and_then(Span::as_ms).map(Duration::from_millis)
}

/// Ends after this time. A runtime whose timer panics is an error for those who count on it.
fn alarm(runtime: &Arc<dyn Runtime>, time: Duration) -> Pin<Box<dyn Future<Output = Result<(), LoadError>> + Send>> {
    let runtime = Arc::clone(runtime);
    let sleep = AssertUnwindSafe(async move { runtime.sleep(time).await }).catch_unwind();
    Box::pin(sleep.map(|slept| slept.map_err(|payload| LoadError::panicked(&*payload))))
}
