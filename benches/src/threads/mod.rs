//! `threads`: `fetchwell::Cache` under 1, 2, 4 and 8 threads, beside the concurrent caches that Rust servers use.
//!
//! Time on the wall, since it is about waiting; rounds interleaved A B B A; a ratio is the median of the rounds' ratios. More threads
//! than cores show what waiting for a lock costs when its holder is not running.

pub mod contestants;
pub mod crowd;

use crate::engine::duel::Duel;
use crate::table::Table;
use crate::workload::{Random, Zipf, api_keys};
use contestants::{Moka, Ours, QuickCache, Threaded};
use crowd::{Work, crowd};

/// Threads at a time.
const THREADS: [usize; 4] = [1, 2, 4, 8];

/// Keys of every workload.
const KEYS: u32 = 100_000;

/// Prints all tables.
pub fn run(quick: bool) {
    let (rounds, block) = if quick { (5, 50_000) } else { (9, 200_000) };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("{cores} cores; {KEYS} keys of 57 bytes, values 8 bytes, time to live 1 hour (quick_cache has none)");
    println!("million operations a second, all threads together; ratio: ours / theirs, median of {rounds} rounds");
    println!("More threads than cores: what is seen is the cost of waiting, not how it would scale on more cores.");
    let keys = api_keys(KEYS);
    let order = Zipf::new(KEYS).order(KEYS, 1 << 20, &mut Random::new(3));
    for work in Work::ALL {
        let title = format!("{}, {KEYS} keys, zipf", work.name());
        let columns = ["peer", "threads", "theirs M/s", "ours M/s", "ratio", "of rounds"];
        let mut table = Table::new(title, &columns);
        for threads in THREADS {
            let bench = Bench { work, threads, rounds, block, keys: &keys, order: &order };
            bench.fight::<Ours>(&mut table);
            bench.fight::<Moka>(&mut table);
            bench.fight::<QuickCache>(&mut table);
        }
        print!("{table}");
    }
}

struct Bench<'a> {
    work: Work,
    threads: usize,
    rounds: usize,
    block: usize,
    keys: &'a [String],
    order: &'a [u32],
}

impl Bench<'_> {
    fn fight<C: Threaded>(&self, table: &mut Table) {
        let room = self.work.room(self.keys.len());
        let (ours, theirs) = (Ours::new(room), C::new(room));
        ours.fill(self.keys);
        theirs.fill(self.keys);
        // Nanoseconds of the wall for an operation, so that a duel's ratio is theirs / ours as everywhere.
        let duel = Duel::fight(
            self.rounds,
            || crowd(&ours, self.work, self.threads, self.block, self.keys, self.order),
            || crowd(&theirs, self.work, self.threads, self.block, self.keys, self.order),
        );
        let per_second = |nanos: f64| format!("{:.2}", 1_000.0 / nanos);
        let cells = [
            self.threads.to_string(),
            per_second(duel.theirs),
            per_second(duel.ours),
            format!("{:.2}", duel.ratio),
            format!("{:.2}–{:.2}", duel.spread.0, duel.spread.1),
        ];
        table.row(C::NAME, cells);
    }
}
