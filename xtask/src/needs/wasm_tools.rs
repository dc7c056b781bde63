//! wasm-bindgen: a library that the lock file pins, around which `xtask/wasm` is a program of our own. So there is nothing
//! to install but what cargo builds, and no other version that could lie on the path.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;

use crate::report::Outcome;
use crate::{artifacts, process, project};

/// The member that is the program.
pub(crate) const PACKAGE: &str = "fetchwell-wasm-tools";
/// Its other program, and what wasm-pack is tested with.
const TESTS: &str = "fetchwell-wasm-tests";
const WASM_PACK: &str = "0.15.1";

/// Builds the program; takes no time where it is built.
pub(crate) fn wasm_tools() -> Result<Outcome, String> {
    let lock = fs::read_to_string(project::root().join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock cannot be read: {error}"))?;
    let version = pinned(&lock).ok_or("Cargo.lock names no wasm-bindgen-cli-support")?;
    let output = process::captured(&mut project::cargo(["build", "--locked", "--package", PACKAGE]))?;
    let done = if output.contains("Compiling") { "built" } else { "there already" };
    Ok(Outcome::Passed(format!("{version}, {done}")))
}

/// Where the program is; built, where it is not.
pub(crate) fn program() -> Result<PathBuf, String> {
    let made = artifacts::of(PACKAGE, &mut project::cargo(["build", "--locked", "--package", PACKAGE]))?;
    made.into_iter().next().ok_or_else(|| format!("cargo named no program of {PACKAGE}"))
}

/// Where programs are that the tests alone need, under the names by which wasm-pack and cargo look for them.
pub(crate) fn tests() -> Result<PathBuf, String> {
    let mut build = project::cargo(["build", "--locked", "--package", PACKAGE, "--features", "tests", "--bin"]);
    let made = artifacts::of(TESTS, build.arg(TESTS))?;
    let program = made.first().ok_or_else(|| format!("cargo named no program {TESTS}"))?;
    let folder = project::tools();
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for name in ["wasm-bindgen", "wasm-bindgen-test-runner"] {
        let copy = folder.join(format!("{name}{EXE_SUFFIX}"));
        fs::copy(program, &copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    }
    Ok(folder)
}

/// wasm-pack: the one that is on the path, or one of our own in `target/tools`.
pub(crate) fn wasm_pack() -> Result<Outcome, String> {
    if project::on_path("wasm-pack") || project::tools().join(format!("wasm-pack{EXE_SUFFIX}")).is_file() {
        return Ok(Outcome::Passed("there already".into()));
    }
    let install = ["install", "wasm-pack", "--version", WASM_PACK, "--locked", "--root", "target/tools"];
    process::captured(&mut project::cargo(install))?;
    Ok(Outcome::Passed(format!("installed {WASM_PACK} into target/tools")))
}

/// The version that a lock file says, in the line after the name.
fn pinned(lock: &str) -> Option<&str> {
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"wasm-bindgen-cli-support\"");
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_read_from_the_lock_file() {
        let lock = "\
[[package]]
name = \"wasm-bindgen\"
version = \"0.2.1\"

[[package]]
name = \"wasm-bindgen-cli-support\"
version = \"0.2.2\"
";
        assert_eq!(pinned(lock), Some("0.2.2"));
        assert_eq!(pinned(""), None);
    }
}
