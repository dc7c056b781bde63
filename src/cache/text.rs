//! Durations and sizes as people write them: `"5m"`, `"1.5h"`, `"16mb"`. Exactly a decimal number and a unit; no space, no sign.

use crate::engine::Span;

const SPANS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SIZES: &[(&str, u64)] = &[("b", 1), ("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30)];

/// Reads a duration: `ms`, `s`, `m`, `h` or `d`. Use it for texts from configuration and from the environment. What is less than a
/// millisecond is dropped.
///
/// ```
/// use fetchwell::{cache::parse_span, engine::Span};
///
/// assert_eq!(parse_span("5m"), Some(Span::mins(5)));
/// assert_eq!(parse_span("1.5h"), Some(Span::mins(90)));
/// assert_eq!(parse_span("5 m"), None);
/// assert_eq!(parse_span("5"), None);
/// ```
pub fn parse_span(text: &str) -> Option<Span> {
    amount(text, SPANS).map(Span::ms)
}

/// Reads a size in bytes: `b`, `kb`, `mb` or `gb`, where a kilobyte is 1 024 bytes. Use it for texts from configuration.
///
/// ```
/// use fetchwell::cache::parse_bytes;
///
/// assert_eq!(parse_bytes("16mb"), Some(16 << 20));
/// assert_eq!(parse_bytes("16MB"), None);
/// ```
pub fn parse_bytes(text: &str) -> Option<u64> {
    amount(text, SIZES)
}

fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if digits(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    if !digits(whole) {
        return None;
    }
    // A number too long for 64 bits is as good as the largest.
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(*factor);
    Some(whole.saturating_add(part_of(fraction, *factor)))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `0.fraction` of `factor`, rounded down. Exact: digit by digit, from the last one up.
fn part_of(fraction: &str, factor: u64) -> u64 {
    // A decimal place is worth a tenth of the one before it; eighteen of them are more than any unit can tell apart.
    let places = fraction.bytes().take(18);
    let (value, scale) = places.fold((0_u128, 1_u128), |(value, scale), digit| {
        (value * 10 + u128::from(digit.wrapping_sub(b'0')), scale * 10)
    });
    u64::try_from(value * u128::from(factor) / scale).unwrap_or(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_what_it_says() {
        let spans = [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000)];
        for (text, ms) in spans {
            assert_eq!(parse_span(text), Some(Span::ms(ms)), "{text}");
        }
        for (text, bytes) in [("7b", 7), ("64kb", 65_536), ("16mb", 16_777_216), ("4gb", 4_294_967_296)] {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn fractions_are_exact_and_round_down() {
        for (text, ms) in
            [("0.1s", 100), ("1.25s", 1_250), ("0.0009s", 0), ("1.9ms", 1), ("0.999999999999999999999d", 86_399_999)]
        {
            assert_eq!(parse_span(text), Some(Span::ms(ms)), "{text}");
        }
        assert_eq!(parse_bytes("1.5kb"), Some(1_536));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "", "5", "m", "5M", " 5m", "5m ", "5 m", "+5m", "-5m", ".5m", "5.m", "1.2.3m", "1e3s", "5min", "٥m", "∞",
            "5mm", "0x5s",
        ] {
            assert_eq!(parse_span(text), None, "{text:?}");
        }
        for text in ["16MB", "16", "16kib", "1tb", "-1b"] {
            assert_eq!(parse_bytes(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_beyond_all_bounds_is_the_longest_time_and_still_ends() {
        let long = parse_span("99999999999999999999999999d").unwrap();
        assert!(!long.is_forever() && long > Span::days(100_000_000));
        assert_eq!(parse_span("0ms"), Some(Span::ZERO));
    }
}
