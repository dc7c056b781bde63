use super::*;
use FilterValue::{BigInt, Date, List, Null, Number, Object, Undefined};

fn text(value: impl Into<FilterValue<'static>>) -> String {
    canonical(&value.into()).unwrap()
}

fn hash(value: impl Into<FilterValue<'static>>) -> String {
    hash_key(&value.into()).unwrap()
}

/// Object of one type of value.
fn object<V: Into<FilterValue<'static>>, const N: usize>(members: [(&'static str, V); N]) -> FilterValue<'static> {
    FilterValue::object(members)
}

#[test]
fn the_hashes_are_those_that_sha256sum_gives() {
    // for c in …; do printf '%s' "$c" | sha256sum | cut -c1-32; done
    for (value, canonical, golden) in [
        (Null, "z", "594e519ae499312b29433b7dd8a97ff0"),
        (Undefined, "u", "0bfe935e70c321c7ca3afc75ce0d0ca2"),
        (true.into(), "t", "e3b98a4da31a127d4bde6e43033f66ba"),
        (1.into(), "n3ff0000000000000", "73af61a19efb83c5922f1e2d07eceae4"),
        (BigInt("1".into()), "i1:1", "f7e4bdb03eefaca0319450705ce053a8"),
        ("1".into(), "s1:1", "ea4cb38773dbeb62118b1a71f70929c7"),
        ("".into(), "s0:", "fb912574cecad54c6a0bc75b46172350"),
        (Date(1.0), "d3ff0000000000000", "e81ecfbbe55ef54b2385ad454859b400"),
        (List(vec![]), "l0:", "0db2e8105005bd716261bab87ab0dafb"),
        (Object(vec![]), "o0:", "6ca6486412ffd97e14bd93d83faa44cc"),
        (
            object([("sort", FilterValue::from("title")), ("page", 2.into())]),
            "o2:s4:pagen4000000000000000s4:sorts5:title",
            "653b4751c4716b9d4ce11f54e00952be",
        ),
        (object([("tags", vec!["kids", "Ärz"])]), "o1:s4:tagsl2:s4:kidss4:Ärz", "a8ff648e59e35ecb2b7c9c586c6a8909"),
    ] {
        assert_eq!(text(value.clone()), canonical);
        assert_eq!(hash(value), golden, "{canonical}");
    }
}

#[test]
fn the_order_of_members_does_not_count_and_that_of_a_list_does() {
    let one = object([("a", object([("x", 1), ("y", 2)])), ("b", 3.into())]);
    let two = object([("b", FilterValue::from(3)), ("a", object([("y", 2), ("x", 1)]))]);
    assert_eq!(hash(one), hash(two));
    assert_ne!(hash(vec![1, 2]), hash(vec![2, 1]));
}

#[test]
fn names_are_sorted_by_their_bytes() {
    let names = ["z", "é", "a", "", "B", "aa", "😀", "\u{ffff}"];
    let text = text(FilterValue::object(names.map(|name| (name, true))));
    assert_eq!(text, "o8:s0:ts1:Bts1:ats2:aats1:zts2:éts3:\u{ffff}ts4:😀t");
}

#[test]
fn values_of_different_types_differ() {
    let values = [
        Null,
        Undefined,
        false.into(),
        0.into(),
        BigInt("0".into()),
        "0".into(),
        "".into(),
        "z".into(),
        Date(0.0),
        List(vec![]),
        List(vec![Undefined]),
        List(vec![List(vec![])]),
        Object(vec![]),
        object([("0", 0)]),
    ];
    for (i, one) in values.iter().enumerate() {
        for (j, two) in values.iter().enumerate() {
            assert_eq!(hash_key(one) == hash_key(two), i == j, "{one:?} {two:?}");
        }
    }
}

#[test]
fn an_undefined_member_is_an_absent_one_but_null_and_items_are_not() {
    assert_eq!(text(object([("a", Undefined), ("b", 1.into())])), text(object([("b", 1)])));
    assert_ne!(text(object([("a", Null)])), text(Object(vec![])));
    assert_eq!(text(vec![Undefined, Null]), "l2:uz");
}

#[test]
fn of_members_of_one_name_the_last_holds() {
    let twice = [("a", FilterValue::from(1)), ("b", 2.into()), ("a", 3.into()), ("a", 4.into())];
    assert_eq!(text(object(twice)), text(object([("a", 4), ("b", 2)])));
    assert_eq!(text(object([("a", 1.into()), ("a", Undefined)])), "o0:");
    assert_eq!(text(object([("a", Undefined), ("a", 1.into())])), text(object([("a", 1)])));
}

#[test]
fn there_is_one_zero_and_one_nan() {
    assert_eq!(text(-0.0), "n0000000000000000");
    assert_eq!(text(Date(-0.0)), "d0000000000000000");
    for nan in [f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_0000_0001)] {
        assert_eq!(text(nan), "n7ff8000000000000");
        assert_eq!(text(Date(nan)), "d7ff8000000000000");
    }
    assert_eq!(text(f64::NEG_INFINITY), "nfff0000000000000");
}

