//! The lifetime rules of a cache, a namespace and a call: the nearest that says something wins.

use super::lifetime::Lifetime;
use super::retry::Retry;
use crate::engine::{Span, Terms};
use crate::error::{Code, Error};
use std::sync::Arc;

/// Lifetime rules, as far as they are given. The nearest wins: a call's over its namespace's over the cache's.
///
/// Use it for what one call, or one view of a cache, does otherwise than the rest; the builders take the same words, and a `weigher`
/// in place of `weight`. What is wrong in it is reported where it is used.
///
/// ```
/// use fetchwell::{Cache, Policy};
///
/// let books = Cache::<String>::builder().ttl("1h").build()?;
/// let brief = books.with(&Policy::new().ttl("30s").tags(["drafts"]))?;
/// brief.insert("books:7", "Emma".to_string());
/// assert_eq!(books.invalidate_tag("drafts"), 1);
/// # Ok::<(), fetchwell::Error>(())
/// ```
///
/// ```
/// use fetchwell::{Cache, Policy};
///
/// let pages = Cache::<Vec<u64>>::builder().ttl("1h").build()?;
/// // Rules stand on each other: this view has the hour of the cache.
/// let imported = pages.with(&Policy::new().jitter(0.1).weight(4_096).tags(["import"]))?;
/// imported.insert("page:7", vec![7; 500]);
/// assert!(pages.bytes() > 4_096);
/// assert_eq!(pages.with(&Policy::new().jitter(1.5)).unwrap_err().field(), Some("jitter"));
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Policy {
    ttl: Option<Span>,
    tti: Option<Span>,
    jitter: Option<f32>,
    swr: Option<Span>,
    stale_if_error: Option<Span>,
    soft_timeout: Option<Span>,
    timeout: Option<Span>,
    negative_ttl: Option<Span>,
    refresh_ahead: Option<f64>,
    retry: Option<Retry>,
    tags: Option<Arc<[Box<str>]>>,
    weight: Option<u64>,
    /// The first thing that was wrong.
    fault: Option<Error>,
}

