//! `cargo xtask demo`: the package in a page, and a Rust server that uses the crate, side by side until somebody stops them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::args::no_arguments;
use crate::build::{self, Flavour};
use crate::failure::Failure;
use crate::report::{Outcome, Report};
use crate::{artifacts, project};

pub(super) fn run(rest: &[String]) -> Result<(), Failure> {
    no_arguments("demo", rest)?;
    let mut report = Report::new();
    if !build::steps(&mut report, Flavour::Main) {
        return Err(Failure::Said);
    }
    let mut page = Served::start(&mut page()).map_err(Failure::Because)?;
    println!("\n  the cache in a page:     {}\n", page.address);
    println!("▸ building the Rust server (a minute or two the first time)");
    let desk = desk().and_then(|mut desk| Served::start(&mut desk)).map_err(Failure::Because)?;
    println!("\n  the cache in a page:     {}", page.address);
    println!("  the cache in a server:   {}   (examples/axum/README.md says what to ask it)", desk.address);
    println!("\nCtrl-C stops both. `cargo xtask tour` tells in the terminal what the engine and the server do.");
    page.child.wait().map(|_| ()).map_err(|error| Failure::Because(error.to_string()))
}

/// That both answer: what `test` asks of the demo.
pub(super) fn answers() -> Result<Outcome, String> {
    for (mut command, path, sign) in
        [(page(), "/", "<html"), (page(), "/pkg/inline.js", "./core.js"), (desk()?, "/health", "200")]
    {
        let served = Served::start(&mut command)?;
        let answer = served.get(path)?;
        if !answer.starts_with("HTTP/1.1 200") || !answer.contains(sign) {
            let shown: String = answer.chars().take(500).collect();
            return Err(format!("{}{path} answered\n{shown}", served.address));
        }
    }
    Ok(Outcome::passed())
}

fn page() -> Command {
    project::at_root("node", ["xtask/pages.mjs"])
}

/// Not optimised: what it shows is the same, and it is there sooner.
fn desk() -> Result<Command, String> {
    let mut build = project::cargo(["build", "--locked", "--package", "ticket-desk", "--bin", "ticket-desk"]);
    let program = artifacts::of("ticket-desk", &mut build)?.into_iter().next();
    Ok(project::at_root(program.ok_or("cargo named no program of ticket-desk")?, ["--port", "0"]))
}

/// A server in a process of its own, which ends with this.
struct Served {
    child: Child,
    address: String,
    /// Both ends are kept open: a program that finds nobody there may end, and the server of the page does so on purpose.
    _input: Option<ChildStdin>,
    _output: BufReader<ChildStdout>,
}

impl Served {
    /// Waits for the line with the address, which each prints when it can be asked.
    fn start(command: &mut Command) -> Result<Self, String> {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| format!("{command:?}: {error}"))?;
        let mut output = BufReader::new(child.stdout.take().ok_or("it has no output")?);
        let input = child.stdin.take();
        let mut line = String::new();
        while !line.starts_with("http://") {
            line.clear();
            if matches!(output.read_line(&mut line), Ok(0) | Err(_)) {
                return Err(format!("{command:?} ended without an address"));
            }
        }
        Ok(Self { child, address: line.trim().to_owned(), _input: input, _output: output })
    }

    fn get(&self, path: &str) -> Result<String, String> {
        let host = self.address.trim_start_matches("http://");
        let mut answer = Vec::new();
        TcpStream::connect(host)
            .and_then(|mut stream| {
                write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
                stream.read_to_end(&mut answer)
            })
            .map_err(|error| format!("{}{path}: {error}", self.address))?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}
