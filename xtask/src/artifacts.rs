//! What cargo made, in its own words: one JSON object a line.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process;

/// The files that cargo made of the target of this name. Its messages for people are the error, without the others.
pub(crate) fn of(target: &str, cargo: &mut Command) -> Result<Vec<PathBuf>, String> {
    let told = process::captured(cargo.arg("--message-format=json-render-diagnostics"))
        .map_err(|output| for_people(&output))?;
    Ok(files(target, &told))
}

fn files(target: &str, told: &str) -> Vec<PathBuf> {
    let objects = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ours = objects.filter(|object| object["target"]["name"] == target);
    let files = ours.flat_map(|object| object["filenames"].as_array().cloned().unwrap_or_default());
    files.filter_map(|file| file.as_str().map(PathBuf::from)).collect()
}

fn for_people(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.starts_with("{\"reason\"")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = r#"   Compiling fetchwell v0.1.0
{"reason":"compiler-artifact","target":{"name":"sha2"},"filenames":["/t/libsha2.rlib"]}
{"reason":"compiler-artifact","target":{"name":"fetchwell"},"filenames":["/t/fetchwell.d","/t/fetchwell.wasm"]}
{"reason":"build-finished","success":true}
    Finished"#;

    #[test]
    fn the_files_are_those_that_cargo_names() {
        assert_eq!(files("fetchwell", TOLD), [PathBuf::from("/t/fetchwell.d"), PathBuf::from("/t/fetchwell.wasm")]);
        assert!(files("fetchwell", "error: could not compile").is_empty());
    }

    #[test]
    fn people_are_shown_what_is_for_people() {
        assert_eq!(for_people(TOLD), "   Compiling fetchwell v0.1.0\n    Finished");
    }
}