/// A method of [`Policy`] for each rule that is a length of time.
macro_rules! spans {
    ($($(#[$about:meta])* $name:ident)*) => {
        $($(#[$about])*
        #[must_use]
        pub fn $name(mut self, length: impl Into<Lifetime>) -> Self {
            match length.into().checked(stringify!($name)) {
                Ok(span) => self.$name = Some(span),
                Err(fault) => self.blame(fault),
            }
            self
        })*
    };
}

impl Policy {
    /// Rules that say nothing yet. Use it as the beginning of a chain.
    pub fn new() -> Self {
        Self::default()
    }

    spans! {
        /// Fresh for this long. Zero never stores (callers still share one load), [`Span::FOREVER`] never expires. Use it always, unless
        /// every change reaches the cache as an invalidation.
        ttl
        /// Gone when nobody asked for it this long. Use it for what is read in bursts: sessions, a ticket somebody works on.
        tti
        /// Past `ttl`, served at once for this long while it is loaded anew behind. Use it where a slightly old answer beats waiting.
        /// Needs a runtime.
        swr
        /// Past `ttl`, served for this long when a load fails or takes too long. Use it to ride out an origin's bad minutes.
        ///
        /// ```
        /// use fetchwell::{Cache, ManualClock};
        ///
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let clock = ManualClock::new();
        /// let books = Cache::<u32>::builder().ttl("1m").stale_if_error("1h").clock(clock.clone()).build()?;
        /// books.insert("a", 1);
        /// clock.advance("2m");
        /// assert_eq!(books.try_get_or_set_blocking("a", |_| Err(std::fmt::Error))?, 1);
        /// # Ok(()) }
        /// ```
        stale_if_error
        /// When a load is slower than this and an old value may answer, that answers; the load goes on. Use it where latency counts more
        /// than the last change. Needs a runtime.
        ///
        /// ```
        /// use fetchwell::{Cache, Functions, ManualClock};
        ///
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// # smol::block_on(async {
        /// let clock = ManualClock::new();
        /// let timer = clock.clone();
        /// let runtime = Functions::new(|task| smol::spawn(task).detach(), move |time| timer.sleep(time));
        /// let books = Cache::<u32>::builder().ttl("1m").stale_if_error("1h").soft_timeout("50ms");
        /// let books = books.clock(clock.clone()).runtime(runtime).build()?;
        /// books.insert("a", 1);
        /// clock.advance("2m");
        /// let slow = books.get_or_set("a", |_| std::future::pending());
        /// let (answer, ()) = smol::future::zip(slow, async { clock.advance("50ms") }).await;
        /// assert_eq!(answer?, 1); // and the load goes on
        /// # Ok(()) }) }
        /// ```
        soft_timeout
        /// The longest that a caller waits for a load, tries and pauses included. Others who wait for the same load have their own limits; when
        /// nobody waits any more, the load is dropped. Use it always with origins that can hang. Needs a runtime.
        timeout
        /// A load that failed, panicked or took too long is not tried again for this long: callers get the same error. Use it to spare an origin that is down.
        ///
        /// ```
        /// use fetchwell::Cache;
        ///
        /// let ages = Cache::<u32>::builder().negative_ttl("10s").build()?;
        /// assert!(ages.try_get_or_set_blocking("ada", |_| "?".parse::<u32>()).is_err());
        /// assert!(ages.try_get_or_set_blocking("ada", |_| "36".parse::<u32>()).is_err()); // not asked
        /// ages.invalidate("ada");
        /// assert_eq!(ages.try_get_or_set_blocking("ada", |_| "36".parse::<u32>())?, 36);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        negative_ttl
    }

    /// Shortens each lifetime by up to this share (0..=1), drawn anew each time. Use it where many values are stored together, so that
    /// they are not loaded together again.
    #[must_use]
    pub fn jitter(mut self, share: f32) -> Self {
        if (0.0..=1.0).contains(&share) {
            self.jitter = Some(share);
        } else {
            self.blame(Error::about(
                "jitter",
                Code::InvalidOption,
                format!("{share} is no share; it must be between 0 and 1"),
            ));
        }
        self
    }

    /// Loads a value anew shortly before it expires, when it is asked for; the likelier, the longer its load takes. 1.0 is usual, more
    /// is earlier, 0 is off. Use it for popular values nobody should ever wait for. Needs a runtime.
    ///
    /// ```
    /// use fetchwell::{Cache, Functions};
    ///
    /// let at_once = Functions::new(|task| smol::block_on(task), |_| Box::pin(async {}));
    /// // So eager that each reader refreshes, for this example:
    /// let books = Cache::<u32>::builder().ttl("1m").refresh_ahead(1e15).runtime(at_once).build()?;
    /// assert_eq!(books.get_or_set_blocking("a", |_| 1)?, 1);
    /// assert_eq!(books.get_or_set_blocking("a", |_| 2)?, 1); // nobody waits …
    /// assert_eq!(books.get("a"), Some(2)); // … and the new value is there
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn refresh_ahead(mut self, beta: f64) -> Self {
        if beta.is_finite() && beta >= 0.0 {
            self.refresh_ahead = Some(beta);
        } else {
            self.blame(Error::about(
                "refresh_ahead",
                Code::InvalidOption,
                format!("{beta} is not a finite number, 0 or more"),
            ));
        }
        self
    }

    /// Tries a failed load again, this often and at this pace: `.retry(3)` or `.retry(Retry { limit: 3, backoff: Span::ms(50) })`. Use
    /// it for origins that stumble; a fallible loader only. Needs a runtime.
    ///
    /// ```
    /// use fetchwell::{Cache, Functions};
    /// use std::sync::{Arc, Mutex};
    ///
    /// let never_waits = Functions::new(|task| smol::block_on(task), |_| Box::pin(async {}));
    /// let ages = Cache::<u32>::builder().retry(2).runtime(never_waits).build()?;
    /// let answers = Arc::new(Mutex::new(vec!["36", "??", "?"]));
    /// let ask = move |_| answers.lock().unwrap().pop().unwrap_or_default().parse::<u32>();
    /// assert_eq!(ages.try_get_or_set_blocking("ada", ask)?, 36);
    /// assert_eq!(ages.stats().load_errors, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn retry(mut self, retry: impl Into<Retry>) -> Self {
        self.retry = Some(retry.into());
        self
    }

    /// What the values can be invalidated by, beside their keys. Use it for what no key tells: all lists a book is on.
    #[must_use]
    pub fn tags<T: Into<Box<str>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// What each value weighs, in bytes. Use it where all weigh about the same; a builder's `weigher` looks at each.
    #[must_use]
    pub fn weight(mut self, bytes: u64) -> Self {
        self.weight = Some(bytes);
        self
    }

    /// These rules, and where they say nothing, the wider ones. Use it to put a call's rules over its namespace's.
    #[must_use]
    pub(crate) fn over(&self, wider: &Self) -> Self {
        Self {
            ttl: self.ttl.or(wider.ttl),
            tti: self.tti.or(wider.tti),
            jitter: self.jitter.or(wider.jitter),
            swr: self.swr.or(wider.swr),
            stale_if_error: self.stale_if_error.or(wider.stale_if_error),
            soft_timeout: self.soft_timeout.or(wider.soft_timeout),
            timeout: self.timeout.or(wider.timeout),
            negative_ttl: self.negative_ttl.or(wider.negative_ttl),
            refresh_ahead: self.refresh_ahead.or(wider.refresh_ahead),
            retry: self.retry.or(wider.retry),
            tags: self.tags.clone().or_else(|| wider.tags.clone()),
            weight: self.weight.or(wider.weight),
            fault: self.fault.clone().or_else(|| wider.fault.clone()),
        }
    }

    /// What is to be done, now that nobody else has a say. Use it once for each cache, namespace and view, not on each call.
    pub(crate) fn rules(&self) -> Result<Rules, Error> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let on = |span: Option<Span>| span.filter(|span| !span.is_zero() && !span.is_forever());
        Ok(Rules {
            terms: Terms {
                ttl: self.ttl.unwrap_or(Span::FOREVER),
                tti: self.tti.unwrap_or(Span::ZERO),
                swr: self.swr.unwrap_or(Span::ZERO),
                stale_if_error: self.stale_if_error.unwrap_or(Span::ZERO),
                jitter: self.jitter.unwrap_or(0.0),
                dormant: false,
            },
            soft_timeout: on(self.soft_timeout),
            timeout: on(self.timeout),
            negative_ttl: self.negative_ttl.unwrap_or(Span::ZERO),
            refresh_ahead: self.refresh_ahead.filter(|beta| *beta > 0.0),
            retry: self.retry.unwrap_or_default(),
            tags: self.tags.clone().unwrap_or_default(),
            weight: self.weight,
        })
    }

    fn blame(&mut self, fault: Error) {
        self.fault.get_or_insert(fault);
    }
}

/// Lifetime rules when everything is decided.
///
/// Use [`Rules::needs_spawner`] and [`Rules::needs_timer`] to refuse, when a cache is made, what the host cannot do.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Rules {
    /// What an entry is stored with.
    pub(crate) terms: Terms,
    /// When a load is slower than this, an old value answers.
    pub(crate) soft_timeout: Option<Span>,
    /// No load takes longer.
    pub(crate) timeout: Option<Span>,
    /// How long a failure is remembered; zero is not at all.
    pub(crate) negative_ttl: Span,
    /// How eagerly values are refreshed before they expire.
    pub(crate) refresh_ahead: Option<f64>,
    /// When a load that failed is tried again.
    pub(crate) retry: Retry,
    /// The tags of every value.
    pub(crate) tags: Arc<[Box<str>]>,
    /// What every value weighs, if that is said.
    pub(crate) weight: Option<u64>,
}

