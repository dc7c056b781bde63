//! Does an operation cost the same in a large cache as in a small one, and is no single one long?

use super::contestants::{Contestant, HOUR, Key, MiniMoka, Moka, Ours, Plain, Quick, Visitor, filled};
use super::cpu::{timed, timer_cost};
use super::get::{per, read};
use crate::table::Table;
use crate::workload::{Random, Zipf, api_keys};

const SIZES: [u32; 5] = [1_000, 10_000, 100_000, 1_000_000, 4_000_000];
/// Small sizes are measured again and again until so many operations were done.
const OPERATIONS: usize = 400_000;

/// Gets, inserts, and the worst insert; `quick` ends at 100,000 keys.
pub fn tables(quick: bool) -> [Table; 3] {
    let sizes = &SIZES[..if quick { 3 } else { SIZES.len() }];
    let largest = sizes[sizes.len() - 1];
    let names: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let mut columns = vec![""];
    columns.extend(names.iter().map(String::as_str));
    columns.push("last / first");
    let worst =
        format!("single inserts while growing to {largest}, ns (of each, {:.0} ns are the timer)", timer_cost());
    let mut bench = Growth {
        sizes,
        keys: api_keys(largest),
        orders: sizes.iter().map(|&size| order(size)).collect(),
        gets: Table::new("get, hit, by number of keys, ns", &columns),
        inserts: Table::new("insert while growing from empty, by number of keys, ns", &columns),
        worst: Table::new(worst, &["", "median", "99.9 %", "99.999 %", "worst"]),
    };
    bench.visit::<Ours>();
    bench.visit::<Quick>();
    bench.visit::<MiniMoka>();
    bench.visit::<Moka>();
    bench.visit::<Plain>();
    [bench.gets, bench.inserts, bench.worst]
}

fn order(size: u32) -> Vec<u32> {
    Zipf::new(size).order(size, OPERATIONS, &mut Random::new(5))
}

struct Growth<'a> {
    sizes: &'a [u32],
    keys: Vec<String>,
    orders: Vec<Vec<u32>>,
    gets: Table,
    inserts: Table,
    worst: Table,
}

impl Visitor for Growth<'_> {
    fn visit<C: Contestant>(&mut self) {
        let (mut gets, mut inserts) = (Vec::new(), Vec::new());
        for (&size, order) in self.sizes.iter().zip(&self.orders) {
            let keys = &self.keys[..size as usize];
            let (get, insert) = measure::<C>(keys, order);
            gets.push(get);
            inserts.push(insert);
        }
        self.gets.row(C::NAME, row(&gets));
        self.inserts.row(C::NAME, row(&inserts));
        self.worst.row(C::NAME, singles::<C>(&self.keys).map(|nanos| format!("{nanos:.0}")));
    }
}

fn row(figures: &[f64]) -> Vec<String> {
    let ratio = figures[figures.len() - 1] / figures[0];
    figures.iter().map(|nanos| format!("{nanos:.0}")).chain([format!("{ratio:.1}")]).collect()
}

/// Nanoseconds of a get (the better of two runs, after one that warms up) and of an insert.
fn measure<C: Contestant>(keys: &[Key], order: &[u32]) -> (f64, f64) {
    let times = OPERATIONS.div_ceil(keys.len());
    let fill = || timed(|| filled::<C>(keys));
    // The first one pays for what the contestant before left behind in the heap, so it does not count.
    let (mut cache, mut total) = (fill().0, 0.0);
    for _ in 0..times {
        let (next, nanos) = fill();
        // The old one is dropped here, outside of the measurement.
        cache = next;
        total += nanos;
    }
    let expected = read(&mut cache, keys, order);
    let mut gets = || {
        let (sums, nanos) = timed(|| read(&mut cache, keys, order));
        assert!(sums == expected, "{} changed its answers", C::NAME);
        per(nanos, order.len())
    };
    (gets().min(gets()), per(total, times * keys.len()))
}

/// Median, two high percentiles and the maximum over individually timed inserts.
fn singles<C: Contestant>(keys: &[Key]) -> [f64; 4] {
    let mut cache = C::new(2 * keys.len(), HOUR);
    let mut nanos: Vec<f64> = (0..).zip(keys).map(|(value, key)| timed(|| cache.insert(key, value)).1).collect();
    nanos.sort_by(f64::total_cmp);
    let last = nanos.len() - 1;
    [nanos[last / 2], nanos[last - last / 1000], nanos[last - last / 100_000], nanos[last]]
}
