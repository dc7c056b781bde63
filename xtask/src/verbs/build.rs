//! `cargo xtask build`: the npm package. What has not changed is not built again.

use crate::build::{self, Flavour};
use crate::failure::Failure;
use crate::report::Report;

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    let flavour = match rest {
        [] => Flavour::Main,
        [word] if word == "--inject" => Flavour::Inject,
        [word, ..] => return Err(Failure::Usage(format!("build does not know \"{word}\""))),
    };
    let mut report = Report::new();
    build::steps(&mut report, flavour);
    report.finish(match flavour {
        Flavour::Main => "the package is in pkg/",
        Flavour::Inject => "the package is in target/inject/",
    })
}