impl Rules {
    /// The first rule that works behind its caller's back. Use it to ask for a spawner.
    pub(crate) fn needs_spawner(&self) -> Option<&'static str> {
        if !self.terms.swr.is_zero() {
            return Some("swr");
        }
        if self.refresh_ahead.is_some() {
            return Some("refresh_ahead");
        }
        self.soft_timeout.map(|_| "soft_timeout")
    }

    /// The first rule that waits. Use it to ask for a timer.
    pub(crate) fn needs_timer(&self) -> Option<&'static str> {
        if self.soft_timeout.is_some() {
            return Some("soft_timeout");
        }
        if self.timeout.is_some() {
            return Some("timeout");
        }
        (self.retry.limit > 0).then_some("retry")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_nearest_rule_wins_and_what_it_leaves_open_comes_from_the_next() {
        let cache = Policy::new().ttl("1h").swr("10m").jitter(0.1);
        let namespace = Policy::new().ttl("5m").tti("1m");
        let call = Policy::new().swr(Span::ZERO);
        let rules = call.over(&namespace.over(&cache)).rules().unwrap();
        assert_eq!(rules.terms, Terms { tti: Span::mins(1), jitter: 0.1, ..Terms::ttl(Span::mins(5)) });
    }

    #[test]
    fn a_duration_a_span_and_a_text_say_the_same() {
        let ttl = |length: Lifetime| Policy::new().ttl(length).rules().unwrap().terms.ttl;
        assert_eq!(ttl("90s".into()), Span::secs(90));
        assert_eq!(ttl(String::from("90s").into()), Span::secs(90));
        assert_eq!(ttl(Duration::from_secs(90).into()), Span::secs(90));
        assert_eq!(ttl(Duration::from_micros(1_999).into()), Span::ms(1));
        assert_eq!(ttl(Span::secs(90).into()), Span::secs(90));
        assert_eq!(ttl(Span::FOREVER.into()), Span::FOREVER);
        assert!(!ttl(Duration::MAX.into()).is_forever());
    }

    #[test]
    fn what_is_wrong_is_reported_by_the_name_of_its_field_the_first_one_first() {
        let field = |policy: Policy| policy.rules().unwrap_err().field().map(String::from);
        assert_eq!(field(Policy::new().ttl("5min").tti("-1s")), Some("ttl".into()));
        assert_eq!(field(Policy::new().stale_if_error("soon")), Some("stale_if_error".into()));
        for share in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            assert_eq!(field(Policy::new().jitter(share)), Some("jitter".into()), "{share}");
        }
        for beta in [-0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(field(Policy::new().refresh_ahead(beta)), Some("refresh_ahead".into()), "{beta}");
        }
    }

    #[test]
    fn a_fault_is_not_lost_when_nearer_rules_stand_over_it() {
        let cache = Policy::new().ttl("never");
        assert_eq!(Policy::new().ttl("1s").over(&cache).rules().unwrap_err().field(), Some("ttl"));
    }

    #[test]
    fn rules_tell_what_they_need_of_the_host() {
        let needs = |policy: Policy| {
            let rules = policy.rules().unwrap();
            (rules.needs_spawner(), rules.needs_timer())
        };
        assert_eq!(
            needs(Policy::new().ttl("1s").tti("1s").jitter(0.5).stale_if_error("1s").negative_ttl("1s")),
            (None, None)
        );
        assert_eq!(needs(Policy::new().swr("1s")), (Some("swr"), None));
        assert_eq!(needs(Policy::new().refresh_ahead(1.0)), (Some("refresh_ahead"), None));
        assert_eq!(needs(Policy::new().soft_timeout("1s")), (Some("soft_timeout"), Some("soft_timeout")));
        assert_eq!(needs(Policy::new().timeout("1s")), (None, Some("timeout")));
        assert_eq!(needs(Policy::new().retry(2)), (None, Some("retry")));
        let off =
            Policy::new().swr(Span::ZERO).refresh_ahead(0.0).soft_timeout(Span::ZERO).timeout(Span::ZERO).retry(0);
        assert_eq!(needs(off), (None, None));
    }
}
