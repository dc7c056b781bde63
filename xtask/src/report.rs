//! Steps as the user sees them: begun, ended, timed, counted, and summed up in one line.

use crate::failure::Failure;
use crate::stopwatch::Stopwatch;
use crate::tally::Tally;

/// How a step that did not fail ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Done; the note, when there is one, is worth a word beside the time.
    Passed(String),
    /// Done, and these are the tests that ran.
    Tests(Tally),
    /// Not done, for this reason; said again in the summary.
    Skipped(String),
}

impl Outcome {
    pub(crate) fn passed() -> Self {
        Self::Passed(String::new())
    }
}

/// Everything that happened so far.
#[derive(Debug)]
pub(crate) struct Report {
    watch: Stopwatch,
    tests: Tally,
    passed: u32,
    failed: Vec<String>,
    skipped: Vec<String>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            watch: Stopwatch::start(),
            tests: Tally::default(),
            passed: 0,
            failed: Vec::new(),
            skipped: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Takes a step. A step that fails is shown with all it had to say, and the next ones are
    /// taken all the same: one run tells everything that is wrong.
    ///
    /// Says whether the step was taken and did not fail.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome, String>) -> bool {
        println!("▸ {name} …");
        let watch = Stopwatch::start();
        match work() {
            Ok(Outcome::Passed(note)) => {
                self.passed += 1;
                let colon = if note.is_empty() { "" } else { ": " };
                println!("✓ {name} ({watch}){colon}{note}");
                true
            }
            Ok(Outcome::Tests(tally)) => {
                self.passed += 1;
                self.add(tally);
                println!("✓ {name} ({watch}): {}", counted(tally));
                true
            }
            Ok(Outcome::Skipped(reason)) => {
                println!("– {name} skipped: {reason}");
                self.skipped.push(format!("{name} ({reason})"));
                false
            }
            Err(output) => {
                // The tests that did run count, whatever became of the others.
                self.add(crate::tally::count(&output));
                println!("{}", output.trim_end());
                println!("✗ {name} ({watch})");
                self.failed.push(name.to_owned());
                false
            }
        }
    }

    /// Something for the summary to say, however things end.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The last line, counted from what really happened.
    pub(crate) fn finish(self, moral: &str) -> Result<(), Failure> {
        println!("\n{}", self.summary(moral));
        if self.failed.is_empty() { Ok(()) } else { Err(Failure::Said) }
    }

    fn summary(&self, moral: &str) -> String {
        let mut parts = Vec::new();
        if self.failed.is_empty() {
            parts.push(format!("✓ {}", plural(u64::from(self.passed), "step")));
        } else {
            parts.push(format!("✗ failed: {}", self.failed.join(", ")));
        }
        if self.tests != Tally::default() {
            parts.push(counted(self.tests));
        }
        parts.push(self.watch.to_string());
        parts.extend(self.notes.iter().cloned());
        if self.failed.is_empty() {
            parts.push(moral.to_owned());
        }
        if !self.skipped.is_empty() {
            parts.push(format!("skipped: {}", self.skipped.join(", ")));
        }
        parts.join("; ")
    }

    fn add(&mut self, tally: Tally) {
        self.tests.passed += tally.passed;
        self.tests.failed += tally.failed;
        self.tests.ignored += tally.ignored;
    }
}

fn counted(tally: Tally) -> String {
    let mut parts = vec![format!("{} passed", plural(tally.passed, "test"))];
    for (number, what) in [(tally.failed, "failed"), (tally.ignored, "ignored")] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    parts.join(", ")
}

/// `1 test`, `2 tests`.
pub(crate) fn plural(number: u64, word: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {word}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests(passed: u64, failed: u64) -> Tally {
        Tally { passed, failed, ignored: 0 }
    }

    #[test]
    fn the_summary_counts_tests_and_names_what_was_skipped() {
        let mut report = Report::new();
        assert!(report.step("tests", || Ok(Outcome::Tests(tests(40, 0)))));
        assert!(report.step("doc tests", || Ok(Outcome::Tests(tests(2, 0)))));
        assert!(!report.step("Miri", || Ok(Outcome::Skipped("no nightly".into()))));
        let summary = report.summary("done");
        assert!(summary.starts_with("✓ 2 steps; 42 tests passed; "), "{summary}");
        assert!(summary.ends_with("; done; skipped: Miri (no nightly)"), "{summary}");
        assert!(report.finish("done").is_ok());
    }

    #[test]
    fn one_failed_step_fails_the_whole_and_the_others_still_run() {
        let mut report = Report::new();
        assert!(!report.step("lint", || Err("warning: unused".into())));
        assert!(report.step("docs", || Ok(Outcome::passed())));
        report.note("seed 7".into());
        let summary = report.summary("all is well");
        assert!(summary.starts_with("✗ failed: lint; "), "{summary}");
        assert!(summary.ends_with("; seed 7"), "{summary}");
        assert!(report.finish("all is well").is_err());
    }

    #[test]
    fn tests_that_ran_beside_a_failing_one_are_counted() {
        let mut report = Report::new();
        report.step("tests", || Err("test result: FAILED. 5 passed; 2 failed; 0 ignored".into()));
        assert!(report.summary("").contains("5 tests passed, 2 failed"));
    }
}
