//! Globs over keys: `books:*:cover`, `GET https://shop.example/api/**`.
//!
//! A *boundary* is a place in the key where a separator or a `/` begins.
//!
//! - `*` is any run of characters, also an empty one, that stops before the first boundary.
//! - `?` is one character (a Unicode scalar) that is not at a boundary.
//! - `**`, and any longer run of stars, is anything, boundaries included.
//! - Everything else is itself: there are no escapes, classes or braces. A literal character of the
//!   pattern matches its like also at a boundary.
//!
//! Matching keeps the set of places in the pattern where the key read so far may stand, so its time
//! is at most pattern times key, whatever the stars. (Going back to the last star, the usual
//! way, is wrong here: with a separator of several characters a later start can reach further.)

use super::pages::NoMemory;

/// A pattern over keys, read once and matched often; use it to invalidate keys that a prefix cannot
/// name.
///
/// ```
/// use fetchwell::engine::Glob;
///
/// let covers = Glob::new("books:*:cover", ":");
/// assert!(covers.matches("books:7:cover"));
/// assert!(!covers.matches("books:7:de:cover")); // `*` stops at the segment
/// assert!(Glob::new("books:**", ":").matches("books:7:de:cover"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// No more than two stars stand side by side, since a longer run means the same.
    text: String,
    /// Where in it the first wildcard stands.
    wildcard: usize,
    separator: String,
}

impl Glob {
    /// Reads a pattern for keys of the given separator. Any text is a pattern; the empty one
    /// matches the empty key. With an empty separator only `/` is a boundary. Use it once for
    /// each pattern, however many keys are compared with it.
    pub fn new(pattern: &str, separator: &str) -> Self {
        let mut text = String::new();
        for char in pattern.chars() {
            if char != '*' || !text.ends_with("**") {
                text.push(char);
            }
        }
        let wildcard = wildcard(&text);
        Self { text, wildcard, separator: separator.into() }
    }

    /// Whether the whole of `key` is matched. Use it on each key below [`Glob::literal_prefix`].
    ///
    /// A pattern with more than 255 bytes behind that prefix needs a little memory to be compared;
    /// if it is refused the answer is yes.
    pub fn matches(&self, key: &str) -> bool {
        self.pattern().matches(key).unwrap_or(true)
    }

    /// The text up to the first wildcard: every key that matches begins with it. Use it to look only
    /// at those keys.
    ///
    /// ```
    /// assert_eq!(fetchwell::engine::Glob::new("books:*:cover", ":").literal_prefix(), "books:");
    /// ```
    pub fn literal_prefix(&self) -> &str {
        self.pattern().literal_prefix()
    }

    /// Whether the pattern has no wildcard, and so matches one key only. Use it to look that key up
    /// instead of searching.
    ///
    /// ```
    /// use fetchwell::engine::Glob;
    /// assert!(Glob::new("books:7", ":").is_literal());
    /// assert!(!Glob::new("books:?", ":").is_literal());
    /// ```
    pub fn is_literal(&self) -> bool {
        self.pattern().is_literal()
    }

    /// The same, borrowed.
    fn pattern(&self) -> Pattern<'_> {
        let (prefix, rest) = self.text.split_at_checked(self.wildcard).unwrap_or_default();
        Pattern { prefix, rest, separator: &self.separator }
    }
}

/// A pattern as somebody wrote it; nothing of it is copied, so that having one needs no memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern<'a> {
    /// The text up to the first wildcard.
    prefix: &'a str,
    rest: &'a str,
    separator: &'a str,
}

/// Patterns with fewer than 64 times so many bytes behind their literal prefix are matched without
/// asking for memory.
/// Where the first wildcard stands, or the end.
fn wildcard(pattern: &str) -> usize {
    pattern.bytes().position(|byte| matches!(byte, b'*' | b'?')).unwrap_or(pattern.len())
}

const WORDS: usize = 4;

impl<'a> Pattern<'a> {
    pub(super) fn new(pattern: &'a str, separator: &'a str) -> Self {
        let (prefix, rest) = pattern.split_at_checked(wildcard(pattern)).unwrap_or((pattern, ""));
        Self { prefix, rest, separator }
    }

    pub(super) fn literal_prefix(self) -> &'a str {
        self.prefix
    }

    pub(super) fn is_literal(self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the whole of `key` is matched.
    pub(super) fn matches(self, key: &str) -> Result<bool, NoMemory> {
        match key.strip_prefix(self.prefix) {
            None => Ok(false),
            Some(rest) if self.rest.is_empty() => Ok(rest.is_empty()),
            Some(rest) => self.walk(rest, || ()),
        }
    }

    /// Reads `key`, which lies behind the literal prefix; `step` is called once for each place in
    /// the pattern that a character is tried at, so that tests can count.
    fn walk(self, key: &str, mut step: impl FnMut()) -> Result<bool, NoMemory> {
        let end = self.rest.len();
        let open_ended = self.rest.ends_with("**");
        // The places in `rest` that may come now and next, a bit for each of its bytes. A run of
        // stars is one place, where it begins.
        let words = end / 64 + 1;
        let (mut few, mut many) = ([0_u64; 2 * WORDS], Vec::new());
        let sets = if words <= WORDS {
            few.get_mut(..2 * words).unwrap_or_default()
        } else {
            many.try_reserve_exact(2 * words)?;
            many.resize(2 * words, 0);
            many.as_mut_slice()
        };
        let (mut here, mut next) = sets.split_at_mut_checked(words).unwrap_or_default();
        self.enter(0, here);
        let mut chars = key.chars();
        loop {
            let ended = here.last().is_some_and(|last| last >> (end % 64) & 1 == 1);
            if ended && open_ended {
                return Ok(true); // a `**` at the end takes the rest, whatever it is
            }
            let boundary = self.is_boundary(chars.as_str());
            let Some(char) = chars.next() else {
                return Ok(ended);
            };
            next.fill(0);
            for (word, places) in (0..).zip(here.iter()) {
                let mut places = *places;
                while places != 0 {
                    let place = word * 64 + places.trailing_zeros() as usize;
                    places &= places - 1;
                    step();
                    let own = self.rest.get(place..).unwrap_or_default();
                    match own.as_bytes() {
                        [b'*', b'*', ..] => self.enter(place, next),
                        [b'*' | b'?', ..] if boundary => {}
                        [b'*', ..] => self.enter(place, next),
                        [b'?', ..] => self.enter(place + 1, next),
                        _ if own.starts_with(char) => self.enter(place + char.len_utf8(), next),
                        // Not this character; or the pattern has ended and the key has not.
                        _ => {}
                    }
                }
            }
            if next.iter().all(|word| *word == 0) {
                return Ok(false);
            }
            core::mem::swap(&mut here, &mut next);
        }
    }

    fn is_boundary(self, rest: &str) -> bool {
        rest.as_bytes().first() == Some(&b'/') || (!self.separator.is_empty() && rest.starts_with(self.separator))
    }

    /// Adds `place` and, since a star may be empty, the place behind a run of stars.
    fn enter(self, place: usize, places: &mut [u64]) {
        let stars = self.rest.bytes().skip(place).take_while(|byte| *byte == b'*').count();
        for place in [place, place + stars] {
            if let Some(word) = places.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
    }
}

#[cfg(test)]
mod tests;
