//! Several threads at work on one cache, and how long they take together.

use std::sync::Barrier;
use std::time::Instant;

use super::contestants::Threaded;

/// What the threads do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Everything that is asked for is there.
    Hits,
    /// Nine reads and a write; a read that misses inserts; room for a tenth of the keys.
    Mixed,
    /// Writes only, room for a tenth of the keys.
    Writes,
}

impl Work {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 3] = [Self::Hits, Self::Mixed, Self::Writes];

    /// The title of its table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hits => "get, all hits",
            Self::Mixed => "mixed 90/10, room for 10 %",
            Self::Writes => "insert with eviction, room for 10 %",
        }
    }

    /// Entries the cache has room for.
    pub fn room(self, keys: usize) -> usize {
        match self {
            // Some policies keep a little less than their capacity.
            Self::Hits => keys * 2,
            Self::Mixed | Self::Writes => keys / 10,
        }
    }
}

/// Lets `threads` do `block` operations each; nanoseconds of the wall for one operation.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
#[expect(clippy::disallowed_methods, reason = "a benchmark's own clock")]
pub fn crowd<C: Threaded>(cache: &C, work: Work, threads: usize, block: usize, keys: &[String], order: &[u32]) -> f64 {
    let start = Barrier::new(threads + 1);
    let began = std::thread::scope(|scope| {
        for thread in 0..threads {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                // Each begins elsewhere in the same order.
                labour(cache, work, block, keys, order, order.len() / threads * thread);
            });
        }
        start.wait();
        Instant::now()
    });
    began.elapsed().as_nanos() as f64 / (threads * block) as f64
}

fn labour<C: Threaded>(cache: &C, work: Work, block: usize, keys: &[String], order: &[u32], from: usize) {
    for (position, number) in order.iter().cycle().skip(from).take(block).enumerate() {
        let (key, value) = (&keys[*number as usize], u64::from(*number));
        if work == Work::Writes || (work == Work::Mixed && position % 10 == 9) {
            cache.insert(key, value);
            continue;
        }
        match cache.get(key) {
            Some(found) => assert!(found == value, "{} mixed up values", C::NAME),
            None => cache.insert(key, value),
        }
    }
}
