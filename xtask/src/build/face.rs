//! The face: `js/` as one file, the ways in for each host, and the types.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::stamp::{Ingredients, Stamp, files_below};
use super::{Flavour, at, public, read, there, write};
use crate::report::{Outcome, plural};
use crate::{process, project};

/// The ways in, each `js/entry/NAME.ts`, and whether the bytes of the wasm are put inside.
const ENTRIES: [(&str, bool); 3] = [("inline", true), ("workerd", false), ("url", false)];

/// What `core.js` shows to the ways in alone.
const INTERNAL: [&str; 1] = ["provide"];

/// What a build with points to trap at shows beside the public names.
const INJECTION: &str = "injection";

pub(super) fn make(flavour: Flavour) -> Result<Outcome, String> {
    let (root, halfway, pkg) = (project::root(), flavour.halfway(), flavour.pkg());
    let mut ingredients = Ingredients::default();
    ingredients.add(include_bytes!("face.rs")).add(&read(&pkg.join("fetchwell.wasm"))?);
    for file in ["package-lock.json", "tsconfig.json"] {
        ingredients.add(&read(&root.join(file))?);
    }
    for file in files_below(&root.join("js"))? {
        ingredients.add(file.to_string_lossy().as_bytes()).add(&read(&file)?);
    }
    let ours = ["core.js", "index.js", "index.d.ts", "inline.js", "workerd.js", "url.js", "url.d.ts"];
    let stamp = Stamp::new(halfway.join("face.stamp"), &ingredients, ours.map(|name| pkg.join(name)).into());
    if stamp.holds() {
        return Ok(there());
    }
    let mut names = core(flavour, &halfway, &pkg)?;
    let types = read(&root.join("js").join("api.d.ts"))?;
    public::agree(&names, &String::from_utf8_lossy(&types))?;
    if flavour == Flavour::Inject {
        names.push(INJECTION.into());
    }
    write(&pkg.join("index.js"), format!("export{{{}}}from\"./core.js\";\n", names.join(",")).as_bytes())?;
    write(&pkg.join("index.d.ts"), &types)?;
    write(&pkg.join("url.d.ts"), b"export * from \"./index.js\";\n")?;
    ways_in(&halfway, &pkg)?;
    stamp.set()?;
    Ok(Outcome::Passed(plural(names.len() as u64, "public name")))
}

/// All of `js/` that the public names need, and what the ways in hand the wasm to. The result is the public names.
fn core(flavour: Flavour, halfway: &Path, pkg: &Path) -> Result<Vec<String>, String> {
    let (entry, metafile) = (halfway.join("core-entry.ts"), halfway.join("core.json"));
    let js = project::root().join("js");
    let from = |name: &str| Value::from(js.join(name).to_string_lossy().into_owned()); // shown as a text in quotes
    let mut text = format!(
        "export * from {};\nexport {{ {} }} from {};\n",
        from("index.ts"),
        INTERNAL.join(", "),
        from("core.ts")
    );
    if flavour == Flavour::Inject {
        let _ = writeln!(text, "export {{ {INJECTION} }} from {};", from("inject.ts")); // writing to a String cannot fail
    }
    write(&entry, text.as_bytes())?;
    esbuild(&entry, &pkg.join("core.js"), &[&format!("--metafile={}", metafile.display()), "--external:./glue.js"])?;
    let mut names = exports(&String::from_utf8_lossy(&read(&metafile)?))?;
    names.retain(|name| !INTERNAL.contains(&name.as_str()) && name != INJECTION);
    Ok(names)
}

/// What the one output of a bundle exports, as esbuild tells it.
fn exports(metafile: &str) -> Result<Vec<String>, String> {
    let metafile: Value = serde_json::from_str(metafile).map_err(|error| format!("esbuild's metafile: {error}"))?;
    let outputs = metafile["outputs"].as_object().into_iter().flat_map(|outputs| outputs.values());
    let exports = outputs.flat_map(|output| output["exports"].as_array().cloned().unwrap_or_default());
    let mut names: Vec<String> = exports.filter_map(|name| name.as_str().map(String::from)).collect();
    names.sort();
    Ok(names)
}

/// In their folder they stand one below what they import, in `pkg/` beside it. So they are bundled in a folder like theirs, and what
/// they import is then renamed.
fn ways_in(halfway: &Path, pkg: &Path) -> Result<(), String> {
    let folder = halfway.join("entry");
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    write(&halfway.join("fetchwell.wasm"), &read(&pkg.join("fetchwell.wasm"))?)?;
    for (name, inline) in ENTRIES {
        let source = format!("{name}.ts");
        let (from, to) = (folder.join(&source), pkg.join(format!("{name}.js")));
        write(&from, &read(&project::root().join("js").join("entry").join(&source))?)?;
        let wasm = if inline { "--loader:.wasm=base64" } else { "--external:../fetchwell.wasm" };
        esbuild(&from, &to, &[wasm, "--external:../core.js", "--external:../index.js"])?;
        let text = String::from_utf8_lossy(&read(&to)?).into_owned();
        write(&to, beside(&text).as_bytes())?;
    }
    Ok(())
}

/// `"../core.js"` is `"./core.js"` in `pkg/`.
fn beside(text: &str) -> String {
    text.replace("\"../", "\"./")
}

fn esbuild(from: &Path, to: &Path, more: &[&str]) -> Result<(), String> {
    let mut command = project::npm_program("esbuild");
    command.arg(from).arg(format!("--outfile={}", to.display())).args(more);
    command.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--platform=neutral"]);
    process::captured(command.arg("--log-level=warning")).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_esbuild_tells() {
        let metafile = r#"{"outputs": {"pkg/core.js": {"exports": ["provide", "createCache"]}}}"#;
        assert_eq!(exports(metafile).unwrap(), ["createCache", "provide"]);
        assert!(exports("✘ [ERROR]").is_err());
    }

    #[test]
    fn what_was_one_folder_above_is_beside() {
        let text = r#"import{provide as p}from"../core.js";export*from"../index.js";"#;
        assert_eq!(beside(text), r#"import{provide as p}from"./core.js";export*from"./index.js";"#);
    }
}
