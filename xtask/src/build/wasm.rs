//! The engine as wasm, and the glue that carries calls across to it.

use std::path::{Path, PathBuf};

use super::stamp::{Ingredients, Stamp};
use super::{Flavour, read, there, write};
use crate::report::Outcome;
use crate::{artifacts, needs, process, project};

/// How wasm-opt is to optimise: for size, as often as that helps, and without what only people read. Memory is zero at the beginning, and
/// its lowest kilobyte is nobody's; what traps is a fault of ours, and need not be kept for its own sake. (Each was measured; see
/// docs/decisions/0008-size.md.)
const OPTIMISE: &[&str] = &[
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--converge",
    "--low-memory-unused",
    "--zero-filled-memory",
    "--one-caller-inline-max-function-size=30",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];
/// Flags for all crates: what LLVM may inline, and which of its passes make code larger here; the small form of SHA-256.
const RUSTFLAGS: &str = r#"target.wasm32-unknown-unknown.rustflags=["-Cllvm-args=-inline-threshold=10 -enable-newgvn -disable-lsr", "--cfg=sha2_backend_soft=\"compact\""]"#;
const GLUE_ENTRY: &str = "glue-entry.js";

/// Cargo knows what has to be compiled; whatever follows is done where cargo made another file than last time.
pub(super) fn make(flavour: Flavour) -> Result<Outcome, String> {
    let raw = compile(flavour)?;
    let (halfway, pkg) = (flavour.halfway(), flavour.pkg());
    let mut ingredients = Ingredients::default();
    ingredients.add(&read(&raw)?).add(include_bytes!("wasm.rs"));
    for lock in ["Cargo.lock", "package-lock.json"] {
        ingredients.add(&read(&project::root().join(lock))?);
    }
    let products = vec![halfway.join("glue.d.ts"), pkg.join("fetchwell.wasm"), pkg.join("glue.js")];
    let stamp = Stamp::new(halfway.join("engine.stamp"), &ingredients, products);
    if stamp.holds() {
        return Ok(there());
    }
    bindgen(&raw, &halfway)?;
    optimise(&halfway.join("glue_bg.wasm"), &pkg.join("fetchwell.wasm"))?;
    minify_glue(&halfway, &pkg.join("glue.js"))?;
    stamp.set()?;
    Ok(Outcome::passed())
}

/// With the crate type that allows link-time optimisation. Each flavour is a profile of its own, whose files cargo keeps apart.
fn compile(flavour: Flavour) -> Result<PathBuf, String> {
    let mut command =
        project::cargo(["rustc", "--lib", "--crate-type", "cdylib", "--locked", "--package", "fetchwell"]);
    command.args(["--config", RUSTFLAGS, "--target", "wasm32-unknown-unknown", "--profile"]);
    match flavour {
        Flavour::Main => command.args(["small", "--features", "allocator"]),
        Flavour::Inject => command.args(["small-inject", "--features", "allocator,inject"]),
    };
    let made = artifacts::of("fetchwell", &mut command)?;
    let wasm = made.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "wasm"));
    wasm.ok_or_else(|| "cargo named no .wasm of fetchwell".into())
}

fn bindgen(raw: &Path, halfway: &Path) -> Result<(), String> {
    let mut command = project::at_root(needs::wasm_tools::program()?, ["bindgen"]);
    command.arg(raw).args(["--target", "web", "--out-name", "glue", "--typescript", "--reset-state", "--strip"]);
    process::captured(command.arg("--out-dir").arg(halfway)).map(|_| ())
}

fn optimise(from: &Path, to: &Path) -> Result<(), String> {
    let mut command = project::at_root("node", ["node_modules/binaryen/bin/wasm-opt"]);
    process::captured(command.args(OPTIMISE).arg(from).arg("-o").arg(to)).map(|_| ())
}

/// Without the default export, which loads by itself: `export *` leaves it out, and esbuild all that only it needed.
fn minify_glue(halfway: &Path, to: &Path) -> Result<(), String> {
    let entry = halfway.join(GLUE_ENTRY);
    write(&entry, b"export * from \"./glue.js\";\n")?;
    let mut command = project::npm_program("esbuild");
    command.arg(&entry).args(["--bundle", "--minify", "--format=esm", "--target=es2022"]);
    let outfile = format!("--outfile={}", to.display());
    process::captured(command.args([outfile.as_str(), "--log-level=warning"])).map(|_| ())
}
