//! Every npm package that a `package-lock.json` of ours names; the lock file tells licence and deprecation.

use std::fs;

use serde_json::Value;

use super::allowed;
use crate::{needs, project};

/// One package, where it would be installed.
#[derive(Debug)]
pub(super) struct Package {
    who: String,
    licence: Option<String>,
    deprecated: Option<String>,
}

pub(super) fn locked() -> Result<Vec<Package>, String> {
    let mut packages = Vec::new();
    for folder in needs::npm::LOCKED {
        let file = project::root().join(folder).join("package-lock.json");
        let lock = fs::read_to_string(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        packages.extend(read(&lock)?);
    }
    Ok(packages)
}

pub(super) fn complaints(packages: &[Package]) -> Vec<String> {
    let complaints = packages.iter().flat_map(|package| {
        let deprecated = package.deprecated.as_ref();
        [
            allowed::complaint(&package.who, package.licence.as_deref()),
            deprecated.map(|why| format!("{} is deprecated: {why}", package.who)),
        ]
    });
    complaints.flatten().collect()
}

fn read(lock: &str) -> Result<Vec<Package>, String> {
    let lock: Value = serde_json::from_str(lock).map_err(|error| format!("package-lock.json: {error}"))?;
    let packages = lock["packages"].as_object();
    Ok(packages
        .into_iter()
        .flatten()
        // "" is ourselves, and a link leads to a folder of ours.
        .filter(|(place, package)| !place.is_empty() && package["link"] != true)
        .map(|(place, package)| {
            let name = place.rsplit("node_modules/").next().unwrap_or(place);
            let version = package["version"].as_str().unwrap_or_default();
            let text = |value: &Value| value.as_str().map(String::from);
            Package {
                who: format!("{name} {version}"),
                licence: text(&package["license"]),
                deprecated: text(&package["deprecated"]),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_licence_and_a_deprecation_are_named_with_their_package() {
        let lock = r#"{"packages": {
            "": {"name": "fetchwell", "license": "MIT OR Apache-2.0"},
            "tools": {"version": "1.0.0", "license": "MIT"},
            "node_modules/tools": {"resolved": "tools", "link": true},
            "node_modules/@a/b": {"version": "1.0.0", "license": "GPL-2.0"},
            "node_modules/@a/b/node_modules/c": {
                "version": "2.0.0", "license": "ISC", "deprecated": "use d"
            },
            "node_modules/e": {"version": "3.0.0"}
        }}"#;
        let mut complaints = complaints(&read(lock).unwrap());
        complaints.sort();
        assert_eq!(
            complaints,
            [
                "@a/b 1.0.0 is under GPL-2.0, which is not allowed",
                "c 2.0.0 is deprecated: use d",
                "e 3.0.0 names no licence",
            ]
        );
    }

    #[test]
    fn a_lock_file_that_names_nobody_else_is_fine() {
        assert!(read(r#"{"packages": {"": {}}}"#).unwrap().is_empty());
    }
}
