//! A cell is a trace at a capacity; the figures of our first study are means over cells.

/// Capacities in percent of the distinct keys (or of their bytes).
pub const PERCENT: [f64; 5] = [0.1, 1.0, 5.0, 10.0, 25.0];

/// The least capacity that is simulated.
pub const LEAST: usize = 10;

/// One capacity of one trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Entries.
    pub capacity: usize,
    /// The percentage gives fewer than ten entries, so ten were taken; the study left such a cell out.
    pub clamped: bool,
}

impl Cell {
    /// `percent` of `distinct` keys.
    pub fn new(percent: f64, distinct: u32) -> Self {
        let capacity = share(percent, u64::from(distinct));
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self { capacity: capacity.max(LEAST), clamped: capacity < LEAST }
    }
}

/// `percent` of `whole`, rounded.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a percentage of a number of keys or bytes, far below 2^53"
)]
pub fn share(percent: f64, whole: u64) -> u64 {
    (whole as f64 * percent / 100.0).round() as u64
}

/// `part` in percent of `whole`.
#[expect(clippy::cast_precision_loss, reason = "numbers of requests or bytes, far below 2^53")]
pub fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// The arithmetic mean, 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "a handful of figures")]
pub fn mean(figures: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = figures.into_iter().fold((0.0, 0_usize), |(sum, count), figure| (sum + figure, count + 1));
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_at_least_ten_entries_and_says_so() {
        assert_eq!(Cell::new(0.1, 13_756), Cell { capacity: 14, clamped: false });
        assert_eq!(Cell::new(0.1, 1_731), Cell { capacity: 10, clamped: true });
        assert_eq!(Cell::new(25.0, 1_731), Cell { capacity: 433, clamped: false });
    }
}
