//! `cargo xtask demo`: the tour, `examples/tour.rs`.

use std::process::Command;

use crate::args::no_arguments;
use crate::failure::Failure;
use crate::{process, project};

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    no_arguments("demo", rest)?;
    println!("▸ building the tour (a release build: up to a minute the first time)");
    process::watched(&mut command()).map_err(Failure::Because)
}

/// What the demo runs, and what `test` proves to run.
pub(super) fn command() -> Command {
    project::cargo(["run", "--release", "--quiet", "--locked", "--example", "tour"])
}
