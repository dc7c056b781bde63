//! Refresh-ahead: a popular value is loaded anew shortly before it expires, by one of its readers, so that nobody ever waits for it.

/// Should this reader refresh a value that is still fresh? The longer its load took (`load_ms`) and the less of its lifetime is left
/// (`left_ms`), the likelier. `beta` is how eager, 1 is usual; `random` is drawn anew for each reader, from 0..1.
///
/// Use it on each hit of a value whose policy refreshes ahead. (The rule is known as `XFetch`: Vattani, Chierichetti, Lowenstein, 2015.)
pub(crate) fn is_early(left_ms: u64, load_ms: u64, beta: f64, random: f64) -> bool {
    // -ln of a number in 0..1 is between 0 and infinity, 1 on average.
    is_due(left_ms, load_ms, beta * -random.max(f64::MIN_POSITIVE).ln())
}

/// The same, for hosts that draw themselves how eager this reader is: `beta` times `-ln(random)`.
pub(crate) fn is_due(left_ms: u64, load_ms: u64, eager: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "only the order of magnitude counts")]
    let (left, load) = (left_ms as f64, load_ms.max(1) as f64);
    load * eager >= left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_every_third_reader_refreshes_when_what_is_left_is_what_a_load_takes() {
        let early = (0..10_000).filter(|n| is_early(100, 100, 1.0, (f64::from(*n) + 0.5) / 10_000.0)).count();
        assert!((3_600..3_760).contains(&early), "{early}: 1/e of them is 3 679");
    }

    #[test]
    fn a_draw_of_nothing_is_no_division_by_zero() {
        assert!(is_early(100, 1, 1.0, 0.0));
        assert!(!is_early(u64::MAX, 1, 1.0, 0.0));
    }
}
