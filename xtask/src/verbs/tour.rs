//! `cargo xtask tour`: two tours in the terminal, of the engine (`examples/tour.rs`) and of a server (`examples/axum`).

use std::process::Command;

use crate::args::no_arguments;
use crate::failure::Failure;
use crate::{process, project};

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    no_arguments("tour", rest)?;
    let engine = project::cargo(["run", "--release", "--quiet", "--locked", "--example", "tour"]);
    let server =
        project::cargo(["run", "--release", "--quiet", "--locked", "--package", "ticket-desk", "--bin", "tour"]);
    for (what, mut tour) in [("engine", engine), ("server", server)] {
        println!("▸ building the tour of the {what} (a release build: up to three minutes the first time)");
        process::watched(&mut tour).map_err(Failure::Because)?;
        println!();
    }
    Ok(())
}

/// The tours as anybody starts them: what `test` proves to run.
pub(super) fn command() -> Command {
    project::cargo(["run", "--quiet", "--locked", "--package", "xtask", "--", "tour"])
}
