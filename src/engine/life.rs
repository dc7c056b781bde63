//! How long an entry lives, and what it is at a given moment: pure rules over numbers.

use super::outcome::RemovalCause;
use super::time::{Deadline, Moment, Span};

/// The lifetime rules an entry is stored with.
///
/// Use `Terms::default()` for a value that stays until it is evicted or invalidated, [`Terms::ttl`] for the common case, and
/// struct update for the rest.
///
/// ```
/// use fetchwell::engine::{Span, Terms};
///
/// let terms = Terms { swr: Span::mins(10), ..Terms::ttl(Span::mins(5)) };
/// assert_eq!(terms.ttl.as_ms(), Some(300_000));
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// Fresh for this long. [`Span::ZERO`] never stores, [`Span::FOREVER`] never expires.
    pub ttl: Span,
    /// Dead at once when nobody asked for it this long. Zero is off.
    pub tti: Span,
    /// Past `ttl`, may be served this long while it is loaded anew. Zero is off.
    pub swr: Span,
    /// Past `ttl`, may be served this long when the load fails. Zero is off.
    pub stale_if_error: Span,
    /// Shortens each lifetime by up to this share (0..=1), so that what was stored together does not expire together.
    pub jitter: f32,
    /// Past every window, keep it for revalidation until room is needed; no ordinary read sees it then.
    pub dormant: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Terms {
    const PLAIN: Self = Self {
        ttl: Span::FOREVER,
        tti: Span::ZERO,
        swr: Span::ZERO,
        stale_if_error: Span::ZERO,
        jitter: 0.0,
        dormant: false,
    };

    /// Terms with nothing but a lifetime. Use it for most values.
    pub fn ttl(ttl: Span) -> Self {
        Self { ttl, ..Self::default() }
    }
}

/// The terms as an entry keeps them. Most entries share theirs with many others, so they are held once.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Kept {
    pub(super) terms: Terms,
    /// After a soft invalidation: how long past it the entry still answers those who ask for stale values expressly.
    pub(super) grace: Span,
}

impl Kept {
    pub(super) const NONE: Self = Self { terms: Terms::PLAIN, grace: Span::ZERO };

