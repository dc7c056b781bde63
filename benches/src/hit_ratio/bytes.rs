//! By bytes: the trace that has sizes, at percentages of the bytes of its distinct keys.
//!
//! The means leave out the capacities that the study left out (fewer than ten entries); so LRU's are
//! those of lru-cache in our first study, 73.39 / 38.59, where its model of the engine has
//! 86.16 / 43.33.

use super::cells::{Cell, PERCENT, mean, percent, share};
use super::contender::{Contender, Door};
use crate::policies::Lru;
use crate::table::Table;
use crate::trace::Trace;

/// Hits and hit bytes in percent, LRU beside the engine's two doors; nothing without sizes.
pub fn table(trace: &Trace) -> Option<Table> {
    let sizes = trace.sizes.as_ref()?;
    let mut first = vec![0_u64; trace.distinct as usize];
    for (&key, &size) in trace.keys.iter().zip(sizes).rev() {
        // A body of no bytes still takes a place; the first size of a key is its size.
        first[key as usize] = u64::from(size).max(1);
    }
    let total = first.iter().sum();
    let left_out = PERCENT.map(|percent| Cell::new(percent, trace.distinct).clamped);
    let star = |left_out| if left_out { "*" } else { "" };
    let heading = |(percent, left_out)| format!("{percent} %{}", star(left_out));
    let columns: Vec<String> = PERCENT.into_iter().zip(left_out).map(heading).collect();
    let mut header = vec![""];
    header.extend(columns.iter().map(String::as_str));
    header.push("mean");
    let title = format!("{}: hits / hit bytes in %, by capacity in % of {total} bytes", trace.name);
    let mut table = Table::new(title, &header);
    let capacities = PERCENT.map(|percent| share(percent, total));
    let mut row = |name: &str, run: &dyn Fn(u64) -> (f64, f64)| {
        let figures = capacities.map(run);
        let kept = || figures.iter().zip(left_out).filter(|(_, left_out)| !left_out);
        let average = (mean(kept().map(|(both, _)| both.0)), mean(kept().map(|(both, _)| both.1)));
        let cells = figures.into_iter().chain([average]);
        table.row(name, cells.map(|(objects, bytes)| format!("{objects:.2} / {bytes:.2}")));
    };
    row("fetchwell, loads", &|room| {
        let mut store = Contender::by_bytes(room, Door::Load);
        ratios(trace, &first, |key, size| store.request_sized(key, size))
    });
    row("fetchwell, inserts", &|room| {
        let mut store = Contender::by_bytes(room, Door::Insert);
        ratios(trace, &first, |key, size| store.request_sized(key, size))
    });
    row("LRU", &|room| {
        let mut lru = Lru::new(room, trace.distinct);
        ratios(trace, &first, |key, size| lru.request_weighing(key, size))
    });
    Some(table)
}

fn ratios(trace: &Trace, sizes: &[u64], mut request: impl FnMut(u32, u64) -> bool) -> (f64, f64) {
    let (mut hits, mut hit_bytes, mut bytes) = (0, 0, 0);
    for &key in &trace.keys {
        let size = sizes[key as usize];
        bytes += size;
        if request(key, size) {
            hits += 1;
            hit_bytes += size;
        }
    }
    (percent(hits, trace.keys.len() as u64), percent(hit_bytes, bytes))
}
