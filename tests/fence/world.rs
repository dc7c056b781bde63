//! A store, and beside it the plainest account of what the fence allows: everything that ever happened, by operation number, read from
//! the beginning whenever a load ends.

use super::step::{Offer, Reach, Spot, Step, means};
use fetchwell::engine::{
    Config, How, Inserted, Namespace, Place, RejectReason, Scope, Selector, Span, Store, Ticket, Timestamp,
};

/// What happened that may concern loads in flight.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Invalidated(Reach, Selector<'static>),
    /// A value of this key was offered, or the key deleted: newer than loads that began before `than`.
    Newer {
        key: usize,
        than: u64,
    },
}

#[derive(Debug)]
struct Load {
    ticket: Ticket,
    key: usize,
    /// The number of the operation that began it.
    began: u64,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    value: u64,
    deadline: u64,
    /// The deadline before a soft invalidation.
    grace: u64,
    offer: Offer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Counts {
    loads: u64,
    sets: u64,
    rejections: u64,
    fenced: u64,
    to_be_safe: u64,
    invalidations: u64,
}

pub(crate) struct World {
    store: Store<u64>,
    namespaces: [Namespace; 2],
    spots: Vec<Spot>,
    now: u64,
    /// How many operations there were.
    number: u64,
    held: Vec<Option<Held>>,
    loads: Vec<Load>,
    facts: Vec<(u64, Fact)>,
    counts: Counts,
}

impl Held {
    fn is_fresh(&self, now: u64) -> bool {
        now < self.deadline
    }

    /// Could a reader still be given it, in the sense in which invalidations count?
    fn is_readable(&self, now: u64) -> bool {
        now < self.deadline + self.offer.swr
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what is compared was made for it")]
fn same<T: PartialEq + std::fmt::Debug>(ours: T, theirs: T, what: impl std::fmt::Debug) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what:?}: the store says {ours:?}, the account {theirs:?}")) }
}

impl World {
    pub(crate) fn new(spots: &[Spot]) -> Self {
        let mut store = Store::new(Config::default());
        let other = store.namespace("other", None).unwrap();
        Self {
            store,
            namespaces: [Namespace::ROOT, other],
            spots: spots.to_vec(),
            now: 1_000,
            number: 0,
            held: vec![None; spots.len()],
            loads: vec![],
            facts: vec![],
            counts: Counts::default(),
        }
    }

    /// Does a step on both sides and compares all that can be seen.
    pub(crate) fn run(&mut self, step: &Step) -> Result<(), String> {
        self.number += 1;
        let (value, now) = (self.number, Timestamp(self.now));
        match *step {
            Step::Begin(key) => {
                let place = self.place(key);
                let ticket = self.store.begin_load(place, self.spots[key].text);
                self.loads.push(Load { ticket, key, began: self.number });
                self.counts.loads += 1;
            }
            Step::Complete(which, offer) => {
                if let Some(at) = which.among(self.loads.len()) {
                    let Load { ticket, key, began } = self.loads.remove(at);
                    let answer = self.store.complete(ticket, value, offer.how(), now);
                    same(answer, self.completed(key, began, offer), step)?;
                }
            }
            Step::Abandon(which) => {
                if let Some(at) = which.among(self.loads.len()) {
                    self.store.abandon(self.loads.remove(at).ticket);
                }
            }
            Step::Set(key, offer) => {
                let place = self.place(key);
                let answer = self.store.insert(place, self.spots[key].text, value, offer.how(), now);
                self.happened(Fact::Newer { key, than: self.number });
                same(answer, self.offered(key, offer), step)?;
            }
            Step::Delete(key) => {
                let place = self.place(key);
                let answer = self.store.remove(place, self.spots[key].text, now);
                self.happened(Fact::Newer { key, than: self.number });
                let readable = self.held[key].take().is_some_and(|held| held.is_readable(self.now));
                self.counts.invalidations += u64::from(readable);
                same(answer, readable, step)?;
            }
            Step::Touch(key, ttl) => {
                let place = self.place(key);
                let answer = self.store.touch(place, self.spots[key].text, ttl.map(Span::ms), now);
                same(answer, self.touched(key, ttl), step)?;
            }
            Step::Invalidate(reach, what, how) => {
                let scope = self.scope(reach);
                let answer = self.store.invalidate(scope, what, how, now);
                same(answer, self.invalidated(reach, what, how), step)?;
            }
            Step::InvalidateWhere(reach, text, how) => {
                let scope = self.scope(reach);
                let answer = self.store.invalidate_where(scope, |info| info.key == text, how, now);
                same(answer, self.invalidated_where(reach, text, how), step)?;
            }
            Step::Clear(reach) => {
                let scope = self.scope(reach);
                let answer = self.store.clear(scope, now);
                same(answer, self.invalidated(reach, Selector::All, How::HARD), step)?;
            }
            Step::Drop(whose) => {
                let answer = self.store.drop_partition(whose, now);
                same(answer, self.invalidated(Reach::Partition(whose), Selector::All, How::HARD), step)?;
            }
            Step::DropCredentials => {
                let answer = self.store.drop_credentials(now);
                same(answer, self.invalidated(Reach::Credentials, Selector::All, How::HARD), step)?;
            }
            Step::Prune => {
                self.store.prune(now, usize::MAX);
            }
            Step::Wait(ms) => self.now += ms,
        }
        self.compare()
    }

    fn place(&mut self, key: usize) -> Place {
        let Spot { namespace, whose, .. } = self.spots[key];
        self.store.place(self.namespaces[namespace], whose)
    }

