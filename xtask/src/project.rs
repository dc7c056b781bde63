//! Where things are: the repository, cargo, programs on the path.

use std::env;
use std::ffi::OsStr;
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

/// Whether a program of this name can be started.
pub(crate) fn on_path(program: &str) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(&file).is_file())
}
