//! Two contestants, measured in turn so that what the machine does besides falls on both.

use super::cpu::median;
use crate::table::Table;

/// The outcome: what an operation cost each, and how much faster we were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duel {
    /// Our nanoseconds per operation, median over rounds.
    pub ours: f64,
    /// Theirs.
    pub theirs: f64,
    /// Their time over ours, median of the rounds' ratios; above 1 we are faster.
    pub ratio: f64,
    /// The lowest and the highest ratio of a round.
    pub spread: (f64, f64),
}

/// The columns that [`Duel::row`] fills after the name.
pub const COLUMNS: [&str; 5] = ["peer", "their ns", "our ns", "ratio", "of rounds"];

impl Duel {
    /// Each round calls A B B A; each call returns its nanoseconds per operation.
    pub fn fight(rounds: usize, mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> Self {
        let (mut all_ours, mut all_theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (a, b, c, d) = (ours(), theirs(), theirs(), ours());
            all_ours.extend([a, d]);
            all_theirs.extend([b, c]);
            ratios.push((b + c) / (a + d));
        }
        let low = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ratios.iter().copied().fold(0.0, f64::max);
        Self { ours: median(all_ours), theirs: median(all_theirs), ratio: median(ratios), spread: (low, high) }
    }

    /// Appends the outcome to `table`.
    pub fn row(&self, table: &mut Table, peer: &str, extra: impl IntoIterator<Item = String>) {
        let cells = [
            format!("{:.0}", self.theirs),
            format!("{:.0}", self.ours),
            format!("{:.2}", self.ratio),
            format!("{:.2}–{:.2}", self.spread.0, self.spread.1),
        ];
        table.row(peer, cells.into_iter().chain(extra));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_of_the_machine_falls_on_both() {
        // The machine gets slower with each call; A needs 10, B 30 of its units.
        let slowness = std::cell::Cell::new(1.0);
        let call = |units: f64| {
            slowness.set(slowness.get() + 0.1);
            units * slowness.get()
        };
        let duel = Duel::fight(9, || call(10.0), || call(30.0));
        assert!((duel.ratio - 3.0).abs() < 1e-9, "{duel:?}");
        assert!(duel.spread.1 - duel.spread.0 < 1e-9);
    }
}
