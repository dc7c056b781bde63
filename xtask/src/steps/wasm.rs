//! The bindings as Rust sees them, in Node and in browsers; and what people of this ecosystem type: wasm-pack.

use std::process::Command;

use crate::build::{self, Flavour};
use crate::report::{Outcome, Report};
use crate::steps::javascript;
use crate::tally::{self, Tally};
use crate::{needs, process, project};

const RUNNER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";

/// A browser as the runner knows it: the variable that names its driver, and the driver.
const BROWSERS: [(&str, &str, &str); 2] =
    [("Chromium", "CHROMEDRIVER", "chromedriver"), ("WebKit", "SAFARIDRIVER", "WebKitWebDriver")];

pub(crate) fn steps(report: &mut Report) {
    let mut folder = None;
    report.step("runner of tests in wasm", || {
        folder = Some(needs::wasm_tools::tests()?);
        Ok(Outcome::passed())
    });
    let Some(folder) = folder else { return };
    let runner = folder.join(format!("wasm-bindgen-test-runner{}", std::env::consts::EXE_SUFFIX));
    report.step("bindings: Node", || some(project::cargo(BINDINGS).env(RUNNER, &runner)));
    for (name, variable, driver) in BROWSERS {
        report.step(&format!("bindings: {name}"), || {
            let Some(driver) = project::found(driver) else {
                return Ok(Outcome::Skipped(format!("please install {driver}; `cargo xtask setup` tries to")));
            };
            let mut command = on_a_screen(name == "WebKit")?;
            some(command.env(RUNNER, &runner).env("WASM_BINDGEN_USE_BROWSER", "1").env(variable, driver))
        });
    }
    // Few systems have a driver for Firefox, and it can do without.
    report.step("bindings: Firefox", || {
        let mut command = project::at_root("node", ["tests/js/hosts/bindings.mjs"]);
        javascript::tests(command.env(RUNNER, &runner))
    });
    if report.step("wasm-pack", needs::wasm_tools::wasm_pack) {
        let path = project::path_with(&folder);
        report.step("wasm-pack build", || {
            untouched(project::at_root("wasm-pack", ["build", "--target", "web"]).env("PATH", &path))
        });
        // It writes into the same folder.
        build::again(report, Flavour::Main);
        report.step("wasm-pack test", || some(project::at_root("wasm-pack", ["test", "--node"]).env("PATH", &path)));
        report.step("wasm-pack test of a crate that uses ours", || {
            let mut command = project::at_root("wasm-pack", ["test", "--node", "tests/downstream", "--locked"]);
            // Apart from ours, whatever the environment says: crates like this one have files of the same names.
            let target = project::root().join("target").join("downstream");
            some(command.env("PATH", &path).env("CARGO_TARGET_DIR", target))
        });
    }
}

const BINDINGS: [&str; 6] = ["test", "--locked", "--test", "bindings", "--target", "wasm32-unknown-unknown"];

/// The tests of the bindings, where need be on a screen that nobody sees.
fn on_a_screen(needed: bool) -> Result<Command, String> {
    let there = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if !needed || there {
        return Ok(project::cargo(BINDINGS));
    }
    let cargo = project::cargo([]).get_program().to_owned();
    let mut command = project::at_root(project::found("xvfb-run").ok_or("there is no xvfb-run")?, ["--auto-servernum"]);
    command.arg(cargo).args(BINDINGS);
    Ok(command)
}

/// That tests ran: where one thing is missing, the runner says so and succeeds.
fn some(command: &mut Command) -> Result<Outcome, String> {
    let output = process::captured(command)?;
    match tally::count(&output) {
        Tally { passed: 0, .. } => Err(format!("{output}\nno test ran")),
        tally => Ok(Outcome::Tests(tally)),
    }
}

/// That a program leaves every tracked file as it was.
fn untouched(command: &mut Command) -> Result<Outcome, String> {
    let status = || process::answer(&mut project::at_root("git", ["status", "--porcelain", "--untracked-files=no"]));
    let before = status()?;
    process::captured(command)?;
    let after = status()?;
    if before == after { Ok(Outcome::passed()) } else { Err(format!("it changed what is tracked:\n{after}")) }
}
