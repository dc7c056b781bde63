//! The oldest Rust that is promised: the library builds with it, whatever feature is on.

use serde_json::Value;

use crate::report::Outcome;
use crate::{process, project};

/// Where rustup has it or can get it.
pub(crate) fn oldest() -> Result<Outcome, String> {
    let metadata = process::answer(&mut project::cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let toolchain = promised(&metadata)?;
    let run = |args: &[&str]| {
        let mut command = project::at_root("rustup", ["run", &toolchain]);
        command.args(args).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
        command
    };
    if process::answer(&mut run(&["rustc", "--version"])).is_err() {
        let install = ["toolchain", "install", &toolchain, "--profile", "minimal"];
        if process::captured(&mut project::at_root("rustup", install)).is_err() {
            return Ok(Outcome::Skipped(format!("it is absent: `rustup toolchain install {toolchain}`")));
        }
    }
    let check = ["cargo", "check", "--lib", "--all-features", "--locked", "--target-dir", "target/oldest"];
    process::captured(&mut run(&check))?;
    Ok(Outcome::Passed(toolchain))
}

/// What the manifest promises, as rustup names it.
fn promised(metadata: &str) -> Result<String, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array();
    let ours = packages.into_iter().flatten().find(|package| package["name"] == "fetchwell");
    let version = ours.and_then(|package| package["rust_version"].as_str());
    let version = version.ok_or("the manifest promises no oldest Rust: set `rust-version`")?;
    // Without the third number rustup would take the newest patch, and install it beside one that is there.
    Ok(if version.matches('.').count() == 1 { format!("{version}.0") } else { version.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promise_is_the_manifests_own() {
        let metadata = r#"{"packages": [{"name": "xtask", "rust_version": "1.70"}, {"name": "fetchwell", "rust_version": "1.88"}]}"#;
        assert_eq!(promised(metadata).unwrap(), "1.88.0");
        assert!(promised(r#"{"packages": [{"name": "fetchwell", "rust_version": null}]}"#).is_err());
    }
}
