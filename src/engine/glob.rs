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
    /// The text up to the first wildcard.
    prefix: String,
    /// The rest. No two stars stand side by side, since a run of them is one token.
    tokens: Vec<Token>,
    separator: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// Itself.
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
    /// `**`
    Any,
}

impl Glob {
    /// Reads a pattern for keys of the given separator. Any text is a pattern; the empty one
    /// matches the empty key. With an empty separator only `/` is a boundary.
    pub fn new(pattern: &str, separator: &str) -> Self {
        let wildcard = pattern.find(['*', '?']).unwrap_or(pattern.len());
        let (prefix, rest) = pattern.split_at_checked(wildcard).unwrap_or((pattern, ""));
        let mut tokens = Vec::new();
        for char in rest.chars() {
            match (char, tokens.last_mut()) {
                ('*', Some(star @ (Token::Run | Token::Any))) => *star = Token::Any,
                ('*', _) => tokens.push(Token::Run),
                ('?', _) => tokens.push(Token::One),
                (char, _) => tokens.push(Token::Char(char)),
            }
        }
        Self { prefix: prefix.into(), tokens, separator: separator.into() }
    }

    /// Whether the whole of `key` is matched; call it on each key below [`Glob::literal_prefix`].
    pub fn matches(&self, key: &str) -> bool {
        match key.strip_prefix(self.prefix.as_str()) {
            None => false,
            Some(rest) if self.tokens.is_empty() => rest.is_empty(),
            Some(rest) => self.walk(rest, || ()),
        }
    }

    /// The text up to the first wildcard: every key that matches begins with it. Use it to look only
    /// at those keys.
    ///
    /// ```
    /// assert_eq!(fetchwell::engine::Glob::new("books:*:cover", ":").literal_prefix(), "books:");
    /// ```
    pub fn literal_prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether the pattern has no wildcard, and so matches one key only: look that key up instead.
    pub fn is_literal(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Reads `key`, which lies behind the literal prefix; `step` is called once for each place in
    /// the pattern that a character is tried at, so that tests can count.
    fn walk(&self, key: &str, mut step: impl FnMut()) -> bool {
        let end = self.tokens.len();
        let open_ended = self.tokens.last() == Some(&Token::Any);
        // Places in `tokens` that may come next, in ascending order.
        let (mut here, mut next) = (Vec::new(), Vec::new());
        self.enter(0, &mut here);
        let mut chars = key.chars();
        loop {
            let ended = here.last() == Some(&end);
            if ended && open_ended {
                return true; // a `**` at the end takes the rest, whatever it is
            }
            let boundary = self.is_boundary(chars.as_str());
            let Some(char) = chars.next() else {
                return ended;
            };
            next.clear();
            for &place in &here {
                step();
                match self.tokens.get(place) {
                    Some(Token::Char(own)) if *own == char => self.enter_behind(place, &mut next),
                    Some(Token::One) if !boundary => self.enter_behind(place, &mut next),
                    Some(Token::Run) if !boundary => self.enter(place, &mut next),
                    Some(Token::Any) => self.enter(place, &mut next),
                    // Not this character; or the pattern has ended and the key has not.
                    Some(Token::Char(_) | Token::One | Token::Run) | None => {}
                }
            }
            if next.is_empty() {
                return false;
            }
            core::mem::swap(&mut here, &mut next);
        }
    }

    fn is_boundary(&self, rest: &str) -> bool {
        rest.starts_with('/') || (!self.separator.is_empty() && rest.starts_with(&self.separator))
    }

    /// Adds `place` and, since a star may be empty, the place behind a star.
    ///
    /// The places reached from one place are neighbours, and those of a later place begin no
    /// earlier: so what is not above the last one is there already.
    fn enter(&self, place: usize, places: &mut Vec<usize>) {
        if places.last().is_none_or(|&last| last < place) {
            places.push(place);
        }
        if matches!(self.tokens.get(place), Some(Token::Run | Token::Any)) {
            let behind = place.saturating_add(1);
            if places.last().is_none_or(|&last| last < behind) {
                places.push(behind);
            }
        }
    }

    fn enter_behind(&self, place: usize, places: &mut Vec<usize>) {
        self.enter(place.saturating_add(1), places);
    }
}

#[cfg(test)]
mod tests;
