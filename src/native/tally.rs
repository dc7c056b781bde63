//! Counters of hits that readers on different processors do not fight over: each thread counts on a line of its own, and now and then
//! somebody adds the lines up.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

const LINES: usize = 16;

#[derive(Debug, Default)]
#[repr(align(128))]
struct Line {
    hits: AtomicU64,
    bytes: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    lines: [Line; LINES],
}

impl Tally {
    pub(super) fn hit(&self, bytes: u64) {
        let line = &self.lines[line() % LINES];
        line.hits.fetch_add(1, Relaxed);
        line.bytes.fetch_add(bytes, Relaxed);
    }

    /// Hits and bytes since the last time.
    pub(super) fn take(&self) -> (u64, u64) {
        self.lines.iter().fold((0, 0), |(hits, bytes), line| {
            (hits + line.hits.swap(0, Relaxed), bytes.saturating_add(line.bytes.swap(0, Relaxed)))
        })
    }
}

/// The number of this thread, counted up from zero.
fn line() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static LINE: Cell<usize> = const { Cell::new(usize::MAX) });
    // A thread whose locals are gone already still may count.
    LINE.try_with(|line| {
        if line.get() == usize::MAX {
            line.set(THREADS.fetch_add(1, Relaxed));
        }
        line.get()
    })
    .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_whoever_counts() {
        let tally = Tally::default();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| (0..1_000).for_each(|_| tally.hit(3)));
            }
        });
        assert_eq!(tally.take(), (20_000, 60_000));
        assert_eq!(tally.take(), (0, 0));
    }
}
