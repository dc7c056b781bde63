//! `cargo xtask licences`: the part of `test` that looks at other people's code.

use crate::args::no_arguments;
use crate::failure::Failure;
use crate::licences;
use crate::report::Report;

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    no_arguments("licences", rest)?;
    let mut report = Report::new();
    licences::steps(&mut report);
    report.finish("nothing forbidden was found")
}
