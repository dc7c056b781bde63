//! Patterns over keys, beside a matcher that fills in the whole table of beginnings.

use super::bytes::Bytes;
use fetchwell::engine::{Glob, is_segment_prefix};

const PIECES: [&str; 14] = ["*", "**", "?", "a", "b", "c", ":", "::", "/", "->", "é", "日", "-", ">"];
const SEPARATORS: [&str; 8] = [":", "::", "/", "->", "", "a", "aa", "é"];

/// # Panics
///
/// When a pattern matches what it should not, or not what it should.
pub fn glob(data: &[u8]) {
    let mut bytes = Bytes(data);
    let separator = SEPARATORS[usize::from(bytes.below(8))];
    let pattern = bytes.text(&PIECES, 12);
    // Text that looks like the pattern, or anything at all.
    let key = match bytes.below(3) {
        0 => String::from_utf8_lossy(bytes.0).into_owned(),
        1 => filled_in(&pattern, &mut bytes),
        _ => bytes.text(&PIECES[3..], 16),
    };
    let glob = Glob::new(&pattern, separator);
    let answer = glob.matches(&key);
    assert_eq!(answer, naive(&pattern, &key, separator), "{pattern:?} on {key:?} by {separator:?}");
    assert!(!answer || key.starts_with(glob.literal_prefix()), "{pattern:?} on {key:?}");
    if glob.is_literal() {
        assert_eq!((answer, glob.literal_prefix()), (key == pattern, pattern.as_str()));
    }
    // What lies below a literal key is matched by everything below it.
    if answer && glob.is_literal() && !separator.is_empty() {
        let below = format!("{pattern}{separator}{key}");
        assert!(Glob::new(&format!("{pattern}{separator}**"), separator).matches(&below));
        assert!(is_segment_prefix(&below, &pattern, separator));
    }
}

/// The pattern, with something in the place of each wildcard.
fn filled_in(pattern: &str, bytes: &mut Bytes<'_>) -> String {
    let fill = |char| match char {
        '*' => bytes.text(&PIECES[3..], 3),
        '?' => bytes.text(&PIECES[3..6], 1),
        char => char.to_string(),
    };
    pattern.chars().map(fill).collect()
}

/// `reached[n]`: can the pattern so far end after `n` characters of the key?
fn naive(pattern: &str, key: &str, separator: &str) -> bool {
    let chars: Vec<char> = key.chars().collect();
    let starts: Vec<usize> = key.char_indices().map(|(at, _)| at).collect();
    let is_boundary = |at: usize| {
        let rest = &key[starts[at]..];
        rest.starts_with('/') || (!separator.is_empty() && rest.starts_with(separator))
    };
    let mut reached = vec![false; chars.len() + 1];
    reached[0] = true;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let stars = rest.chars().take_while(|char| *char == '*').count();
        let mut next = vec![false; reached.len()];
        match first {
            '*' => {
                let crosses = stars > 1;
                for from in (0..reached.len()).filter(|from| reached[*from]) {
                    next[from] = true;
                    for to in from..chars.len() {
                        if !crosses && is_boundary(to) {
                            break;
                        }
                        next[to + 1] = true;
                    }
                }
            }
            '?' => (0..chars.len()).filter(|at| reached[*at] && !is_boundary(*at)).for_each(|at| next[at + 1] = true),
            char => (0..chars.len()).filter(|at| reached[*at] && chars[*at] == char).for_each(|at| next[at + 1] = true),
        }
        reached = next;
        rest = &rest[stars.max(first.len_utf8())..];
    }
    reached[chars.len()]
}
