//! Counts tests from what `cargo test` and Node's own runner print, so that a summary never claims what did not run.

/// How many tests passed, failed, and were ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

/// Adds up every line `test result: ok. 12 passed; 0 failed; 1 ignored; …`, and Node's `ℹ pass 12`.
pub(crate) fn count(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines() {
        if let Some((what, number)) = line.strip_prefix("ℹ ").and_then(|rest| rest.split_once(' ')) {
            let number = number.parse().unwrap_or(0);
            match what {
                "pass" => tally.passed += number,
                "fail" | "cancelled" => tally.failed += number,
                "skipped" | "todo" => tally.ignored += number,
                _ => {}
            }
        }
        let Some((_, counts)) = line.trim_start().strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            continue;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => tally.passed += number,
                Some("failed") => tally.failed += number,
                Some("ignored") => tally.ignored += number,
                _ => {}
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_test_files_are_added_up() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s

test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.7s
";
        let tally = count(output);
        assert_eq!((tally.passed, tally.failed, tally.ignored), (17, 2, 1));
    }

    #[test]
    fn tests_of_nodes_own_runner_count_as_well() {
        let output = "\
ℹ tests 5
ℹ suites 0
ℹ pass 3
ℹ fail 1
ℹ cancelled 0
ℹ skipped 1
ℹ todo 0
ℹ duration_ms 98.7
";
        let tally = count(output);
        assert_eq!((tally.passed, tally.failed, tally.ignored), (3, 1, 1));
    }

    #[test]
    fn no_result_line_is_no_tests() {
        assert_eq!(count("error: could not compile `fetchwell`"), Tally::default());
    }
}
