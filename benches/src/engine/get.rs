//! A get that hits: zipf order from a prebuilt array.

use std::hint::black_box;

use super::Scale;
use super::contestants::{Contestant, Ours, Plain, Visitor, each_rival, filled};
use super::cpu::timed;
use super::duel::{COLUMNS, Duel};
use crate::table::Table;
use crate::workload::{Random, Zipf, api_keys};

/// Every rival over `count` keys.
pub fn table(count: u32, scale: &Scale) -> Table {
    let order = Zipf::new(count).order(count, scale.block, &mut Random::new(1));
    let keys = api_keys(count);
    let (lengths, loop_alone) = timed(|| order.iter().map(|&number| keys[number as usize].len()).sum::<usize>());
    black_box(lengths);
    let title = format!(
        "get, hit, {count} keys, zipf ({:.0} ns of each are the loop and fetching the key)",
        per(loop_alone, order.len())
    );
    let mut columns = COLUMNS.to_vec();
    columns.push("hits");
    let table = Table::new(title, &columns);
    let mut bench = Get { keys, order, rounds: scale.rounds, table };
    each_rival(&mut bench);
    bench.visit::<Plain>();
    bench.table
}

struct Get {
    keys: Vec<String>,
    order: Vec<u32>,
    rounds: usize,
    table: Table,
}

impl Visitor for Get {
    fn visit<C: Contestant>(&mut self) {
        let (mut ours, mut theirs) = (filled::<Ours>(&self.keys), filled::<C>(&self.keys));
        // One unmeasured round warms both and says how many of the keys each still has.
        let all = read(&mut ours, &self.keys, &self.order);
        let some = read(&mut theirs, &self.keys, &self.order);
        assert!(all == reference(&self.order), "we lost a key or mixed up values");
        assert!(some.0 < all.0 || some == all, "{} mixed up values", C::NAME);
        let nanos = |(sums, nanos): (Sums, f64), expected: Sums| {
            assert!(sums == expected, "{} changed its answers", C::NAME);
            per(nanos, self.order.len())
        };
        let duel = Duel::fight(
            self.rounds,
            || nanos(timed(|| read(&mut ours, &self.keys, &self.order)), all),
            || nanos(timed(|| read(&mut theirs, &self.keys, &self.order)), some),
        );
        let hits = super::of(some.0, self.order.len());
        duel.row(&mut self.table, C::NAME, [hits]);
    }
}

/// Hits, and the sum of their values.
type Sums = (usize, u64);

/// Not inlined, so that each contestant's loop is compiled alike in all its uses.
#[inline(never)]
pub(super) fn read<C: Contestant>(cache: &mut C, keys: &[String], order: &[u32]) -> Sums {
    let mut sums = (0, 0);
    for &number in order {
        if let Some(value) = cache.get(&keys[number as usize]) {
            sums = (sums.0 + 1, sums.1 + value);
        }
    }
    sums
}

fn reference(order: &[u32]) -> Sums {
    (order.len(), order.iter().map(|&number| u64::from(number)).sum())
}

#[expect(clippy::cast_precision_loss, reason = "a number of operations")]
pub(super) fn per(nanos: f64, operations: usize) -> f64 {
    nanos / operations as f64
}
