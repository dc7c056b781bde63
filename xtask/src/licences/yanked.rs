//! Yanked versions. A lock file keeps a version that was yanked later, and cargo builds it without
//! a word; but no *new* lock file can choose it. So we make an empty crate that wants exactly the
//! versions we locked and let cargo lock it: whatever cargo refuses as yanked, is. That needs no
//! address of any registry, no other tool and no copy of an index.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use super::crates::Crate;
use crate::{process, project};

/// The yanked ones of these, as complaints.
pub(super) fn among(crates: &[Crate]) -> Result<Vec<String>, String> {
    let mut wanted: BTreeSet<(String, String)> =
        crates.iter().filter(|one| one.from_registry).map(|one| (one.name.clone(), plain(&one.version))).collect();
    let mut yanked = Vec::new();
    // Cargo names one at a time.
    while let Err(output) = lock(&wanted) {
        let Some(found) = named_as_yanked(&output).filter(|found| wanted.remove(found)) else {
            return Err(output);
        };
        yanked.push(format!("{} {} was yanked: `cargo update {}` chooses another", found.0, found.1, found.0));
    }
    Ok(yanked)
}

fn lock(wanted: &BTreeSet<(String, String)>) -> Result<(), String> {
    let folder = project::scratch().join("yanked");
    let put = |name: &str, text: &str| fs::write(folder.join(name), text);
    let _ = fs::remove_file(folder.join("Cargo.lock")); // mostly not there
    fs::create_dir_all(folder.join("src"))
        .and_then(|()| put("src/lib.rs", ""))
        .and_then(|()| put("Cargo.toml", &manifest(wanted)))
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut command = project::cargo(["generate-lockfile"]);
    process::captured(command.current_dir(folder)).map(|_| ())
}

/// A crate that wants exactly these versions, under made-up names since one crate may be wanted
/// twice, and none of their features.
fn manifest(wanted: &BTreeSet<(String, String)>) -> String {
    let mut text = String::from(
        "[workspace]\n\n\
         [package]\nname = \"locked-versions\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
         [dependencies]\n",
    );
    for (number, (name, version)) in wanted.iter().enumerate() {
        let _ = writeln!(
            text,
            "p{number} = {{ package = \"{name}\", version = \"={version}\", \
             default-features = false }}"
        ); // writing to a String cannot fail
    }
    text
}

/// `1.0.0+build` names the same version as `1.0.0`.
fn plain(version: &str) -> String {
    version.split('+').next().unwrap_or(version).to_owned()
}

/// Reads cargo's refusal:
///
/// ```text
/// error: failed to select a version for the requirement `futures-util = "=0.3.30"`
///   version 0.3.30 is yanked
/// ```
fn named_as_yanked(output: &str) -> Option<(String, String)> {
    let mut lines = output.lines();
    let (_, requirement) = lines.find_map(|line| line.split_once("for the requirement `"))?;
    if !lines.next()?.trim_end().ends_with("is yanked") {
        return None;
    }
    let (name, version) = requirement.split_once(" = \"=")?;
    let (version, _) = version.split_once('"')?;
    Some((name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, version: &str) -> (String, String) {
        (name.to_owned(), version.to_owned())
    }

    #[test]
    fn two_versions_of_one_crate_are_both_wanted() {
        let manifest = manifest(&BTreeSet::from([pair("a", "1.0.0"), pair("a", "2.0.0")]));
        assert!(manifest.contains("p0 = { package = \"a\", version = \"=1.0.0\""));
        assert!(manifest.contains("p1 = { package = \"a\", version = \"=2.0.0\""));
    }

    #[test]
    fn cargos_refusal_names_the_yanked_version() {
        let output = "\
    Updating index
error: failed to select a version for the requirement `futures-util = \"=0.3.30\"`
  version 0.3.30 is yanked
location searched: index
";
        assert_eq!(named_as_yanked(output), Some(pair("futures-util", "0.3.30")));
    }

    #[test]
    fn a_version_that_never_was_is_not_a_yanked_one() {
        let output = "\
error: failed to select a version for the requirement `hashbrown = \"=0.99.1\"`
candidate versions found which didn't match: 0.17.1, 0.17.0, 0.16.1, ...
";
        assert_eq!(named_as_yanked(output), None);
    }
}
