//! The fuzz targets, each for a while, where nightly Rust and cargo-fuzz are there.

use serde_json::Value;

use crate::report::{Outcome, Report};
use crate::{process, project};

/// One step builds them all, then one step each.
pub(crate) fn steps(report: &mut Report, long: bool) {
    let mut targets = Vec::new();
    report.step("fuzz targets", || {
        if let Some(reason) = absent() {
            return Ok(Outcome::Skipped(reason));
        }
        targets = read_targets(&process::answer(
            project::cargo(["metadata", "--no-deps", "--format-version", "1"])
                .arg("--manifest-path")
                .arg(project::fuzz_manifest()),
        )?)?;
        process::captured(&mut project::nightly_cargo(["fuzz", "build"]))?;
        Ok(Outcome::Passed(targets.join(", ")))
    });
    let seconds = if long { 600 } else { 10 };
    for target in &targets {
        report.step(&format!("fuzz: {target}"), || run(target, seconds));
    }
}

fn run(target: &str, seconds: u32) -> Result<Outcome, String> {
    let mut command = project::nightly_cargo(["fuzz", "run", target, "--"]);
    command.arg(format!("-max_total_time={seconds}"));
    let output = process::captured(&mut command)?;
    Ok(Outcome::Passed(runs(&output).map_or(String::new(), |runs| format!("{runs} runs"))))
}

/// Why fuzzing cannot be done here, and how it could.
fn absent() -> Option<String> {
    if !project::fuzz_manifest().exists() {
        return Some("there is no fuzz/ yet".into());
    }
    if process::answer(&mut project::nightly_cargo(["--version"])).is_err() {
        let how = "nightly Rust is absent: `rustup toolchain install nightly`";
        return Some(how.into());
    }
    if process::answer(&mut project::nightly_cargo(["fuzz", "--version"])).is_err() {
        let how = "cargo-fuzz is absent: `cargo install cargo-fuzz --locked`";
        return Some(how.into());
    }
    None
}

/// The names of the programs in what `cargo metadata` says of `fuzz/`.
fn read_targets(metadata: &str) -> Result<Vec<String>, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let targets = metadata["packages"][0]["targets"].as_array();
    Ok(targets
        .into_iter()
        .flatten()
        .filter(|target| target["kind"][0] == "bin")
        .filter_map(|target| target["name"].as_str().map(String::from))
        .collect())
}

/// From the fuzzer's last line, `Done 365000 runs in 11 second(s)`.
fn runs(output: &str) -> Option<&str> {
    let line = output.lines().rev().find_map(|line| line.strip_prefix("Done "))?;
    line.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_programs_of_the_fuzz_crate() {
        let metadata = r#"{"packages": [{"targets": [
            {"kind": ["lib"], "name": "model"},
            {"kind": ["bin"], "name": "operations"},
            {"kind": ["bin"], "name": "glob"}
        ]}]}"#;
        let names = read_targets(metadata).unwrap();
        assert_eq!(names, ["operations", "glob"]);
    }

    #[test]
    fn the_number_of_runs_is_the_fuzzers_own() {
        let output = "#2 INITED\nDone 365000 runs in 11 second(s)\n";
        assert_eq!(runs(output), Some("365000"));
        assert_eq!(runs("INFO: Running with entropic power schedule"), None);
    }
}
