//! wasm-bindgen: a library that the lock file pins, around which `xtask/wasm` is a program of our own. So there is nothing
//! to install but what cargo builds, and no other version that could lie on the path.

use std::fs;

use crate::report::Outcome;
use crate::{process, project};

/// The member that is the program.
pub(crate) const PACKAGE: &str = "fetchwell-wasm-tools";

/// Builds the program; takes no time where it is built.
pub(crate) fn wasm_tools() -> Result<Outcome, String> {
    let lock = fs::read_to_string(project::root().join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock cannot be read: {error}"))?;
    let version = pinned(&lock).ok_or("Cargo.lock names no wasm-bindgen-cli-support")?;
    let output = process::captured(&mut project::cargo(["build", "--locked", "--package", PACKAGE]))?;
    let done = if output.contains("Compiling") { "built" } else { "there already" };
    Ok(Outcome::Passed(format!("{version}, {done}")))
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
