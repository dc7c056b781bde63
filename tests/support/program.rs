//! Random programs over a store, run beside the naive model; every answer is compared.

use super::Chance;
use super::model::{Entry, Home, Load, Model, Pick, ROOT, Reach, State, Who};
use fetchwell::engine::{
    Bounds, Config, Freshness, How, Insert, Inserted, Lookup, MissReason, Namespace, Partition, Place, RejectReason,
    RemovalCause, Scope, Seed, Selector, Span, Store, Terms, Ticket, Timestamp,
};

/// One step. Numbers are resolved against the state when it runs, so that a program stays a program when steps are left out.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Get(Home, String),
    GetStale(Home, String),
    Look(Home, String),
    Insert(Home, String, Value),
    Touch(Home, String, Option<Span>),
    Remove(Home, String),
    Invalidate(Reach, Pick, How),
    Begin(Home, String),
    /// Of the loads in flight, the one at this place (modulo their number).
    Complete(usize, Value),
    Abandon(usize),
    Prune(usize),
    /// The last few snapshots are kept.
    Snapshot(Reach, Pick),
    /// Of the snapshots, the one at this place (modulo their number).
    Restore(usize),
    /// The clock shows this much more, or less.
    Clock(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) terms: Terms,
    pub(crate) weight: u64,
    pub(crate) tags: Vec<String>,
}

/// What a program runs on.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) bounds: Bounds,
    pub(crate) namespaces: Vec<Option<Bounds>>,
    pub(crate) overhead: u64,
    pub(crate) eager: bool,
    pub(crate) many_keys: bool,
    pub(crate) seed: u64,
}

const NAMES: [&str; 3] = ["", "small", "plain"];
const PEOPLE: [Who; 4] = [Who::Shared, Who::Named("ann"), Who::Named("bob"), Who::Credential("ann")];
const KEYS: [&str; 24] = [
    "",
    "a",
    "b",
    "ab",
    "a:b",
    "a:b:c",
    "a:bc",
    "a::b",
    ":",
    "a:",
    "user:1",
    "user:10",
    "user:1:name",
    "user:1:name:first",
    "user:2",
    "user:2:name",
    "GET https://x.test/a",
    "GET https://x.test/a/b",
    "GET https://x.test/ab",
    "é",
    "é:ü",
    "日本:1",
    "user",
    "a/b/c",
];
const PATTERNS: [&str; 12] =
    ["", "*", "**", "user:*", "user:?", "user:**", "*:b", "a*", "a:b", "GET https://x.test/*", "**b", "?:?"];
const TAGS: [&str; 5] = ["red", "green", "blue", "", "a:b"];

