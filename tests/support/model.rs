//! The most naive cache imaginable: a list of entries, looked through from end to end for every question.
//!
//! It knows the rules of lifetimes, scopes, selectors and the fence, written as plainly as they are said. What it cannot know is whom
//! the policy evicts: that it is told, and checks whether it was allowed.

use fetchwell::engine::{Bounds, How, MissReason, RemovalCause, Span, Terms};

pub(crate) const ROOT: usize = 0;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    Shared,
    Named(&'static str),
    Credential(&'static str),
}

/// Where a key lives: the number of its namespace, and whose it is.
pub(crate) type Home = (usize, Who);

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) home: Home,
    pub(crate) key: String,
    pub(crate) value: u32,
    pub(crate) created: u64,
    /// End of being fresh; `None` is never.
    pub(crate) deadline: Option<u64>,
    pub(crate) terms: Terms,
    pub(crate) asked: u64,
    pub(crate) weight: u64,
    pub(crate) tags: Vec<String>,
    /// Was it soft-invalidated? Then this was its deadline before.
    pub(crate) soft: bool,
    pub(crate) old_deadline: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Fresh,
    Stale,
    Grace,
    Dormant,
    Dead,
}

fn later(moment: Option<u64>, span: Span) -> Option<u64> {
    Some(moment? + span.as_ms()?)
}

fn passed(moment: Option<u64>, now: u64) -> bool {
    moment.is_some_and(|moment| now >= moment)
}

impl Entry {
    pub(crate) fn state(&self, now: u64) -> State {
        if !self.terms.tti.is_zero() && passed(later(Some(self.asked), self.terms.tti), now) {
            return State::Dead;
        }
        let window = self.terms.swr.max(self.terms.stale_if_error);
        if !passed(self.deadline, now) {
            State::Fresh
        } else if !passed(later(self.deadline, window), now) {
            State::Stale
        } else if self.soft && !passed(self.old_deadline, now) {
            State::Grace
        } else if self.terms.dormant {
            State::Dormant
        } else {
            State::Dead
        }
    }

    /// Did its idle time end it, before anything else did?
    fn idled_away(&self, now: u64) -> bool {
        let idle_end = later(Some(self.asked), self.terms.tti);
        let window = later(self.deadline, self.terms.swr.max(self.terms.stale_if_error));
        let ends = [window, if self.soft { self.old_deadline } else { window }];
        // What never ends has no other end than this one; `None` is never.
        let other_end =
            if ends.contains(&None) || self.terms.dormant { None } else { ends.into_iter().max().flatten() };
        !self.terms.tti.is_zero() && passed(idle_end, now) && other_end.is_none_or(|end| idle_end <= Some(end))
    }

    pub(crate) fn readable(&self, now: u64) -> bool {
        matches!(self.state(now), State::Fresh | State::Stale)
    }
}

/// Which entries are meant.
#[derive(Clone, Debug)]
pub(crate) enum Pick {
    All,
    Key(String),
    Prefix(String),
    Segment(String),
    Tag(String),
    Glob(String),
    /// A predicate: keys of this length modulo three.
    Where(usize),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    All,
    Namespace(usize),
    Partition(Who),
    Home(Home),
    Credentials,
}

impl Reach {
    pub(crate) fn covers(self, home: Home) -> bool {
        match self {
            Self::All => true,
            Self::Namespace(namespace) => home.0 == namespace,
            Self::Partition(who) => home.1 == who,
            Self::Home(wanted) => home == wanted,
            Self::Credentials => matches!(home.1, Who::Credential(_)),
        }
    }
}

/// Text against pattern, one character at a time, trying everything.
pub(crate) fn glob(pattern: &[char], key: &[char]) -> bool {
    let boundary = |c: char| c == ':' || c == '/';
    match pattern {
        [] => key.is_empty(),
        ['*', '*', rest @ ..] => (0..=key.len()).any(|skip| glob(rest, &key[skip..])),
        ['*', rest @ ..] => {
            let run = key.iter().take_while(|c| !boundary(**c)).count();
            (0..=run).any(|skip| glob(rest, &key[skip..]))
        }
        ['?', rest @ ..] => key.first().is_some_and(|c| !boundary(*c)) && glob(rest, &key[1..]),
        [c, rest @ ..] => key.first() == Some(c) && glob(rest, &key[1..]),
    }
}

