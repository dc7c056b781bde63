//! `cargo xtask test`: everything. What continuous integration calls, and nothing else.

use super::check::{self, Size};
use super::{demo, tour};
use crate::args::TestArgs;
use crate::failure::Failure;
use crate::report::{Outcome, Report};
use crate::steps::javascript::{self, Work};
use crate::{licences, needs, process, project, steps, tally};

/// The same choices each time, so that a change is never blamed for what it did not do.
const USUAL_SEED: u64 = 20_261_121;

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    let args = TestArgs::parse(rest).map_err(Failure::Usage)?;
    let size = if args.long { Size::Long } else { Size::Full };
    let seed = args.seed.unwrap_or_else(|| if args.long { fresh_seed() } else { USUAL_SEED });
    println!("seed {seed}: the same random choices again with `cargo xtask test --seed {seed}`");

    let mut report = Report::new();
    report.note(format!("seed {seed}"));
    check::steps(&mut report, size, Some(seed));
    report.step("doc tests", || doc_tests("fetchwell"));
    report.step("tests of the examples", || check::tests(&["--package", "ticket-desk"], size, Some(seed)));
    // Apart from the others: these build every peer crate, optimised.
    report.step("tests of the benches", || check::tests(&["--package", "fetchwell-bench"], size, Some(seed)));
    report.step("doc tests of the benches", || doc_tests("fetchwell-bench"));
    report.step("orders of threads", || steps::orders::orders(size.word()));
    report.step("oldest Rust", steps::oldest::oldest);
    wasm(&mut report, size);
    javascript::full(&mut report, Work { size: size.word(), seed: Some(seed) });
    steps::wasm::steps(&mut report);
    licences::steps(&mut report);
    report.step("package", steps::package::package);
    report.step("tour", || {
        process::captured(&mut tour::command())?;
        Ok(Outcome::passed())
    });
    report.step("demo", demo::answers);
    steps::fuzz::steps(&mut report, args.long);
    steps::miri::step(&mut report, args.long, seed);
    report.finish("everything holds")
}

fn doc_tests(package: &str) -> Result<Outcome, String> {
    let mut command = project::cargo(["test", "--doc", "--all-features", "--locked", "--package", package]);
    Ok(Outcome::Tests(tally::count(&process::captured(&mut command)?)))
}

/// Proves that the engine builds where it will run, and that the glue for it can be made.
fn wasm(report: &mut Report, size: Size) {
    report.step("wasm32-unknown-unknown", needs::rust::wasm_target);
    report.step("build for wasm", || {
        process::captured(project::cargo(["check", "--lib", "--locked"]).args(["--target", "wasm32-unknown-unknown"]))?;
        Ok(Outcome::passed())
    });
    report.step("lint of the wasm tools", || check::lint(&["--package", needs::wasm_tools::PACKAGE]));
    // As `setup` builds them: to optimise them would take longer than all they do here.
    let tools = ["--package", needs::wasm_tools::PACKAGE, "--profile", "dev"];
    report.step("tests of the wasm tools", || check::tests(&tools, size, None));
}

/// A long run looks for something new each time; it prints its seed, so nothing found is lost.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // A random number without a dependency. 32 bits, so that a person can type it.
    RandomState::new().build_hasher().finish() >> 32
}