impl World {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let max_entries = usize::try_from(chance.pick(&[1, 2, 3, 5, 9, 9, 16, 40, 64, 400])).unwrap();
        let max_bytes = chance.pick(&[300, 2_000, 20_000, u64::MAX, u64::MAX]);
        let max_entry_bytes = chance.pick(&[50, 1_000, u64::MAX]);
        let bounds = Bounds { max_entries, max_bytes, max_entry_bytes };
        let small = Bounds { max_entries: (max_entries / 3).max(1), max_bytes: max_bytes / 2, max_entry_bytes: 400 };
        Self {
            bounds,
            namespaces: vec![None, Some(small), None],
            overhead: chance.pick(&[0, 10, 128]),
            eager: chance.one_in(2),
            many_keys: chance.one_in(3),
            seed: chance.next(),
        }
    }

    fn key(&self, chance: &mut Chance) -> String {
        let key = chance.pick(&KEYS);
        if self.many_keys { format!("{key}{}", chance.below(40)) } else { key.to_owned() }
    }

    pub(crate) fn step(&self, chance: &mut Chance) -> Step {
        let home = (
            usize::try_from(chance.pick(&[0, 0, 0, 1, 2])).unwrap(),
            chance.pick(&[PEOPLE[0], PEOPLE[0], PEOPLE[0], PEOPLE[1], PEOPLE[2], PEOPLE[3]]),
        );
        let key = self.key(chance);
        let any = usize::try_from(chance.below(64)).unwrap();
        match chance.below(100) {
            0..=24 => Step::Get(home, key),
            25..=28 => Step::GetStale(home, key),
            29..=33 => Step::Look(home, key),
            34..=58 => Step::Insert(home, key, value(chance)),
            59..=61 => {
                Step::Touch(home, key, chance.pick(&[None, Some(Span::ms(20)), Some(Span::FOREVER), Some(Span::ZERO)]))
            }
            62..=64 => Step::Remove(home, key),
            65..=72 => {
                let (reach, pick) = (reach(chance, home), Self::pick(chance, key));
                Step::Invalidate(reach, pick, chance.pick(&[How::HARD, How::HARD, How::SOFT, How::DRY_RUN]))
            }
            73..=77 => Step::Begin(home, key),
            78..=81 => Step::Complete(any, value(chance)),
            82 => Step::Abandon(any),
            83 => Step::Prune(any),
            84 if chance.one_in(2) => Step::Snapshot(reach(chance, home), Self::pick(chance, key)),
            84 => Step::Restore(any),
            _ => Step::Clock(chance.pick(&[0, 1, 1, 3, 5, 10, 10, 30, 60, 200, 5_000, -1, -50, -100_000, 1 << 33])),
        }
    }

    fn pick(chance: &mut Chance, key: String) -> Pick {
        match chance.below(14) {
            0 => Pick::All,
            1..=3 => Pick::Key(key),
            4..=5 => {
                let cut = key.char_indices().map(|(at, _)| at).nth(usize::try_from(chance.below(8)).unwrap());
                Pick::Prefix(key[..cut.unwrap_or(key.len())].to_owned())
            }
            6..=7 => Pick::Segment(key),
            8..=10 => Pick::Tag(chance.pick(&TAGS).to_owned()),
            11..=12 => Pick::Glob(chance.pick(&PATTERNS).to_owned()),
            _ => Pick::Where(usize::try_from(chance.below(3)).unwrap()),
        }
    }
}

fn value(chance: &mut Chance) -> Value {
    let mut span = |of: &[u64]| Span::ms(chance.pick(of));
    let (ttl, tti) = (span(&[0, 1, 5, 10, 40, 40, 100, 1_000, 1 << 40]), span(&[0, 0, 0, 0, 5, 30]));
    let (swr, stale_if_error) = (span(&[0, 0, 0, 10, 100]), span(&[0, 0, 0, 20, 50]));
    let terms = Terms {
        ttl: if chance.one_in(6) { Span::FOREVER } else { ttl },
        tti,
        swr,
        stale_if_error,
        jitter: chance.pick(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 1.0]),
        dormant: chance.one_in(8),
    };
    let mut tags: Vec<String> = (0..chance.below(3)).map(|_| chance.pick(&TAGS).to_owned()).collect();
    if chance.one_in(2) {
        tags.clear();
    }
    Value { terms, weight: chance.pick(&[0, 1, 10, 49, 51, 100, 300, 1_500]), tags }
}

fn reach(chance: &mut Chance, home: Home) -> Reach {
    match chance.below(8) {
        0 => Reach::All,
        1..=3 => Reach::Namespace(home.0),
        4 => Reach::Partition(home.1),
        5 => Reach::Credentials,
        _ => Reach::Home(home),
    }
}

fn partition(who: Who) -> Partition<'static> {
    match who {
        Who::Shared => Partition::Shared,
        Who::Named(name) => Partition::Named(name),
        Who::Credential(name) => Partition::Credential(name),
    }
}

fn selector(pick: &Pick) -> Selector<'_> {
    match pick {
        Pick::All | Pick::Where(_) => Selector::All,
        Pick::Key(text) => Selector::Key(text),
        Pick::Prefix(text) => Selector::Prefix(text),
        Pick::Segment(text) => Selector::Segment(text),
        Pick::Tag(text) => Selector::Tag(text),
        Pick::Glob(text) => Selector::Glob(text),
    }
}

/// A store and the model beside it.
pub(crate) struct Pair {
    store: Store<u32>,
    model: Model,
    namespaces: Vec<Namespace>,
    loads: Vec<(Ticket, Load)>,
    snapshots: Vec<(Vec<u8>, Vec<Entry>)>,
    clock: u64,
    next_value: u32,
    /// In so small a world no dead entry can hide behind a live one of nearly the same lifetime.
    dead_first: bool,
}

