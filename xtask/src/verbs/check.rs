//! `cargo xtask check`: what to run before each commit. Under two minutes once things are built.

use crate::args::no_arguments;
use crate::failure::Failure;
use crate::report::{Outcome, Report};
use crate::steps::javascript::{self, Work};
use crate::{needs, process, project, tally};

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    no_arguments("check", rest)?;
    let mut report = Report::new();
    steps(&mut report, Size::Quick, None);
    report.finish("ready to commit")
}

/// How much work the long tests do: they read it as `FETCHWELL_TEST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// A tenth of the work.
    Quick,
    /// What the project promises.
    Full,
    /// As much as an evening allows.
    Long,
}

impl Size {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
            Self::Long => "long",
        }
    }
}

/// Format, lint, tests, docs, and the package in Node. `test` takes the same steps at a larger size.
pub(super) fn steps(report: &mut Report, size: Size, seed: Option<u64>) {
    report.step("clippy and rustfmt", needs::rust::components);
    report.step("format", format);
    // Where nothing is built, the wasm tools would make this nearly three times as long: `test` lints them.
    report.step("lint", || lint(&["--workspace", "--exclude", needs::wasm_tools::PACKAGE]));
    report.step("tests", || tests(&["--package", "fetchwell", "--package", "xtask"], size, seed));
    report.step("without features", || {
        process::captured(project::cargo(["clippy", "--lib", "--locked"]).args(["--", "-D", "warnings"]))?;
        Ok(Outcome::passed())
    });
    report.step("docs", || {
        let mut command = project::cargo(["doc", "--no-deps", "--all-features", "--locked"]);
        process::captured(command.env("RUSTDOCFLAGS", "-D warnings"))?;
        Ok(Outcome::passed())
    });
    report.step("lint of the bindings", bindings);
    javascript::quick(report, Work { size: size.word(), seed });
}

/// They are for wasm alone, so no other step sees them.
fn bindings() -> Result<Outcome, String> {
    needs::rust::wasm_target()?;
    let mut command = project::cargo(["clippy", "--lib", "--locked", "--features", "inject", "--target"]);
    process::captured(command.args(["wasm32-unknown-unknown", "--", "-D", "warnings"]))?;
    Ok(Outcome::passed())
}

/// Not a warning in these members.
pub(super) fn lint(members: &[&str]) -> Result<Outcome, String> {
    let mut command = project::cargo(["clippy", "--all-targets", "--all-features", "--locked"]);
    process::captured(command.args(members).args(["--", "-D", "warnings"]))?;
    Ok(Outcome::passed())
}

/// The native tests of these members. (A doc test is native too; `test` has a step for those.)
pub(super) fn tests(members: &[&str], size: Size, seed: Option<u64>) -> Result<Outcome, String> {
    let mut command = project::cargo(["test", "--all-features", "--locked", "--no-fail-fast", "--tests"]);
    command.args(members).env("FETCHWELL_TEST", size.word());
    if let Some(seed) = seed {
        command.env("FETCHWELL_SEED", seed.to_string());
    }
    Ok(Outcome::Tests(tally::count(&process::captured(&mut command)?)))
}

fn format() -> Result<Outcome, String> {
    process::captured(&mut project::cargo(["fmt", "--all", "--check"]))?;
    if project::fuzz_manifest().exists() {
        let mut command = project::cargo(["fmt", "--check", "--manifest-path"]);
        process::captured(command.arg(project::fuzz_manifest()))?;
    }
    Ok(Outcome::passed())
}
