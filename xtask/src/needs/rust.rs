//! Parts of the Rust toolchain. With rustup they are installed; any other Rust may bring its own.

use std::path::Path;

use crate::report::Outcome;
use crate::{process, project};

const WASM: &str = "wasm32-unknown-unknown";

/// The standard library for wasm. rustup installs what `rust-toolchain.toml` lists only together
/// with the toolchain, not into one that is already there, so somebody has to look.
pub(crate) fn wasm_target() -> Result<Outcome, String> {
    let question = ["--print", "target-libdir", "--target", WASM];
    let folder = process::answer(&mut project::at_root("rustc", question))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(there());
    }
    rustup(&["target", "add", WASM])
}

/// clippy and rustfmt.
pub(crate) fn components() -> Result<Outcome, String> {
    let missing: Vec<&str> = ["clippy", "fmt"]
        .into_iter()
        .filter(|name| process::answer(&mut project::cargo([*name, "--version"])).is_err())
        .map(|name| if name == "fmt" { "rustfmt" } else { name })
        .collect();
    if missing.is_empty() {
        return Ok(there());
    }
    rustup(&[&["component", "add"], missing.as_slice()].concat())
}

fn there() -> Outcome {
    Outcome::Passed("there already".into())
}

fn rustup(args: &[&str]) -> Result<Outcome, String> {
    let what = args.get(2..).unwrap_or_default().join(" and ");
    let mut command = project::at_root("rustup", []);
    process::captured(command.args(args)).map_err(|output| {
        format!("{output}\nPlease install {what} for this Rust: with rustup that is `rustup {}`.", args.join(" "))
    })?;
    Ok(Outcome::Passed(format!("installed {what}")))
}
