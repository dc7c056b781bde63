//! By entries: the engine between LRU and the optimum, and what it says of twice the room.

use super::cells::{Cell, PERCENT, mean, percent};
use super::contender::Contender;
use crate::policies::{Lru, Opt, Policy, S3Fifo, WTinyLfu, hits};
use crate::table::Table;
use crate::trace::Trace;

const NAMES: [&str; 5] = ["optimum", "fetchwell", "S3-FIFO", "LRU", "W-TinyLFU"];
/// What our first study has for the same cells; its engine is a model of ours.
const REFERENCE: [f64; 5] = [72.90, 64.87, 63.22, 61.08, 60.75];
const GOAL: f64 = 64.8;

/// The cells of one trace.
pub struct Objects {
    trace: String,
    cells: Vec<Figures>,
}

struct Figures {
    cell: Cell,
    /// Hit ratios in percent, in the order of `NAMES`.
    ratios: [f64; 5],
    /// What the engine guessed for double size, and what a run at double size gave.
    what_if: Option<(f64, f64)>,
}

impl Objects {
    /// Runs every policy at every capacity; with `what_if` the engine at double size as well.
    pub fn run(trace: &Trace, what_if: bool) -> Self {
        let cells = PERCENT.map(|percent| figures(trace, Cell::new(percent, trace.distinct), what_if));
        Self { trace: trace.name.clone(), cells: cells.into() }
    }

    /// A row for each policy, a column for each capacity.
    pub fn table(&self) -> Table {
        let capacities: Vec<String> = self.cells.iter().map(heading).collect();
        let mut columns = vec![""];
        columns.extend(capacities.iter().map(String::as_str));
        columns.push("mean");
        let title = format!("{}: hits in % of requests, by capacity in entries", self.trace);
        let mut table = Table::new(title, &columns);
        for (index, name) in NAMES.iter().enumerate() {
            let ratios = self.cells.iter().map(|cell| cell.ratios[index]);
            table.row(*name, ratios.chain([self.mean(index)]).map(two));
        }
        table
    }

    /// Over the cells that the study had.
    fn mean(&self, index: usize) -> f64 {
        mean(self.cells.iter().filter(|cell| !cell.cell.clamped).map(|cell| cell.ratios[index]))
    }

    fn mean_with_clamped(&self, index: usize) -> f64 {
        mean(self.cells.iter().map(|cell| cell.ratios[index]))
    }
}

fn figures(trace: &Trace, cell: Cell, what_if: bool) -> Figures {
    let (capacity, universe, keys) = (cell.capacity, trace.distinct, trace.keys.as_slice());
    let ratio = |hits: usize| percent(hits as u64, keys.len() as u64);
    let run = |policy: &mut dyn Policy| ratio(hits(policy, keys));
    let ours = |store: &mut Contender| ratio(keys.iter().filter(|&&key| store.request(key)).count());
    let mut store = Contender::by_entries(capacity);
    let ratios = [
        run(&mut Opt::new(capacity, universe, keys)),
        ours(&mut store),
        run(&mut S3Fifo::new(capacity, universe)),
        run(&mut Lru::new(capacity as u64, universe)),
        run(&mut WTinyLfu::new(capacity, universe)),
    ];
    let real = || ours(&mut Contender::by_entries(2 * capacity));
    let what_if = what_if.then(|| (store.guess_at_double_size(), real()));
    Figures { cell, ratios, what_if }
}

/// The means over all traces, beside the figures of our first study and the goal.
pub fn summary(all: &[Objects]) -> Table {
    let cells = || all.iter().flat_map(|trace| &trace.cells).filter(|cell| !cell.cell.clamped);
    let over_cells = format!("mean of {} cells", cells().count());
    let columns = ["", &over_cells, "first study", "difference", "mean of trace means"];
    let mut table = Table::new("Summary: hits in % of requests", &columns);
    for (index, name) in NAMES.iter().enumerate() {
        let ours = mean(cells().map(|cell| cell.ratios[index]));
        let traces = mean(all.iter().map(|trace| trace.mean_with_clamped(index)));
        let difference = format!("{:+.2}", ours - REFERENCE[index]);
        table.row(*name, [two(ours), two(REFERENCE[index]), difference, two(traces)]);
    }
    let reached = mean(cells().map(|cell| cell.ratios[1]));
    let verdict = if reached >= GOAL { "reached" } else { "missed" };
    table.row("goal", [format!("≥ {GOAL:.1} {verdict}")]);
    table
}

/// The engine's guess for double size beside a run at double size, cell by cell.
pub fn what_if(all: &[Objects]) -> Table {
    let columns = ["", "now", "guess at 2 ×", "run at 2 ×", "guess too high by"];
    let mut table = Table::new("What if it were twice as large: the engine's guess and the truth", &columns);
    let mut distances = Vec::new();
    for trace in all {
        for figures in &trace.cells {
            let Some((guess, real)) = figures.what_if else {
                continue;
            };
            distances.push((guess - real).abs());
            let name = format!("{} {}", trace.trace, heading(figures));
            let difference = format!("{:+.2}", guess - real);
            table.row(name, [two(figures.ratios[1]), two(guess), two(real), difference]);
        }
    }
    let worst = distances.iter().copied().fold(0.0, f64::max);
    let off = mean(distances);
    table.row("mean distance", [String::new(), String::new(), String::new(), two(off)]);
    table.row("worst distance", [String::new(), String::new(), String::new(), two(worst)]);
    table
}

fn heading(figures: &Figures) -> String {
    let left_out = if figures.cell.clamped { "*" } else { "" };
    format!("{}{left_out}", figures.cell.capacity)
}

fn two(figure: f64) -> String {
    format!("{figure:.2}")
}
