//! Everything expires and nobody asks for it: who gives the memory back, when, and at what worst?

use std::time::{Duration, Instant};

use fetchwell::engine::{Span, Terms, Timestamp};

use super::contestants::{Contestant, MiniMoka, MiniMokaSync, Moka, Ours, filled};
use super::cpu::timed;
use crate::table::Table;
use crate::workload::{Random, api_keys};

/// The peers read a real clock, so this is waited for: longer than filling any of them takes.
const PEERS_TTL: Duration = Duration::from_secs(12);
/// Entries freed by one call of `prune`.
const BUDGET: usize = 1024;
/// No more calls than this for each entry.
const PATIENCE: usize = 4;

/// Each cache over `count` entries.
pub fn table(count: u32) -> Table {
    let columns = ["", "by", "calls", "cpu ms", "ns an entry", "worst call µs", "left"];
    let title = format!("{count} entries expire untouched");
    let mut bench = Expiry { count: count as usize, table: Table::new(title, &columns) };
    let keys = api_keys(count);
    bench.ours(&keys);
    bench.peers(&keys);
    let dashes = ["knows no lifetimes", "-", "-", "-", "-", "-"].map(str::to_owned);
    bench.table.row("quick_cache", dashes);
    bench.table
}

struct Expiry {
    count: usize,
    table: Table,
}

impl Expiry {
    fn ours(&mut self, keys: &[String]) {
        let late = Timestamp(4 * 3_600_000);
        let mut cache: Ours = filled(keys);
        self.drain("fetchwell, one TTL", "prune of 1024", || {
            cache.store.prune(late, BUDGET);
            cache.store.len()
        });
        let mut cache = Ours::new(2 * keys.len(), PEERS_TTL);
        let mut random = Random::new(4);
        for (value, key) in (0..).zip(keys) {
            // Between 1 second and 2 hours.
            cache.terms = Terms::ttl(Span::ms(1000 + u64::from(random.below(7_200_000))));
            cache.insert(key, value);
        }
        self.drain("fetchwell, TTLs spread", "prune of 1024", || {
            cache.store.prune(late, BUDGET);
            cache.store.len()
        });
        let another = "another key".to_owned();
        let mut cache: Ours = filled(keys);
        cache.now = late;
        self.drain("fetchwell, never pruned", "inserts of one key", || {
            cache.insert(&another, 0);
            cache.len() - 1
        });
    }

    /// All are filled before the one wait.
    #[expect(clippy::disallowed_methods, reason = "the peers read it too, and cannot be told")]
    fn peers(&mut self, keys: &[String]) {
        let mut mini_moka = full::<MiniMoka>(keys);
        let mut mini_moka_sync = full::<MiniMokaSync>(keys);
        let mut moka = full::<Moka>(keys);
        let deadline = Instant::now() + PEERS_TTL + Duration::from_millis(100);
        std::thread::sleep(deadline - Instant::now());
        let another = "another key".to_owned();
        self.drain(MiniMoka::NAME, "gets of an absent key", || {
            mini_moka.get(&another);
            mini_moka.len()
        });
        self.drain(MiniMokaSync::NAME, "sync", || mini_moka_sync.len());
        self.drain(Moka::NAME, "run_pending_tasks", || moka.len());
    }

    /// Calls `step`, which says how many entries are left, until none are or patience is.
    fn drain(&mut self, name: &str, by: &str, mut step: impl FnMut() -> usize) {
        let (mut calls, mut left, mut total, mut worst) = (0, self.count, 0.0, 0.0_f64);
        while left > 0 && calls < PATIENCE * self.count {
            let (now_left, nanos) = timed(&mut step);
            left = now_left;
            calls += 1;
            total += nanos;
            worst = worst.max(nanos);
        }
        let (millis, micros) = (total / 1e6, worst / 1e3);
        let figures = [millis, super::get::per(total, self.count), micros].map(|x| format!("{x:.1}"));
        let [millis, each, worst] = figures;
        self.table.row(name, [by.to_owned(), calls.to_string(), millis, each, worst, left.to_string()]);
    }
}

/// Filled, with a warning if some of it was gone before the last came in.
fn full<C: Contestant>(keys: &[String]) -> C {
    let mut cache = C::new(2 * keys.len(), PEERS_TTL);
    super::insert::write(&mut cache, keys, 0);
    let held = cache.len();
    if held < keys.len() {
        println!("  note: {} held {held} of {} when filled", C::NAME, keys.len());
    }
    cache
}
