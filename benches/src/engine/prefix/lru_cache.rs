//! The same for the npm package `lru-cache`, whose users have to scan: a program of its own, run by Node.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What `benches/js/prefix-scan.mjs` measured.
#[derive(Debug, PartialEq)]
pub(super) struct Scans {
    /// The version of lru-cache.
    pub(super) version: String,
    /// The version of Node.
    pub(super) node: String,
    /// How many each round removed, and its microseconds.
    pub(super) rounds: Vec<(usize, f64)>,
}

/// One round for each of the `prefixes`, in one cache that was filled with `keys` in this order; or why there is none.
pub(super) fn scan(keys: &[String], prefixes: &[String]) -> Result<Scans, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("js").join("prefix-scan.mjs");
    let mut command = Command::new("node");
    command.arg(script).args(prefixes).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|why| format!("node cannot be started: {why}"))?;
    // A program that has ended reads no further; why it ended, it tells itself.
    let sent = send(&mut child, keys);
    let output = child.wait_with_output().map_err(|why| why.to_string())?;
    if !output.status.success() {
        return Err(reason(&String::from_utf8_lossy(&output.stderr)));
    }
    sent.map_err(|why| format!("the keys did not arrive: {why}"))?;
    let line = String::from_utf8_lossy(&output.stdout);
    read(&line).ok_or_else(|| format!("its answer was not understood: {}", line.trim_end()))
}

fn send(child: &mut Child, keys: &[String]) -> std::io::Result<()> {
    let Some(pipe) = child.stdin.take() else { return Ok(()) };
    let mut pipe = BufWriter::new(pipe);
    for key in keys {
        writeln!(pipe, "{key}")?;
    }
    pipe.flush() // and, with the end of the pipe, the end of the input
}

/// The line that says what is wrong: Node shows an error with the source above and the stack below.
fn reason(said: &str) -> String {
    let error = said.lines().find(|line| line.contains("Error")).or_else(|| said.lines().next());
    error.unwrap_or("it gave no reason").trim().to_owned()
}

/// `11.5.3 20.20.2 1000:812345.6 1000:798765.4`.
fn read(line: &str) -> Option<Scans> {
    let mut words = line.split_whitespace();
    let (version, node) = (words.next()?.to_owned(), words.next()?.to_owned());
    let rounds = words.map(|word| {
        let (removed, micros) = word.split_once(':')?;
        Some((removed.parse().ok()?, micros.parse().ok()?))
    });
    let rounds = rounds.collect::<Option<Vec<_>>>()?;
    (!rounds.is_empty()).then_some(Scans { version, node, rounds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_prints_is_read() {
        let scans = Scans { version: "11.5.3".into(), node: "20.20.2".into(), rounds: vec![(1000, 812.5), (999, 7.0)] };
        assert_eq!(read("11.5.3 20.20.2 1000:812.5 999:7.0\n"), Some(scans));
    }

    #[test]
    fn anything_else_is_no_answer() {
        for line in ["", "11.5.3", "11.5.3 20.20.2", "11.5.3 20.20.2 1000", "11.5.3 20.20.2 many:7.0"] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn of_what_went_wrong_one_line_is_told() {
        let stack = "file:///prefix-scan.mjs:9\n  throw error;\n\nTypeError: keys is not iterable\n    at main (x:1)\n";
        assert_eq!(reason(stack), "TypeError: keys is not iterable");
        assert_eq!(
            reason("the npm package lru-cache is not installed\n"),
            "the npm package lru-cache is not installed"
        );
        assert_eq!(reason(""), "it gave no reason");
    }
}