macro_rules! same {
    ($ours:expr, $theirs:expr, $($what:tt)+) => {
        let (ours, theirs) = (&$ours, &$theirs);
        if ours != theirs {
            return Err(format!("{}: the store says {ours:?}, the model {theirs:?}", format!($($what)+)));
        }
    };
}

impl Pair {
    pub(crate) fn new(world: &World) -> Self {
        let mut store = Store::new(Config {
            bounds: world.bounds,
            seed: Seed::Fixed(world.seed, !world.seed),
            entry_overhead: world.overhead,
            eager_prefix_index: world.eager,
            keep_removed: true,
            ..Config::default()
        });
        let made =
            world.namespaces.iter().zip(NAMES).skip(1).map(|(bounds, name)| store.namespace(name, *bounds).unwrap());
        let namespaces = std::iter::once(Namespace::ROOT).chain(made).collect();
        let model = Model::new(world.bounds, world.namespaces.clone(), world.overhead);
        let dead_first = true;
        Self { store, model, namespaces, loads: vec![], snapshots: vec![], clock: 1_000_000, next_value: 0, dead_first }
    }

    fn place(&mut self, home: Home) -> Place {
        self.store.place(self.namespaces[home.0], partition(home.1))
    }

    /// Runs one step on both and compares all that can be seen.
    pub(crate) fn run(&mut self, step: &Step) -> Result<(), String> {
        if let Step::Clock(by) = step {
            self.clock = self.clock.saturating_add_signed(*by);
            return Ok(());
        }
        let clock = Timestamp(self.clock);
        // A step that changes nothing does not move the store's time either.
        let nothing = self.loads.is_empty() && matches!(step, Step::Complete(..))
            || self.snapshots.is_empty() && matches!(step, Step::Restore(_));
        let looks_only = nothing || matches!(step, Step::Look(..) | Step::Begin(..) | Step::Abandon(_));
        let now = if looks_only { self.model.peek_at(self.clock) } else { self.model.at(self.clock) };
        match step {
            Step::Clock(_) => {}
            Step::Get(home, key) | Step::GetStale(home, key) => {
                let stale_too = matches!(step, Step::GetStale(..));
                let place = self.place(*home);
                let ours =
                    if stale_too { self.store.get_stale(place, key, clock) } else { self.store.get(place, key, clock) };
                let ours = ours.copied();
                self.get(*home, key, stale_too, ours, now)?;
            }
            Step::Look(home, key) => self.look(*home, key, clock, now)?,
            Step::Insert(home, key, value) => {
                let place = self.place(*home);
                let (number, tags) = (self.number(), value.tags.iter().map(String::as_str).collect::<Vec<_>>());
                let how = Insert { weight: value.weight, terms: value.terms, tags: &tags };
                let ours = self.store.insert(place, key, number, how, clock);
                self.model.newer(*home, key, usize::MAX);
                self.stored(*home, key, number, value, ours, now)?;
            }
            Step::Touch(home, key, ttl) => {
                let place = self.place(*home);
                let ours = self.store.touch(place, key, *ttl, clock);
                self.touch(*home, key, *ttl, ours, now)?;
            }
            Step::Remove(home, key) => {
                let place = self.place(*home);
                let theirs = self.model.find(*home, key).is_some_and(|entry| entry.readable(now));
                self.model.newer(*home, key, usize::MAX);
                self.model.counts[home.0].invalidations += u64::from(theirs);
                same!(self.store.remove(place, key, clock), theirs, "remove {key:?}");
                self.removals(now)?;
            }
            Step::Invalidate(reach, pick, how) => self.invalidate(*reach, pick, *how, clock, now)?,
            Step::Begin(home, key) => {
                let place = self.place(*home);
                self.loads.push((self.store.begin_load(place, key), self.model.begin(*home, key)));
            }
            Step::Complete(which, value) => self.complete(*which, value, clock, now)?,
            Step::Abandon(which) => {
                if !self.loads.is_empty() {
                    let (ticket, _) = self.loads.remove(which % self.loads.len());
                    self.store.abandon(ticket);
                }
            }
            Step::Prune(budget) => {
                let before = self.store.len();
                let freed = self.store.prune(clock, *budget);
                // What an invalidation struck is out of the count already.
                if freed < before - self.store.len() || freed > *budget {
                    return Err(format!("prune of {budget} freed {freed}, {before} entries before"));
                }
                self.removals(now)?;
            }
            Step::Snapshot(reach, pick) => self.snapshot(*reach, pick, clock, now)?,
            Step::Restore(which) => self.restore(*which, clock, now)?,
        }
        for (ticket, load) in &self.loads {
            same!(self.store.may_join(ticket), self.model.joinable(load), "may join {load:?}");
        }
        self.sizes()
    }

