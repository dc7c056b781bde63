//! The crate as a registry would get it: everything it needs, and nothing else.

use crate::report::{Outcome, plural};
use crate::{process, project};

/// Lists what would be published, and packs it.
pub(crate) fn package() -> Result<Outcome, String> {
    let list = ["package", "--package", "fetchwell", "--list", "--allow-dirty"];
    let list = process::answer(&mut project::cargo(list))?;
    let files: Vec<String> = list.lines().map(|file| file.replace('\\', "/")).collect();
    let complaints = complaints(&files);
    if !complaints.is_empty() {
        return Err(complaints.join("\n"));
    }
    let pack = ["package", "--package", "fetchwell", "--no-verify"];
    process::captured(project::cargo(pack).args(["--allow-dirty", "--locked"]))?;
    let number = u64::try_from(files.len()).unwrap_or(u64::MAX);
    Ok(Outcome::Passed(plural(number, "file")))
}

const NEEDED: &[&str] = &[
    "Cargo.toml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "docs/architecture.md",
    "src/lib.rs",
];

/// What cargo itself puts in.
const MADE_BY_CARGO: &[&str] = &["Cargo.lock", "Cargo.toml.orig", ".cargo_vcs_info.json"];

fn complaints(files: &[String]) -> Vec<String> {
    let missing = NEEDED
        .iter()
        .filter(|needed| !files.iter().any(|file| file == *needed))
        .map(|needed| format!("the package lacks {needed}"));
    let junk = files.iter().filter(|file| !belongs(file)).map(|file| format!("the package must not contain {file}"));
    missing.chain(junk).collect()
}

fn belongs(file: &str) -> bool {
    let ours = [("src/", ".rs"), ("docs/", ".md"), ("docs/benchmarks/", ".svg")];
    NEEDED.contains(&file)
        || MADE_BY_CARGO.contains(&file)
        || ours.iter().any(|(folder, ending)| plain(file, folder, ending))
}

/// A file of this kind, by a name without any other ending.
fn plain(file: &str, folder: &str, ending: &str) -> bool {
    file.strip_prefix(folder).and_then(|file| file.strip_suffix(ending)).is_some_and(|file| !file.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package_of(files: &[&str]) -> Vec<String> {
        complaints(&files.iter().map(|&file| file.into()).collect::<Vec<_>>())
    }

    #[test]
    fn sources_licences_and_what_cargo_adds_belong() {
        let files = [NEEDED, MADE_BY_CARGO, &["src/engine/mod.rs", "docs/benchmarks/get.svg"]].concat();
        assert_eq!(package_of(&files), [""; 0]);
    }

    #[test]
    fn junk_is_named() {
        for junk in ["src/engine/notes.txt", "src/.store.rs.swp", "src/store.rs.orig.rs", "tests/keys.rs", ".npmrc"] {
            let files = [NEEDED, &[junk]].concat();
            assert_eq!(package_of(&files), [format!("the package must not contain {junk}")]);
        }
    }

    #[test]
    fn a_missing_licence_is_named() {
        let files: Vec<&str> = NEEDED.iter().copied().filter(|file| *file != "LICENSE-MIT").collect();
        assert_eq!(package_of(&files), ["the package lacks LICENSE-MIT"]);
    }
}
