//! Where things are: the repository, cargo, programs on the path.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Where this tool keeps what it makes.
pub(crate) fn scratch() -> PathBuf {
    root().join("target").join("xtask")
}

/// Where programs are that were installed for this project alone.
pub(crate) fn tools() -> PathBuf {
    root().join("target").join("tools").join("bin")
}

pub(crate) fn fuzz_manifest() -> PathBuf {
    root().join("fuzz").join("Cargo.toml")
}

/// The project's own cargo, at the root of the repository.
pub(crate) fn cargo<const N: usize>(args: [&str; N]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    at_root(&cargo, args)
}

/// The nightly cargo, for the tools that exist nowhere else; rustup finds it.
pub(crate) fn nightly_cargo<const N: usize>(args: [&str; N]) -> Command {
    let mut command = at_root("cargo", ["+nightly"]);
    command.args(args);
    // Set by the stable cargo that runs us, and not meant for the other.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

/// Any other program, at the root of the repository.
pub(crate) fn at_root<const N: usize>(program: impl AsRef<OsStr>, args: [&str; N]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// A program of an npm package that is locked.
pub(crate) fn npm_program(name: &str) -> Command {
    let ending = if cfg!(windows) { ".cmd" } else { "" };
    at_root(root().join("node_modules").join(".bin").join(format!("{name}{ending}")), [])
}

/// Whether a program of this name can be started.
pub(crate) fn on_path(program: &str) -> bool {
    found(program).is_some()
}

/// Where the path has a program of this name.
pub(crate) fn found(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(&file)).find(|file| file.is_file())
}

/// The path, with this folder before all others.
pub(crate) fn path_with(folder: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&path));
    // A folder whose name cannot stand in a path is no folder of ours.
    env::join_paths(all).unwrap_or(path.clone())
}
