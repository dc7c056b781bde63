//! Ten million operations on one bounded store: what it allocates stays flat, and what nobody needs any more is gone.
//!
//! `FETCHWELL_SEED=7 cargo test --test churn` makes other choices. One allocator counts for all, so the tests here take turns.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::alloc::System;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cap::Cap;
use fetchwell::engine::{
    Bounds, Config, How, Insert, Namespace, Partition, Place, Scope, Selector, Span, Store, Terms, Ticket, Timestamp,
};
use support::{Chance, scaled, seed};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What the test harness itself may allocate meanwhile, for the tests that wait for their turn.
const NOISE: usize = 32 << 10;

fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value that takes the room it weighs.
type Body = Box<[u8]>;

const MAX_ENTRIES: usize = 5_000;
/// After so many operations every table has met its usual crowd.
const WARM_UP: u64 = 500_000;

/// A store and everything that is done to it.
struct Churn {
    store: Store<Body>,
    chance: Chance,
    shop: Namespace,
    now: u64,
    /// Counts up for whatever must never repeat: keys, tags, partitions.
    next: u64,
    loads: VecDeque<Ticket>,
    text: String,
}

impl Churn {
    fn new(chance: Chance) -> Self {
        let bounds = Bounds { max_entries: MAX_ENTRIES, max_bytes: 2 << 20, max_entry_bytes: 4_000 };
        let mut store = Store::new(Config { bounds, keep_removed: true, ..Config::default() });
        let own = Bounds { max_entries: 700, max_bytes: 200_000, ..bounds };
        let shop = store.namespace("shop", Some(own)).unwrap();
        Self { store, chance, shop, now: 0, next: 0, loads: VecDeque::new(), text: String::new() }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A place: mostly everybody's, sometimes a known user's, sometimes one that was never seen before.
    fn place(&mut self) -> Place {
        let namespace = if self.chance.one_in(5) { self.shop } else { Namespace::ROOT };
        let name = match self.chance.below(20) {
            0 => format!("visitor {}", self.number()),
            1..=5 => format!("user {}", self.chance.below(40)),
            _ => return self.store.place(namespace, Partition::Shared),
        };
        let whose = if self.chance.one_in(2) { Partition::Named(&name) } else { Partition::Credential(&name) };
        self.store.place(namespace, whose)
    }

    /// Writes a key: one of many old ones, or a new one.
    fn spell_key(&mut self) {
        use std::fmt::Write;
        let number = if self.chance.one_in(3) { self.number() } else { self.chance.below(20_000) };
        self.text.clear();
        let (group, part) = (number % 100, ["", ":cover", ":pages:1", ":pages:2/notes"]);
        let _ = write!(self.text, "books:{group}:{number}{}", self.chance.pick(&part));
    }

    fn terms(&mut self) -> Terms {
        let mut span = |of: &[u64]| Span::ms(self.chance.pick(of));
        let any = span(&[1, 10, 100, 1_000, 10_000, 60_000, 3_600_000, 86_400_000, 1 << 33]);
        let (tti, swr, stale_if_error) = (span(&[0, 0, 0, 5_000]), span(&[0, 0, 500]), span(&[0, 0, 0, 9_000]));
        // Lifetimes that never repeat, too: each is kept for as long as an entry needs it.
        let ttl = match self.chance.below(4) {
            0 => Span::ms(1 + self.chance.below(10_000_000)),
            1 => Span::FOREVER,
            _ => any,
        };
        let jitter = self.chance.pick(&[0.0, 0.0, 0.1]);
        Terms { ttl, tti, swr, stale_if_error, jitter, dormant: self.chance.one_in(6) }
    }

    /// Offers a value, by `insert` or as what a load brought.
    fn offer(&mut self, load: Option<Ticket>) {
        let weight = self.chance.pick(&[0, 10, 100, 100, 300, 1_000, 3_999, 5_000]);
        let body: Body = vec![7; usize::try_from(weight).unwrap()].into();
        let own = format!("tag {}", self.number());
        let common = format!("shelf {}", self.chance.below(50));
        let tags: &[&str] = match self.chance.below(6) {
            0 => &[&own],
            1 => &[&common],
            2 => &[&own, &common],
            _ => &[],
        };
        let how = Insert { weight, terms: self.terms(), tags };
        let now = Timestamp(self.now);
        let _ = if let Some(ticket) = load {
            self.store.complete(ticket, body, how, now)
        } else {
            let place = self.place();
            self.spell_key();
            self.store.insert(place, &self.text, body, how, now)
        };
    }

    fn invalidate(&mut self) {
        let place = self.place();
        self.spell_key();
        let user = format!("user {}", self.chance.below(40));
        let scope = match self.chance.below(5) {
            0 => Scope::Namespace(self.shop),
            1 => Scope::Place(place),
            2 => Scope::Partition(Partition::Named(&user)),
            _ => Scope::All,
        };
        let number = match self.chance.below(3) {
            0 => self.number(),
            1 => self.next.saturating_sub(self.chance.below(1_000)),
            _ => self.chance.below(50),
        };
        let (tag, shelf) = (format!("tag {number}"), format!("shelf {number}"));
        let (segment, glob) =
            (format!("books:{}:{number}", number % 100), format!("books:{}:?{number}*", number % 100));
        let what = match self.chance.below(14) {
            0..=3 => Selector::Key(&self.text),
            4 => Selector::Prefix(&segment),
            5..=6 => Selector::Segment(&segment),
            7..=9 => Selector::Tag(&tag),
            10 => Selector::Tag(&shelf),
            _ => Selector::Glob(&glob),
        };
        let how = self.chance.pick(&[How::HARD, How::HARD, How::SOFT, How::DRY_RUN]);
        self.store.invalidate(scope, what, how, Timestamp(self.now));
    }

    fn step(&mut self) {
        let now = Timestamp(self.now);
        match self.chance.below(10_000) {
            0..3_500 => self.offer(None),
            3_500..7_000 => {
                let place = self.place();
                self.spell_key();
                let _ = self.store.get(place, &self.text, now);
            }
            7_000..7_500 => {
                let place = self.place();
                self.spell_key();
                let _ = self.store.get_stale(place, &self.text, now);
                self.store.touch(place, &self.text, None, now);
            }
            7_500..8_200 => {
                let place = self.place();
                self.spell_key();
                self.loads.push_back(self.store.begin_load(place, &self.text));
            }
            8_200..8_900 => {
                let fails = self.chance.one_in(10);
                match self.loads.pop_front() {
                    Some(load) if fails => self.store.abandon(load),
                    Some(load) => self.offer(Some(load)),
                    None => {}
                }
            }
            8_900..9_500 => self.invalidate(),
            9_500..9_700 => {
                let place = self.place();
                self.spell_key();
                self.store.remove(place, &self.text, now);
            }
            9_700..9_990 => {
                self.now += self.chance.pick(&[0, 1, 1, 10, 100, 1_000]);
            }
            9_990..9_994 => {
                let name = format!("user {}", self.chance.below(40));
                self.store.drop_partition(Partition::Named(&name), now);
            }
            9_994..9_995 => {
                self.store.drop_credentials(now);
            }
            9_995..9_999 => {
                self.store.prune(now, 100);
            }
            _ => {
                // Rare: the long jump, and a predicate over everything.
                self.now += self.chance.pick(&[60_000, 3_600_000, 86_400_000]);
                self.store.invalidate_where(Scope::All, |info| info.key.ends_with('7'), How::HARD, now);
            }
        }
        // Never more than a few hundred in flight, and what went is taken away before it piles up.
        if self.loads.len() > 300
            && let Some(load) = self.loads.pop_front()
        {
            self.store.abandon(load);
        }
        if self.store.len() > MAX_ENTRIES || self.next.is_multiple_of(16) {
            drop(self.store.take_removed());
        }
    }
}

#[test]
fn ten_million_operations_leave_the_memory_of_a_bounded_store_flat_and_nothing_in_its_side_tables() {
    let _alone = alone();
    let (seed, part) = (seed(), scaled(1_000_000));
    println!("{} operations, FETCHWELL_SEED={seed}", 10 * part);
    let before = ALLOCATOR.allocated();
    let mut churn = Churn::new(Chance(seed));
    (0..WARM_UP).for_each(|_| churn.step());
    let mut marks = vec![];
    for million in 0..10 {
        let mut mark = 0;
        for _ in 0..part {
            churn.step();
            mark = mark.max(ALLOCATOR.allocated() - before);
        }
        churn.store.check().unwrap();
        println!(
            "part {million}: at most {mark} bytes, {} entries of {} bytes",
            churn.store.len(),
            churn.store.bytes()
        );
        marks.push(mark);
    }
    let first = marks[0];
    assert!(marks.iter().all(|mark| *mark <= first + first / 20), "FETCHWELL_SEED={seed}: it grew: {marks:?}");

    churn.loads.drain(..).for_each(|load| churn.store.abandon(load));
    churn.store.clear(Scope::All, Timestamp(churn.now));
    churn.store.prune(Timestamp(churn.now), usize::MAX);
    drop(churn.store.take_removed());
    churn.store.check().unwrap();
    assert_eq!((churn.store.len(), churn.store.bytes()), (0, 0));
    assert_eq!(churn.store.side_tables(), [("tags", 0), ("terms", 0), ("loads", 0)]);
    // What stays is room for as many entries again: slots, links, places in the tables.
    let left = ALLOCATOR.allocated() - before;
    assert!(left < 450 * MAX_ENTRIES, "{left} bytes are kept of {first}");
    drop(churn);
    assert!(ALLOCATOR.allocated() < before + NOISE, "a store that is gone has left something behind");
}

#[test]
fn tags_invalidated_by_the_hundred_thousand_while_loads_are_in_flight_cost_no_memory() {
    let _alone = alone();
    let mut store = Store::<u32>::new(Config::default());
    let loads: Vec<Ticket> = (0..10).map(|key| store.begin_load(Place::ROOT, &key.to_string())).collect();
    let mut tags = 0..;
    let mut invalidate = |store: &mut Store<u32>, count: usize| {
        let mut most = 0;
        for tag in tags.by_ref().take(count) {
            store.invalidate(Scope::All, Selector::Tag(&format!("tag {tag}")), How::HARD, Timestamp(tag));
            most = most.max(ALLOCATOR.allocated());
        }
        most
    };
    let before = ALLOCATOR.allocated();
    let marks: Vec<usize> = (0..10).map(|_| invalidate(&mut store, 10_000) - before).collect();
    println!("at most {marks:?} bytes in each 10 000");
    // 1 024 of them are remembered; all of them would take more than a megabyte.
    assert!(marks.iter().all(|mark| *mark <= marks[0] + NOISE && *mark < (64 << 10) + NOISE), "{marks:?}");
    for (number, load) in loads.into_iter().enumerate() {
        let tags: &[&str] = if number % 2 == 0 { &["tag"] } else { &[] };
        let stored = store.complete(load, 1, Insert { tags, ..Insert::default() }, Timestamp(0)).is_stored();
        assert_eq!(stored, tags.is_empty(), "a load that began before what was forgotten is stored only without tags");
    }
    let stats = store.stats(None, Timestamp(0));
    assert_eq!((stats.sets, stats.fenced, stats.fenced_to_be_safe), (5, 5, 5));
}

#[test]
fn other_invalidations_while_loads_are_in_flight_cost_no_memory_either() {
    let _alone = alone();
    let mut store = Store::<u32>::new(Config::default());
    let loads: Vec<Ticket> = (0..10).map(|key| store.begin_load(Place::ROOT, &key.to_string())).collect();
    let mut most = vec![];
    for round in 0..10_u64 {
        let mut here = 0;
        for number in 0..10_000 {
            let (text, now) = (format!("gone:{round}:{number}"), Timestamp(number));
            let what = [Selector::Key(&text), Selector::Prefix(&text), Selector::Segment(&text), Selector::Glob(&text)];
            store.invalidate(Scope::All, what[usize::try_from(number % 4).unwrap()], How::HARD, now);
            store.remove(Place::ROOT, &text, now);
            here = here.max(ALLOCATOR.allocated());
        }
        most.push(here);
    }
    assert!(most.iter().all(|here| *here <= most[0] + NOISE), "{most:?}");
    for load in loads {
        assert!(store.complete(load, 1, Insert::default(), Timestamp(0)).is_stored(), "none of it concerned them");
    }
}
