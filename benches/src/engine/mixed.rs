//! Nine reads and a write: a read that misses inserts, capacity a tenth of the keys.

use super::Scale;
use super::contestants::{Contestant, HOUR, Ours, Visitor, each_rival};
use super::cpu::timed;
use super::duel::{COLUMNS, Duel};
use super::get::per;
use crate::table::Table;
use crate::workload::{Random, Zipf, api_keys};

/// Every rival over `count` keys.
pub fn table(count: u32, scale: &Scale) -> Table {
    let mut columns = COLUMNS.to_vec();
    columns.extend(["their hits", "our hits"]);
    let title = format!("mixed 90/10, {count} keys, zipf, capacity 10 %");
    let table = Table::new(title, &columns);
    let keys = api_keys(count);
    let warm_up = 2 * keys.len();
    let requests = warm_up + scale.rounds * 2 * scale.block;
    let order = Zipf::new(count).order(count, requests, &mut Random::new(2));
    let mut bench = Mixed { keys, order, warm_up, scale: *scale, table };
    each_rival(&mut bench);
    bench.table
}

struct Mixed {
    keys: Vec<String>,
    order: Vec<u32>,
    warm_up: usize,
    scale: Scale,
    table: Table,
}

impl Visitor for Mixed {
    fn visit<C: Contestant>(&mut self) {
        let mut ours = Stream::<Ours>::new(self);
        let mut theirs = Stream::<C>::new(self);
        let (rounds, block) = (self.scale.rounds, self.scale.block);
        let duel = Duel::fight(rounds, || ours.block(block), || theirs.block(block));
        let hits = [theirs.counts, ours.counts].map(|counts| super::of(counts.hits, counts.reads));
        duel.row(&mut self.table, C::NAME, hits);
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    hits: usize,
    reads: usize,
}

/// A warm cache and the requests still to come.
struct Stream<'a, C> {
    cache: C,
    keys: &'a [String],
    order: &'a [u32],
    counts: Counts,
}

impl<'a, C: Contestant> Stream<'a, C> {
    fn new(bench: &'a Mixed) -> Self {
        let cache = C::new(bench.keys.len() / 10, HOUR);
        let mut stream = Self { cache, keys: &bench.keys, order: &bench.order, counts: Counts::default() };
        stream.block(bench.warm_up);
        stream.counts = Counts::default();
        stream
    }

    /// Answers the next `count` requests; nanoseconds per request.
    fn block(&mut self, count: usize) -> f64 {
        let (order, rest) = self.order.split_at(count);
        self.order = rest;
        let (counts, nanos) = timed(|| mixed(&mut self.cache, self.keys, order));
        self.counts.hits += counts.hits;
        self.counts.reads += counts.reads;
        per(nanos, count)
    }
}

/// Not inlined, so that each contestant's loop is compiled alike in all its uses.
#[inline(never)]
fn mixed<C: Contestant>(cache: &mut C, keys: &[String], order: &[u32]) -> Counts {
    let mut counts = Counts::default();
    for (position, &number) in order.iter().enumerate() {
        let (key, value) = (&keys[number as usize], u64::from(number));
        if position % 10 == 9 {
            cache.insert(key, value);
            continue;
        }
        counts.reads += 1;
        match cache.get(key) {
            Some(found) => {
                assert!(found == value, "{} mixed up values", C::NAME);
                counts.hits += 1;
            }
            None => cache.insert(key, value),
        }
    }
    counts
}