impl Pick {
    pub(crate) fn means(&self, key: &str, tags: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Key(wanted) => key == wanted,
            Self::Prefix(prefix) => key.starts_with(prefix.as_str()),
            Self::Segment(prefix) => key == prefix || key.starts_with(&format!("{prefix}:")),
            Self::Tag(tag) => tags.contains(tag),
            Self::Glob(pattern) => {
                let chars = |text: &str| text.chars().collect::<Vec<_>>();
                glob(&chars(pattern), &chars(key))
            }
            Self::Where(rest) => key.len() % 3 == *rest,
        }
    }
}

/// Something that concerns loads in flight, in the order in which it happened.
#[derive(Clone, Debug)]
enum Event {
    Invalidated(Reach, Pick),
    /// A value was stored or offered, or a key deleted, that is newer than loads numbered below `.2`.
    Newer(Home, String, usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) home: Home,
    pub(crate) key: String,
    /// How many events there had been when it began.
    pub(crate) began: usize,
    /// Loads are numbered in order of beginning.
    pub(crate) serial: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) stale_hits: u64,
    pub(crate) sets: u64,
    pub(crate) rejections: u64,
    pub(crate) fenced: u64,
    pub(crate) invalidations: u64,
    pub(crate) loads: u64,
    pub(crate) removals: [u64; 5],
    pub(crate) reasons: [u64; 6],
}

pub(crate) struct Model {
    pub(crate) held: Vec<Entry>,
    pub(crate) bounds: Vec<Option<Bounds>>,
    pub(crate) whole: Bounds,
    pub(crate) overhead: u64,
    pub(crate) counts: Vec<Counts>,
    /// How each key that is gone went last.
    pub(crate) ended: Vec<((Home, String), RemovalCause)>,
    events: Vec<Event>,
    begun: usize,
    last: u64,
    line: u64,
}

impl Model {
    pub(crate) fn new(whole: Bounds, bounds: Vec<Option<Bounds>>, overhead: u64) -> Self {
        let counts = vec![Counts::default(); bounds.len()];
        Self {
            held: vec![],
            bounds,
            whole,
            overhead,
            counts,
            ended: vec![],
            events: vec![],
            begun: 0,
            last: 0,
            line: 1 << 50,
        }
    }

    /// Time goes on by what the clock went forward.
    pub(crate) fn at(&mut self, clock: u64) -> u64 {
        self.line += clock.saturating_sub(self.last);
        self.last = clock;
        self.line
    }

    /// The time of a reading that moves nothing.
    pub(crate) fn peek_at(&self, clock: u64) -> u64 {
        self.line + clock.saturating_sub(self.last)
    }

    pub(crate) fn find(&mut self, home: Home, key: &str) -> Option<&mut Entry> {
        self.held.iter_mut().find(|entry| entry.home == home && entry.key == key)
    }

    pub(crate) fn charge(&self, home: Home, key: &str, weight: u64, tags: &[String]) -> u64 {
        let whose = match home.1 {
            Who::Shared => 0,
            Who::Named(name) | Who::Credential(name) => name.len() as u64 + 144,
        };
        let tags: u64 = tags.iter().map(|tag| tag.len() as u64 + 16).sum();
        weight + key.len() as u64 + whose + self.overhead + tags
    }

    pub(crate) fn bytes(&self, of: impl Fn(&Entry) -> bool) -> u64 {
        let counted = self.held.iter().filter(|entry| of(entry));
        counted.map(|entry| self.charge(entry.home, &entry.key, entry.weight, &entry.tags)).sum()
    }

    pub(crate) fn fits(&self, home: Home, key: &str, weight: u64, tags: &[String]) -> bool {
        let charge = self.charge(home, key, weight, tags);
        let bounds = [Some(self.whole), self.bounds[home.0]];
        bounds.iter().flatten().all(|bounds| weight <= bounds.max_entry_bytes && charge <= bounds.max_bytes)
    }

    /// What of these copies comes back beside those who live: nobody is evicted, nothing newer replaced, and an older value goes even if
    /// there is no room for the newer. Also tells how many of the others stay.
    pub(crate) fn restored(&mut self, mut held: Vec<Entry>, copies: &[Entry], now: u64) -> (Vec<Entry>, usize) {
        let mut back: Vec<Entry> = vec![];
        for copy in copies.iter().filter(|copy| copy.state(now) != State::Dead) {
            let (home, key) = (copy.home, &copy.key);
            let same = |entry: &Entry| entry.home == home && entry.key == *key;
            if held.iter().any(|entry| same(entry) && entry.created >= copy.created) {
                continue;
            }
            held.retain(|entry| !same(entry));
            if !self.fits(home, key, copy.weight, &copy.tags) {
                self.counts[home.0].rejections += 1;
                continue;
            }
            let full = |bounds: &Bounds, all: bool| {
                let there = || held.iter().chain(&back).chain([copy]).filter(|entry| all || entry.home.0 == home.0);
                let bytes: u64 = there().map(|one| self.charge(one.home, &one.key, one.weight, &one.tags)).sum();
                there().count() > bounds.max_entries || bytes > bounds.max_bytes
            };
            if !full(&self.whole, true) && !self.bounds[home.0].is_some_and(|bounds| full(&bounds, false)) {
                let terms = Terms { jitter: 0.0, ..copy.terms };
                back.push(Entry { terms, ..copy.clone() });
                self.counts[home.0].sets += 1;
            }
        }
        (back, held.len())
    }

