//! `cargo xtask <verb>`: everything the project can do to itself, the same on every machine.
//!
//! - `verbs`     the list, and one file for each verb
//! - `needs`     what a verb may have to install first
//! - `steps`     the longer steps of `check` and `test`
//! - `licences`  the rules about other people's code
//! - `build`     the npm package, from its sources
//! - `failure`   how a verb can fail
//! - `report`    how steps are shown, counted and summed up

mod args;
mod artifacts;
mod build;
mod failure;
mod licences;
mod needs;
mod process;
mod project;
mod report;
mod steps;
mod stopwatch;
mod tally;
mod verbs;

use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match verbs::run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::FAILURE,
        Err(Failure::Because(reason)) => {
            eprintln!("✗ {reason}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(reason)) => {
            eprintln!("✗ {reason}\n\n{}", verbs::list());
            ExitCode::from(2)
        }
    }
}
