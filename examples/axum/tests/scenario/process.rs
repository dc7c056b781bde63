//! The program itself, as somebody starts it.
#![cfg(unix)]

use std::io::Read;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use ticket_desk::client::{Client, Request};

struct Program {
    child: Child,
    /// What it said before it told where it listens.
    before: Vec<String>,
    address: SocketAddr,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ticket-desk"));
        command.args(["--port", "0", "--latency", "0"]).args(arguments);
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut program = Self { child, before: Vec::new(), address: ([127, 0, 0, 1], 0).into() };
        loop {
            let line = program.line();
            if let Some(address) = line.trim().strip_prefix("http://") {
                program.address = address.parse().unwrap();
                return program;
            }
            assert!(!line.is_empty(), "it ended after {:?}", program.before);
            program.before.push(line);
        }
    }

    /// The next line it says, a byte at a time: nothing that comes after it is taken.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") && self.child.stdout.as_mut().unwrap().read(&mut byte).unwrap() > 0 {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    async fn get(&self, path: &str) -> String {
        let mut client = Client::connect(self.address).await.unwrap();
        client.send(&Request::get(path)).await.unwrap().cache().to_owned()
    }

    /// SIGTERM; what it said until it ended.
    fn stop(mut self) -> String {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        let mut rest = String::new();
        self.child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

/// No server outlives a test that fails.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_says_where_it_listens_stops_when_told_and_comes_back_warm() {
    let path = std::env::temp_dir().join(format!("ticket-desk-{}.program", std::process::id()));
    let file = path.to_str().unwrap();
    let program = Program::start(&["--snapshot", file]);
    assert_eq!(program.get("/api/tickets/PROJ-123").await, "MISS");
    let rest = program.stop();
    assert!(rest.contains("stopped; ") && rest.contains("caches saved"), "{rest}");

    let program = Program::start(&["--snapshot", file, "--warm", "10"]);
    assert!(program.before.iter().any(|line| line.starts_with("1 entries restored")), "{:?}", program.before);
    assert!(program.before.iter().any(|line| line.starts_with("10 popular")), "{:?}", program.before);
    assert_eq!(program.get("/api/tickets/PROJ-123").await, "HIT");
    assert_eq!(program.get("/api/tickets/PROJ-1").await, "HIT");
    program.stop();
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn without_the_cache_everything_goes_to_the_database() {
    let program = Program::start(&["--no-cache"]);
    for _ in 0..2 {
        assert_eq!(program.get("/api/tickets/PROJ-123").await, "BYPASS");
    }
    program.stop();
}

#[test]
fn what_it_does_not_know_it_says_and_ends() {
    for (arguments, named) in [(["--colour", "red"], "--colour"), (["--max-bytes", "much"], "max_bytes")] {
        let output = Command::new(env!("CARGO_BIN_EXE_ticket-desk")).args(arguments).output().unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(named), "{said}");
    }
}