    /// Notes that an entry went, if it was right to go now. `dead_first` is set where the dead must have gone before.
    pub(crate) fn went(
        &mut self,
        home: Home,
        key: &str,
        cause: RemovalCause,
        now: u64,
        dead_first: bool,
    ) -> Result<Entry, String> {
        let at = self.held.iter().position(|entry| entry.home == home && entry.key == key);
        let at = at.ok_or_else(|| format!("{key:?} went ({cause:?}) and was not there"))?;
        let state = self.held[at].state(now);
        let right = match cause {
            RemovalCause::Expired => matches!(state, State::Dead | State::Dormant),
            RemovalCause::Idle => state == State::Dead && !self.held[at].terms.tti.is_zero(),
            RemovalCause::Evicted => !matches!(state, State::Dead | State::Dormant),
            RemovalCause::Replaced => state != State::Dead,
            RemovalCause::Invalidated => state != State::Dead || self.held[at].soft,
        };
        if !right {
            return Err(format!("{key:?} went as {cause:?} and was {state:?}"));
        }
        if cause == RemovalCause::Evicted && dead_first {
            let dead = self.held.iter().find(|entry| entry.state(now) == State::Dead);
            if let Some(dead) = dead {
                return Err(format!("{key:?} was evicted before {:?}, which was dead", dead.key));
            }
        }
        let index = RemovalCause::ALL.iter().position(|each| *each == cause).unwrap();
        self.counts[home.0].removals[index] += 1;
        let name = (home, key.to_owned());
        self.ended.retain(|(each, _)| *each != name);
        self.ended.push((name, cause));
        Ok(self.held.remove(at))
    }

    /// Why a key is not there: what is certain of it.
    pub(crate) fn reason(&mut self, home: Home, key: &str, now: u64) -> MissReason {
        if let Some(entry) = self.find(home, key) {
            return if entry.soft && !entry.idled_away(now) { MissReason::Invalidated } else { MissReason::Expired };
        }
        let cause = self.ended.iter().find(|(each, _)| each.0 == home && each.1 == key).map(|(_, cause)| *cause);
        match cause {
            None => MissReason::Cold,
            Some(RemovalCause::Expired | RemovalCause::Idle) => MissReason::Expired,
            Some(RemovalCause::Evicted) => MissReason::Evicted,
            Some(RemovalCause::Invalidated | RemovalCause::Replaced) => MissReason::Invalidated,
        }
    }

    pub(crate) fn begin(&mut self, home: Home, key: &str) -> Load {
        self.begun += 1;
        self.counts[home.0].loads += 1;
        Load { home, key: key.to_owned(), began: self.events.len(), serial: self.begun }
    }

    pub(crate) fn newer(&mut self, home: Home, key: &str, than: usize) {
        self.events.push(Event::Newer(home, key.to_owned(), than));
    }

    pub(crate) fn invalidated(&mut self, reach: Reach, pick: &Pick, how: How) {
        if !how.dry_run {
            self.events.push(Event::Invalidated(reach, pick.clone()));
        }
    }

    /// Did anything happen since the load began that concerns its value?
    pub(crate) fn concerned(&self, load: &Load, tags: &[String]) -> bool {
        self.events[load.began..].iter().any(|event| match event {
            Event::Invalidated(reach, Pick::Where(_)) => reach.covers(load.home),
            Event::Invalidated(reach, pick) => reach.covers(load.home) && pick.means(&load.key, tags),
            Event::Newer(home, key, than) => *home == load.home && *key == load.key && load.serial < *than,
        })
    }

    /// May somebody wait for this load?
    pub(crate) fn joinable(&self, load: &Load) -> bool {
        let a_tag = self.events[load.began..].iter().any(|event| matches!(event, Event::Invalidated(_, Pick::Tag(_))));
        !a_tag && !self.concerned(load, &[])
    }
}
