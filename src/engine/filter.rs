//! The hash of a filter (`{ page: 2, sort: "title" }`) for use as a part of a key.
//!
//! The value is written as canonical text, which is hashed with SHA-256; the first 16 bytes are the
//! hash, in lower-case hexadecimal. A shell can do the same:
//! `printf '%s' "$canonical" | sha256sum | cut -c1-32`. (Not a fast hash, but one that nobody can
//! find two filters of one hash for: the filters come from users.)
//!
//! | value | canonical text |
//! |---|---|
//! | null, undefined, true, false | `z`, `u`, `t`, `f` |
//! | number | `n`, then the 16 hexadecimal digits of its IEEE 754 bits |
//! | bigint | `i`, count of characters, `:`, decimal text |
//! | text | `s`, count of UTF-8 bytes, `:`, text |
//! | date | `d`, then the bits of its milliseconds, as of a number |
//! | list | `l`, count, `:`, the items |
//! | object | `o`, count, `:`, each member's name (as text) and value, sorted by the name's bytes |
//!
//! Every form tells where it ends, so texts are equal only for equal values. −0 is 0 and there is
//! one NaN. An undefined member is an absent one; an undefined item of a list keeps its place.

use core::cmp::Reverse;
use core::error::Error;
use core::fmt;
use std::borrow::Cow;
use std::collections::BinaryHeap;

use sha2::{Digest, Sha256};

/// How many lists and objects may lie in one another.
const MAX_DEPTH: u32 = 64;
const QUIET_NAN: u64 = 0x7ff8_0000_0000_0000;

/// A filter, or a value in one. Use `into()` and [`FilterValue::object`] to build it.
///
/// Integers become the JavaScript number of the same value where there is one (up to 2⁵³ either
/// way), beyond that a bigint; so equal integers hash alike whatever
/// their type. (A float beyond 2⁵³ stays a number, as it is one in JavaScript.)
///
/// ```
/// use fetchwell::engine::FilterValue;
/// assert_eq!(FilterValue::from(7_u8), FilterValue::Number(7.0));
/// assert_eq!(FilterValue::from(u64::MAX), FilterValue::BigInt("18446744073709551615".into()));
/// assert_eq!(FilterValue::from(vec![Some(1), None]), FilterValue::List(vec![1.into(), FilterValue::Null]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum FilterValue<'a> {
    /// `null`; `None` becomes it.
    Null,
    /// `undefined`: as a member of an object the same as no member.
    Undefined,
    /// A truth value.
    Bool(bool),
    /// A number, as JavaScript has it.
    Number(f64),
    /// A bigint in decimal, as JavaScript prints it: digits without leading zeros, `-` before them.
    BigInt(Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// A point in time: milliseconds since 1970, `NaN` for an invalid date.
    Date(f64),
    /// A list: its order counts.
    List(Vec<FilterValue<'a>>),
    /// Names and values: their order does not count. Of members of one name the last holds.
    Object(Vec<(Cow<'a, str>, FilterValue<'a>)>),
}

/// Why a value has no hash. Use it to tell whoever gave the value.
///
/// ```
/// use fetchwell::engine::{FilterError, FilterValue, hash_key};
/// assert_eq!(hash_key(&FilterValue::BigInt("007".into())), Err(FilterError::BigInt));
/// assert_eq!(FilterError::BigInt.to_string(), "the bigint is not written in plain decimal");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterError {
    /// More than 64 lists and objects lie in one another.
    Depth,
    /// The text of a bigint is not its decimal text.
    BigInt,
}

/// Hashes a filter to 32 hexadecimal digits; use it to put filters, pages and sort orders of any
/// shape into a key: `["books", hash_key(&filter)]`.
///
/// ```
/// use fetchwell::engine::{FilterError, FilterValue, hash_key};
///
/// let one = FilterValue::object([("page", 2.into()), ("sort", FilterValue::from("title"))]);
/// let two = FilterValue::object([("sort", "title".into()), ("page", FilterValue::from(2))]);
/// assert_eq!(hash_key(&one)?, hash_key(&two)?);
/// assert_ne!(hash_key(&1.into())?, hash_key(&"1".into())?);
/// # Ok::<(), FilterError>(())
/// ```
pub fn hash_key(value: &FilterValue<'_>) -> Result<String, FilterError> {
    Ok(digest(&canonical(value)?))
}

/// The hash of a canonical text. Hosts that write the text themselves use it.
pub(crate) fn digest(canonical: &str) -> String {
    let mut hash = String::with_capacity(32);
    for byte in Sha256::digest(canonical.as_bytes()).iter().take(16) {
        push_hex(u64::from(*byte), 2, &mut hash);
    }
    hash
}

/// The text that [`hash_key`] hashes; use it to find out why two filters hash differently.
///
/// ```
/// use fetchwell::engine::{FilterValue, canonical};
/// let filter = FilterValue::object([("b", FilterValue::from(true)), ("a", "x".into())]);
/// assert_eq!(canonical(&filter).as_deref(), Ok("o2:s1:as1:xs1:bt"));
/// ```
pub fn canonical(value: &FilterValue<'_>) -> Result<String, FilterError> {
    let mut text = String::new();
    write(value, MAX_DEPTH, &mut text)?;
    Ok(text)
}

