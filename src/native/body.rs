//! What all handles of one cache share, and the one lock that guards it.
//!
//! Nobody's code but ours runs under the lock: clocks are read before it is taken; values, errors and loaders that go are let go of
//! after it; weights, tags, predicates, codecs and listeners are asked outside it.

use super::clock::Clock;
use super::events::{Event, Watchers, What};
use super::landing::WeakFlight;
use super::load::LoadError;
use super::runtime::Runtime;
use super::space::{Held, Reach, Space, Spot};
use super::sync::{ReadGuard, RwLock};
use crate::cache::Flights;
use crate::engine::{How, RemovalCause, Removed, Selector, Store, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Body {
    core: RwLock<Core>,
    pub(super) clock: Box<dyn Clock>,
    pub(super) runtime: Option<Arc<dyn Runtime>>,
    pub(super) watchers: Arc<Watchers>,
    pub(super) name: Box<str>,
    pub(super) separator: Box<str>,
    pub(super) enabled: bool,
    /// The second (of 1 024 ms) in which hits were last counted together.
    counted: AtomicU64,
    draws: AtomicU64,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Body").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the lock guards.
pub(super) struct Core {
    pub(super) store: Store<Held>,
    /// Loads that failed and are not tried again yet, under the same keys.
    pub(super) failures: Store<Failure>,
    pub(super) flights: Flights<WeakFlight>,
    pub(super) spaces: Vec<Arc<Space>>,
    latest: Timestamp,
}

/// A load that failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) error: LoadError,
    /// Does it answer callers? If not, it only keeps refreshes from being tried again at once.
    pub(super) answers: bool,
}

/// Two threads that read the clock one after the other may come to the lock the other way round: time does not fall because of that.
/// A clock that falls by more milliseconds than this did so itself, and the engine knows what to do.
const OUT_OF_ORDER: u64 = 1_000;

/// How many dead entries go each second when nobody writes, and when somebody looks.
const PRUNED: usize = 1_024;

impl Core {
    pub(super) fn new(store: Store<Held>, failures: Store<Failure>) -> Self {
        Self { store, failures, flights: Flights::default(), spaces: Vec::new(), latest: Timestamp(0) }
    }

    /// The reading to go by.
    fn reading(&self, now: Timestamp) -> Timestamp {
        let fell_by = self.latest.0.saturating_sub(now.0);
        if fell_by <= OUT_OF_ORDER { now.max(self.latest) } else { now }
    }

    fn count_hits(&mut self, now: Timestamp) {
        for space in &self.spaces {
            let (hits, bytes) = space.tally.take();
            if hits > 0 || bytes > 0 {
                self.store.count_hits(space.namespace, hits, bytes, now);
            }
        }
    }

    /// Invalidates, and lets what failed be tried again.
    pub(super) fn invalidate(
        &mut self,
        spot: &Spot,
        reach: Reach,
        what: Selector<'_>,
        how: How,
        now: Timestamp,
    ) -> usize {
        let scope = spot.scope(reach, &mut self.store);
        let count = self.store.invalidate(scope, what, how, now);
        if !how.dry_run && self.has_failures() {
            let scope = spot.scope(reach, &mut self.failures);
            // What failed never told its tags, so any tag may have been among them.
            let what = if let Selector::Tag(_) = what { Selector::All } else { what };
            self.failures.invalidate(scope, what, How::HARD, now);
        }
        count
    }

    /// A newer value came, or was taken away: what failed before is no longer true.
    pub(super) fn forget_failure(&mut self, spot: &Spot, key: &str, now: Timestamp) {
        if self.has_failures() {
            let place = spot.failures_place(&mut self.failures);
            self.failures.remove(place, key, now);
        }
    }

    /// Is anything remembered or on its way in the store of failures? Mostly not, and then it need not be asked.
    pub(super) fn has_failures(&self) -> bool {
        !self.failures.is_empty() || self.failures.loads_in_flight() > 0
    }
}

impl Body {
    pub(super) fn new(
        core: Core,
        clock: Box<dyn Clock>,
        runtime: Option<Arc<dyn Runtime>>,
        names: (Box<str>, Box<str>),
        enabled: bool,
    ) -> Self {
        let (name, separator) = names;
        Self {
            core: RwLock::new(core),
            clock,
            runtime,
            watchers: Arc::new(Watchers::new()),
            name,
            separator,
            enabled,
            counted: AtomicU64::new(0),
            draws: AtomicU64::new(std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0)),
        }
    }

    /// A look, beside any number of others.
    pub(super) fn look(&self) -> (ReadGuard<'_, Core>, Timestamp) {
        let now = self.clock.now();
        let core = self.core.read();
        let now = core.reading(now);
        (core, now)
    }

    /// A change, alone. What went is let go of afterwards, and told to those who listen.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Core, Timestamp) -> R) -> R {
        self.change_telling(|core, now, _| change(core, now))
    }

    /// The same, for changes that have something to tell beyond what went.
    pub(super) fn change_telling<R>(&self, change: impl FnOnce(&mut Core, Timestamp, &mut Vec<Event>) -> R) -> R {
        self.change_at(Some(self.clock.now()), change)
    }

    /// A change that concerns no time: safe to make where the user's clock must not be asked, as while something unwinds.
    pub(super) fn change_without_clock<R>(&self, change: impl FnOnce(&mut Core, Timestamp, &mut Vec<Event>) -> R) -> R {
        self.change_at(None, change)
    }

    fn change_at<R>(
        &self,
        now: Option<Timestamp>,
        change: impl FnOnce(&mut Core, Timestamp, &mut Vec<Event>) -> R,
    ) -> R {
        let mut events = Vec::new();
        let (result, removed, forgotten) = {
            let mut core = self.core.write();
            let now = now.map_or(core.latest, |now| core.reading(now));
            core.latest = now;
            let result = change(&mut core, now, &mut events);
            (result, core.store.take_removed(), core.failures.take_removed())
        };
        self.tell(&removed, events);
        drop((removed, forgotten));
        result
    }

    fn tell(&self, removed: &[Removed<Held>], mut events: Vec<Event>) {
        let (listening, subscribed) = (self.watchers.are_listening(), self.watchers.are_subscribed());
        if !listening && !subscribed {
            return;
        }
        if !removed.is_empty() {
            let core = self.core.read();
            let gone = removed.iter().filter_map(|removed| {
                let namespace = Arc::clone(&core.spaces.get(removed.namespace.number() as usize)?.name);
                Some(Event { namespace, what: What::Remove { key: removed.key.clone(), cause: removed.cause } })
            });
            let gone: Vec<Event> = gone.collect();
            drop(core);
            events.splice(0..0, gone);
        }
        self.tell_all(&events);
    }

    /// Tells of events that concern no change of the store.
    pub(super) fn tell_all(&self, events: &[Event]) {
        if self.watchers.are_listening() {
            self.watchers.tell(events);
        }
        if self.watchers.are_subscribed() {
            for event in events {
                match &event.what {
                    // The value that replaced it is told of, too: once is enough.
                    What::Remove { key, cause: RemovalCause::Replaced } if is_set(events, &event.namespace, key) => {}
                    What::Set { key, .. } | What::Remove { key, .. } => self.watchers.changed(&event.namespace, key),
                    _ => {}
                }
            }
        }
    }

    /// Does anybody want events made?
    pub(super) fn is_watched(&self) -> bool {
        self.watchers.are_listening() || self.watchers.are_subscribed()
    }

    /// Called by readers: once a second one of them counts all hits together and takes out what is dead.
    #[inline]
    pub(super) fn tick(&self, now: Timestamp) {
        let (second, counted) = (now.0 >> 10, self.counted.load(Ordering::Relaxed));
        if second != counted
            && self.counted.compare_exchange(counted, second, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.settle();
        }
    }

    /// Counts all hits so far and takes out some of what is dead.
    pub(super) fn settle(&self) {
        self.counted(|core, now| core.failures.prune(now, PRUNED));
    }

    /// Looks at the statistics, after counting all hits and taking out some of what is dead: gauges of a quiet cache are true, too.
    pub(super) fn counted<R>(&self, look: impl FnOnce(&mut Core, Timestamp) -> R) -> R {
        self.change(|core, now| {
            core.count_hits(now);
            core.store.prune(now, PRUNED);
            look(core, now)
        })
    }

    /// A number between 0 and 1, for what is to be spread.
    pub(super) fn draw(&self) -> f64 {
        // SplitMix64: good enough for spreading, and one addition for those who draw at once.
        let mut mixed = self.draws.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(u32::MAX);
        f64::from(bits) / f64::from(u32::MAX)
    }
}

/// Was a value stored there?
fn is_set(events: &[Event], namespace: &str, key: &str) -> bool {
    let stores = |what: &What| matches!(what, What::Set { key: set, .. } if **set == *key);
    events.iter().any(|event| *event.namespace == *namespace && stores(&event.what))
}
