//! Processor time of this thread: other processes on the machine do not count.

use cpu_time::ThreadTime;

/// Runs `work`; its result and the nanoseconds it took.
#[expect(clippy::cast_precision_loss, reason = "spans far below 2^53 ns")]
pub fn timed<R>(work: impl FnOnce() -> R) -> (R, f64) {
    let start = ThreadTime::now();
    let result = work();
    (result, start.elapsed().as_nanos() as f64)
}

/// What measuring one call adds to it: the median of many measurements of nothing, in nanoseconds.
pub fn timer_cost() -> f64 {
    median((0..10_001).map(|_| timed(|| ()).1).collect())
}

/// The middle one of an odd number of figures (the upper one of the two middles otherwise).
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