/// Recursion ends with `depth`, the number of lists and objects that may still be entered.
fn write(value: &FilterValue<'_>, depth: u32, out: &mut String) -> Result<(), FilterError> {
    match value {
        FilterValue::Null => out.push('z'),
        FilterValue::Undefined => out.push('u'),
        FilterValue::Bool(true) => out.push('t'),
        FilterValue::Bool(false) => out.push('f'),
        FilterValue::Number(number) => push_number('n', *number, out),
        FilterValue::Date(time) => push_number('d', *time, out),
        FilterValue::BigInt(digits) if is_bigint(digits) => push_text('i', digits, out),
        FilterValue::BigInt(_) => return Err(FilterError::BigInt),
        FilterValue::Text(text) => push_text('s', text, out),
        FilterValue::List(items) => {
            let depth = depth.checked_sub(1).ok_or(FilterError::Depth)?;
            push_count('l', items.len(), out);
            for item in items {
                write(item, depth, out)?;
            }
        }
        FilterValue::Object(members) => {
            let depth = depth.checked_sub(1).ok_or(FilterError::Depth)?;
            let members = sorted_members(members);
            push_count('o', members.len(), out);
            for (name, value) in members {
                push_text('s', name, out);
                write(value, depth, out)?;
            }
        }
    }
    Ok(())
}

/// By the bytes of the names, each name once.
///
/// A heap is as fast as large filters from outside demand, and 4 kB of wasm smaller than `sort`.
fn sorted_members<'m>(members: &'m [(Cow<'_, str>, FilterValue<'_>)]) -> Vec<(&'m str, &'m FilterValue<'m>)> {
    let places = (0_usize..).zip(members);
    let mut heap: BinaryHeap<_> = places.map(|(place, (name, _))| Reverse((name.as_ref(), Reverse(place)))).collect();
    let mut sorted = Vec::new();
    let mut before = None;
    while let Some(Reverse((name, Reverse(place)))) = heap.pop() {
        // Of one name the last comes first.
        if before.replace(name) == Some(name) {
            continue;
        }
        // Only now, as a later `undefined` takes an earlier value away.
        match members.get(place) {
            Some((_, FilterValue::Undefined)) | None => {}
            Some((_, value)) => sorted.push((name, value)),
        }
    }
    sorted
}

fn push_count(tag: char, count: usize, out: &mut String) {
    out.push(tag);
    out.push_str(&count.to_string());
    out.push(':');
}

fn push_text(tag: char, text: &str, out: &mut String) {
    push_count(tag, text.len(), out);
    out.push_str(text);
}

fn push_number(tag: char, number: f64, out: &mut String) {
    out.push(tag);
    let bits = if number.is_nan() {
        QUIET_NAN
    } else if number == 0.0 {
        0 // −0 too
    } else {
        number.to_bits()
    };
    push_hex(bits, 16, out);
}

fn push_hex(bits: u64, digits: u32, out: &mut String) {
    for place in (0..digits).rev() {
        let nibble = bits.unbounded_shr(place.saturating_mul(4)) & 0xf;
        out.extend(u32::try_from(nibble).ok().and_then(|nibble| char::from_digit(nibble, 16)));
    }
}

/// The one decimal text of each integer: no leading zeros, no `-0`.
fn is_bigint(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text == "0"
        || (digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.bytes().next().is_some_and(|first| first != b'0'))
}

impl<'a> FilterValue<'a> {
    /// An object of these members. Use it to write a filter in Rust.
    ///
    /// ```
    /// use fetchwell::engine::FilterValue;
    /// let filter = FilterValue::object([("genre", "crime"), ("language", "de")]);
    /// assert!(matches!(filter, FilterValue::Object(members) if members.len() == 2));
    /// ```
    pub fn object<N, V>(members: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<Cow<'a, str>>,
        V: Into<FilterValue<'a>>,
    {
        let members = members.into_iter();
        Self::Object(members.map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl From<bool> for FilterValue<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for FilterValue<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<&'a str> for FilterValue<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for FilterValue<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for FilterValue<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a, T: Into<FilterValue<'a>>> From<Option<T>> for FilterValue<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a, T: Into<FilterValue<'a>>> From<Vec<T>> for FilterValue<'a> {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

macro_rules! from_small_integers {
    ($($small:ty)*) => {$(
        impl From<$small> for FilterValue<'_> {
            fn from(value: $small) -> Self {
                Self::from(i64::from(value))
            }
        }
    )*};
}
from_small_integers!(i8 i16 i32 u8 u16 u32);

impl From<i64> for FilterValue<'_> {
    fn from(value: i64) -> Self {
        match number(value.unsigned_abs()) {
            Some(size) => Self::Number(if value < 0 { -size } else { size }),
            None => Self::BigInt(Cow::Owned(value.to_string())),
        }
    }
}

impl From<u64> for FilterValue<'_> {
    fn from(value: u64) -> Self {
        number(value).map_or_else(|| Self::BigInt(Cow::Owned(value.to_string())), Self::Number)
    }
}

impl From<usize> for FilterValue<'_> {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<isize> for FilterValue<'_> {
    fn from(value: isize) -> Self {
        Self::from(value as i64)
    }
}

/// The integer as a float if every integer up to it is one.
fn number(size: u64) -> Option<f64> {
    const HALF: f64 = 4_294_967_296.0;
    let high = u32::try_from(size >> 32).ok()?;
    let low = u32::try_from(size & u64::from(u32::MAX)).ok()?;
    (size <= 1 << 53).then(|| f64::from(high) * HALF + f64::from(low))
}

impl FilterError {
    /// The stable code. Use it in programs; `Display` is for people.
    ///
    /// ```
    /// assert_eq!(fetchwell::engine::FilterError::Depth.code(), "filter-depth");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::Depth => "filter-depth",
            Self::BigInt => "filter-bigint",
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "the filter is more than 64 lists and objects deep",
            Self::BigInt => "the bigint is not written in plain decimal",
        })
    }
}

impl Error for FilterError {}

#[cfg(test)]
mod tests;
