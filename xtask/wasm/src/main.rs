//! `fetchwell-wasm-tools`: wasm-bindgen, as the workspace's lock file pins it.
//!
//! - `args`     what was asked for
//! - `bindgen`  the glue for one wasm file

mod args;
mod bindgen;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() || words.iter().any(|word| matches!(word.as_str(), "--help" | "-h")) {
        println!("{}", args::usage());
        return ExitCode::SUCCESS;
    }
    let job = match args::parse(&words) {
        Ok(job) => job,
        Err(reason) => {
            eprintln!("✗ {reason}\n\n{}", args::usage());
            return ExitCode::from(2);
        }
    };
    match bindgen::run(&job) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("✗ {reason}");
            ExitCode::FAILURE
        }
    }
}
