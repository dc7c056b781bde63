//! Keys of segments, compared pair by pair: lists that differ give keys that differ, a separator
//! stands in a key only between parts, and a segment prefix is a prefix of the list.
//!
//! Random lists come from a seed that is printed; `FETCHWELL_SEED=… cargo test --test keys` plays
//! one again.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;

use fetchwell::engine::{Part, is_segment_prefix, join};

/// One character, several, overlapping themselves, repeating themselves, made of marks.
const SEPARATORS: [&str; 22] = [
    ":", "/", "x", "1", "é", "\\", "~", "::", ":::", "->", "ab", "aa", "aba", "abab", "aab", "\\\\", "\\~", "~\\",
    "~~", "→→", " : ", "\\~^%!",
];

type List = Vec<String>;

fn key(list: &[String], separator: &str) -> String {
    let parts: Vec<Part<'_>> = list.iter().map(Part::from).collect();
    join(&parts, separator).expect("a list of texts is a key")
}

/// What could be mistaken for a separator or for an escape of this separator.
fn alphabet(separator: &str) -> Vec<char> {
    let mut alphabet: Vec<char> = separator.chars().collect();
    alphabet.extend(['\\', '~', '^', 'x', '%']);
    let mut seen = vec![];
    alphabet.retain(|char| {
        !seen.contains(char) && {
            seen.push(*char);
            true
        }
    });
    alphabet.truncate(5);
    alphabet
}

/// All texts up to a length.
fn texts(alphabet: &[char], longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let to = all.len();
        for index in from..to {
            for char in alphabet {
                all.push(format!("{}{char}", all[index]));
            }
        }
        from = to;
    }
    all
}

/// All lists of exactly so many parts.
fn lists(parts: &[String], length: usize) -> Vec<List> {
    let mut all: Vec<List> = vec![vec![]];
    for _ in 0..length {
        all = all
            .iter()
            .flat_map(|list| parts.iter().map(move |part| [&list[..], std::slice::from_ref(part)].concat()))
            .collect();
    }
    all
}

/// Where the separator occurs, occurrences that overlap included.
fn occurrences(text: &str, separator: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).filter(|&at| text[at..].starts_with(separator)).collect()
}

/// Where it should: between the keys of the parts.
fn boundaries(list: &[String], separator: &str) -> Vec<usize> {
    (1..list.len()).map(|count| key(&list[..count], separator).len()).collect()
}

fn check_boundaries(list: &[String], text: &str, separator: &str) {
    assert_eq!(occurrences(text, separator), boundaries(list, separator), "{list:?} is {text:?} by {separator:?}");
}

/// Both rules for one ordered pair.
fn check_pair(a: (&List, &str), b: (&List, &str), separator: &str) {
    assert_eq!(a.1 == b.1, a.0 == b.0, "{a:?} and {b:?} by {separator:?}");
    assert_eq!(
        is_segment_prefix(a.1, b.1, separator),
        a.0.starts_with(b.0),
        "{b:?} as a prefix of {a:?} by {separator:?}"
    );
}

#[test]
fn all_short_lists_keep_the_rules_in_every_pair() {
    let mut pairs = 0_u64;
    for separator in SEPARATORS {
        let alphabet = alphabet(separator);
        let mut all = lists(&texts(&alphabet, 4), 1);
        all.extend(lists(&texts(&alphabet, 2), 2));
        all.extend(lists(&texts(&alphabet, 1), 3));
        all.extend(lists(&texts(&alphabet[..2], 1), 4));
        // Parts that hold the separator whole, or begin or end with a piece of it.
        let pieces: Vec<String> = std::iter::once(String::new())
            .chain((1..=separator.len()).filter_map(|at| separator.get(..at).map(String::from)))
            .chain((1..separator.len()).filter_map(|at| separator.get(at..).map(String::from)))
            .take(7)
            .collect();
        all.extend(lists(&pieces, 3));
        all.sort();
        all.dedup();

        let keys: Vec<String> = all.iter().map(|list| key(list, separator)).collect();
        for (list, text) in all.iter().zip(&keys) {
            check_boundaries(list, text, separator);
        }
        for a in all.iter().zip(&keys) {
            for b in all.iter().zip(&keys) {
                check_pair((a.0, a.1), (b.0, b.1), separator);
            }
        }
        pairs += (all.len() * all.len()) as u64;
    }
    println!("{pairs} pairs compared, {} separators", SEPARATORS.len());
    assert!(pairs >= 10_000_000);
}

#[test]
fn many_random_lists_never_share_a_key() {
    let mut random = Random::seeded();
    let (mut count, mut pairs) = (0_u64, 0_u64);
    for separator in SEPARATORS {
        let alphabet = alphabet(separator);
        let mut seen: HashMap<String, List> = HashMap::new();
        for _ in 0..20_000 {
            let list = random.list(&alphabet, separator);
            let text = key(&list, separator);
            check_boundaries(&list, &text, separator);
            // A list that was made of this one by moving a boundary or changing a character.
            let other = random.neighbour(&list, &alphabet);
            let other_text = key(&other, separator);
            check_pair((&list, &text), (&other, &other_text), separator);
            check_pair((&other, &other_text), (&list, &text), separator);
            for (text, list) in [(text, list), (other_text, other)] {
                let first = seen.entry(text).or_insert_with(|| list.clone());
                assert_eq!(*first, list, "one key by {separator:?}");
            }
            count += 2;
        }
        // Each key differs from each other one in the table.
        pairs += (seen.len() * (seen.len() - 1) / 2) as u64;
    }
    println!("{count} random lists, {pairs} pairs of distinct ones");
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let seed = std::env::var("FETCHWELL_SEED").ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or(20_260_401);
        println!("FETCHWELL_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).expect("below a usize")
    }

    fn part(&mut self, alphabet: &[char], separator: &str) -> String {
        let mut part = String::new();
        for _ in 0..self.below(6) {
            if self.below(4) == 0 {
                part.push_str(separator);
            } else {
                part.push(alphabet[self.below(alphabet.len())]);
            }
        }
        part
    }

    fn list(&mut self, alphabet: &[char], separator: &str) -> List {
        (0..=self.below(5)).map(|_| self.part(alphabet, separator)).collect()
    }

    fn neighbour(&mut self, list: &List, alphabet: &[char]) -> List {
        let mut other = list.clone();
        let index = self.below(list.len());
        match self.below(5) {
            // One character moves over the boundary to the next part.
            0 if index + 1 < other.len() => {
                if let Some(char) = other[index].pop() {
                    other[index + 1].insert(0, char);
                }
            }
            // Two parts become one.
            1 if index + 1 < other.len() => {
                let next = other.remove(index + 1);
                other[index].push_str(&next);
            }
            2 => other.insert(index, String::new()),
            3 => other.truncate(index + 1),
            _ => other[index].push(alphabet[self.below(alphabet.len())]),
        }
        other
    }
}
