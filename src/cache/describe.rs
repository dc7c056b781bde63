//! Statistics in words: a rating, and the reasons behind it.

use crate::engine::{MissReason, Stats};
use std::fmt::{self, Write as _};

/// How well a cache does, by its hit rate.
///
/// Use it for a traffic light; the text of [`describe`] says why.
///
/// ```
/// use fetchwell::{Cache, Rating};
///
/// let books = Cache::<String>::builder().build()?;
/// assert_eq!(Rating::of(&books.stats()), Rating::NoRequests);
/// assert_eq!(Rating::Fair.word(), "fair");
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rating {
    /// At least 90 % hits.
    Excellent,
    /// At least 70 %.
    Good,
    /// At least 50 %.
    Fair,
    /// Less.
    Poor,
    /// Nobody asked yet.
    NoRequests,
}

impl Rating {
    /// The rating of these statistics. Use it where the text is not wanted.
    pub fn of(stats: &Stats) -> Self {
        match stats.hit_rate() {
            _ if stats.requests() == 0 => Self::NoRequests,
            rate if rate >= 0.9 => Self::Excellent,
            rate if rate >= 0.7 => Self::Good,
            rate if rate >= 0.5 => Self::Fair,
            _ => Self::Poor,
        }
    }

    /// The word for it. Use it in logs and on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
            Self::NoRequests => "no requests",
        }
    }
}

/// What [`describe`] says. Use `rating` for a colour and `text` for a log line.
///
/// ```
/// use fetchwell::{Cache, Description};
///
/// let books = Cache::<String>::builder().build()?;
/// books.get("books:7");
/// let Description { text, .. } = books.describe();
/// assert_eq!(text, "poor: 0.0 % of 1 request answered from the cache. Misses: 1 cold.");
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
    /// The rating.
    pub rating: Rating,
    /// One or a few sentences: the hit rate, what misses were for, what would help.
    pub text: String,
}

impl fmt::Display for Description {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Says in words how well a cache does and why it does not do better. Use it in logs, in a health page, or to answer the question
/// whether more room would help.
///
/// ```
/// use fetchwell::{Cache, Rating};
///
/// let books = Cache::<String>::builder().build()?;
/// books.insert("books:7", "Emma".to_string());
/// books.get("books:7");
/// assert_eq!(books.describe().rating, Rating::Excellent);
/// assert!(books.describe().text.starts_with("excellent: 100.0 % of 1 request"));
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub fn describe(stats: &Stats) -> Description {
    let rating = Rating::of(stats);
    let word = rating.word();
    let requests = stats.requests();
    if requests == 0 {
        return Description { rating, text: format!("{word} yet") };
    }
    let plural = if requests == 1 { "" } else { "s" };
    let mut text =
        format!("{word}: {:.1} % of {requests} request{plural} answered from the cache.", 100.0 * stats.hit_rate());
    text.push_str(&misses(stats));
    text.push_str(&advice(stats));
    Description { rating, text }
}

/// What misses were for, the commonest first.
fn misses(stats: &Stats) -> String {
    let mut reasons: Vec<(u64, MissReason)> = MissReason::ALL
        .into_iter()
        .map(|reason| (stats.misses_by(reason), reason))
        .filter(|(count, _)| *count > 0)
        .collect();
    reasons.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    if reasons.is_empty() {
        return String::new();
    }
    let each: Vec<String> = reasons.iter().map(|(count, reason)| format!("{count} {}", reason.word())).collect();
    format!(" Misses: {}.", each.join(", "))
}

/// What would help, where an estimate says that something would: by two points or more.
fn advice(stats: &Stats) -> String {
    const WORTH_SAYING: f64 = 0.02;
    let rate = stats.hit_rate();
    let (size, ttl) = (stats.hit_rate_at_double_size(), stats.hit_rate_at_double_ttl());
    let mut advice = String::new();
    // Writing to a text cannot fail.
    if size - rate >= WORTH_SAYING {
        let _ = write!(advice, " With twice the room about {:.0} % would hit.", 100.0 * size);
    }
    if ttl - rate >= WORTH_SAYING {
        let _ = write!(advice, " With lifetimes twice as long about {:.0} % would hit.", 100.0 * ttl);
    }
    if stats.load_errors > 0 {
        let _ = write!(advice, " {} of {} loads failed.", stats.load_errors, stats.loads);
    }
    advice
}
