//! Keys made of segments: two lists of parts, one separator.

use super::bytes::Bytes;
use fetchwell::engine::{KeyError, Part, is_segment_prefix, join};

/// What could be taken for a separator, for an escape, or for the end of something.
const PIECES: [&str; 16] =
    ["a", "b", "1", "7", "-", ":", "/", "\\", "~", "^", "%", "!", "é", "\u{a1}", "\u{10ffff}", "\0"];

/// # Panics
///
/// When different lists give one key, or a separator stands where none should.
pub fn keys(data: &[u8]) {
    let mut bytes = Bytes(data);
    let separator = bytes.text(&PIECES, 4);
    let first = list(&mut bytes);
    // Often the second is much like the first.
    let second = match bytes.below(4) {
        0 => list(&mut bytes),
        1 => first.iter().take(usize::from(bytes.below(8))).cloned().collect(),
        2 => first.iter().cloned().chain(list(&mut bytes)).collect(),
        _ => vec![first.concat()],
    };
    let (one, other) = (key(&first, &separator), key(&second, &separator));
    let (Some(one), Some(other)) = (one, other) else { return };

    assert_eq!(one == other, first == second, "{first:?} and {second:?} by {separator:?} are {one:?} and {other:?}");
    assert_eq!(
        is_segment_prefix(&one, &other, &separator),
        first.starts_with(&second),
        "is {second:?} at the beginning of {first:?} by {separator:?}? ({other:?}, {one:?})"
    );
    let boundaries = one.char_indices().filter(|(at, _)| one[*at..].starts_with(&separator)).count();
    assert_eq!(boundaries, first.len() - 1, "{first:?} by {separator:?} is {one:?}");
    // A raw text is a prefix of itself and of what is put below it, whatever it is.
    let raw = String::from_utf8_lossy(bytes.0);
    assert!(is_segment_prefix(&raw, &raw, &separator));
    assert!(is_segment_prefix(&format!("{raw}{separator}x"), &raw, &separator));
}

fn list(bytes: &mut Bytes<'_>) -> Vec<String> {
    (0..bytes.below(5)).map(|_| bytes.text(&PIECES, 4)).collect()
}

/// The key of a list, as texts and, where they are numbers, as numbers; nothing where there can be none.
fn key(list: &[String], separator: &str) -> Option<String> {
    let texts: Vec<Part<'_>> = list.iter().map(Part::from).collect();
    let key = join(&texts, separator);
    let numbers = list.iter().map(|text| match text.parse::<i64>() {
        Ok(number) if number.to_string() == *text => Part::from(number),
        _ => Part::from(text),
    });
    assert_eq!(join(&numbers.collect::<Vec<_>>(), separator), key, "a number is its decimal text");
    match key {
        Ok(key) => Some(key),
        Err(KeyError::Empty) => {
            assert!(list.is_empty());
            None
        }
        Err(KeyError::Separator) => {
            assert!(separator.is_empty());
            None
        }
        Err(KeyError::Number { .. }) => panic!("every number here is finite"),
    }
}
