//! `cargo xtask size`: what each file of the package weighs, and whether that is within the budget.

use crate::build::{self, Flavour};
use crate::failure::Failure;
use crate::report::Report;
use crate::steps::size;

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    let json = match rest {
        [] => false,
        [word] if word == "--json" => true,
        [word, ..] => return Err(Failure::Usage(format!("size does not know \"{word}\""))),
    };
    if json {
        // Nothing but the figures, for other programs: whoever asks has built.
        let weights = size::weigh(&Flavour::Main.pkg()).map_err(Failure::Because)?;
        println!("{}", size::json(&weights, size::budget().map_err(Failure::Because)?));
        return size::within(&weights).map(|_| ()).map_err(Failure::Because);
    }
    let mut report = Report::new();
    if build::steps(&mut report, Flavour::Main) {
        report.step("size", size::size);
    }
    report.finish("within the budget")
}
