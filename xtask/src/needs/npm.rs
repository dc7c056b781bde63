//! The npm packages that the lock files name: the tools of the JavaScript side. Those that only tests need are apart, so that the demo
//! and the build need not wait for them.

use std::fs;

use serde_json::Value;

use crate::report::{Outcome, plural};
use crate::{process, project};

/// The folders that have a lock file.
pub(crate) const LOCKED: [&str; 4] = [ROOT, HOSTS, BUNDLERS, PEERS];
const ROOT: &str = "";
const HOSTS: &str = "tests/js/hosts";
const BUNDLERS: &str = "tests/js/packaging";
const PEERS: &str = "benches/js/peers";

/// What the build needs: the lock file at the root.
pub(crate) fn packages() -> Result<Outcome, String> {
    locked_in(ROOT)
}

/// The hosts that npm has: Deno, Bun, workerd, other versions of Node.
pub(crate) fn hosts() -> Result<Outcome, String> {
    locked_in(HOSTS)
}

/// What other people build with.
pub(crate) fn bundlers() -> Result<Outcome, String> {
    locked_in(BUNDLERS)
}

/// The caches that the benches measure beside ours.
pub(crate) fn peers() -> Result<Outcome, String> {
    locked_in(PEERS)
}

/// Exactly what is locked in a folder, by `npm ci`; nothing to do while nothing is locked.
fn locked_in(folder: &str) -> Result<Outcome, String> {
    let place = project::root().join(folder);
    let lock = fs::read_to_string(place.join("package-lock.json"))
        .map_err(|error| format!("{folder}/package-lock.json cannot be read: {error}"))?;
    let number = number_locked(&lock)?;
    if number == 0 {
        return Ok(Outcome::Skipped("package-lock.json names none yet".into()));
    }
    // A copy of the lock file lies in what was installed from it: the same text, nothing to do.
    let stamp = place.join("node_modules").join(".installed-from.json");
    if fs::read_to_string(&stamp).is_ok_and(|from| from == lock) {
        return Ok(Outcome::Passed("there already".into()));
    }
    node_is_new_enough()?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    process::captured(project::at_root(npm, ["ci", "--no-audit", "--no-fund"]).current_dir(&place))?;
    fs::write(&stamp, lock).map_err(|error| format!("node_modules: {error}"))?;
    Ok(Outcome::Passed(format!("installed {}", plural(number, "package"))))
}

/// How many packages a lock file names, ourselves not counted.
fn number_locked(lock: &str) -> Result<u64, String> {
    let lock: Value = serde_json::from_str(lock).map_err(|error| format!("package-lock.json: {error}"))?;
    let names = lock["packages"].as_object().into_iter().flatten();
    Ok(names.fold(0, |sum, (name, _)| sum + u64::from(!name.is_empty())))
}

fn node_is_new_enough() -> Result<(), String> {
    let manifest = fs::read_to_string(project::root().join("package.json")).unwrap_or_default();
    let manifest: Value = serde_json::from_str(&manifest).map_err(|error| format!("package.json: {error}"))?;
    let needed = manifest["engines"]["node"].as_str().unwrap_or_default();
    let needed = needed.trim_start_matches(">=");
    let sentence = format!("Please install Node {needed} or newer (with its npm).");
    let found = process::answer(&mut project::at_root("node", ["--version"])).map_err(|_| sentence.clone())?;
    if version(found.trim().trim_start_matches('v')) < version(needed) {
        return Err(format!("Node {} is too old. {sentence}", found.trim()));
    }
    Ok(())
}

fn version(text: &str) -> Vec<u64> {
    text.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_ourselves_are_not_counted_among_the_locked() {
        assert_eq!(number_locked(r#"{"packages": {"": {}}}"#), Ok(0));
        let lock = r#"{"packages": {"": {}, "node_modules/a": {}, "node_modules/b": {}}}"#;
        assert_eq!(number_locked(lock), Ok(2));
        assert!(number_locked("<<<<<<< HEAD").is_err());
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("20.9.0") < version("20.19"));
        assert!(version("20.19.0") >= version("20.19"));
        assert!(version("24.0.0") >= version("20.19"));
    }
}
