//! The arguments of the verbs: `test` has some of its own, most have none.

use crate::failure::Failure;

/// What was asked of `cargo xtask test`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestArgs {
    /// As much as an evening allows.
    pub(crate) long: bool,
    /// For all random choices.
    pub(crate) seed: Option<u64>,
}

impl TestArgs {
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut args = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.split_once('=').unwrap_or((word, "")) {
                ("--long", "") => args.long = true,
                ("--seed", "") => {
                    let value = words.next().ok_or("--seed needs a number after it")?;
                    args.seed = Some(seed(value)?);
                }
                ("--seed", value) => args.seed = Some(seed(value)?),
                _ => return Err(format!("test does not know \"{word}\"")),
            }
        }
        Ok(args)
    }
}

/// A decimal or, after `0x`, a hexadecimal number.
fn seed(text: &str) -> Result<u64, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| format!("--seed takes a number of 64 bits, but got \"{text}\""))
}

/// For verbs that take no arguments.
pub(crate) fn no_arguments(verb: &str, rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(Failure::Usage(format!("{verb} takes no arguments, but got \"{extra}\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<TestArgs, String> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        TestArgs::parse(&words)
    }

    #[test]
    fn nothing_asked_is_the_plain_run() {
        assert_eq!(parse(""), Ok(TestArgs::default()));
    }

    #[test]
    fn long_and_seed_go_in_any_order() {
        let both = TestArgs { long: true, seed: Some(7) };
        assert_eq!(parse("--long --seed 7"), Ok(both));
        assert_eq!(parse("--seed=7 --long").map(|args| args.seed), Ok(Some(7)));
    }

    #[test]
    fn a_seed_may_be_hexadecimal() {
        assert_eq!(parse("--seed 0xff").map(|args| args.seed), Ok(Some(255)));
    }

    #[test]
    fn a_seed_that_is_no_number_is_quoted() {
        for (line, quoted) in [("--seed seven", "seven"), ("--seed -1", "-1")] {
            let reason = parse(line).expect_err("accepted");
            assert!(reason.contains(quoted), "{reason}");
        }
        assert!(parse("--seed").is_err());
        assert!(parse("--seed=").is_err());
    }

    #[test]
    fn an_unknown_argument_is_quoted() {
        let reason = parse("--lnog").expect_err("accepted");
        assert!(reason.contains("\"--lnog\""));
        assert!(parse("--long=3").is_err());
    }
}