    /// Terms are the application's, not a stranger's: a plain hash does.
    pub(super) fn hash(&self) -> u64 {
        let terms = &self.terms;
        let spans = [terms.ttl, terms.tti, terms.swr, terms.stale_if_error, self.grace];
        let rest = u64::from(terms.jitter.to_bits()) << 1 | u64::from(terms.dormant);
        let words = spans.iter().map(|span| span.as_ms().unwrap_or(u64::MAX)).chain([rest]);
        words.fold(0, |hash: u64, word| (hash.rotate_left(25) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// What an entry is at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// Anybody may have it.
    Fresh,
    /// Past its lifetime, inside a window.
    Stale,
    /// Soft-invalidated, outside any window, before its old deadline: only for those who ask for stale values expressly.
    Grace,
    /// Past everything, kept for revalidation.
    Dormant,
    /// Gone; it only has not been taken out yet.
    Dead(RemovalCause),
}

/// The moments that decide about one entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course<'a> {
    /// The end of being fresh: its lifetime, or the moment of a soft invalidation.
    pub(super) deadline: Deadline,
    /// Was `deadline` set by a soft invalidation?
    pub(super) soft: bool,
    pub(super) kept: &'a Kept,
    /// The last time it was asked for (only looked at where there is a `tti`).
    pub(super) idle_since: Moment,
}

impl Course<'_> {
    pub(super) fn at(self, now: Moment) -> Life {
        let terms = &self.kept.terms;
        if self.idle_end().has_passed(now) {
            let idle_first = terms.dormant || self.idle_end() <= self.held_end();
            return Life::Dead(if idle_first { RemovalCause::Idle } else { self.cause() });
        }
        if !self.deadline.has_passed(now) {
            Life::Fresh
        } else if !self.window_end().has_passed(now) {
            Life::Stale
        } else if !self.deadline.plus(self.kept.grace).has_passed(now) {
            Life::Grace
        } else if terms.dormant {
            Life::Dormant
        } else {
            Life::Dead(self.cause())
        }
    }

    /// When the last reader loses it: from here on it is dormant or dead.
    pub(super) fn end(self) -> Deadline {
        self.held_end().min(self.idle_end())
    }

    /// Is it inside the window for values that are being loaded anew?
    pub(super) fn in_swr(self, now: Moment) -> bool {
        !self.deadline.plus(self.kept.terms.swr).has_passed(now)
    }

    /// Is it inside the window for loads that fail?
    pub(super) fn in_stale_if_error(self, now: Moment) -> bool {
        !self.deadline.plus(self.kept.terms.stale_if_error).has_passed(now)
    }

    fn window_end(self) -> Deadline {
        self.deadline.plus(self.kept.terms.swr.max(self.kept.terms.stale_if_error))
    }

    pub(super) fn held_end(self) -> Deadline {
        self.window_end().max(self.deadline.plus(self.kept.grace))
    }

    /// When its idle time runs out.
    pub(super) fn idle_end(self) -> Deadline {
        let tti = self.kept.terms.tti;
        if tti.is_zero() { Deadline::NEVER } else { Deadline::after(self.idle_since, tti) }
    }

    fn cause(self) -> RemovalCause {
        if self.soft { RemovalCause::Invalidated } else { RemovalCause::Expired }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(terms: Terms, now: Moment) -> Life {
        let kept = Kept { terms, grace: Span::ZERO };
        let deadline = Deadline::after(0, terms.ttl);
        Course { deadline, soft: false, kept: &kept, idle_since: 0 }.at(now)
    }

    #[test]
    fn an_entry_is_fresh_then_stale_then_dead_each_exactly_at_its_moment() {
        let terms = Terms { swr: Span::ms(5), stale_if_error: Span::ms(20), ..Terms::ttl(Span::ms(100)) };
        assert_eq!(life(terms, 99), Life::Fresh);
        assert_eq!(life(terms, 100), Life::Stale);
        assert_eq!(life(terms, 119), Life::Stale);
        assert_eq!(life(terms, 120), Life::Dead(RemovalCause::Expired));
    }

    #[test]
    fn idle_time_run_out_is_death_at_once_whatever_window_is_open() {
        let terms = Terms { tti: Span::ms(10), swr: Span::hours(1), dormant: true, ..Terms::ttl(Span::hours(1)) };
        assert_eq!(life(terms, 9), Life::Fresh);
        assert_eq!(life(terms, 10), Life::Dead(RemovalCause::Idle));
    }

    #[test]
    fn the_cause_of_death_is_whichever_end_came_first() {
        let terms = Terms { tti: Span::ms(50), ..Terms::ttl(Span::ms(20)) };
        assert_eq!(life(terms, 1_000), Life::Dead(RemovalCause::Expired));
    }

    #[test]
    fn a_dormant_entry_outlives_its_windows_for_revalidation_only() {
        let terms = Terms { dormant: true, ..Terms::ttl(Span::ms(20)) };
        assert_eq!(life(terms, 20), Life::Dormant);
    }

    #[test]
    fn after_a_soft_invalidation_windows_count_from_it_and_grace_runs_to_the_old_deadline() {
        let kept = Kept { terms: Terms { swr: Span::ms(10), ..Terms::ttl(Span::ms(100)) }, grace: Span::ms(60) };
        let course = Course { deadline: Deadline(40), soft: true, kept: &kept, idle_since: 0 };
        assert_eq!(course.at(39), Life::Fresh);
        assert_eq!(course.at(40), Life::Stale);
        assert_eq!(course.at(50), Life::Grace);
        assert_eq!(course.at(99), Life::Grace);
        assert_eq!(course.at(100), Life::Dead(RemovalCause::Invalidated));
        assert_eq!(course.end(), Deadline(100));
    }

    #[test]
    fn terms_that_differ_in_anything_have_different_hashes() {
        let base = Kept::default();
        let with = |change: fn(&mut Kept)| {
            let mut kept = base;
            change(&mut kept);
            kept.hash()
        };
        let all = [
            base.hash(),
            with(|kept| kept.terms.ttl = Span::ms(1)),
            with(|kept| kept.terms.tti = Span::ms(1)),
            with(|kept| kept.terms.swr = Span::ms(1)),
            with(|kept| kept.terms.stale_if_error = Span::ms(1)),
            with(|kept| kept.grace = Span::ms(1)),
            with(|kept| kept.terms.jitter = 0.5),
            with(|kept| kept.terms.dormant = true),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
