//! `cargo xtask setup`: all needs of all verbs. The other verbs see to their own, and no more.

use crate::args::no_arguments;
use crate::failure::Failure;
use crate::needs;
use crate::report::{Outcome, Report};

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    no_arguments("setup", rest)?;
    let mut report = Report::new();
    report.step("clippy and rustfmt", needs::rust::components);
    report.step("wasm32-unknown-unknown", needs::rust::wasm_target);
    report.step("wasm-bindgen", needs::wasm_tools::wasm_tools);
    report.step("runner of tests in wasm", || needs::wasm_tools::tests().map(|_| Outcome::passed()));
    report.step("npm packages", needs::npm::packages);
    report.step("hosts that npm has", needs::npm::hosts);
    report.step("bundlers", needs::npm::bundlers);
    report.step("caches that benches measure", needs::npm::peers);
    report.step("browsers", needs::browsers::browsers);
    report.finish("everything that could be set up is there")
}
