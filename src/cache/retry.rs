//! When a load that failed is tried again.

use crate::engine::Span;

/// How often a failed load is tried again, and how long after each failure.
///
/// Use `3.into()` for three more tries from a tenth of a second on; name the fields where the pace matters.
///
/// ```
/// use fetchwell::{Retry, engine::Span};
///
/// let retry = Retry { limit: 2, backoff: Span::ms(50) };
/// assert_eq!(retry.wait(0, 1.0), Some(Span::ms(50)));
/// assert_eq!(retry.wait(1, 1.0), Some(Span::ms(100)));
/// assert_eq!(retry.wait(2, 1.0), None); // two more tries, not three
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Retry {
    /// How many tries may follow the first one. Zero is off.
    pub limit: u32,
    /// How long to wait before the first of them; twice as long before each next one, half a minute at most.
    pub backoff: Span,
}

impl From<u32> for Retry {
    fn from(limit: u32) -> Self {
        Self { limit, backoff: Span::ms(100) }
    }
}

/// No wait is longer.
const LONGEST: u64 = 30_000;

impl Retry {
    /// How long to wait before the next try, when `tries` have followed the first already; `None` when it is not tried again. `random`
    /// (0..=1) spreads callers that failed together: the wait is between half of its length and all of it. Use it between two tries.
    pub fn wait(self, tries: u32, random: f64) -> Option<Span> {
        if tries >= self.limit {
            return None;
        }
        let base = self.backoff.as_ms().unwrap_or(LONGEST);
        let full = base.saturating_mul(1_u64.checked_shl(tries).unwrap_or(u64::MAX)).min(LONGEST);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "at most 30 000"
        )]
        let spread = (full as f64 / 2.0 * random.clamp(0.0, 1.0)) as u64;
        Some(Span::ms(full / 2 + spread + full % 2 * u64::from(random >= 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_keep_within_half_of_it() {
        let retry = Retry { limit: 100, backoff: Span::secs(1) };
        for (tries, full) in [(0, 1_000), (1, 2_000), (4, 16_000), (5, 30_000), (64, 30_000), (99, 30_000)] {
            assert_eq!(retry.wait(tries, 1.0), Some(Span::ms(full)));
            assert_eq!(retry.wait(tries, 0.0), Some(Span::ms(full / 2)));
        }
        assert_eq!(retry.wait(100, 0.5), None);
    }

    #[test]
    fn without_a_backoff_the_next_try_is_at_once() {
        assert_eq!(Retry { limit: 1, backoff: Span::ZERO }.wait(0, 0.7), Some(Span::ZERO));
        assert_eq!(Retry::default().wait(0, 0.7), None);
    }
}