#[test]
fn equal_integers_hash_alike_whatever_their_rust_type() {
    for seven in [
        FilterValue::from(7_i8),
        7_i16.into(),
        7_i32.into(),
        7_i64.into(),
        7_isize.into(),
        7_u8.into(),
        7_u16.into(),
        7_u32.into(),
        7_u64.into(),
        7_usize.into(),
    ] {
        assert_eq!(seven, Number(7.0));
    }
    assert_eq!(FilterValue::from(-7_i64), Number(-7.0));
    let limit = 1_u64 << 53;
    assert_eq!(FilterValue::from(limit), Number(9_007_199_254_740_992.0));
    assert_eq!(FilterValue::from(-(1_i64 << 53)), Number(-9_007_199_254_740_992.0));
    assert_eq!(FilterValue::from(limit - 1), Number(9_007_199_254_740_991.0));
    assert_eq!(FilterValue::from(limit + 1), BigInt("9007199254740993".into()));
    assert_eq!(FilterValue::from(i64::MIN), BigInt("-9223372036854775808".into()));
}

#[test]
fn other_rust_values_become_what_they_mean() {
    assert_eq!(FilterValue::from(None::<u8>), Null);
    assert_eq!(FilterValue::from(Some(String::from("x"))), "x".into());
    assert_eq!(FilterValue::from(&String::from("x")), "x".into());
}

#[test]
fn a_bigint_has_one_text() {
    for good in ["0", "1", "-1", "10", "123456789012345678901234567890"] {
        assert_eq!(text(BigInt(good.into())), format!("i{}:{good}", good.len()));
    }
    for bad in ["", "-", "-0", "00", "01", "-01", "+1", "1n", " 1", "1.0", "1e3", "٣", "--1"] {
        assert_eq!(hash_key(&BigInt(bad.into())), Err(FilterError::BigInt), "{bad:?}");
    }
}

#[test]
fn nesting_has_a_limit_of_64() {
    let nested = |depth| (0..depth).fold(Null, |value, _| List(vec![value]));
    assert!(canonical(&nested(64)).is_ok());
    assert_eq!(canonical(&nested(65)), Err(FilterError::Depth));
    let objects = |depth| (0..depth).fold(Null, |value, _| object([("a", value)]));
    assert!(canonical(&objects(64)).is_ok());
    assert_eq!(canonical(&objects(65)), Err(FilterError::Depth));
    // Siblings do not add up.
    assert!(canonical(&List((0..100).map(|_| nested(63)).collect())).is_ok());
}

/// A small value of each number, many of them made to look like parts of one another.
fn value(mut number: u64, depth: u32) -> FilterValue<'static> {
    let kind = number % if depth == 0 { 7 } else { 9 };
    number /= 9;
    let texts = ["", "a", "s1:a", "1", "z", "l0:", ":"];
    let text = texts[usize::try_from(number % 7).unwrap()];
    match kind {
        0 => Null,
        1 => number.is_multiple_of(2).into(),
        2 => (number % 5).into(),
        3 => BigInt((number % 5).to_string().into()),
        4 => Date([0.0, 1.0, f64::NAN][usize::try_from(number % 3).unwrap()]),
        5 | 6 => text.into(),
        7 => {
            let items = (0..number % 3).map(|item| value(number / 3 + item * 7, depth - 1));
            List(items.collect())
        }
        _ => {
            let members = (0..number % 3).map(|place| {
                let name = texts[usize::try_from((number / 3 + place) % 7).unwrap()];
                (name, value(number / 21 + place * 5, depth - 1))
            });
            FilterValue::object(members)
        }
    }
}

#[test]
fn equal_texts_mean_equal_values() {
    let mut seen: std::collections::HashMap<String, String> = std::collections::HashMap::new();
    for number in 0..200_000 {
        let mut value = value(number, 4);
        let text = canonical(&value).unwrap();
        sort_members(&mut value);
        let shown = format!("{value:?}");
        assert_eq!(seen.entry(text.clone()).or_insert_with(|| shown.clone()), &shown, "{text}");
    }
    assert!(seen.len() > 1_000, "{}", seen.len());
}

fn sort_members(value: &mut FilterValue<'_>) {
    match value {
        List(items) => items.iter_mut().for_each(sort_members),
        Object(members) => {
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (_, value) in members {
                sort_members(value);
            }
        }
        _ => {}
    }
}

#[test]
fn every_error_has_a_code_and_a_sentence() {
    assert_eq!(FilterError::Depth.code(), "filter-depth");
    assert_eq!(FilterError::BigInt.code(), "filter-bigint");
    assert_eq!(FilterError::Depth.to_string(), "the filter is more than 64 lists and objects deep");
    assert_eq!(FilterError::BigInt.to_string(), "the bigint is not written in plain decimal");
}
