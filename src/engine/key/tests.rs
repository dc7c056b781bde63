use super::*;

fn key(parts: &[&str], separator: &str) -> String {
    let parts: Vec<Part<'_>> = parts.iter().copied().map(Part::from).collect();
    join(&parts, separator).unwrap()
}

#[test]
fn common_texts_stay_as_they_are() {
    assert_eq!(join(&["books".into(), 7.into()], ":").unwrap(), "books:7");
    for plain in ["books", "a-b_c.d/e?f=g&h i", "ÄÖ→😀", "50%", "~user", "x*y", ""] {
        assert_eq!(key(&[plain], ":"), plain);
        assert_eq!(key(&["a", plain, "b"], ":"), format!("a:{plain}:b"));
    }
}

#[test]
fn the_text_of_escaped_keys_is_stable() {
    for (parts, separator, text) in [
        (&["a:b"][..], ":", r"a\~\b"),
        (&["a", "b"], ":", "a:b"),
        (&[r"a\b"], ":", r"a\\b"),
        (&[r"\", ":"], ":", r"\\:\~\"),
        (&["", ""], ":", ":"),
        (&["a", "", "b"], "::", r"a::\~~~\::b"),
        (&["a:", "b"], "::", r"a\~\::b"),
        (&["x->y", "-"], "->", r"x\~\\~~\y->\~\"),
        (&["", "a"], "ab", r"ab\~\"),
        (&["", "a"], "aa", r"\~~~\aa\~\"),
        (&["a~b", r"c\"], r"\", r"a~~b\c~^~"),
        (&["a", "é"], "é", r"aé\~\"),
    ] {
        assert_eq!(key(parts, separator), text, "{parts:?} by {separator:?}");
    }
}

#[test]
fn a_separator_may_use_up_the_usual_marks() {
    let separator = r"\~^%!";
    assert_eq!(key(&["a", "b"], separator), r"a\~^%!b");
    assert_eq!(key(&["^"], separator), "¡¢¢¢¡");
    assert_eq!(key(&["¡"], separator), "¡¡");
}

#[test]
fn a_number_equals_its_decimal_text_whatever_its_type() {
    let text = key(&["n", "7"], ":");
    for seven in [
        Part::from(7_i8),
        7_i16.into(),
        7_i32.into(),
        7_i64.into(),
        7_isize.into(),
        7_u8.into(),
        7_u16.into(),
        7_u32.into(),
        7_u64.into(),
        7_usize.into(),
        7.0.into(),
        String::from("7").into(),
        (&String::from("7")).into(),
    ] {
        assert_eq!(join(&["n".into(), seven], ":").unwrap(), text);
    }
    assert_eq!(join(&[i64::MIN.into()], ":").unwrap(), "-9223372036854775808");
    assert_eq!(join(&[u64::MAX.into()], ":").unwrap(), "18446744073709551615");
}

#[test]
fn numbers_are_escaped_like_any_text() {
    assert_eq!(join(&[(-5).into()], "-").unwrap(), r"\~\5");
    assert_ne!(join(&[1.5.into()], ".").unwrap(), join(&[1.into(), 5.into()], ".").unwrap());
    assert_ne!(join(&[717.into()], "1").unwrap(), join(&[7.into(), 7.into()], "1").unwrap());
}

#[test]
fn floats_are_printed_as_javascript_prints_them() {
    for (number, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (123_456.789, "123456.789"),
        (1e20, "100000000000000000000"),
        (1.5e20, "150000000000000000000"),
        (999_999_999_999_999_900_000.0, "999999999999999900000"),
        (1e21, "1e+21"),
        (-1.25e30, "-1.25e+30"),
        (9_007_199_254_740_992.0, "9007199254740992"),
        (1_152_921_504_606_846_976.0, "1152921504606847000"),
        (0.000_001, "0.000001"),
        (0.000_001_25, "0.00000125"),
        (0.000_000_1, "1e-7"),
        (-1.25e-7, "-1.25e-7"),
        // In the middle between two shortest texts: the even one.
        (2_812_286_601_930.0 + 0.656_25, "2812286601930.6562"),
        (-1_335_086_477_432_387.0 - 0.25, "-1335086477432387.2"),
        (1_335_086_477_432_387.0 + 0.75, "1335086477432387.8"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
    ] {
        assert_eq!(decimal(number).as_deref(), Some(text));
    }
}

#[test]
fn an_empty_list_and_a_number_that_is_not_finite_are_refused() {
    assert_eq!(join(&[], ":"), Err(KeyError::Empty));
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(join(&["a".into(), number.into()], ":"), Err(KeyError::Number { index: 1 }));
    }
    assert_eq!(join(&["a".into()], ""), Err(KeyError::Separator));
}

#[test]
fn every_error_has_a_code_and_a_sentence() {
    for (error, code, text) in [
        (KeyError::Empty, "key-empty", "a key needs at least one part"),
        (KeyError::Number { index: 1 }, "key-number", "part 1 of the key is not a finite number"),
        (KeyError::Separator, "key-separator", "the separator must not be empty"),
    ] {
        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }
}

#[test]
fn a_segment_prefix_stops_at_the_segment() {
    for (key, prefix, separator, taken) in [
        ("user:1", "user:1", ":", true),
        ("user:1:a", "user:1", ":", true),
        ("user:1:", "user:1", ":", true),
        ("user:10", "user:1", ":", false),
        ("user", "user:1", ":", false),
        ("user:1", "", ":", false),
        (":1", "", ":", true),
        ("", "", ":", true),
        ("a:b", "a", "::", false),
        ("a::b", "a", "::", true),
        ("a", "a", "", true),
        ("ab", "a", "", false),
    ] {
        assert_eq!(is_segment_prefix(key, prefix, separator), taken, "{prefix:?} of {key:?}");
    }
}

#[test]
fn a_long_separator_and_a_long_part_are_no_trouble() {
    let separator = "-=".repeat(500);
    let part = "-".repeat(10_000);
    let text = key(&[&part, "", &part], &separator);
    assert_eq!(text.matches(&separator).count(), 2);
    assert_eq!(text.len(), 2 * 3 * 10_000 + 2 * 1_000 + 1_003);
}