    fn number(&mut self) -> u32 {
        self.next_value += 1;
        self.next_value
    }

    fn get(&mut self, home: Home, key: &str, stale_too: bool, ours: Option<u32>, now: u64) -> Result<(), String> {
        let suits = |state| match state {
            State::Fresh => true,
            State::Stale | State::Grace => stale_too,
            State::Dormant | State::Dead => false,
        };
        let found = self.model.find(home, key).filter(|entry| suits(entry.state(now)));
        let answer = found.map(|entry| {
            entry.asked = now;
            (entry.value, entry.state(now) != State::Fresh)
        });
        same!(ours, answer.map(|(value, _)| value), "get {key:?} of {home:?}");
        let reason = self.model.reason(home, key, now);
        self.removals(now)?;
        let counts = &mut self.model.counts[home.0];
        if let Some((_, stale)) = answer {
            counts.hits += 1;
            counts.stale_hits += u64::from(stale);
            return Ok(());
        }
        counts.misses += 1;
        let place = self.place(home);
        let mut said = reason;
        if let Lookup::Miss(miss) = self.store.lookup(place, key, Timestamp(self.clock)) {
            Self::reason(miss, reason, key)?;
            said = miss;
        } else {
            // A stale value that this reader did not want is found by a look.
            self.looked(home, key, now);
        }
        self.model.counts[home.0].reasons[index(said)] += 1;
        Ok(())
    }

    /// Reasons are remembered in bounded memory: one may be forgotten, never wrong.
    fn reason(said: MissReason, certain: MissReason, key: &str) -> Result<(), String> {
        if said == certain || said == MissReason::Cold {
            Ok(())
        } else {
            Err(format!("{key:?} is missing for {said:?}, not {certain:?}"))
        }
    }

    fn looked(&mut self, home: Home, key: &str, now: u64) {
        if let Some(entry) = self.model.find(home, key)
            && entry.state(now) != State::Dead
        {
            entry.asked = now;
        }
    }

    fn look(&mut self, home: Home, key: &str, clock: Timestamp, now: u64) -> Result<(), String> {
        let place = self.place(home);
        let reason = self.model.reason(home, key, now);
        let theirs = self.model.find(home, key).map(|entry| (entry.state(now), entry.value));
        let ours = match self.store.lookup(place, key, clock) {
            Lookup::Fresh(value) => Some((State::Fresh, *value)),
            Lookup::Stale(stale) => {
                let open = stale.while_revalidating || stale.if_error;
                Some((if open { State::Stale } else { State::Grace }, *stale.value))
            }
            Lookup::Dormant(value) => Some((State::Dormant, *value)),
            Lookup::Miss(said) => {
                Self::reason(said, reason, key)?;
                None
            }
        };
        same!(ours, theirs.filter(|(state, _)| *state != State::Dead), "look up {key:?} of {home:?}");
        self.looked(home, key, now);
        Ok(())
    }

