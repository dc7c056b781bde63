//! Keys made of segments: the parts `["books", 7]` are the key `books:7`.
//!
//! Lists that differ give keys that differ, and the separator stands in a key *only* between two
//! parts, whatever the separator is and whatever the parts hold. So a segment prefix can be looked
//! up in the text alone. The scheme (stable across versions, as the text of a key is):
//!
//! - Two *marks* are the first two of `\ ~ ^ % !` (then of all characters from U+00A1 on) that the
//!   separator does not contain: `\` and `~` for the default separator `:`.
//! - Inside a part, these are written as `\`, some `~`, and `\` again: the mark `\` itself with no
//!   `~`, the separator's first character with one `~`, its second with two, and so on. All else
//!   stays as it is. With `:`, the part `a:b` is `a\~\b`, and `a\b` is `a\\b`.
//! - An empty part stays empty, unless the separator repeats itself (`::`, `abab`), when separators
//!   side by side could be cut in two ways: then it is `\`, one `~` more than the separator has
//!   characters, and `\`.
//!
//! Why it holds. (1) What is between two `\` tells what was there, so a part can be read back.
//! (2) No written part contains a character of the separator. (3) Thus each run of such characters
//! is separators side by side: one alone if empty parts are written, else any number of them.
//! (4) A text that is not a repetition occurs in its own repetitions only at whole steps, so the
//! separator occurs in the key at the boundaries and nowhere else, straddling included. (5) Cutting
//! there gives the list back; and a key that starts with another key and a separator has that
//! other's boundaries and parts.

use core::error::Error;
use core::fmt;
use std::borrow::Cow;

/// One part of a key. Use `"books".into()` or `7.into()` where [`join`] wants one.
///
/// A number equals its decimal text: `7` and `"7"` are the same part.
///
/// ```
/// use fetchwell::engine::Part;
/// assert_eq!(Part::from(0.5), Part::from("0.5"));
/// assert_eq!(Part::from(1e21), Part::from("1e+21")); // as JavaScript prints it
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text, or a number that somebody has already printed (JavaScript prints its own).
    Text(Cow<'a, str>),
    /// An integer. Anything that fits into `i64` comes here, so equal numbers are equal parts.
    Integer(i64),
    /// An integer above `i64::MAX`.
    Unsigned(u64),
    /// What a number that is not finite becomes; [`join`] refuses it.
    NotFinite,
}

/// Why a list of parts is no key. Use it to tell whoever wrote the list.
///
/// ```
/// use fetchwell::engine::{KeyError, join};
/// let error = join(&["books".into(), f64::NAN.into()], ":");
/// assert_eq!(error, Err(KeyError::Number { index: 1 }));
/// assert_eq!(KeyError::Number { index: 1 }.to_string(), "part 1 of the key is not a finite number");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// The list has no parts.
    Empty,
    /// The part at `index` (the first is 0) is `NaN` or infinite.
    Number {
        /// Where in the list it stands.
        index: usize,
    },
    /// The separator is empty, and would separate nothing.
    Separator,
}

/// Builds the key of a list of parts; use it wherever an identifier from outside becomes part of a
/// key, since no text in a part can reach another part's place.
///
/// ```
/// use fetchwell::engine::{KeyError, join};
/// assert_eq!(join(&["books".into(), 7.into()], ":")?, "books:7");
/// assert_eq!(join(&["user".into(), "7:admin".into()], ":")?, r"user:7\~\admin");
/// assert_eq!(join(&[], ":"), Err(KeyError::Empty));
/// # Ok::<(), KeyError>(())
/// ```
pub fn join(parts: &[Part<'_>], separator: &str) -> Result<String, KeyError> {
    let mut texts = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        texts.push(match part {
            Part::Text(text) => Cow::Borrowed(&**text),
            Part::Integer(number) => Cow::Owned(number.to_string()),
            Part::Unsigned(number) => Cow::Owned(number.to_string()),
            Part::NotFinite if separator.is_empty() => return Err(KeyError::Separator),
            Part::NotFinite => return Err(KeyError::Number { index }),
        });
    }
    join_texts(texts.iter().map(|text| &**text), separator)
}

