use super::*;

fn matches(pattern: &str, key: &str) -> bool {
    Glob::new(pattern, ":").matches(key)
}

#[test]
fn a_star_is_any_run_within_a_segment() {
    assert!(matches("books:*", "books:7"));
    assert!(matches("books:*", "books:"));
    assert!(matches("*:7", ":7"));
    assert!(matches("b*k*s:7", "books:7"));
    assert!(matches("a*a", "aaaa"));
    assert!(!matches("books:*", "books:7:cover"));
    assert!(!matches("books:*", "books:a/b"));
    assert!(!matches("a*a", "a"));
}

#[test]
fn two_stars_or_more_cross_boundaries() {
    for stars in ["**", "***", "****"] {
        assert!(matches(&format!("books:{stars}"), "books:7:cover/large"));
        assert!(matches(&format!("books:{stars}"), "books:"));
        assert!(matches(&format!("{stars}:cover"), "books:7:cover"));
        assert!(!matches(&format!("books:{stars}"), "books"));
        assert!(matches(stars, ""));
        assert_eq!(Glob::new(stars, ":"), Glob::new("**", ":"));
    }
    assert!(matches("a**b*c", "a:x/b--c"));
    assert!(!matches("a**b*c", "a:x/b-:-c"));
}

#[test]
fn a_question_mark_is_exactly_one_character_and_no_boundary() {
    assert!(matches("book?", "books"));
    assert!(matches("?", "😀"));
    assert!(matches("?", "é"));
    for key in ["book", "bookss", "book:", "book/"] {
        assert!(!matches("book?", key), "{key}");
    }
}

#[test]
fn everything_else_is_literal() {
    for literal in ["[a-z]", r"\x", "{a,b}", "!a", ".", "a+", "^$", "(", "ÄÖ"] {
        let glob = Glob::new(literal, ":");
        assert!(glob.is_literal() && glob.matches(literal));
        assert!(!glob.matches("a") && !glob.matches(""));
    }
    assert!(matches(r"\*", r"\x"));
}

#[test]
fn the_empty_pattern_matches_the_empty_key_only() {
    assert!(matches("", ""));
    assert!(!matches("", "a"));
    assert!(matches("*", ""));
    assert!(!matches("?", ""));
}

#[test]
fn the_literal_prefix_ends_at_the_first_wildcard() {
    for (pattern, prefix) in [("books:*:cover", "books:"), ("é?x", "é"), ("books:7", "books:7"), ("*a", ""), ("", "")]
    {
        let glob = Glob::new(pattern, ":");
        assert_eq!(glob.literal_prefix(), prefix);
        assert_eq!(glob.is_literal(), pattern == prefix);
    }
}

#[test]
fn a_separator_of_several_characters_is_a_boundary_only_as_a_whole() {
    let glob = Glob::new("a*z", "::");
    assert!(glob.matches("a:z") && glob.matches("a:b:z"));
    assert!(!glob.matches("a::z") && !glob.matches("a:::z"));
    // The start that comes first stops at the `::`, a later one begins behind its first half.
    assert!(Glob::new("*:x:*Z", "::").matches(":x:x::Z"));
}

#[test]
fn without_a_separator_only_the_slash_is_a_boundary() {
    let glob = Glob::new("a*", "");
    assert!(glob.matches("a:b") && !glob.matches("a/b"));
}

/// The definition, as plainly as it can be said.
fn naive(pattern: &[char], key: &[char], separator: &[char]) -> bool {
    let boundary = key.first() == Some(&'/') || key.starts_with(separator);
    let take_one = |rest: &[char]| !key.is_empty() && naive(rest, &key[1..], separator);
    match pattern {
        [] => key.is_empty(),
        ['*', '*', rest @ ..] => {
            let rest = &rest[rest.iter().take_while(|&&char| char == '*').count()..];
            (0..=key.len()).any(|skip| naive(rest, &key[skip..], separator))
        }
        ['*', rest @ ..] => naive(rest, key, separator) || (!key.is_empty() && !boundary && take_one(pattern)),
        ['?', rest @ ..] => !boundary && take_one(rest),
        [own, rest @ ..] => key.first() == Some(own) && take_one(rest),
    }
}

fn words(alphabet: &str, longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let to = all.len();
        for index in from..to {
            let word = all[index].clone();
            all.extend(alphabet.chars().map(|char| format!("{word}{char}")));
        }
        from = to;
    }
    all
}

