//! `fetchwell-wasm-tests`: both programs of wasm-bindgen, as the workspace's lock file pins it. It is the one under whose name it is
//! called: `wasm-bindgen`, which wasm-pack looks for, or `wasm-bindgen-test-runner`, to which cargo and wasm-pack give a wasm file of tests.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let called = env::args_os().next().map(PathBuf::from);
    let name = called.as_deref().and_then(|path| path.file_stem()).unwrap_or_default();
    let ended = match name.to_str() {
        Some("wasm-bindgen") => wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(env::args_os()),
        Some("wasm-bindgen-test-runner") => {
            wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(env::args_os())
        }
        _ => {
            eprintln!("✗ call it wasm-bindgen or wasm-bindgen-test-runner: by its name it knows what to do");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