/// As [`join`], of parts that are texts already. Use it where numbers were written out before, as JavaScript does.
///
/// ```
/// use fetchwell::engine::{KeyError, join_texts};
/// assert_eq!(join_texts(["books", "7"].into_iter(), ":")?, "books:7");
/// # Ok::<(), KeyError>(())
/// ```
pub fn join_texts<'a>(parts: impl Iterator<Item = &'a str>, separator: &str) -> Result<String, KeyError> {
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return Err(KeyError::Empty);
    }
    let escape = Escape::new(separator).ok_or(KeyError::Separator)?;
    let mut key = String::new();
    while let Some(part) = parts.next() {
        // What were numbers is escaped too: the separator may be "-" or "1".
        escape.write(part, &mut key);
        if parts.peek().is_some() {
            key.push_str(separator);
        }
    }
    Ok(key)
}

/// Whether `key` is `prefix` or lies below it; use it to decide whether an invalidation by segments
/// (`["user", 1]`, joined) takes a key. A raw prefix is `str::starts_with`.
///
/// Plain string keys are read as segments too. The empty prefix is the segment `""` here, not
/// everything; an empty separator bounds nothing, so there only the key itself is taken.
///
/// ```
/// use fetchwell::engine::is_segment_prefix;
/// assert!(is_segment_prefix("user:1", "user:1", ":"));
/// assert!(is_segment_prefix("user:1:books", "user:1", ":"));
/// assert!(!is_segment_prefix("user:10", "user:1", ":"));
/// ```
pub fn is_segment_prefix(key: &str, prefix: &str, separator: &str) -> bool {
    key.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || (!separator.is_empty() && rest.starts_with(separator)))
}

/// How parts are written for one separator.
struct Escape<'s> {
    separator: &'s str,
    mark: char,
    tally: char,
}

impl<'s> Escape<'s> {
    /// None for the empty separator (and for one that leaves no character of Unicode unused).
    fn new(separator: &'s str) -> Option<Self> {
        if separator.is_empty() {
            return None;
        }
        // None of the first five means anything in a glob or ends a path.
        let mut unused = ['\\', '~', '^', '%', '!']
            .into_iter()
            .chain('\u{a1}'..=char::MAX)
            .filter(|mark| !separator.chars().any(|char| char == *mark));
        let mark = unused.next()?;
        let tally = unused.next()?;
        Some(Self { separator, mark, tally })
    }

    fn write(&self, part: &str, key: &mut String) {
        if part.is_empty() && self.repeats_itself() {
            return self.write_mark(self.separator.chars().count().saturating_add(1), key);
        }
        if !part.chars().any(|char| self.tallies(char).is_some()) {
            return key.push_str(part);
        }
        for char in part.chars() {
            match self.tallies(char) {
                Some(tallies) => self.write_mark(tallies, key),
                None => key.push(char),
            }
        }
    }

    /// The mark itself has none, the separator's characters are counted from one.
    fn tallies(&self, char: char) -> Option<usize> {
        if char == self.mark {
            return Some(0);
        }
        let place = self.separator.chars().position(|other| other == char)?;
        Some(place.saturating_add(1))
    }

    fn write_mark(&self, tallies: usize, key: &mut String) {
        key.push(self.mark);
        key.extend(core::iter::repeat_n(self.tally, tallies));
        key.push(self.mark);
    }

    /// A text is a repetition of a shorter one if and only if some cut and exchange of its two
    /// pieces gives it again.
    fn repeats_itself(&self) -> bool {
        let cuts = self.separator.char_indices().skip(1);
        cuts.filter_map(|(at, _)| self.separator.split_at_checked(at))
            .any(|(front, back)| self.separator.starts_with(back) && self.separator.ends_with(front))
    }
}