    fn scope(&mut self, reach: Reach) -> Scope<'static> {
        match reach {
            Reach::All | Reach::Credentials => Scope::All,
            Reach::Namespace(namespace) => Scope::Namespace(self.namespaces[namespace]),
            Reach::Partition(whose) => Scope::Partition(whose),
            Reach::Place(namespace, whose) => Scope::Place(self.store.place(self.namespaces[namespace], whose)),
        }
    }

    fn happened(&mut self, fact: Fact) {
        self.facts.push((self.number, fact));
    }

    /// The rule: did anything that concerns its value happen after the load began?
    fn is_fenced(&self, key: usize, began: u64, tags: &[&str]) -> bool {
        let spot = self.spots[key];
        self.facts.iter().filter(|(number, _)| *number > began).any(|(_, fact)| match *fact {
            Fact::Invalidated(reach, what) => reach.covers(spot) && means(what, spot.text, tags),
            Fact::Newer { key: other, than } => other == key && began < than,
        })
    }

    /// May another caller wait for it? Its tags are not known yet, so any tag may be its own.
    fn may_be_joined(&self, load: &Load) -> bool {
        let tag = |(number, fact): &(u64, Fact)| {
            *number > load.began && matches!(fact, Fact::Invalidated(_, Selector::Tag(_)))
        };
        !self.is_fenced(load.key, load.began, &[]) && !self.facts.iter().any(tag)
    }

    fn completed(&mut self, key: usize, began: u64, offer: Offer) -> Inserted {
        if self.is_fenced(key, began, offer.tags) {
            self.counts.rejections += 1;
            self.counts.fenced += 1;
            return Inserted::Rejected(RejectReason::Fenced);
        }
        self.happened(Fact::Newer { key, than: began });
        self.offered(key, offer)
    }

    fn offered(&mut self, key: usize, offer: Offer) -> Inserted {
        if offer.ttl == 0 {
            self.held[key] = None;
            self.counts.rejections += 1;
            return Inserted::Rejected(RejectReason::TtlZero);
        }
        self.held[key] = Some(Held { value: self.number, deadline: self.now + offer.ttl, grace: 0, offer });
        self.counts.sets += 1;
        Inserted::Stored
    }

    fn touched(&mut self, key: usize, ttl: Option<u64>) -> bool {
        let now = self.now;
        let Some(held) = self.held[key].as_mut().filter(|held| held.is_fresh(now)) else { return false };
        // Without a lifetime it is the one it was stored with, whatever touches there were.
        let ttl = ttl.unwrap_or(held.offer.ttl);
        held.deadline = now + ttl;
        if ttl == 0 {
            self.held[key] = None;
        }
        true
    }

    fn invalidated(&mut self, reach: Reach, what: Selector<'static>, how: How) -> usize {
        if !how.dry_run {
            self.happened(Fact::Invalidated(reach, what));
        }
        self.end(how, |spot, held| reach.covers(spot) && means(what, spot.text, held.offer.tags))
    }

    /// A predicate is asked about whatever somebody could be given (the dead are held here only until somebody looks), and fences
    /// everything in its reach.
    fn invalidated_where(&mut self, reach: Reach, text: &str, how: How) -> usize {
        if !how.dry_run {
            self.happened(Fact::Invalidated(reach, Selector::All));
        }
        self.end(how, |spot, _| reach.covers(spot) && spot.text == text)
    }

    fn end(&mut self, how: How, is_meant: impl Fn(Spot, &Held) -> bool) -> usize {
        let (now, mut count) = (self.now, 0);
        for (spot, slot) in self.spots.iter().zip(&mut self.held) {
            let Some(held) = slot.as_mut().filter(|held| is_meant(*spot, held)) else { continue };
            count += usize::from(held.is_readable(now));
            if how.dry_run {
                continue;
            }
            self.counts.invalidations += u64::from(held.is_readable(now));
            if !how.soft {
                *slot = None;
            } else if held.is_fresh(now) {
                held.grace = held.deadline;
                held.deadline = now;
            }
        }
        count
    }

    fn compare(&mut self) -> Result<(), String> {
        let now = Timestamp(self.now);
        for key in 0..self.spots.len() {
            let (place, text, held) = (self.place(key), self.spots[key].text, self.held[key]);
            let fresh = held.filter(|held| held.is_fresh(self.now)).map(|held| held.value);
            let stale = held.filter(|held| held.is_readable(self.now) || self.now < held.grace).map(|held| held.value);
            same(self.store.peek(place, text, now).copied(), fresh, ("peek", key))?;
            same(self.store.get_stale(place, text, now).copied(), stale, ("get_stale", key))?;
            same(self.store.get(place, text, now).copied(), fresh, ("get", key))?;
        }
        for load in &self.loads {
            same(self.store.may_join(&load.ticket), self.may_be_joined(load), ("may_join", load))?;
        }
        same(self.store.loads_in_flight(), self.loads.len(), "loads in flight")?;
        let stats = self.store.stats(None, now);
        let counts = Counts {
            loads: stats.loads,
            sets: stats.sets,
            rejections: stats.rejections,
            fenced: stats.fenced,
            to_be_safe: stats.fenced_to_be_safe,
            invalidations: stats.invalidations,
        };
        same(counts, self.counts, "counts")
    }

    /// The store's own look at itself, when a program is over.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.store.check()
    }
}

/// Runs a program from an empty store on; an error says at which step what was wrong.
pub(crate) fn run(spots: &[Spot], program: &[Step]) -> Result<(), String> {
    let mut world = World::new(spots);
    for (at, step) in program.iter().enumerate() {
        world.run(step).map_err(|wrong| format!("after step {at}, {step:?}: {wrong}"))?;
    }
    world.check()
}
