//! The npm package, from its sources: what npm gets is in `pkg/`, beside the manifest at the root.
//!
//! - `stamp`   what was made from what, so that nothing is made twice
//! - `wasm`    the engine: cargo, wasm-bindgen, wasm-opt; and the glue, minified
//! - `face`    the TypeScript of `js/`: the face, the ways in for each host, the types
//! - `public`  the names that the package shows, as the types say and as the code does

mod face;
mod public;
mod stamp;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

use crate::needs;
use crate::project;
use crate::report::{Outcome, Report};

/// Which package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// What users get.
    Main,
    /// The same with points at which a test can have the engine trap; in `target/inject`, never given out.
    Inject,
}

impl Flavour {
    fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Inject => "inject",
        }
    }

    /// As steps call it.
    fn title(self, part: &str) -> String {
        match self {
            Self::Main => part.into(),
            Self::Inject => format!("{part} with points for traps"),
        }
    }

    /// Where its `package.json` is.
    pub(crate) fn root(self) -> PathBuf {
        match self {
            Self::Main => project::root().into(),
            Self::Inject => project::root().join("target").join("inject"),
        }
    }

    /// Where what is made goes.
    pub(crate) fn pkg(self) -> PathBuf {
        self.root().join("pkg")
    }

    /// Where what is only needed on the way goes. `tsconfig.json` knows it: the types of the glue are there.
    fn halfway(self) -> PathBuf {
        project::root().join("target").join("npm").join(self.name())
    }
}

/// Everything that ends up in `pkg/`, but for the page that says so.
pub(crate) const FILES: [&str; 9] =
    ["core.js", "fetchwell.wasm", "glue.js", "index.d.ts", "index.js", "inline.js", "url.d.ts", "url.js", "workerd.js"];
const PAGE: &str = "ABOUT.md";

/// What the build needs, and the build itself. Says whether the package is there.
pub(crate) fn steps(report: &mut Report, flavour: Flavour) -> bool {
    let ready = report.step("wasm32-unknown-unknown", needs::rust::wasm_target)
        & report.step("npm packages", needs::npm::packages)
        & report.step("wasm-bindgen", needs::wasm_tools::wasm_tools);
    ready && again(report, flavour)
}

/// The build alone, where its needs were seen to.
pub(crate) fn again(report: &mut Report, flavour: Flavour) -> bool {
    report.step(&flavour.title("engine"), || {
        prepare(flavour)?;
        wasm::make(flavour)
    }) && report.step(&flavour.title("face"), || face::make(flavour))
}

/// The folders, with nothing in them that no build puts there: `wasm-pack build` leaves a `.gitignore` in `pkg/` that makes npm
/// ship nothing, and a `package.json` that hides ours.
fn prepare(flavour: Flavour) -> Result<(), String> {
    let (pkg, halfway) = (flavour.pkg(), flavour.halfway());
    for folder in [&pkg, &halfway] {
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    }
    for entry in fs::read_dir(&pkg).map_err(|error| at(&pkg, &error))?.flatten() {
        let belongs = entry.file_name().to_str().is_some_and(|name| name == PAGE || FILES.contains(&name));
        let is_file = entry.file_type().is_ok_and(|kind| !kind.is_dir());
        if !belongs && is_file {
            fs::remove_file(entry.path()).map_err(|error| at(&entry.path(), &error))?;
        }
    }
    if flavour != Flavour::Main {
        let manifest = project::root().join("package.json");
        write(&flavour.root().join("package.json"), &read(&manifest)?)?;
    }
    Ok(())
}

fn there() -> Outcome {
    Outcome::Passed("there already".into())
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| at(file, &error))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes).map_err(|error| at(file, &error))
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
