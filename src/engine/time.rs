//! Time as the engine knows it: numbers that the caller hands in. Nothing here reads a clock.

/// A moment, in milliseconds since any origin the caller chose (the Unix epoch, the start of the process).
///
/// Use it for every `now` argument of [`Store`](super::Store). All moments given to one store must share one origin. More than 2^56 is
/// taken as 2^56, some two million years.
///
/// ```
/// use fetchwell::engine::Timestamp;
///
/// let now = Timestamp(1_767_225_600_000); // as `Date.now()` says it
/// assert!(now < Timestamp(now.0 + 1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Timestamp(pub u64);

/// A length of time in whole milliseconds, or for ever.
///
/// Use it wherever a lifetime or a window is asked for. [`Span::ZERO`] means "not at all" (never store, no window).
///
/// ```
/// use fetchwell::engine::Span;
///
/// assert_eq!(Span::secs(2), Span::ms(2_000));
/// assert_eq!(Span::days(1), Span::hours(24));
/// assert!(Span::ZERO.is_zero() && Span::FOREVER.is_forever());
/// assert_eq!((Span::mins(5).as_ms(), Span::FOREVER.as_ms()), (Some(300_000), None));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Span(u64);

impl Span {
    /// No time at all: a `ttl` that never stores, a window that is off. Use it to switch a rule off.
    pub const ZERO: Self = Self(0);
    /// Without end: a `ttl` that never expires. Use it for what only an invalidation or lack of room may end.
    pub const FOREVER: Self = Self(u64::MAX);

    /// `n` milliseconds. Use it where the length is computed; the others read better for constants.
    pub const fn ms(n: u64) -> Self {
        Self(if n == u64::MAX { u64::MAX - 1 } else { n })
    }

    /// `n` seconds. Use it for what changes while one looks on: prices, stocks, positions.
    pub const fn secs(n: u64) -> Self {
        Self::ms(n.saturating_mul(1_000))
    }

    /// `n` minutes. Use it for most answers of an API.
    pub const fn mins(n: u64) -> Self {
        Self::secs(n.saturating_mul(60))
    }

    /// `n` hours. Use it for what changes a few times a day.
    pub const fn hours(n: u64) -> Self {
        Self::mins(n.saturating_mul(60))
    }

    /// `n` days. Use it for what hardly ever changes.
    pub const fn days(n: u64) -> Self {
        Self::hours(n.saturating_mul(24))
    }

    /// The length in milliseconds, or `None` for [`Span::FOREVER`]. Use it to show or to send a span.
    pub const fn as_ms(self) -> Option<u64> {
        if self.is_forever() { None } else { Some(self.0) }
    }

    /// Is this no time at all? Use it to see whether a rule is off.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Does this never end? Use it before a length is shown or reckoned with.
    pub const fn is_forever(self) -> bool {
        self.0 == u64::MAX
    }

    /// This span less `share` (0..=1) of it, never less than a millisecond unless it was nothing; for ever stays for ever.
    pub(super) fn shortened(self, share: f64) -> Self {
        if self.is_forever() || self.is_zero() {
            return self;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "casts between floats and integers saturate, and a lifetime of 2^53 ms may be off by one"
        )]
        let off = (self.0 as f64 * share.clamp(0.0, 1.0)) as u64;
        Self(self.0.saturating_sub(off).max(1))
    }
}

/// A moment on the store's own time line, which never runs backwards.
pub(super) type Moment = u64;

/// When something ends. `NEVER` is a value of its own, so that no clock reading can reach it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Deadline(pub(super) Moment);

impl Deadline {
    pub(super) const NEVER: Self = Self(u64::MAX);

    pub(super) const fn after(now: Moment, span: Span) -> Self {
        if span.is_forever() {
            return Self::NEVER;
        }
        let at = now.saturating_add(span.0);
        Self(if at == u64::MAX { u64::MAX - 1 } else { at })
    }

    /// This deadline moved back by `span`.
    pub(super) const fn plus(self, span: Span) -> Self {
        if self.is_never() { Self::NEVER } else { Self::after(self.0, span) }
    }