    /// Compares the outcome of an insert or a completed load, and takes it over.
    fn stored(
        &mut self,
        home: Home,
        key: &str,
        number: u32,
        value: &Value,
        ours: Inserted,
        now: u64,
    ) -> Result<(), String> {
        let mut tags = value.tags.clone();
        tags.sort();
        tags.dedup();
        let theirs = if value.terms.ttl.is_zero() {
            Inserted::Rejected(RejectReason::TtlZero)
        } else if self.model.fits(home, key, value.weight, &value.tags) {
            Inserted::Stored
        } else {
            Inserted::Rejected(RejectReason::TooLarge)
        };
        same!(ours, theirs, "insert {key:?}");
        self.removals(now)?;
        if theirs != Inserted::Stored {
            self.model.counts[home.0].rejections += 1;
            if self.model.find(home, key).is_some() {
                return Err(format!("{key:?} was rejected and the older value stayed"));
            }
            return Ok(());
        }
        self.model.counts[home.0].sets += 1;
        let place = self.place(home);
        let info = self
            .store
            .entry(place, key, Timestamp(self.clock))
            .ok_or_else(|| format!("{key:?} was stored and is not there"))?;
        let (terms, left) = (value.terms, info.remaining.map(i64::unsigned_abs));
        // Jitter is drawn by the store: it may only shorten, and by no more than its share.
        if let Some(ttl) = terms.ttl.as_ms() {
            let left = left.ok_or("a lifetime became for ever")?;
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small numbers"
            )]
            let least = ttl - (ttl as f64 * f64::from(terms.jitter)) as u64;
            if left > ttl || left < least.min(ttl - 1).max(u64::from(ttl > 0)) {
                return Err(format!("{key:?} was given {left} ms of {ttl}, jitter {}", terms.jitter));
            }
        }
        let deadline = left.map(|left| now + left);
        let weight = value.weight;
        let key = key.to_owned();
        self.model.held.push(Entry {
            home,
            key,
            value: number,
            created: now,
            deadline,
            terms,
            asked: now,
            weight,
            tags,
            soft: false,
            old_deadline: None,
        });
        Ok(())
    }

    fn touch(&mut self, home: Home, key: &str, ttl: Option<Span>, ours: bool, now: u64) -> Result<(), String> {
        let place = self.place(home);
        let left = self.store.entry(place, key, Timestamp(self.clock)).and_then(|info| info.remaining);
        let entry = self.model.find(home, key).filter(|entry| entry.state(now) == State::Fresh);
        same!(ours, entry.is_some(), "touch {key:?}");
        let Some(entry) = entry else { return Ok(()) };
        let ttl = ttl.unwrap_or(entry.terms.ttl);
        entry.asked = now;
        if ttl.is_zero() {
            entry.deadline = Some(now);
            entry.terms = Terms::ttl(Span::ZERO);
            return self.removals(now);
        }
        let most = ttl.as_ms();
        let left = left.map(i64::unsigned_abs);
        if entry.terms.jitter <= 0.0 {
            same!(left, most, "the lifetime of {key:?} after a touch");
        }
        entry.deadline = left.map(|left| now + left);
        Ok(())
    }

    fn invalidate(&mut self, reach: Reach, pick: &Pick, how: How, clock: Timestamp, now: u64) -> Result<(), String> {
        let how = if matches!(reach, Reach::Credentials) { How::HARD } else { how };
        let pick = if matches!(reach, Reach::Credentials) { &Pick::All } else { pick };
        let meant = |entry: &&mut Entry| reach.covers(entry.home) && pick.means(&entry.key, &entry.tags);
        let mut theirs = 0;
        for entry in self.model.held.iter_mut().filter(meant).filter(|entry| entry.readable(now)) {
            theirs += 1;
            if !how.dry_run {
                self.model.counts[entry.home.0].invalidations += 1;
            }
            if how.soft && !how.dry_run && entry.state(now) == State::Fresh {
                entry.soft = true;
                entry.old_deadline = entry.deadline;
                entry.deadline = Some(now);
            }
        }
        let (scope, selector) = (self.scope(reach), selector(pick));
        let ours = match (reach, pick) {
            (Reach::Credentials, _) => self.store.drop_credentials(clock),
            (_, Pick::Where(rest)) => {
                self.store.invalidate_where(scope, |info| info.key.len() % 3 == *rest, how, clock)
            }
            _ => self.store.invalidate(scope, selector, how, clock),
        };
        same!(ours, theirs, "invalidate {pick:?} in {reach:?} {how:?}");
        self.model.invalidated(reach, pick, how);
        self.removals(now)?;
        if !how.dry_run && !how.soft {
            let stays = self.model.held.iter().find(|entry| {
                reach.covers(entry.home)
                    && pick.means(&entry.key, &entry.tags)
                    // Of the dead no predicate is asked; they go by themselves.
                    && (entry.state(now) != State::Dead || !matches!(pick, Pick::Where(_)))
            });
            if let Some(stays) = stays {
                return Err(format!("{:?} was invalidated and stays", stays.key));
            }
        }
        Ok(())
    }

    fn scope(&mut self, reach: Reach) -> Scope<'static> {
        match reach {
            Reach::All | Reach::Credentials => Scope::All,
            Reach::Namespace(namespace) => Scope::Namespace(self.namespaces[namespace]),
            Reach::Partition(who) => Scope::Partition(partition(who)),
            Reach::Home(home) => Scope::Place(self.place(home)),
        }
    }

    /// The time of day is the model's time, so that what comes back is as old as it was.
    fn snapshot(&mut self, reach: Reach, pick: &Pick, clock: Timestamp, now: u64) -> Result<(), String> {
        let (scope, selector) = (self.scope(reach), selector(pick));
        let written = self.store.snapshot(scope, selector, clock, now, |value| Some(value.to_be_bytes().to_vec()));
        let every = matches!(reach, Reach::Credentials);
        let meant = |entry: &&Entry| {
            (every || reach.covers(entry.home))
                && (matches!(pick, Pick::Where(_)) || pick.means(&entry.key, &entry.tags))
                && !matches!(entry.home.1, Who::Credential(_))
                && entry.state(now) != State::Dead
        };
        let copies: Vec<Entry> = self.model.held.iter().filter(meant).cloned().collect();
        same!((written.entries, written.left_out), (copies.len(), 0), "a snapshot of {pick:?} in {reach:?}");
        self.snapshots.truncate(3);
        self.snapshots.insert(0, (written.bytes, copies));
        Ok(())
    }

    fn restore(&mut self, which: usize, clock: Timestamp, now: u64) -> Result<(), String> {
        if self.snapshots.is_empty() {
            return Ok(());
        }
        let (bytes, mut copies) = self.snapshots[which % self.snapshots.len()].clone();
        // The newest first, of those as old by their names.
        let whose = |who| if let Who::Named(name) = who { Some(name) } else { None };
        copies.sort_by(|one, other| {
            let name = |entry: &Entry| (NAMES[entry.home.0], whose(entry.home.1), entry.key.clone());
            other.created.cmp(&one.created).then_with(|| name(one).cmp(&name(other)))
        });
        let read = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
        let ours = self.store.restore(&bytes, clock, now, read).map_err(|error| error.to_string())?;
        let alive = self.model.held.iter().filter(|entry| entry.state(now) != State::Dead).cloned();
        let (back, left) = self.model.restored(alive.collect(), &copies, now);
        same!(ours.restored, back.len(), "how many came back of {copies:?}");
        self.removals(now)?;
        let stay = self.model.held.iter().filter(|entry| entry.state(now) != State::Dead);
        same!(stay.count(), left, "who is left beside them");
        self.model.held.extend(back);
        Ok(())
    }

    fn complete(&mut self, which: usize, value: &Value, clock: Timestamp, now: u64) -> Result<(), String> {
        if self.loads.is_empty() {
            return Ok(());
        }
        let (ticket, load) = self.loads.remove(which % self.loads.len());
        let (number, tags) = (self.number(), value.tags.iter().map(String::as_str).collect::<Vec<_>>());
        let how = Insert { weight: value.weight, terms: value.terms, tags: &tags };
        let ours = self.store.complete(ticket, number, how, clock);
        if self.model.concerned(&load, &value.tags) {
            same!(ours, Inserted::Rejected(RejectReason::Fenced), "complete {load:?}");
            let counts = &mut self.model.counts[load.home.0];
            counts.rejections += 1;
            counts.fenced += 1;
            return self.removals(now);
        }
        self.model.newer(load.home, &load.key, load.serial);
        self.stored(load.home, &load.key, number, value, ours, now)
    }

    /// Takes over what the store says went, and checks that each was right to go.
    fn removals(&mut self, now: u64) -> Result<(), String> {
        for gone in self.store.take_removed() {
            // The same key may be held in several partitions; the value tells which one went.
            let home = self.model.held.iter().find(|entry| entry.value == gone.value).map(|entry| entry.home);
            let home = home.ok_or_else(|| format!("{:?} went and was not there", gone.key))?;
            same!(gone.namespace, self.namespaces[home.0], "the namespace of {:?}", gone.key);
            let entry = self.model.went(home, &gone.key, gone.cause, now, self.dead_first)?;
            same!(gone.value, entry.value, "what was in {:?}", gone.key);
        }
        Ok(())
    }

    fn sizes(&self) -> Result<(), String> {
        same!(self.store.len(), self.model.held.len(), "len");
        same!(self.store.bytes(), self.model.bytes(|_| true), "bytes");
        let (entries, bytes) = (self.store.len(), self.store.bytes());
        if entries > self.model.whole.max_entries || bytes > self.model.whole.max_bytes {
            return Err(format!("{entries} entries of {bytes} bytes are over {:?}", self.model.whole));
        }
        Ok(())
    }

    /// Everything that can be asked, entry by entry and counter by counter, and the store's own check.
    pub(crate) fn compare_all(&mut self) -> Result<(), String> {
        self.store.check()?;
        let (clock, now) = (Timestamp(self.clock), self.model.peek_at(self.clock));
        for entry in self.model.held.clone() {
            let place = self.place(entry.home);
            let info = self.store.entry(place, &entry.key, clock);
            same!(info.is_some(), entry.readable(now), "entry {:?}", entry.key);
            same!(
                self.store.contains(place, &entry.key, clock),
                entry.state(now) == State::Fresh,
                "contains {:?}",
                entry.key
            );
            let Some(info) = info else { continue };
            let mut tags: Vec<String> = info.tags.iter().map(|tag| (*tag).to_owned()).collect();
            tags.sort();
            same!((*info.value, tags), (entry.value, entry.tags.clone()), "entry {:?}", entry.key);
            same!(info.state == Freshness::Fresh, entry.state(now) == State::Fresh, "state of {:?}", entry.key);
            same!(info.age, now - entry.created, "age of {:?}", entry.key);
            same!(
                info.remaining.map(i128::from),
                entry.deadline.map(|at| i128::from(at) - i128::from(now)),
                "what is left of {:?}",
                entry.key
            );
            same!(
                info.bytes,
                self.model.charge(entry.home, &entry.key, entry.weight, &entry.tags),
                "bytes of {:?}",
                entry.key
            );
        }
        for (number, namespace) in self.namespaces.clone().into_iter().enumerate() {
            let held = self.model.held.iter().filter(|entry| entry.home.0 == number).count();
            let bytes = self.model.bytes(|entry| entry.home.0 == number);
            same!(self.store.size_of(Scope::Namespace(namespace)), (held, bytes), "size of namespace {number}");
            let readable = self.model.held.iter().filter(|entry| entry.home.0 == number && entry.readable(now)).count();
            same!(
                self.store.keys(Scope::Namespace(namespace), Selector::All, clock).len(),
                readable,
                "keys of namespace {number}"
            );
            let (stats, counts) = (self.store.stats(Some(namespace), clock), self.model.counts[number]);
            same!(
                (stats.hits, stats.misses, stats.stale_hits),
                (counts.hits, counts.misses, counts.stale_hits),
                "hits of {number}"
            );
            same!(
                (stats.sets, stats.rejections, stats.fenced),
                (counts.sets, counts.rejections, counts.fenced),
                "sets of {number}"
            );
            same!(
                (stats.invalidations, stats.loads),
                (counts.invalidations, counts.loads),
                "invalidations of {number}"
            );
            same!(RemovalCause::ALL.map(|cause| stats.removals_by(cause)), counts.removals, "removals of {number}");
            same!(MissReason::ALL.map(|reason| stats.misses_by(reason)), counts.reasons, "reasons of {number}");
            if number != ROOT
                && self.model.bounds[number].is_some_and(|bounds| held > bounds.max_entries || bytes > bounds.max_bytes)
            {
                return Err(format!("namespace {number} holds {held} entries of {bytes} bytes"));
            }
        }
        Ok(())
    }
}

fn index(reason: MissReason) -> usize {
    MissReason::ALL.iter().position(|each| *each == reason).unwrap()
}
