//! Miri: the tests whose name contains `miri_`, small enough for an interpreter, where nightly Rust
//! and Miri are there.

use std::path::Path;

use crate::report::Outcome;
use crate::{process, project, tally};

const NIGHTLY_PARTS: &str = "`rustup toolchain install nightly --component miri,rust-src`";

/// Briefly by default; the long run gives the same tests their full size.
pub(crate) fn step(report: &mut crate::report::Report, long: bool, seed: u64) {
    report.step("Miri", || {
        if absent() {
            return Ok(Outcome::Skipped(format!("it is absent: {NIGHTLY_PARTS}")));
        }
        let mut command = project::nightly_cargo(["miri", "test", "--lib", "--locked"]);
        command
            .args(["--target-dir", "target/miri", "--", "miri_"])
            .env("MIRIFLAGS", "-Zmiri-disable-isolation")
            .env("FETCHWELL_TEST", if long { "full" } else { "quick" })
            .env("FETCHWELL_SEED", seed.to_string());
        let tally = tally::count(&process::captured(&mut command)?);
        if tally.passed == 0 {
            let reason = "no test of the library is named `miri_…` yet";
            return Ok(Outcome::Skipped(reason.into()));
        }
        Ok(Outcome::Tests(tally))
    });
}

/// Miri builds its own standard library, so it needs the sources as well.
fn absent() -> bool {
    if process::answer(&mut project::nightly_cargo(["miri", "--version"])).is_err() {
        return true;
    }
    let question = ["+nightly", "--print", "sysroot"];
    let mut command = project::at_root("rustc", question);
    let sysroot = process::answer(command.env_remove("RUSTUP_TOOLCHAIN"));
    let source = "lib/rustlib/src/rust/library/Cargo.toml";
    !sysroot.is_ok_and(|sysroot| Path::new(sysroot.trim()).join(source).exists())
}