    pub(super) const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }

    /// Something is over *at* its deadline, not after it.
    pub(super) const fn has_passed(self, now: Moment) -> bool {
        !self.is_never() && now >= self.0
    }

    /// How much is left at `now`: nothing once it has passed.
    pub(super) const fn left(self, now: Moment) -> Span {
        if self.is_never() { Span::FOREVER } else { Span::ms(self.0.saturating_sub(now)) }
    }
}

/// A clock that shows more than this, some two million years, is taken to show this. So the line survives 240 falls from the end of time.
const LATEST: u64 = 1 << 56;

/// Turns the caller's clock, which may stand still, jump or go back, into a time line that only goes forward.
///
/// When the clock goes back by an hour, the line goes on from where it was: nothing lives an hour longer than its lifetime.
/// When it jumps ahead, the line jumps too: what the jump made old is old.
#[derive(Debug)]
pub(super) struct TimeLine {
    latest: u64,
    ahead: u64,
}

impl Default for TimeLine {
    fn default() -> Self {
        // The line begins far from zero, so that what a snapshot brings from before the clock's origin has a moment, too.
        Self { latest: 0, ahead: 1 << 60 }
    }
}

impl TimeLine {
    /// The moment of a reading that moves the line.
    pub(super) fn observe(&mut self, now: Timestamp) -> Moment {
        let now = now.0.min(LATEST);
        if now < self.latest {
            self.ahead = self.ahead.saturating_add(self.latest - now);
        }
        self.latest = now;
        self.latest()
    }

    /// The latest moment there was, for what happens without a reading.
    pub(super) fn latest(&self) -> Moment {
        self.latest.saturating_add(self.ahead)
    }

    /// The moment of a reading that moves nothing.
    pub(super) fn moment(&self, now: Timestamp) -> Moment {
        now.0.min(LATEST).max(self.latest).saturating_add(self.ahead)
    }

    /// What the caller's clock shows, or would show, at a moment.
    pub(super) fn shown(&self, at: Moment) -> Timestamp {
        Timestamp(at.saturating_sub(self.ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_over_at_its_deadline_and_not_before() {
        let deadline = Deadline::after(1_000, Span::ms(50));
        assert!(!deadline.has_passed(1_049));
        assert!(deadline.has_passed(1_050));
    }

    #[test]
    fn for_ever_is_longer_than_any_number() {
        assert!(!Deadline::after(5, Span::FOREVER).has_passed(u64::MAX));
        assert!(Deadline::after(5, Span::ms(u64::MAX)).has_passed(u64::MAX));
        assert_eq!(Span::ms(u64::MAX).as_ms(), Some(u64::MAX - 1));
        assert!(Deadline::NEVER.plus(Span::ms(1)).is_never());
    }

    #[test]
    fn a_clock_that_goes_back_lengthens_no_life() {
        let mut line = TimeLine::default();
        let born = line.observe(Timestamp(10_000));
        let deadline = Deadline::after(born, Span::ms(100));
        let back = line.observe(Timestamp(4_000));
        assert_eq!(back, born, "the line stands while the clock falls");
        assert!(!deadline.has_passed(line.moment(Timestamp(4_099))));
        assert!(deadline.has_passed(line.moment(Timestamp(4_100))));
        assert_eq!(line.shown(deadline.0), Timestamp(4_100));
    }

    #[test]
    fn a_clock_that_jumps_ahead_ages_everything() {
        let mut line = TimeLine::default();
        let deadline = Deadline::after(line.observe(Timestamp(0)), Span::days(1));
        assert!(deadline.has_passed(line.observe(Timestamp(u64::MAX))));
        let end = line.latest();
        assert_eq!(line.observe(Timestamp(0)), end);
        assert_eq!(line.observe(Timestamp(7)), end + 7, "and a fall from the end of time is survived");
    }

    #[test]
    fn jitter_shortens_and_never_lengthens() {
        assert_eq!(Span::ms(1_000).shortened(0.25), Span::ms(750));
        assert_eq!(Span::ms(1_000).shortened(1.0), Span::ms(1));
        assert_eq!(Span::ms(1_000).shortened(f64::NAN), Span::ms(1_000));
        assert_eq!(Span::FOREVER.shortened(0.5), Span::FOREVER);
        assert_eq!(Span::ZERO.shortened(0.5), Span::ZERO);
    }
}
