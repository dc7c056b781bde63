//! `engine`: our `Store<u64>` on one thread, beside the caches that Rust programs use.
//!
//! Processor time of the thread; rounds interleaved A B B A; a ratio is the median of the rounds'
//! ratios, with the lowest and highest beside it; answers are summed and compared.

pub mod contestants;
pub mod cpu;
pub mod duel;
pub mod expiry;
pub mod get;
pub mod growth;
pub mod insert;
pub mod memory;
pub mod mixed;
pub mod prefix;

use crate::hit_ratio::cells::percent;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Numbers of keys.
    pub sizes: &'static [u32],
    /// Rounds of a duel.
    pub rounds: usize,
    /// Operations of one contestant's turn.
    pub block: usize,
    /// Keys where one large cache is measured: prefixes, expiry, memory.
    pub large: u32,
}

const FULL: Scale = Scale { sizes: &[1_000, 100_000, 1_000_000], rounds: 7, block: 200_000, large: 1_000_000 };
const QUICK: Scale = Scale { sizes: &[100_000], rounds: 5, block: 100_000, large: 100_000 };

impl Scale {
    /// All of it, or what a minute allows.
    pub fn of(quick: bool) -> Self {
        if quick { QUICK } else { FULL }
    }
}

/// Prints all tables.
pub fn run(quick: bool) {
    let scale = Scale::of(quick);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    println!("{system} {processor}, {cores} cores; processor time of one thread");
    println!("ratio: their time / ours, above 1 we are faster; median of {} rounds", scale.rounds);
    println!("fetchwell beside itself: how far that ratio is from 1 is the noise");
    println!("Time is handed to our engine; moka and mini-moka read a clock at each call.");
    println!("Keys are text of 57 bytes, values 8 bytes, time to live 1 hour (quick_cache has none).");
    for &size in scale.sizes {
        print!("{}", get::table(size, &scale));
    }
    for &size in scale.sizes {
        print!("{}", insert::table(size, &scale));
    }
    for &size in scale.sizes {
        print!("{}", mixed::table(size, &scale));
    }
    // The goal is for a million, so that is what `--quick` does as well.
    print!("{}", prefix::table(1_000_000));
    print!("{}", expiry::table(scale.large));
    for table in growth::tables(quick) {
        print!("{table}");
    }
    memory::run_apart(quick);
}

/// `part` of `whole` as a cell of a table.
fn of(part: usize, whole: usize) -> String {
    format!("{:.1} %", percent(part as u64, whole as u64))
}
