//! The benchmarks' front door: parses the arguments, runs one of them.

use std::process::ExitCode;

use fetchwell_bench::{engine, hit_ratio, threads};

const HELP: &str = "\
fetchwell-bench <what> [--quick]

  hit-ratio   the engine's hit ratio on the open traces, beside LRU, S3-FIFO, W-TinyLFU and the
              optimum; FETCHWELL_TRACES names their folder (default: ../shared/traces)
  engine      the engine's speed beside moka, quick_cache and mini-moka, as ratios in one run; its prefixes beside
              lru-cache too, where Node and npm packages are

  threads     the cache for Rust servers under 1, 2, 4 and 8 threads, beside moka and quick_cache

  --quick     fewer sizes and rounds";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (flags, what): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with('-'));
    let help = flags.iter().any(|flag| matches!(*flag, "-h" | "--help"));
    let done = match (what.as_slice(), flags.as_slice()) {
        _ if help || arguments.is_empty() => {
            println!("{HELP}");
            Ok(())
        }
        (["hit-ratio"], [] | ["--quick"]) => hit_ratio::run(!flags.is_empty()),
        (["engine"], [] | ["--quick"]) => {
            engine::run(!flags.is_empty());
            Ok(())
        }
        (["threads"], [] | ["--quick"]) => {
            threads::run(!flags.is_empty());
            Ok(())
        }
        _ => Err(format!("unknown arguments: {}\n\n{HELP}", arguments.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
