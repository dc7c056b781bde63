//! Every crate that a lock file of ours names, for every platform.

use serde_json::Value;

use super::allowed;
use crate::{process, project};

/// One version of one crate.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: Option<String>,
    /// Not one of ours.
    pub(super) from_registry: bool,
}

/// Of the workspace, and of `fuzz/` and `tests/downstream/`, which have lock files of their own.
pub(super) fn locked() -> Result<Vec<Crate>, String> {
    let mut all = Vec::new();
    for folder in ["", "fuzz", "tests/downstream"] {
        let mut command = project::cargo(["metadata", "--format-version", "1", "--locked"]);
        command.arg("--manifest-path").arg(project::root().join(folder).join("Cargo.toml"));
        all.extend(read(&process::answer(&mut command)?)?);
    }
    all.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    all.dedup_by(|a, b| (&a.name, &a.version) == (&b.name, &b.version));
    Ok(all)
}

pub(super) fn complaints(crates: &[Crate]) -> Vec<String> {
    crates
        .iter()
        .filter_map(|one| {
            let who = format!("{} {}", one.name, one.version);
            allowed::complaint(&who, one.licence.as_deref())
        })
        .collect()
}

/// Reads what `cargo metadata` says.
fn read(metadata: &str) -> Result<Vec<Crate>, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array();
    let text = |value: &Value| value.as_str().map(String::from);
    packages
        .into_iter()
        .flatten()
        .map(|package| {
            Some(Crate {
                name: text(&package["name"])?,
                version: text(&package["version"])?,
                licence: text(&package["license"]),
                from_registry: !package["source"].is_null(),
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(|| "cargo metadata names a package without name or version".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_an_allowed_licence_is_named_with_its_version() {
        let metadata = r#"{"packages": [
            {"name": "ours", "version": "0.1.0", "license": "MIT", "source": null},
            {"name": "odd", "version": "2.0.0", "license": null, "source": "registry"},
            {"name": "viral", "version": "3.0.0", "license": "GPL-3.0-only", "source": "registry"}
        ]}"#;
        let crates = read(metadata).unwrap();
        let from_registry: Vec<bool> = crates.iter().map(|one| one.from_registry).collect();
        assert_eq!(from_registry, [false, true, true]);
        assert_eq!(
            complaints(&crates),
            ["odd 2.0.0 names no licence", "viral 3.0.0 is under GPL-3.0-only, which is not allowed"]
        );
    }
}