impl<'a> From<&'a str> for Part<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Part<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Part<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

macro_rules! from_small_integers {
    ($($small:ty)*) => {$(
        impl From<$small> for Part<'_> {
            fn from(number: $small) -> Self {
                Self::Integer(number.into())
            }
        }
    )*};
}
from_small_integers!(i8 i16 i32 i64 u8 u16 u32);

impl From<u64> for Part<'_> {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self::Unsigned(number), Self::Integer)
    }
}

impl From<usize> for Part<'_> {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<isize> for Part<'_> {
    fn from(number: isize) -> Self {
        Self::Integer(number as i64)
    }
}

/// Prints the number here and not in [`join`]: whoever gives no floats (the JavaScript face prints
/// its own) does not carry the code that prints them.
impl From<f64> for Part<'_> {
    fn from(number: f64) -> Self {
        if !number.is_finite() {
            return Self::NotFinite;
        }
        decimal(number).map_or(Self::NotFinite, |text| Self::Text(Cow::Owned(text)))
    }
}

/// The decimal text of a finite number, by the rule of ECMAScript's `Number::toString`.
fn decimal(number: f64) -> Option<String> {
    // "If x is either +0 or -0, return "0"."
    if number == 0.0 {
        return Some("0".into());
    }
    // The fewest digits that read back as the same number, nearest to it: "-1.25e-7".
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let digits = even_of_two(number, mantissa.replace('.', ""));
    // "Let n be …": the number is 0.digits × 10ⁿ.
    let n = exponent.saturating_add(1);
    Some(match usize::try_from(n) {
        // "If n > 0 and n ≤ 21": plain, with zeros or a point where needed.
        Ok(whole @ 1..=21) => match digits.split_at_checked(whole) {
            None | Some((_, "")) => format!("{sign}{digits:0<whole$}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        },
        // "If n > -6 and n ≤ 0": zeros after the point.
        _ if n > -6 && n <= 0 => {
            let zeros = "0".repeat(usize::try_from(n.unsigned_abs()).ok()?);
            format!("{sign}0.{zeros}{digits}")
        }
        // Otherwise with an exponent that always has a sign.
        _ => match digits.split_at_checked(1) {
            None | Some((_, "")) => format!("{sign}{digits}e{exponent:+}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}e{exponent:+}"),
        },
    })
}

/// "If there are two such possible values of s, choose the one that is even": where the number lies
/// in the middle between two shortest texts, Rust has taken the upper one.
fn even_of_two(number: f64, shortest: String) -> String {
    let digits = |places: usize| {
        let text = format!("{:.places$e}", number.abs());
        text.split_once('e').map(|(mantissa, exponent)| (mantissa.replace('.', ""), exponent.to_owned()))
    };
    let lower = || {
        let (nearer, exponent) = digits(shortest.len())?;
        let lower = nearer.strip_suffix('5').filter(|lower| lower.ends_with(['0', '2', '4', '6', '8']))?;
        // No double has more than 767 digits, so this is all of it.
        let (all, _) = digits(767)?;
        let middle = all.trim_end_matches('0') == nearer;
        let (whole, fraction) = lower.split_at_checked(1)?;
        let same = format!("{whole}.{fraction}e{exponent}").parse() == Ok(number.abs());
        (middle && same).then(|| lower.to_owned())
    };
    lower().unwrap_or(shortest)
}

impl KeyError {
    /// The stable code. Use it in programs; `Display` is for people.
    ///
    /// ```
    /// assert_eq!(fetchwell::engine::KeyError::Empty.code(), "key-empty");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "key-empty",
            Self::Number { .. } => "key-number",
            Self::Separator => "key-separator",
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a key needs at least one part"),
            Self::Number { index } => write!(f, "part {index} of the key is not a finite number"),
            Self::Separator => f.write_str("the separator must not be empty"),
        }
    }
}

impl Error for KeyError {}

#[cfg(test)]
mod tests;
