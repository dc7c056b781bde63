//! `cargo xtask bench [what]`: measurements are printed, never asserted.

use crate::build::{self, Flavour};
use crate::failure::Failure;
use crate::report::Report;
use crate::{needs, process, project};

const BENCHES: &[(&str, &str)] = &[
    ("hit-ratio", "the engine's hit ratio on the open traces, beside LRU, S3-FIFO, W-TinyLFU and the optimum"),
    ("engine", "the engine's speed beside moka, quick_cache, mini-moka and a scan in lru-cache, as ratios in one run"),
    ("threads", "the cache for Rust servers under 1, 2, 4 and 8 threads, beside moka and quick_cache"),
    ("js", "the npm package beside other caches, in the newest Node and in Chromium; writes docs/benchmarks.md"),
    ("start", "the npm package from its import to the first get, in Node, or with --chromium in Chromium"),
];
/// Those that Node runs, in the built package.
const IN_NODE: &[(&str, &str)] = &[("js", "benches/js/run.mjs"), ("start", "benches/js/start.mjs")];

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    let Some((what, args)) = rest.split_first() else {
        println!("{}", list());
        return Ok(());
    };
    if !BENCHES.iter().any(|(name, _)| name == what) {
        return Err(Failure::Because(format!("there is no bench \"{what}\"\n\n{}", list())));
    }
    if let Some((_, script)) = IN_NODE.iter().find(|(name, _)| name == what) {
        let mut report = Report::new();
        let built = build::steps(&mut report, Flavour::Main);
        // Start is measured in the Node that is there, beside nobody.
        let installed = what != "js"
            || (report.step("the other caches", needs::npm::peers) & report.step("the newest Node", needs::npm::hosts));
        if !(built && installed) {
            return report.finish("the package is there");
        }
        return process::watched(project::at_root("node", [*script]).args(args)).map_err(Failure::Because);
    }
    if what == "engine" {
        // One of the peers is an npm package. Where it cannot be had, the bench says so and measures the others.
        Report::new().step("the other caches", needs::npm::peers);
    }
    println!("▸ building the benches (a release build: a few minutes the first time)");
    let build = ["run", "--release", "--quiet", "--locked", "--package"];
    let mut command = project::cargo(build);
    command.args(["fetchwell-bench", "--", what]).args(args);
    process::watched(&mut command).map_err(Failure::Because)
}

fn list() -> String {
    let lines: Vec<String> = BENCHES.iter().map(|(name, what)| format!("  {name:10}  {what}")).collect();
    format!("cargo xtask bench <what> [--quick]\n\n{}", lines.join("\n"))
}