#[test]
fn every_short_pattern_agrees_with_the_definition_on_every_short_key() {
    let mut compared = 0_u64;
    for (separator, pattern_alphabet, key_alphabet) in [
        (":", "*?a:", "a:/"),
        ("::", "*?a:", "a:/"),
        ("ab", "*?ab", "ab/"),
        ("/", "*?a/", "a/b"),
        ("aba", "*?ab", "ab"),
    ] {
        let separator_chars: Vec<char> = separator.chars().collect();
        let keys = words(key_alphabet, 6);
        let key_chars: Vec<Vec<char>> = keys.iter().map(|key| key.chars().collect()).collect();
        for pattern in words(pattern_alphabet, 5) {
            let glob = Glob::new(&pattern, separator);
            let pattern_chars: Vec<char> = pattern.chars().collect();
            for (key, chars) in keys.iter().zip(&key_chars) {
                let expected = naive(&pattern_chars, chars, &separator_chars);
                assert_eq!(glob.matches(key), expected, "{pattern:?} {key:?} by {separator:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 5_000_000, "{compared}");
}

#[test]
fn longer_random_patterns_agree_with_the_definition() {
    let mut state = 0x5eed_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut matched = 0;
    for round in 0..300_000 {
        let separator = [":", "::", "a:", "aa", "/"][random(5)];
        let mut text = |alphabet: &[char], longest: usize| -> Vec<char> {
            (0..random(longest + 1)).map(|_| alphabet[random(alphabet.len())]).collect()
        };
        let pattern = text(&['*', '*', '?', 'a', ':', '/'], 9);
        let key = text(&['a', 'a', ':', ':', '/'], 12);
        let separator_chars: Vec<char> = separator.chars().collect();
        let (pattern_text, key_text): (String, String) = (pattern.iter().collect(), key.iter().collect());
        let found = Glob::new(&pattern_text, separator).matches(&key_text);
        let expected = naive(&pattern, &key, &separator_chars);
        assert_eq!(found, expected, "round {round}: {pattern_text:?} {key_text:?} {separator:?}");
        matched += u32::from(found);
    }
    assert!(matched > 10_000, "{matched}");
}

#[test]
fn a_pattern_as_it_is_written_means_what_it_means_when_it_was_read() {
    for (pattern, key, means) in [
        ("a***b", "a:b", true),
        ("a****", "a:b", true),
        ("*****?x", "a:bx", true),
        ("a***b", "a:c", false),
        ("é?**ü*", "éa::ü", true),
    ] {
        assert_eq!(Pattern::new(pattern, ":").matches(key), Ok(means), "{pattern} {key}");
        assert_eq!(matches(pattern, key), means, "{pattern} {key}");
    }
}

#[test]
fn long_patterns_are_compared_like_short_ones() {
    for length in [250, 254, 255, 256, 257, 318, 319, 320, 5_000] {
        let key = "a".repeat(length);
        for (head, tail, right) in [
            ("*", "", [true, true, false]),
            ("?", "b", [false, false, true]),
            ("**", "?", [false, true, true]),
            ("?", "*", [false, true, true]),
        ] {
            let pattern = format!("{head}{}{tail}", "a".repeat(length));
            let keys = [key.clone(), format!("a{key}"), format!("a{key}b")];
            assert_eq!(keys.map(|key| matches(&pattern, &key)), right, "{head}…{tail} of {length}");
        }
    }
}

#[test]
fn hostile_patterns_cost_no_more_than_pattern_times_key() {
    let key = "a".repeat(10_000);
    for unit in ["*a", "**a", "*a**a", "?**", "**a*?", "*"] {
        for tail in ["", "b", "*b", "**b", "**"] {
            let pattern = unit.repeat(1_000) + tail;
            let glob = Glob::new(&pattern, ":");
            let mut steps = 0_usize;
            let pattern = glob.pattern();
            pattern.walk(&key, || steps += 1).unwrap();
            assert!(steps <= (pattern.rest.len() + 1) * key.len(), "{unit}…{tail}: {steps}");
        }
    }
}

#[test]
fn usual_patterns_cost_a_few_steps_a_character() {
    let key = format!("books:{}:cover", "7".repeat(1_000));
    for (pattern, at_most) in [("books:*:cover", 2_050), ("books:**", 0), ("**:cover", 2_100)] {
        let glob = Glob::new(pattern, ":");
        let mut steps = 0;
        let key = key.strip_prefix(glob.literal_prefix()).unwrap();
        assert_eq!(glob.pattern().walk(key, || steps += 1), Ok(true));
        assert!(steps <= at_most, "{pattern}: {steps}");
    }
}
